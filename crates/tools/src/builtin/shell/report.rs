//! What a command came to, as the model reads it and the screen draws it.

use std::convert::Infallible;
use std::io;

use headwater_protocol::tool::Blob;
use headwater_protocol::{ToolContext, ToolOutcome};
use headwater_sandbox::{Captured, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

use super::command::SAID_BYTES;
use super::{exit, hints};
use crate::blobs;
use crate::report::{cap_of, data};
use crate::text::{Omitted, Plain, excerpt, human, plain};

/// Lines and bytes of the end of the output that the screen gets to draw.
const DRAWN_LINES: usize = 40;
const DRAWN_BYTES: usize = 8 * 1024;

/// The screen's shape `shell`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Shown<'a> {
    kind: &'static str,
    command: &'a str,
    /// `code`, `signal`, `timed_out`, `cancelled` or `stopped`.
    exit: &'static str,
    /// As a shell would report it.
    code: u8,
    duration_ms: u64,
    /// Of the whole output.
    lines: u64,
    bytes: u64,
    /// The last lines.
    tail: &'a str,
    violations: &'a [String],
    /// Where the whole output is stored, as `blob:<id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<&'a str>,
}

/// What the screen draws of a command: how it ended, or the job that it is.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Drawn {
    Ended(Shown<'static>),
    Begun(crate::background::Shown),
}

/// The output in the form that is shown, and where the rest is.
struct Body {
    text: String,
    blob: Option<Blob>,
}

/// The result of a command that ran, so that whatever fails now is no reason to run it again. `is_offline`: it could not
/// reach the network.
#[expect(clippy::unnecessary_wraps, reason = "the shape of work that may fail")]
pub(super) fn report(
    script: &str,
    ran: Outcome,
    is_offline: bool,
    context: &ToolContext,
) -> Result<ToolOutcome, Infallible> {
    let told = told(script, ran, is_offline, context);
    Ok(told.unwrap_or_else(|error| ToolOutcome::error(error.to_string())))
}

fn told(script: &str, ran: Outcome, is_offline: bool, context: &ToolContext) -> io::Result<ToolOutcome> {
    let Outcome { exit, output, errors: _, duration, violations } = ran;
    let (lines, bytes) = (output.total_lines, output.total_bytes);
    let body = body(output, context)?;
    let mut text = exit::how(exit, duration);
    text.push_str(if body.text.is_empty() { ", no output" } else { "\n" });
    text.push_str(&body.text);
    text.extend(violations.iter().map(|violation| format!("\n[sandbox: {violation}]")));
    let pointer = body.blob.as_ref().map(|blob| format!("{}{}", blobs::PREFIX, blob.id));
    let shown = Shown {
        kind: "shell",
        command: script,
        exit: exit::kind(exit),
        code: exit.shell_code(),
        duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        lines,
        bytes,
        tail: last_lines(&body.text),
        violations: &violations,
        blob: pointer.as_deref(),
    };
    let has_failed = !exit.is_success();
    let data = data(&shown);
    Ok(ToolOutcome {
        is_error: has_failed,
        reminders: if has_failed { hints::notes(&body.text, is_offline) } else { Vec::new() },
        blobs: body.blob.into_iter().collect(),
        data,
        ..ToolOutcome::text(text)
    })
}

fn body(output: Captured, context: &ToolContext) -> io::Result<Body> {
    let room = cap_of(context).saturating_sub(SAID_BYTES);
    let is_whole = output.is_whole();
    let (lines, bytes) = (output.total_lines, output.total_bytes);
    let (head, tail) = if is_whole {
        (plain(&[output.head.as_slice(), output.tail.as_slice()].concat()), Plain::default())
    } else {
        (plain(&output.head), plain(&output.tail))
    };
    let is_binary = head.is_binary();
    if is_whole && !is_binary && head.text.len() <= room {
        return Ok(Body { text: head.text, blob: None });
    }
    if is_whole {
        std::fs::write(blobs::file_for(context)?, [output.head, output.tail].concat())?;
    }
    let blob = blobs::record(context)?;
    let pointer = format!("{}{}", blobs::PREFIX, blob.id);
    let text = if is_binary {
        format!("[binary output, {}, not shown; it is stored as {pointer}]", human(bytes))
    } else {
        let tail = if is_whole { &head.text } else { &tail.text };
        excerpt(&head.text, tail, room, &Omitted { lines, bytes, pointer: &pointer })
    };
    Ok(Body { text, blob: Some(blob) })
}

fn last_lines(text: &str) -> &str {
    let text = text.trim_end_matches('\n');
    let first = text
        .rmatch_indices('\n')
        .nth(DRAWN_LINES.saturating_sub(1))
        .map_or(0, |(at, _)| at.saturating_add(1));
    let first = first.max(text.len().saturating_sub(DRAWN_BYTES));
    text.get(text.ceil_char_boundary(first)..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_drawn() {
        let text = (1..=100).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
        assert!(last_lines(&text).starts_with("61\n") && last_lines(&text).ends_with("\n100"));
        assert_eq!(last_lines("a\nb\n"), "a\nb");
        assert!(last_lines(&"ñ".repeat(90_000)).len() <= DRAWN_BYTES);
    }
}
