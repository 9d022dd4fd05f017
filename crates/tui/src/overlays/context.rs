//! Context: where the tokens of the next request are, and what the prefix cache knew of the last ones.

use headwater_protocol::Tokens;
use headwater_protocol::events::{DEFAULT_STYLE, Header};
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::{Cache, Clearer, ServerKept};

use super::{Line, Overlay};
use crate::app::Status;
use crate::text::sanitize;
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
    let style = status.session.header.as_ref().map_or(DEFAULT_STYLE, Header::output_style);
    lines.push(Line::of(Slot::Dim, format!("output style: {}", sanitize(style))));
    lines.extend(server(&status.server));
    let can_clear = status.session.model.as_ref().is_some_and(|model| model.clears_results);
    lines.extend(clearing(&status.server, can_clear));
    lines.extend(cache(&status.cache));
    Overlay::new("context", "Esc close", lines)
}

/// What of the conversation the server keeps, where it does.
fn server(server: &ServerKept) -> Vec<Line> {
    let Some(last) = &server.last else { return Vec::new() };
    let said = format!(
        "kept at the server ({}): {} items; the last request sent {}",
        last.state.name(),
        last.kept,
        last.sent
    );
    let mut lines = vec![Line::default(), Line::of(Slot::Text, said)];
    if server.resent > 0 {
        let again =
            format!("  sent whole again {} times, since the server kept something else", server.resent);
        lines.push(Line::of(Slot::Dim, again));
    }
    lines
}

/// Who clears old results, where any were cleared.
fn clearing(server: &ServerKept, can_clear: bool) -> Vec<Line> {
    let said = match server.clearing(can_clear) {
        Clearer::Nobody => return Vec::new(),
        Clearer::Here => "old results: cleared here".to_owned(),
        Clearer::Server(results, Tokens(0)) => {
            format!("old results: {results} are left to the server to clear")
        }
        Clearer::Server(results, tokens) => {
            format!("old results: {results} cleared by the server, {} tokens in the last request", tokens.0)
        }
    };
    let why = server.withdrawn.iter().map(|withdrawn| Line::of(Slot::Dim, format!("  {}", withdrawn.told())));
    [Line::default(), Line::of(Slot::Text, said)].into_iter().chain(why).collect()
}

/// How often the cache answered, and for each of the last misses why not.
fn cache(cache: &Cache) -> Vec<Line> {
    if cache.reported == 0 {
        return Vec::new();
    }
    let share = cache.cached.0.saturating_mul(100) / cache.input.0.max(1);
    let sum =
        format!("prefix cache: {} of {} requests, {share}% of the prompt tokens", cache.hits, cache.reported);
    let mut lines = vec![Line::default(), Line::of(Slot::Text, sum)];
    lines.extend(cache.misses().map(|miss| {
        let what = format!("  request {:<6}{:>8} of {:<8}", miss.request, miss.cached.0, miss.expected.0);
        Line::of(Slot::Dim, what).and(Slot::Text, miss.reason.to_string())
    }));
    lines
}

fn line(name: &str, tokens: Tokens, window: u64) -> Line {
    let filled = (tokens.0.saturating_mul(BAR) / window.max(1)).min(BAR);
    let bar = |sign: &str, count: u64| sign.repeat(usize::try_from(count).unwrap_or(0));
    Line::of(Slot::Text, format!("{name:<14}{:>8}  ", tokens.0))
        .and(Slot::Accent, bar("█", filled))
        .and(Slot::Dim, bar("░", BAR - filled))
        .and(Slot::Dim, format!(" {}%", tokens.0.saturating_mul(100) / window.max(1)))
}
