//! Clear: old outputs give way to a line each; the calls stay, so that the model still knows what it did.

use headwater_protocol::tool::ASK_TOOL;
use headwater_protocol::views::Held;
use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, Replacement, RunState};

use super::externalize::blob_of;
use super::{Caps, Scene, Strategy};
use crate::passages::{Output, outputs};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::ClearResults, is_applicable, propose };

/// How many times longer than its line an output must be to be worth a line.
const WORTH: usize = 2;
/// The longest first line of a block's output that stays.
const FIRST_LINE: usize = 300;

fn is_applicable(_caps: Caps, state: &RunState) -> bool {
    !state.conversation.entries().is_empty()
}

/// All outputs that are not of the newest messages.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let tail = scene.tail();
    let cleared = outputs_before(scene, tail);
    (!cleared.is_empty()).then(|| scene.plan(vec![ContextEdit::ClearResults { cleared }]))
}

/// What takes the place of the outputs before the message `tail`.
pub(super) fn outputs_before(scene: &Scene<'_>, tail: usize) -> Vec<Replacement> {
    let old = outputs(&scene.state.conversation).into_iter().filter(|output| output.index < tail);
    old.filter_map(|output| replacement(&output)).collect()
}

/// What stands in the place of an output; `None` where that would save nothing, or the person's words would be lost.
pub(crate) fn replacement(output: &Output<'_>) -> Option<Replacement> {
    if output.held == Held::Cleared || output.tool == Some(ASK_TOOL) {
        return None;
    }
    let text = line(output);
    (output.text.len() > WORTH * text.len()).then(|| Replacement { passage: output.passage.clone(), text })
}

fn line(output: &Output<'_>) -> String {
    let place = match output.held {
        Held::Stored => Some(blob_of(output.record).to_string()),
        Held::Whole | Held::Cleared => stored_by_tool(output.text),
    };
    let place = place.map(|id| format!("; all of it: read blob:{id}")).unwrap_or_default();
    let bytes = output.text.len();
    if output.tool.is_some() {
        return format!(
            "[{bytes} bytes of an older result were cleared to save room{place}. Call again if you still need it.]"
        );
    }
    // The facts of a block, and the command of a person, stand in the first line.
    let first = output.text.lines().next().unwrap_or_default();
    let first = first.get(..first.floor_char_boundary(FIRST_LINE)).unwrap_or_default();
    format!(
        "{first}\n[The rest of this older output was cleared to save room{place}. Print again what you still need.]"
    )
}

/// Whether a placeholder says where all of an output is.
pub(crate) fn names_stored(placeholder: &str) -> bool {
    stored_by_tool(placeholder).is_some()
}

/// Where a tool has stored the whole of an output, when its text says so.
fn stored_by_tool(text: &str) -> Option<String> {
    let (_, behind) = text.rsplit_once("read blob:")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    let id: String = behind.chars().take_while(|c| is_plain(*c)).take(100).collect();
    let id = id.trim_end_matches('.');
    (!id.is_empty()).then(|| id.to_owned())
}
