//! What belongs to a session beside its own directory: the work of its missions, and texts of their contexts.
//!
//! *Invariants:* a text that any session still names is never removed.

use std::collections::BTreeSet;
use std::io;

use headwater_protocol::SessionId;
use serde::Deserialize;

use super::store::{SessionStore, StoreError};
use super::summary::{Beginning, SessionKind};
use crate::corpus::contexts_below;

/// What of a `mission_started` record names texts.
#[derive(Deserialize)]
struct Mission {
    corpus: Texts,
}

#[derive(Deserialize)]
struct Texts {
    parts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    sha256: String,
}

/// The sessions below `id`, those further down first.
pub(super) fn below(store: &SessionStore, id: &SessionId) -> Result<Vec<SessionId>, StoreError> {
    let mut parts: Vec<(SessionId, SessionId)> = store
        .beginnings(None)?
        .filter_map(|beginning| match beginning.kind {
            SessionKind::Part(parent) => Some((parent, beginning.id)),
            SessionKind::Conversation | SessionKind::Completion => None,
        })
        .collect();
    let mut found = Vec::new();
    let mut above = vec![id.clone()];
    while let Some(parent) = above.pop() {
        // Each is taken out as it is found: a log that names itself as its parent does not go round.
        let (own, rest): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|(of, part)| *of == parent && part != id);
        parts = rest;
        above.extend(own.iter().map(|(_, part)| part.clone()));
        found.extend(own.into_iter().map(|(_, part)| part));
    }
    found.reverse();
    Ok(found)
}

/// The texts that these sessions name, by digest.
pub(super) fn texts_of<'a>(
    store: &SessionStore,
    ids: impl Iterator<Item = &'a SessionId>,
) -> Result<BTreeSet<String>, StoreError> {
    let wanted: BTreeSet<&SessionId> = ids.collect();
    let beginnings = store.beginnings(None)?.filter(|beginning| wanted.contains(&beginning.id));
    Ok(beginnings.flat_map(texts_named).collect())
}

/// Removes those of `texts` that no session names any more.
pub(super) fn remove_unnamed(store: &SessionStore, texts: &BTreeSet<String>) -> Result<(), StoreError> {
    if texts.is_empty() {
        return Ok(());
    }
    let named: BTreeSet<String> = store.beginnings(None)?.flat_map(texts_named).collect();
    let directory = contexts_below(store.state());
    for text in texts.difference(&named) {
        let file = directory.join(text);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &file)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn texts_named(beginning: Beginning) -> Vec<String> {
    if beginning.kind == SessionKind::Conversation {
        return Vec::new();
    }
    let mission = beginning.second_line().and_then(|line| serde_json::from_slice::<Mission>(&line).ok());
    let parts = mission.map_or_else(Vec::new, |mission| mission.corpus.parts);
    // Only what is a digest is the name of a file here.
    let is_digest = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.into_iter().map(|text| text.sha256).filter(is_digest).collect()
}
