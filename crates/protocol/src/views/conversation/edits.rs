//! The conversation under edits: the one place where a message that was shown changes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Conversation, Entry, Held, Piece, PieceKind, is_result};
use crate::context_edit::{ContextEdit, Passage, Replacement};
use crate::ids::CallId;
use crate::message::{Block, Message};

/// A part that outlives the message it stood in.
struct Kept {
    piece: Piece,
    text: String,
}

/// Replacements that are made in one pass over the messages: there may be thousands of both.
#[derive(Default)]
struct Replacements<'a> {
    results: HashMap<&'a CallId, (&'a str, Held)>,
    inputs: HashMap<&'a CallId, &'a str>,
    parts: HashMap<u64, (&'a str, Held)>,
    said: HashMap<u64, (&'a str, Held)>,
    thought: HashMap<u64, (&'a str, Held)>,
}

impl Conversation {
    /// Makes the changes of a plan that was recorded as `record`.
    pub fn edit(&mut self, record: u64, edits: &[ContextEdit]) {
        let before = self.entries.clone();
        self.make(record, edits);
        self.keep_edited(record, &before);
    }

    fn make(&mut self, record: u64, edits: &[ContextEdit]) {
        let mut replacements = Replacements::default();
        for edit in edits {
            match edit {
                ContextEdit::Externalize { replacement, .. } => replacements.add(replacement, Held::Stored),
                ContextEdit::ClearResults { cleared } => {
                    for replacement in cleared {
                        replacements.add(replacement, Held::Cleared);
                    }
                }
                ContextEdit::Summarize { before, text, keep } => {
                    self.replace(&std::mem::take(&mut replacements));
                    let text = self.foreign(text);
                    self.supersede(*before, made(record, PieceKind::Summary, &text), keep);
                }
                ContextEdit::Drop { before, text, keep } => {
                    self.replace(&std::mem::take(&mut replacements));
                    self.supersede(*before, made(record, PieceKind::Note, text), keep);
                }
                // The header is no message.
                ContextEdit::Reframe { .. } => {}
            }
        }
        self.replace(&replacements);
    }

    /// How many messages stand before the record `before`; a result counts with its call.
    pub fn count_before(&self, before: u64) -> usize {
        let is_behind = |entry: &Entry| entry.seq >= before && !is_result(&entry.message);
        self.entries.iter().position(is_behind).unwrap_or(self.entries.len())
    }

    /// The text of a passage; `None` where the conversation has no such passage any more.
    pub fn text_of(&self, passage: &Passage) -> Option<Cow<'_, str>> {
        self.entries.iter().find_map(|entry| match (passage, entry.message.as_ref()) {
            (Passage::Result(wanted), Message::ToolResult { call, text, .. }) if call == wanted => {
                Some(Cow::Borrowed(text.as_str()))
            }
            (Passage::Part(record), Message::User { parts }) => {
                entry.part_of(*record).and_then(|at| parts.get(at)).map(|part| Cow::Borrowed(part.as_str()))
            }
            (Passage::Said(record), Message::Assistant { .. }) if entry.seq == *record => {
                entry.spoken(PieceKind::Answer).map(Cow::Owned)
            }
            (Passage::Thought(record), Message::Assistant { .. }) if entry.seq == *record => {
                entry.spoken(PieceKind::Thought).map(Cow::Owned)
            }
            _other => None,
        })
    }

    fn replace(&mut self, replacements: &Replacements<'_>) {
        if replacements.is_empty() {
            return;
        }
        for entry in &mut self.entries {
            for at in 0..entry.pieces.len() {
                if let Some((text, held)) = replacements.of(entry, at) {
                    entry.replace(at, text, held);
                }
            }
            entry.replace_inputs(&replacements.inputs);
            if let Some((text, held)) = replacements.said.get(&entry.seq) {
                entry.replace_spoken(PieceKind::Answer, text, *held);
            }
            if let Some((text, held)) = replacements.thought.get(&entry.seq) {
                entry.replace_spoken(PieceKind::Thought, text, *held);
            }
        }
    }

    /// Puts `new` in the place of everything before a record, and keeps some parts of it. Where a user message comes next
    /// they are its first parts: no two messages of the user stand side by side because of an edit.
    fn supersede(&mut self, before: u64, new: Kept, keep: &[u64]) {
        let count = self.count_before(before);
        let Some(first) = self.entries.first().filter(|_| count > 0).map(|entry| entry.seq) else { return };
        let mut kept: Vec<Kept> =
            self.entries.drain(..count).flat_map(|entry| kept_of(&entry, keep)).collect();
        let is_summary = |one: &Kept| one.piece.kind == PieceKind::Summary;
        let place = kept.iter().take_while(|one| is_summary(one)).count();
        kept.insert(place, new);
        let (pieces, parts): (Vec<Piece>, Vec<String>) =
            kept.into_iter().map(|one| (one.piece, one.text)).unzip();
        if let Some(next) = self.entries.first_mut()
            && let Message::User { parts: behind } = Arc::make_mut(&mut next.message)
        {
            behind.splice(0..0, parts);
            next.pieces.splice(0..0, pieces);
            next.seq = first;
            return;
        }
        self.is_open = self.is_open && !self.entries.is_empty();
        let message = Arc::new(Message::User { parts });
        self.entries.insert(0, Entry { seq: first, message, pieces, whole: None });
    }
}

impl<'a> Replacements<'a> {
    fn add(&mut self, replacement: &'a Replacement, held: Held) {
        let text = replacement.text.as_str();
        match &replacement.passage {
            Passage::Result(call) => {
                self.results.insert(call, (text, held));
            }
            Passage::Part(record) => {
                self.parts.insert(*record, (text, held));
            }
            Passage::Input(call) => {
                self.inputs.insert(call, text);
            }
            Passage::Said(record) => {
                self.said.insert(*record, (text, held));
            }
            Passage::Thought(record) => {
                self.thought.insert(*record, (text, held));
            }
        }
    }

    fn is_empty(&self) -> bool {
        let has_words = !self.said.is_empty() || !self.thought.is_empty();
        self.results.is_empty() && self.parts.is_empty() && self.inputs.is_empty() && !has_words
    }

    /// What takes the place of a piece of a message.
    fn of(&self, entry: &Entry, at: usize) -> Option<(&'a str, Held)> {
        match entry.message.as_ref() {
            Message::ToolResult { call, .. } => self.results.get(call).copied(),
            Message::User { .. } => self.parts.get(&entry.pieces.get(at)?.record).copied(),
            Message::Assistant { .. } => None,
        }
    }
}

impl Entry {
    fn replace(&mut self, at: usize, text: &str, held: Held) {
        if held == Held::Cleared && is_result(&self.message) && self.whole.is_none() {
            self.whole = Some(Arc::clone(&self.message));
        }
        let place = match Arc::make_mut(&mut self.message) {
            Message::ToolResult { text, .. } => Some(text),
            Message::User { parts } => parts.get_mut(at),
            Message::Assistant { .. } => None,
        };
        if let (Some(place), Some(piece)) = (place, self.pieces.get_mut(at)) {
            text.clone_into(place);
            piece.held = held;
        }
    }

    /// Puts shortened inputs in the place of those of calls; what is no JSON object changes nothing.
    fn replace_inputs(&mut self, inputs: &HashMap<&CallId, &str>) {
        let is_meant = |block: &Block| matches!(block, Block::Call(call) if inputs.contains_key(&call.call));
        let Message::Assistant { blocks, .. } = self.message.as_ref() else { return };
        if !blocks.iter().any(is_meant) {
            return;
        }
        let Message::Assistant { blocks, .. } = Arc::make_mut(&mut self.message) else { return };
        for block in blocks {
            let Block::Call(call) = block else { continue };
            let input = inputs.get(&call.call).and_then(|text| serde_json::from_str(text).ok());
            if let Some(input @ Value::Object(_)) = input {
                call.input = input;
            }
        }
    }

    /// The model's words or thoughts in one; `None` where there are none.
    pub fn spoken(&self, kind: PieceKind) -> Option<String> {
        let Message::Assistant { blocks, .. } = self.message.as_ref() else { return None };
        let texts: Vec<&str> = blocks.iter().filter_map(|block| spoken_in(block, kind)).collect();
        (!texts.is_empty()).then(|| texts.concat())
    }

    /// Puts one text in the place of the model's words, or of its thoughts.
    fn replace_spoken(&mut self, kind: PieceKind, text: &str, held: Held) {
        let Message::Assistant { blocks, .. } = Arc::make_mut(&mut self.message) else { return };
        let Some(first) = blocks.iter().position(|block| spoken_in(block, kind).is_some()) else { return };
        let mut at = 0;
        blocks.retain(|block| {
            at += 1;
            at - 1 == first || spoken_in(block, kind).is_none()
        });
        if let Some(block) = blocks.get_mut(first) {
            let text = text.to_owned();
            *block = match block {
                Block::Thinking { .. } => Block::Thinking { text, signature: None },
                Block::Text { .. } | Block::Call(_) => Block::Text { text },
            };
        }
        self.pieces.retain(|piece| piece.kind != kind);
        self.pieces.push(Piece { record: self.seq, kind, held });
    }

    /// Where the part that a record contributed stands in a user message.
    fn part_of(&self, record: u64) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.record == record)
    }
}

