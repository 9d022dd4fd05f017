//! `read`: a file or stored output, page by page, with line numbers.

mod binary;
mod page;
mod source;

use std::path::PathBuf;

use headwater_protocol::tool::{FileTouch, TouchKind};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::page::{Long, Page, Wanted};
use self::source::{ReadError, Source};
use crate::blobs;
use crate::report::{cap_of, data, data_schema, work};

/// Lines of a page unless the model says otherwise.
const DEFAULT_LIMIT: u64 = 2_000;
/// Bytes kept free for the note after a page.
const NOTE_BYTES: usize = 300;

/// Reads a file or stored output.
pub(super) struct Read;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// File in the workspace, or `blob:<id>` for stored output.
    #[serde(deserialize_with = "crate::paths::path")]
    path: String,
    /// First line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    offset: Option<u64>,
    /// Number of lines, default 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    limit: Option<u64>,
}

/// The screen's shape `read`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown<'a> {
    kind: &'static str,
    path: &'a str,
    /// First and last line shown, from 1; both 0 when there is none.
    first: u64,
    last: u64,
    lines: u64,
    bytes: u64,
}

impl Tool for Read {
    type Input = Input;

    fn name(&self) -> &'static str {
        "read"
    }

    fn description(&self) -> &'static str {
        "Read a text file. Each line comes as number, tab, text. Long files come in pages: go on with offset."
    }

    fn capability(&self) -> Capability {
        Capability::Read
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<Shown<'_>>())
    }

    fn access(&self, input: &Input) -> Access {
        if input.path.starts_with(blobs::PREFIX) {
            return Access::Nothing;
        }
        Access::Read(vec![PathBuf::from(&input.path)])
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        work(context, move |context| read(&input, context)).await
    }
}

fn read(input: &Input, context: &ToolContext) -> Result<ToolOutcome, ReadError> {
    let mut source = Source::open(&input.path, context)?;
    let first = input.offset.unwrap_or(1).max(1);
    let wanted = Wanted {
        lines: first..first.saturating_add(input.limit.unwrap_or(DEFAULT_LIMIT).max(1)),
        room: cap_of(context).saturating_sub(NOTE_BYTES),
        long: if source.is_blob { Long::Wrapped } else { Long::Shortened },
    };
    let page = Page::scan(&mut source.file, wanted, &context.cancel)
        .map_err(|error| ReadError::unreadable(&source.key, error))?;
    if page.lines > 0 && first > page.lines && page.binary.is_none() {
        return Err(ReadError::PastEnd { path: source.key, lines: page.lines, offset: first });
    }
    let text = match &page.binary {
        Some(head) => binary::describe(&source.key, head, page.bytes),
        None => page.text.clone() + &note(&page, source.is_blob),
    };
    let Page { first, last, lines, bytes, .. } = page;
    let shown = Shown { kind: "read", path: &source.key, first, last, lines, bytes };
    let mut outcome = ToolOutcome::text(text).with_data(data(&shown));
    if !source.is_blob {
        outcome.files = vec![FileTouch { path: source.key, kind: TouchKind::Read, sha256: page.sha256 }];
    }
    Ok(outcome)
}

/// What stands after a page: how much there is, how to go on, and what cannot be seen in the text.
fn note(page: &Page, is_blob: bool) -> String {
    let unit = if is_blob { "row" } else { "line" };
    let mut parts = vec![page.extent(unit)];
    parts.extend(page.peculiarities(is_blob).into_iter().map(str::to_owned));
    format!("[{}]", parts.join("; "))
}
