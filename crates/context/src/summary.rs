//! The summary: how the model is asked for one, and what stands in the conversation afterwards.

mod cutting;

use std::sync::Arc;

use headwater_protocol::events::SummaryAsk;
use headwater_protocol::views::{Conversation, Entry, PieceKind};
use headwater_protocol::{ContextEdit, Hints, Message, Projection, RunState, Tokens};

use self::cutting::cut_to_fit;
use crate::clearing::delegated;
use crate::passages::{entry_bytes, is_result, outputs};
use crate::pressure::{Pressure, room_of};
use crate::prompts;
use crate::standing::standing;
use crate::strategies::clear_result;
use crate::tokens::{MESSAGE_OVERHEAD, estimate_bytes, tool_bytes};

/// The longest summary, in tokens.
const LONGEST: u64 = 1_500;
/// The part of the room for messages that a summary may take.
const SHARE: u64 = 4;
/// Words of a summary per hundred tokens.
const WORDS: u64 = 60;

/// The tokens that a summary may take.
pub(crate) fn summary_tokens(pressure: &Pressure) -> u64 {
    LONGEST.min(pressure.limit.0.saturating_sub(pressure.fixed.0) / SHARE)
}

/// The words that a summary may have.
pub fn summary_words(pressure: &Pressure) -> u32 {
    u32::try_from(summary_tokens(pressure) * WORDS / 100).unwrap_or(u32::MAX)
}

/// The request for a summary: the messages that it will replace, as the model knows them, and a last one that asks.
/// It fits the window by itself: outputs are cleared and the oldest messages but the first left out until it does; a single one that is longer is cut. From the second
/// attempt on there are no tools to call, and less of everything.
pub fn summary_request(state: &RunState, ask: &SummaryAsk) -> Option<Projection> {
    let header = state.session.header.as_ref()?;
    let (window, most) = room_of(state)?;
    let max_output = Some(Tokens(window.0.saturating_sub(most.0)));
    let tools = if ask.attempt == 1 { Arc::clone(&header.tools) } else { Arc::from([]) };
    let usual = || summary_prompt(ask.words, ask.focus.as_deref());
    let prompt = ask.prompt.clone().unwrap_or_else(usual);
    let tools_bytes: usize = tools.iter().map(tool_bytes).sum();
    let head = header.system.len() + tools_bytes + prompt.len() + MESSAGE_OVERHEAD;
    let most = ask.most.map_or(most, |known| known.min(most));
    let most = most.0 / 4 * u64::from(5 - ask.attempt.clamp(1, 3));
    let fits = |bytes: usize| estimate_bytes(head + bytes, state.budget.calibration).0 <= most;
    let entries = fitting(&state.conversation, ask.before, &fits);
    let clearing = delegated(state, &entries).filter(|_| !tools.is_empty());
    let mut messages: Vec<Arc<Message>> = entries.iter().filter_map(Entry::shown).collect();
    let cache_marks = messages.len().checked_sub(1).into_iter().collect();
    messages.push(Arc::new(Message::user(prompt)));
    let system = Arc::clone(&header.system);
    Some(Projection { system, tools, messages, cache_marks, hints: Hints { max_output }, clearing })
}

/// The message that asks for a summary. It is recorded with the question, so that other words ask from tomorrow on and the
/// logs of today still give the same requests.
pub fn summary_prompt(words: u32, focus: Option<&str>) -> String {
    let focus = focus.map(str::trim).filter(|focus| !focus.is_empty());
    let focus = focus.map(|focus| format!("\n\nThe person asks you to keep above all: {focus}"));
    let text = prompts::COMPACT.trim_end().replace("{words}", &words.to_string());
    text.replace("{focus}", &focus.unwrap_or_default())
}

/// The messages before a record, made smaller until they fit.
fn fitting(conversation: &Conversation, before: u64, fits: &dyn Fn(usize) -> bool) -> Vec<Entry> {
    let count = conversation.count_before(before);
    let mut conversation = conversation.clone();
    let bytes = |conversation: &Conversation| -> usize {
        conversation.entries().iter().take(count).map(entry_bytes).sum()
    };
    let mut size = bytes(&conversation);
    if !fits(size) {
        let mut cleared = Vec::new();
        for output in outputs(&conversation).into_iter().filter(|output| output.index < count) {
            if fits(size) {
                break;
            }
            if let Some(replacement) = clear_result(&output) {
                size = size.saturating_sub(output.text.len()) + replacement.text.len();
                cleared.push(replacement);
            }
        }
        conversation.edit(u64::MAX, &[ContextEdit::ClearResults { cleared }]);
    }
    let old = conversation.entries().get(..count).unwrap_or_default();
    cut_to_fit(within(old, size, fits).cloned().collect(), fits)
}

/// The messages without as many of the oldest as it takes. The very first is the last to go: a summary from before stands
/// in it and nowhere else.
fn within<'a>(
    all: &'a [Entry],
    mut size: usize,
    fits: &dyn Fn(usize) -> bool,
) -> impl Iterator<Item = &'a Entry> {
    let (mut first, mut rest) = all.split_at(all.len().min(1));
    while !fits(size) {
        let step = 1 + rest.iter().skip(1).take_while(|entry| is_result(entry)).count();
        if step >= rest.len() {
            break;
        }
        size = size.saturating_sub(rest.iter().take(step).map(entry_bytes).sum());
        rest = rest.get(step..).unwrap_or_default();
    }
    if !fits(size) && !rest.is_empty() {
        *(if first.iter().any(has_summary) { &mut rest } else { &mut first }) = &[];
    }
    first.iter().chain(rest)
}

fn has_summary(entry: &Entry) -> bool {
    entry.pieces.iter().any(|piece| piece.kind == PieceKind::Summary)
}

/// What stands in the place of the messages: the summary, and the todo list, the contract and
/// what is not known as they are. In tags, because the person's own
/// words may follow in the same message.
pub fn summary_text(state: &RunState, summary: &str) -> String {
    let mut text = format!(
        "<summary>\nThe messages before this one were replaced by this summary of them. What it calls done is done.\n\n{}",
        summary.trim().replace("</summary>", "< /summary>")
    );
    text.push_str(&standing(state));
    text.push_str("\n</summary>");
    text
}
