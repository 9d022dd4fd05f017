//! What going back would change, before it does.

use headwater_protocol::events::RewindScope;
use headwater_protocol::op::RewindPreview;

use super::lives::Lives;
use crate::checkpoints::{Checkpoints, blocking};
use crate::ledger::Ledger;
use crate::sessions::SessionStore;

/// What a rewind would do now. Where nothing can be looked at, why stands among what is not covered.
pub(crate) async fn preview(
    (ledger, store): (&Ledger, &SessionStore),
    checkpoints: Checkpoints,
    to: u64,
    scope: RewindScope,
) -> RewindPreview {
    let messages = if scope.has_conversation() {
        ledger.state().rewinds.points().filter(|point| *point >= to).count()
    } else {
        0
    };
    let mut preview = RewindPreview {
        to,
        scope,
        messages,
        files: Vec::new(),
        diff: String::new(),
        kept: Vec::new(),
        uncovered: Vec::new(),
    };
    if !scope.has_files() {
        return preview;
    }
    let lives = Lives::of(ledger, store);
    let (files, checkpoints) = (lives.since(to), checkpoints.with(lives.directories.clone()));
    preview.uncovered = lives.uncovered_since(to);
    let looked = blocking(move || {
        let plan = checkpoints.would_restore(files, super::going_back::WHO)?;
        let diff = checkpoints.difference(&plan.files)?;
        Ok((checkpoints.fates(&plan.files)?, diff, plan.kept))
    });
    match looked.await {
        Ok((files, diff, kept)) => (preview.files, preview.diff, preview.kept) = (files, diff, kept),
        Err(why) => preview.uncovered.push(headwater_protocol::events::Uncovered {
            why,
            paths: vec!["the workspace".to_owned()],
            count: 1,
        }),
    }
    preview
}
