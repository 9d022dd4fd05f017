//! Externalize: long outputs are stored; their beginning, their end and the way to all of them stay.

use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::Held;
use headwater_protocol::{
    BlobId, Bytes, ContextEdit, ContextEditPlan, EditKind, Passage, Replacement, RunState,
};
use sha2::{Digest as _, Sha256};

use super::{Caps, Scene, Strategy};
use crate::passages::{Output, outputs};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::Externalize, is_applicable, propose };

/// The part of a long text that is still shown.
const SHOWN_SHARE: u64 = 3;

fn is_applicable(caps: Caps, _state: &RunState) -> bool {
    caps.has_reader
}

/// All long outputs that are not of the newest messages; of those as many as it takes, the longest first.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let conversation = &scene.state.conversation;
    let pressure = &scene.pressure;
    let tail = scene.tail();
    let is_long = |output: &Output<'_>| {
        output.held == Held::Whole && pressure.tokens(output.text.len()) > pressure.long
    };
    let (old, mut new): (Vec<_>, Vec<_>) =
        outputs(conversation).into_iter().filter(is_long).partition(|output| output.index < tail);
    let mut edits: Vec<ContextEdit> = old.iter().map(|output| edit(scene, output)).collect();
    new.sort_by_key(|output| output.text.len());
    let mut plan = scene.plan(edits.clone());
    while let Some(output) = new.pop_if(|_| !scene.fits(EditKind::Externalize, &plan)) {
        edits.push(edit(scene, &output));
        plan = scene.plan(edits.clone());
    }
    (!plan.edits.is_empty()).then_some(plan)
}

fn edit(scene: &Scene<'_>, output: &Output<'_>) -> ContextEdit {
    let id = blob_of(output.record);
    let text = shortened(output.text, shown_bytes(scene), &id);
    let blob = Blob {
        id,
        bytes: Bytes(output.text.len() as u64),
        sha256: hex(&Sha256::digest(output.text.as_bytes())),
    };
    let passage: Passage = output.passage.clone();
    ContextEdit::Externalize { replacement: Replacement { passage, text }, blob }
}

/// The name under which what a record brought is stored.
pub(super) fn blob_of(record: u64) -> BlobId {
    BlobId::new(format!("context-{record}"))
}

pub(super) fn shown_bytes(scene: &Scene<'_>) -> usize {
    let a_thousand = scene.pressure.tokens(1_000).0.max(1);
    usize::try_from(scene.pressure.long.0.saturating_mul(1_000) / a_thousand / SHOWN_SHARE)
        .unwrap_or(usize::MAX)
}

/// A text that is stored under an id, as the model reads it: of the bytes that are shown two thirds are its beginning, one
/// third is its end, and between them stands the way to all of it.
pub fn shortened(text: &str, shown: usize, id: &BlobId) -> String {
    with_middle_out(text, shown, &format!("; all of it: read blob:{id} with offset and limit"))
}

/// The same of a text that is stored nowhere.
pub(crate) fn cut_short(text: &str, shown: usize) -> String {
    with_middle_out(text, shown, "")
}

/// The beginning and the end of a text; in the middle stands how much is left out, and the way to it.
fn with_middle_out(text: &str, shown: usize, way: &str) -> String {
    let head = text.get(..text.floor_char_boundary(shown * 2 / 3)).unwrap_or_default();
    let head = head
        .rfind('\n')
        .and_then(|end| head.get(..end))
        .filter(|cut| cut.len() > head.len() / 2)
        .unwrap_or(head);
    let from = text.ceil_char_boundary(text.len().saturating_sub(shown / 3));
    let tail = text.get(from..).unwrap_or_default();
    let tail =
        tail.split_once('\n').map(|(_, rest)| rest).filter(|cut| cut.len() > tail.len() / 2).unwrap_or(tail);
    let left_out = text.len().saturating_sub(head.len() + tail.len());
    format!("{head}\n[… {left_out} of {} bytes are left out to save room{way} …]\n{tail}", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d1_beginning_and_end_stay_and_the_way_to_the_rest() {
        let lines: Vec<String> = (1..=1_000).map(|n| format!("line {n}\n")).collect();
        let text = lines.concat();
        let short = shortened(&text, 300, &blob_of(7));
        assert!(short.starts_with("line 1\nline 2\n") && short.ends_with("line 1000\n"), "{short}");
        assert!(
            short.contains("of 8893 bytes are left out to save room; all of it: read blob:context-7 with"),
            "{short}"
        );
        assert!(short.len() < 450);
        let wide = shortened(&"é".repeat(1_000), 100, &blob_of(7));
        assert!(wide.starts_with('é') && wide.ends_with('é'));
    }
}
