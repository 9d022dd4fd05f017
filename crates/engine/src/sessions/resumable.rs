//! May this process carry a session on? Asked before anything of it is touched.

use std::path::Path;

use headwater_protocol::{Event, SessionId};

use super::summary::SessionKind;
use super::{Loaded, SessionStore, StoreError};

/// The version of the event schema that this program writes, and the newest that it reads.
pub(crate) const SCHEMA: u32 = 2;

/// Refuses a log of a newer program, one of another directory, one that holds nothing, and one that is no conversation.
pub(crate) fn check(
    store: &SessionStore,
    id: &SessionId,
    loaded: &Loaded,
    workspace: &Path,
) -> Result<(), StoreError> {
    if let Some(found) = loaded.schema.filter(|schema| *schema > u64::from(SCHEMA)) {
        return Err(StoreError::Newer { id: id.clone(), found });
    }
    let Some(first) = loaded.records.first() else {
        return Err(StoreError::Unreadable { path: store.transcript(id) });
    };
    // A first record that is lost cannot say where the session was.
    if let Event::SessionStarted(started) = &first.event
        && !is_same(Path::new(&started.workspace), workspace)
    {
        return Err(StoreError::Elsewhere { id: id.clone(), workspace: started.workspace.clone() });
    }
    match kind(loaded) {
        SessionKind::Conversation => Ok(()),
        SessionKind::Completion => Err(StoreError::Completion(id.clone())),
        SessionKind::Part(parent) => Err(StoreError::Part { id: id.clone(), parent }),
    }
}

/// What the records say that the session is.
pub(crate) fn kind(loaded: &Loaded) -> SessionKind {
    let parent = loaded.records.first().and_then(|record| record.parent.clone());
    let is_work = loaded
        .records
        .get(1)
        .is_some_and(|record| matches!(record.event, Event::MissionStarted(_) | Event::SubagentStarted(_)));
    SessionKind::of(parent, is_work)
}

/// Whether both are one directory, links on the way resolved.
fn is_same(recorded: &Path, workspace: &Path) -> bool {
    recorded.to_string_lossy() == workspace.to_string_lossy()
        || matches!((recorded.canonicalize(), workspace.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
