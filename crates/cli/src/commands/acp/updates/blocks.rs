//! The blocks of a mission: calls to run code, as the client draws them.

use agent_client_protocol_schema::v1::{
    SessionUpdate, ToolCall, ToolCallStatus, ToolCallUpdate, ToolCallUpdateFields, ToolKind,
};
use headwater_protocol::SessionId;
use headwater_protocol::events::{CellReturned, CellStarted};
use serde_json::json;

use super::calls::fenced;
use super::said::text_block;

/// A block began.
pub(super) fn started(session: &SessionId, cell: &CellStarted) -> SessionUpdate {
    let shown = ToolCall::new(id(session, cell.cell), format!("block {}", cell.cell))
        .kind(ToolKind::Execute)
        .status(ToolCallStatus::InProgress)
        .content(vec![text_block(&fenced(&cell.code)).into()])
        .raw_input(json!({ "code": cell.code }));
    SessionUpdate::ToolCall(shown)
}

/// It ended.
pub(super) fn returned(session: &SessionId, cell: &CellReturned) -> SessionUpdate {
    let status = if cell.error.is_some() { ToolCallStatus::Failed } else { ToolCallStatus::Completed };
    let fields =
        ToolCallUpdateFields::new().status(status).content(vec![text_block(&fenced(&cell.text)).into()]);
    SessionUpdate::ToolCallUpdate(ToolCallUpdate::new(id(session, cell.cell), fields))
}

fn id(session: &SessionId, cell: u32) -> String {
    format!("{session}/block-{cell}")
}
