//! Sessions of this directory, to carry one on.

use headwater_protocol::Timestamp;
use headwater_protocol::op::SessionSummary;

use super::{Line, Overlay, Pick};
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn sessions(sessions: &[SessionSummary]) -> Overlay {
    let mut lines: Vec<Line> = sessions.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::of(Slot::Dim, "There is no earlier session in this directory."));
    }
    Overlay::new("sessions", "Enter carries one on · / filter · Esc close", lines)
}

fn line(session: &SessionSummary) -> Line {
    let title = session.title.lines().next().unwrap_or_default();
    let title = if title.is_empty() { "(no message yet)" } else { title };
    let messages = match session.messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    let cost = session.cost.map_or_else(|| "cost unknown".to_owned(), |cost| cost.to_string());
    Line::of(Slot::Dim, format!("{}  ", minute(session.updated)))
        .and(Slot::Text, sanitize(title))
        .and(Slot::Warn, if session.is_waiting { "  waits for an answer" } else { "" })
        .and(Slot::Dim, format!("  {messages} · {cost} · {}", session.id))
        .picking(Pick::Resume(session.id.clone()))
}

/// `2026-11-21 04:00`, in UTC.
fn minute(at: Timestamp) -> String {
    at.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}