/// The text of a block, if it is of this kind.
fn spoken_in(block: &Block, kind: PieceKind) -> Option<&str> {
    match (block, kind) {
        (Block::Text { text }, PieceKind::Answer) | (Block::Thinking { text, .. }, PieceKind::Thought) => {
            Some(text)
        }
        (Block::Text { .. } | Block::Thinking { .. } | Block::Call(_), _) => None,
    }
}

fn made(record: u64, kind: PieceKind, text: &str) -> Kept {
    Kept { piece: Piece { record, kind, held: Held::Whole }, text: text.to_owned() }
}

fn kept_of(entry: &Entry, keep: &[u64]) -> Vec<Kept> {
    let Message::User { parts } = entry.message.as_ref() else { return Vec::new() };
    let both = entry.pieces.iter().zip(parts);
    both.filter(|(piece, _)| keep.contains(&piece.record))
        .map(|(piece, text)| Kept { piece: *piece, text: text.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{
        AssistantBlock, AssistantMessage, CellReturned, RequestSent, ToolCalled, ToolReturned, UserMessage,
    };
    use crate::message::{StopSignal, ToolCall};
    use crate::tool::Blob;
    use crate::units::{Bytes, Tokens};
    use crate::views::View as _;
    use crate::{Event, Record, Timestamp};

    /// Two steps with a call each; the records are user 0, then (request, said, called, returned) twice, then user 9.
    fn conversation() -> Conversation {
        let mut events: Vec<Event> = vec![UserMessage { text: "do it".into() }.into()];
        for (step, call) in (1u32..).zip(["a", "b"]) {
            events.push(RequestSent { turn: 1, step, digest: String::new(), tokens: Tokens(1) }.into());
            let blocks = vec![AssistantBlock::Call { call: call.into() }];
            let stop = StopSignal::ToolCalls;
            let said = AssistantMessage { text: String::new(), blocks, origin: "v/m".into(), stop };
            events.push(said.into());
            let input = serde_json::json!({});
            let request = ToolCall { call: call.into(), name: "read".into(), input, malformed: None };
            events.push(ToolCalled { request }.into());
            events.push(returned(call).into());
        }
        events.push(UserMessage { text: "and this".into() }.into());
        let mut view = Conversation::default();
        for (seq, event) in (0u64..).zip(events) {
            view.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
        }
        view
    }

    fn returned(call: &str) -> ToolReturned {
        ToolReturned::ran(call.into(), "read".into(), format!("long text of {call}"))
    }

    /// One word a message: who speaks and how it begins.
    fn sketch(view: &Conversation) -> Vec<String> {
        let line = |message: &Arc<Message>| match message.as_ref() {
            Message::User { parts } => format!("user: {}", parts.join(" | ")),
            Message::Assistant { blocks, .. } => format!("assistant: {} blocks", blocks.len()),
            Message::ToolResult { call, text, .. } => format!("{call}: {text}"),
        };
        view.messages().iter().map(line).collect()
    }

    fn replacement(passage: Passage, text: &str) -> Replacement {
        Replacement { passage, text: text.into() }
    }

    #[test]
    fn x2_externalized_and_cleared_results_stay_with_their_calls() {
        let mut view = conversation();
        let blob = Blob { id: "context-4".into(), bytes: Bytes(14), sha256: String::new() };
        let stored = replacement(Passage::Result("a".into()), "lo…a");
        view.edit(10, &[ContextEdit::Externalize { replacement: stored, blob }]);
        let cleared = vec![replacement(Passage::Result("b".into()), "gone")];
        view.edit(11, &[ContextEdit::ClearResults { cleared }]);
        let expected = [
            "user: do it",
            "assistant: 1 blocks",
            "a: lo…a",
            "assistant: 1 blocks",
            "b: gone",
            "user: and this",
        ];
        assert_eq!(sketch(&view), expected);
        let held: Vec<Held> = view.entries().iter().flat_map(|e| &e.pieces).map(|piece| piece.held).collect();
        assert_eq!(held, [Held::Whole, Held::Stored, Held::Cleared, Held::Whole]);
        assert_eq!(view.text_of(&Passage::Result("b".into())), Some("gone".into()));
        assert_eq!(view.text_of(&Passage::Part(9)), Some("and this".into()));
    }

    #[test]
    fn d3_the_words_and_the_thoughts_of_a_message_give_way_and_its_calls_stay() {
        let mut view = Conversation::default();
        let thinking =
            |text: &str| AssistantBlock::Thinking { text: text.into(), signature: Some("s".into()) };
        let blocks = vec![
            thinking("first "),
            AssistantBlock::Text { bytes: 4 },
            thinking("then"),
            AssistantBlock::Text { bytes: 5 },
            AssistantBlock::Call { call: "a".into() },
        ];
        let (text, stop) = ("one two..".into(), StopSignal::ToolCalls);
        let said = AssistantMessage { text, blocks, origin: "v/m".into(), stop };
        let record = Record {
            seq: 3,
            at: Timestamp::default(),
            session: "s".into(),
            parent: None,
            event: said.into(),
        };
        view.apply(&record);
        assert_eq!(view.text_of(&Passage::Said(3)), Some("one two..".into()));
        assert_eq!(view.text_of(&Passage::Thought(3)), Some("first then".into()));
        let cleared = vec![replacement(Passage::Said(3), "o…"), replacement(Passage::Thought(3), "f…")];
        view.edit(4, &[ContextEdit::ClearResults { cleared }]);
        let Message::Assistant { blocks, .. } = view.entries()[0].message.as_ref() else {
            panic!("a message")
        };
        let thought = Block::Thinking { text: "f…".into(), signature: None };
        assert_eq!(blocks[..2], [thought, Block::Text { text: "o…".into() }]);
        assert!(blocks.len() == 3 && matches!(blocks[2], Block::Call(_)), "{blocks:?}");
        let held: Vec<_> = view.entries()[0].pieces.iter().map(|piece| (piece.kind, piece.held)).collect();
        assert_eq!(held, [(PieceKind::Answer, Held::Cleared), (PieceKind::Thought, Held::Cleared)]);
        // A user's part of the same number is another passage.
        assert_eq!(view.text_of(&Passage::Part(3)), None);
    }

    #[test]
    fn m2_a_second_summary_takes_the_place_of_the_first() {
        let mut view = conversation();
        view.edit(10, &[ContextEdit::Summarize { before: 6, text: "first".into(), keep: vec![0] }]);
        let expected = ["user: first | do it", "assistant: 1 blocks", "b: long text of b", "user: and this"];
        assert_eq!(sketch(&view), expected);
        view.edit(11, &[ContextEdit::Summarize { before: 9, text: "second".into(), keep: vec![0] }]);
        assert_eq!(sketch(&view), ["user: second | do it | and this"]);
    }

    #[test]
    fn d3_a_range_never_ends_between_a_call_and_its_result() {
        // Record 4 is the result of the call that message 2 made: it goes with it, or stays with it.
        for (before, left) in [(1, 6), (2, 6), (3, 4), (4, 4), (5, 4), (6, 4), (7, 1), (9, 1)] {
            let mut view = conversation();
            view.edit(10, &[ContextEdit::Summarize { before, text: "s".into(), keep: vec![] }]);
            assert_eq!(view.entries().len(), left, "before {before}");
            assert!(view.entries().get(1).is_none_or(|entry| !is_result(&entry.message)));
        }
    }

    #[test]
    fn m2_a_drop_keeps_the_summary_in_front() {
        let mut view = conversation();
        view.edit(10, &[ContextEdit::Summarize { before: 6, text: "sum".into(), keep: vec![0] }]);
        view.edit(11, &[ContextEdit::Drop { before: 9, text: "left out".into(), keep: vec![0, 10] }]);
        assert_eq!(sketch(&view), ["user: sum | left out | do it | and this"]);
    }

    #[test]
    fn parts_of_a_message_that_is_still_open_can_be_replaced_and_it_stays_open() {
        let mut view = conversation();
        let cell = CellReturned {
            cell: 1,
            stdout: String::new(),
            stdout_bytes: 0,
            shown: None,
            error: None,
            answer: None,
            variables: vec![],
            text: "output".into(),
            millis: 0,
            waited_millis: 0,
        };
        let record = |seq: u64, event: Event| Record {
            seq,
            at: Timestamp::default(),
            session: "s".into(),
            parent: None,
            event,
        };
        view.apply(&record(10, cell.into()));
        let cleared = vec![replacement(Passage::Part(10), "short")];
        view.edit(11, &[ContextEdit::ClearResults { cleared }]);
        view.apply(&record(12, UserMessage { text: "more".into() }.into()));
        assert_eq!(sketch(&view).last().map(String::as_str), Some("user: and this | short | more"));
    }

    #[test]
    fn what_is_not_there_is_left_alone() {
        let mut view = conversation();
        let before = view.clone();
        let cleared =
            vec![replacement(Passage::Result("zz".into()), "x"), replacement(Passage::Part(3), "x")];
        view.edit(10, &[ContextEdit::ClearResults { cleared }]);
        view.edit(11, &[ContextEdit::Summarize { before: 0, text: "s".into(), keep: vec![] }]);
        assert_eq!(view, before);
    }
}
