//! Going back: the messages, what is to go back, and what that would change.

use headwater_protocol::events::{RewindScope, named};
use headwater_protocol::op::{RewindPoint, RewindPreview};

use super::diff::line as diff_line;
use super::{Line, Overlay, Pick};
use crate::text::{sanitize, sanitize_output};
use crate::theme::Slot;

/// How many files are named above what differs.
const NAMED: usize = 40;

/// What can go back, in the order in which it is offered.
const SCOPES: [(RewindScope, &str); 3] = [
    (RewindScope::Both, "conversation and code"),
    (RewindScope::Conversation, "conversation only"),
    (RewindScope::Files, "code only"),
];

/// The messages one can go back to, newest first.
pub(crate) fn rewind_points(points: &[RewindPoint]) -> Overlay {
    let mut lines: Vec<Line> = points.iter().rev().map(point).collect();
    let closing = match points.last() {
        None => "There is no message to go back to.".to_owned(),
        Some(newest) => format!("Without this page: /rewind {} shows what would change", newest.seq),
    };
    lines.push(Line::of(Slot::Dim, closing));
    Overlay::new("rewind: to before which message?", "Enter takes it · / filter · Esc close", lines)
}

fn point(point: &RewindPoint) -> Line {
    let first = point.text.lines().next().unwrap_or_default();
    let files = match point.files {
        0 => "no file changed after it".to_owned(),
        1 => "1 file changed after it".to_owned(),
        count => format!("{count} files changed after it"),
    };
    Line::of(Slot::Dim, format!("{:>4}  {}  ", point.seq, clock(point)))
        .and(Slot::Text, sanitize(first))
        .and(Slot::Dim, format!("  {files}"))
        .picking(Pick::RewindTo { to: point.seq, text: point.text.clone() })
}

/// `04:00`, in UTC; the day is what the list of sessions shows.
fn clock(point: &RewindPoint) -> String {
    point.at.to_string().chars().skip(11).take(5).collect()
}

/// What is to go back.
pub(crate) fn rewind_scopes(to: u64, text: &str) -> Overlay {
    let mut lines: Vec<Line> = SCOPES
        .iter()
        .map(|(scope, words)| {
            let pick = Pick::PreviewRewind { to, scope: *scope, text: text.to_owned() };
            Line::of(Slot::Text, format!("back with {words}")).picking(pick)
        })
        .collect();
    let fork = Line::of(Slot::Text, "leave this session as it is, and fork another from there");
    lines.push(fork.picking(Pick::Fork { at: to }));
    lines.push(Line::default());
    lines.extend(text.lines().map(|line| Line::of(Slot::Dim, format!("  {}", sanitize(line)))));
    Overlay::new("rewind: what is to go back?", "Enter shows what would change · Esc close", lines)
}

/// What a rewind would change; the first line does it.
pub(crate) fn rewind_preview(preview: &RewindPreview, text: &str) -> Overlay {
    let RewindPreview { to, scope, messages, files, diff, kept, uncovered } = preview;
    let words = SCOPES.iter().find(|(one, _)| one == scope).map_or("", |(_, words)| words);
    let pick = Pick::Rewind { to: *to, scope: *scope, text: text.to_owned() };
    let mut lines = vec![Line::of(Slot::Accent, format!("Go back now: {words}")).picking(pick)];
    if scope.has_conversation() {
        let count = if *messages == 1 {
            "1 message of yours".to_owned()
        } else {
            format!("{messages} messages of yours")
        };
        lines.push(Line::of(Slot::Text, format!("{count} and what followed will no longer count.")));
    }
    let alone = kept.iter().map(|file| format!("left alone: {}: {}", file.path, file.why));
    lines.extend(alone.map(|text| Line::of(Slot::Warn, sanitize_output(&text))));
    let gaps =
        uncovered.iter().map(|gap| format!("not covered: {}: {}", named(&gap.paths, gap.count), gap.why));
    lines.extend(gaps.map(|text| Line::of(Slot::Warn, sanitize_output(&text))));
    if scope.has_files() && files.is_empty() {
        lines.push(Line::of(Slot::Dim, "No file would change."));
    }
    lines.extend(fates(files));
    lines.extend(diff.lines().map(diff_line));
    lines.push(Line::of(Slot::Dim, format!("Without this page: /rewind {to} {}", typed(*scope))));
    Overlay::new(
        "rewind: what would change",
        "Enter on the first line goes back · ↑ ↓ scroll · Esc close",
        lines,
    )
}

/// The files by their names, before the lines that differ.
fn fates(files: &[String]) -> impl Iterator<Item = Line> {
    let first = files.iter().take(NAMED).map(|file| Line::of(Slot::Text, sanitize_output(file)));
    let more = files.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| Line::of(Slot::Dim, format!("and {more} more files")));
    first.chain(rest).chain((!files.is_empty()).then(Line::default))
}

/// A scope as it is typed.
pub(crate) fn typed(scope: RewindScope) -> &'static str {
    match scope {
        RewindScope::Both => "both",
        RewindScope::Conversation => "conversation",
        RewindScope::Files => "code",
    }
}
