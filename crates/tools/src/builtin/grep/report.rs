//! What was found, as the model reads it and the screen draws it.

use headwater_protocol::{ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Serialize;

use super::hits::{FileHits, Found, HitLine};
use super::{Input, Mode};
use crate::paths::spelled;
use crate::report::{cap_of, data};
use crate::text::{counted, start_of};

/// Lines which the screen gets to draw.
const DRAWN: usize = 200;
/// Bytes of the name of a file that could not be searched.
const NAME_BYTES: usize = 120;

/// The screen's shape `grep`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Shown<'a> {
    kind: &'static str,
    pattern: &'a str,
    mode: Mode,
    /// Lines that match in all files (in mode `files`: files).
    matches: u64,
    files: usize,
    /// The first lines, with the lines around them.
    lines: Vec<ShownLine<'a>>,
    cut: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ShownLine<'a> {
    path: &'a str,
    line: u64,
    text: &'a str,
    is_match: bool,
}

/// The result of a search.
pub(super) fn report(input: &Input, found: &Found, context: &ToolContext) -> ToolOutcome {
    let mode = input.mode.unwrap_or(Mode::Content);
    let mut text = String::new();
    let room = cap_of(context).saturating_sub(300);
    let is_whole = found.files.iter().all(|(path, hits)| write_file(&mut text, mode, (path, hits), room));
    text.push_str(&footer(input, found, is_whole));
    let lines: Vec<ShownLine<'_>> = found.files.iter().flat_map(drawn).take(DRAWN).collect();
    let shown = Shown {
        kind: "grep",
        pattern: &input.pattern,
        mode,
        matches: found.matches(),
        files: found.files.len(),
        lines,
        cut: !is_whole,
    };
    ToolOutcome::text(text).with_data(data(&shown))
}

fn drawn<'a>((path, hits): (&'a String, &'a FileHits)) -> impl Iterator<Item = ShownLine<'a>> {
    hits.lines.iter().map(|line| ShownLine {
        path,
        line: line.number,
        text: &line.text,
        is_match: line.is_match,
    })
}

/// Adds what was found in a file, up to `room` bytes in all; whether all of it fits.
fn write_file(text: &mut String, mode: Mode, (path, hits): (&String, &FileHits), room: usize) -> bool {
    let path = spelled(path);
    let is_whole = match mode {
        Mode::Files => push(text, room, &format!("{path}\n")),
        Mode::Count => push(text, room, &format!("{path}: {}\n", hits.matches)),
        Mode::Content => {
            push(text, room, &format!("{path}\n"))
                && hits.lines.iter().all(|line| push(text, room, &row(line)))
        }
    };
    let shown = hits.lines.iter().filter(|line| line.is_match).count();
    let left = hits.matches.saturating_sub(shown.try_into().unwrap_or(u64::MAX));
    if is_whole && mode == Mode::Content && left > 0 {
        return push(text, room, &format!("… {} in this file\n", counted(left, "more match")));
    }
    is_whole
}

fn push(text: &mut String, room: usize, piece: &str) -> bool {
    let fits = text.len().saturating_add(piece.len()) <= room;
    if fits {
        text.push_str(piece);
    }
    fits
}

/// A line as ripgrep writes it: `12:` for a match, `12-` for a line near one.
fn row(line: &HitLine) -> String {
    let HitLine { number, text, is_match, follows_gap } = line;
    let (gap, sign) = (if *follows_gap { "--\n" } else { "" }, if *is_match { ':' } else { '-' });
    format!("{gap}{number}{sign}{text}\n")
}

fn footer(input: &Input, found: &Found, is_whole: bool) -> String {
    let files = counted(found.files.len().try_into().unwrap_or(u64::MAX), "file");
    if found.files.is_empty() {
        let place = input.glob.as_ref().map_or(String::new(), |glob| format!(" in files like `{glob}`"));
        let missed = missed(found).map_or(String::new(), |missed| format!(" {missed}."));
        return format!(
            "Nothing matches `{}`{place}. Ignored and binary files are not searched.{missed}",
            input.pattern
        );
    }
    let total = match input.mode {
        Some(Mode::Files) => files,
        None | Some(Mode::Content | Mode::Count) => {
            format!("{} in {files}", counted(found.matches(), "match"))
        }
    };
    let cut = if is_whole { "" } else { ", the first shown; narrow the pattern, path or glob" };
    let missed = missed(found).map_or(String::new(), |missed| format!("; {missed}"));
    format!("[{total}{cut}{missed}]")
}

/// Whose content nobody looked at: a search that found nothing there says nothing about it.
fn missed(found: &Found) -> Option<String> {
    let first = spelled(found.first_missed.as_deref()?).into_owned();
    let first = start_of(&first, NAME_BYTES);
    Some(match found.missed {
        1 => format!("`{first}` could not be searched"),
        count => format!("{count} files could not be searched, `{first}` among them"),
    })
}
