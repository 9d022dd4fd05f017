//! `session/list`: the sessions of a directory, or all, newest first, a page at a time.

use std::path::Path;

use agent_client_protocol_schema::v1::{
    Error, ListSessionsRequest, ListSessionsResponse, SessionId, SessionInfo,
};
use headwater_engine::SessionStore;
use headwater_protocol::op::SessionSummary;

use super::Desk;
use crate::commands::acp::errors::{failed, refused};
use crate::commands::acp::wire::Reply;
use crate::paths::Paths;

/// Sessions of one page.
const PAGE: usize = 100;

/// Reads the logs beside the other work: there may be many.
pub(super) fn answer(desk: &Desk, own: ListSessionsRequest, reply: Reply) {
    let handle = tokio::runtime::Handle::current();
    let room = desk.sessions.room();
    tokio::task::spawn_blocking(move || {
        let _room = room;
        let page = list(&own);
        handle.block_on(reply.give(page));
    });
}

fn list(own: &ListSessionsRequest) -> Result<ListSessionsResponse, Error> {
    let from = match &own.cursor {
        None => 0,
        Some(cursor) => {
            cursor.parse::<usize>().map_err(|_| refused("\"cursor\" is none that was given out."))?
        }
    };
    let all = found(own.cwd.as_deref()).map_err(|error| failed(&error))?;
    let next = from.saturating_add(PAGE);
    let next_cursor = (next < all.len()).then(|| next.to_string());
    let page = all.into_iter().skip(from).take(PAGE).map(info).collect();
    Ok(ListSessionsResponse::new(page).next_cursor(next_cursor))
}

fn found(cwd: Option<&Path>) -> anyhow::Result<Vec<SessionSummary>> {
    let store = SessionStore::new(Paths::find()?.state);
    Ok(match cwd {
        // A log names its directory without symbolic links; one that is gone is named as it was.
        Some(cwd) => store.conversations(&cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned()))?,
        None => store.list(None)?,
    })
}

fn info(session: SessionSummary) -> SessionInfo {
    let title = Some(session.title).filter(|title| !title.is_empty());
    SessionInfo::new(SessionId::new(session.id.as_str()), session.workspace)
        .title(title)
        .updated_at(session.updated.to_string())
}
