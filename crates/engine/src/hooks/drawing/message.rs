//! An answer as hooks that change its drawing read it: in batches of whole lines while it comes in, the last of them final.
//!
//! *Invariant:* the batches of a text, put together, are the text; what a hook makes of each stands for it.

use headwater_protocol::Event;
use headwater_protocol::events::AssistantMessage;

/// The answer that comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Which turn it belongs to, and which request of it asked for it.
    pub(super) place: (u32, u32),
    /// What hooks were asked about already, and what they made of it.
    asked: String,
    shown: String,
    /// What came in since.
    open: String,
    /// How many batches there were.
    count: usize,
}

/// A piece of the answer that hooks are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) text: String,
    pub(super) index: usize,
    pub(super) is_final: bool,
}

/// A text of an answer: what is shown of it already, and the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) shown: String,
    pub(super) open: Batch,
}

impl Message {
    /// More of the answer.
    pub(super) fn push(&mut self, piece: &str) {
        self.open.push_str(piece);
    }

    /// The lines that are whole now.
    pub(super) fn lines(&mut self) -> Option<Batch> {
        let end = self.open.rfind('\n')? + 1;
        let rest = self.open.split_off(end);
        let text = std::mem::replace(&mut self.open, rest);
        self.asked.push_str(&text);
        Some(Batch { text, index: self.count, is_final: false })
    }

    /// What is shown for the batch that was asked about last.
    pub(super) fn take(&mut self, shown: String) -> String {
        self.count += 1;
        self.shown.push_str(&shown);
        shown
    }

    /// The texts of the recorded answer. One that is not what came in, or is parted by reasoning, is asked about anew.
    pub(super) fn rest(&self, said: &AssistantMessage) -> Vec<Part> {
        let texts = said.texts();
        if let [text] = texts.as_slice()
            && let Some(rest) = text.strip_prefix(self.asked.as_str())
        {
            let open = Batch { text: rest.to_owned(), index: self.count, is_final: true };
            return vec![Part { shown: self.shown.clone(), open }];
        }
        let last = texts.len().saturating_sub(1);
        let whole = |(place, text): (usize, String)| {
            let open = Batch { text, index: self.count + place, is_final: place == last };
            Part { shown: String::new(), open }
        };
        texts.into_iter().enumerate().map(whole).collect()
    }

    /// Another answer begins with each request, and with each attempt at one.
    pub(super) fn follow(&mut self, event: &Event) {
        if let Event::RequestSent(sent) = event {
            *self = Self { place: (sent.turn, sent.step), ..Self::default() };
        } else if matches!(
            event,
            Event::AssistantMessage(_)
                | Event::AttemptFailed(_)
                | Event::AnswerCut(_)
                | Event::FellBack(_)
                | Event::TurnEnded(_)
        ) {
            *self = Self { place: self.place, ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::StopSignal;
    use headwater_protocol::events::AssistantBlock;
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str, blocks: Vec<AssistantBlock>) -> AssistantMessage {
        AssistantMessage { text: text.to_owned(), blocks, origin: "v/m".into(), stop: StopSignal::EndTurn }
    }

    fn whole(text: &str) -> AssistantMessage {
        said(text, vec![AssistantBlock::Text { bytes: text.len() }])
    }

    #[test]
    fn b7_another_text_than_came_in_is_asked_about_whole() {
        let mut message = Message::default();
        message.push("one\ntwo");
        let batch = message.lines().unwrap();
        assert_eq!((batch.text.as_str(), batch.index, batch.is_final), ("one\n", 0, false));
        message.take("ONE\n".to_owned());
        let rest = message.rest(&whole("one\ntwo"));
        assert_eq!(rest[0].shown, "ONE\n");
        assert_eq!(rest[0].open, Batch { text: "two".into(), index: 1, is_final: true });
        let rest = message.rest(&whole("something else"));
        assert_eq!((rest[0].shown.as_str(), rest[0].open.text.as_str()), ("", "something else"));
        let thinking = AssistantBlock::Thinking { text: "hm".into(), signature: None };
        let parted = vec![AssistantBlock::Text { bytes: 4 }, thinking, AssistantBlock::Text { bytes: 3 }];
        let rest = message.rest(&said("one\ntwo", parted));
        let told: Vec<_> = rest.iter().map(|part| (part.open.text.as_str(), part.open.is_final)).collect();
        assert_eq!(told, [("one\n", false), ("two", true)]);
        assert!(message.rest(&whole("  ")).is_empty());
    }

    proptest! {
        #[test]
        fn b7_batches_put_together_are_the_text(pieces in prop::collection::vec("[a\n é]{0,6}", 0..12)) {
            let text: String = pieces.concat();
            prop_assume!(!text.trim().is_empty());
            let mut message = Message::default();
            let mut shown = String::new();
            let mut indices = Vec::new();
            for piece in &pieces {
                message.push(piece);
                while let Some(batch) = message.lines() {
                    indices.push(batch.index);
                    shown.push_str(&message.take(batch.text));
                }
            }
            let rest = message.rest(&whole(&text));
            prop_assert_eq!(rest.len(), 1);
            prop_assert_eq!(&rest[0].shown, &shown);
            prop_assert!(rest[0].open.is_final);
            indices.push(rest[0].open.index);
            prop_assert_eq!(shown + &rest[0].open.text, text);
            prop_assert_eq!(indices.clone(), (0..indices.len()).collect::<Vec<_>>());
        }
    }
}
