//! Context: where the tokens of the next request are.

use headwater_protocol::Tokens;
use headwater_protocol::op::ProjectionPart;

use super::{Line, Overlay};
use crate::app::Status;
use crate::theme::Slot;

/// Columns of a whole bar.
const BAR: u64 = 30;

/// The page.
pub(crate) fn context(parts: &[ProjectionPart], status: &Status) -> Overlay {
    let total: u64 = parts.iter().map(|part| part.tokens.0).sum();
    let window = status.session.model.as_ref().map_or(total, |model| model.window.0);
    let mut lines: Vec<Line> = parts.iter().map(|part| line(part.name, part.tokens, window)).collect();
    lines.push(line("free", Tokens(window.saturating_sub(total)), window));
    lines.push(Line::default());
    lines.push(Line::of(Slot::Dim, format!("estimated; the window is {window} tokens")));
    Overlay::new("context", "Esc close", lines)
}

fn line(name: &str, tokens: Tokens, window: u64) -> Line {
    let filled = (tokens.0.saturating_mul(BAR) / window.max(1)).min(BAR);
    let bar = |sign: &str, count: u64| sign.repeat(usize::try_from(count).unwrap_or(0));
    Line::of(Slot::Text, format!("{name:<14}{:>8}  ", tokens.0))
        .and(Slot::Accent, bar("█", filled))
        .and(Slot::Dim, bar("░", BAR - filled))
        .and(Slot::Dim, format!(" {}%", tokens.0.saturating_mul(100) / window.max(1)))
}
