//! What can be taken back and what cannot, in sentences.

use headwater_protocol::events::named;
use headwater_protocol::views::{Checkpoint, HeldFile};

/// What undoing a mission covers; `None` when it changed nothing that is known.
pub(crate) fn coverage(held: &Checkpoint) -> Option<String> {
    let changed: Vec<String> =
        held.files().filter(HeldFile::is_changed).map(|file| file.before.path.clone()).collect();
    let mut gaps: Vec<String> = held
        .uncovered()
        .into_iter()
        .map(|uncovered| format!("{}: {}", named(&uncovered.paths, uncovered.count), uncovered.why))
        .collect();
    gaps.extend(held.cut_off().map(|command| format!("what `{command}` changed, which was cut off")));
    if changed.is_empty() && gaps.is_empty() && held.commands().is_empty() {
        return None;
    }
    let mut text = if changed.is_empty() {
        "Nothing that `/mission undo` could take back was changed".to_owned()
    } else {
        format!("`/mission undo` takes back the changes to {}", named(&changed, changed.len() as u64))
    };
    if !held.commands().is_empty() {
        text.push_str("; not those of commands to ignored files or outside of the workspace");
    }
    text.push('.');
    if !gaps.is_empty() {
        text.push_str(" It does not cover:");
        for gap in gaps {
            text.push_str("\n- ");
            text.push_str(&gap);
        }
    }
    Some(text)
}
