//! `headwater sessions export ID`: the records, or a readable text, to standard output or a file.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use headwater_engine::{SessionStore, regular_file};
use headwater_protocol::{Record, SessionId};

use super::family::family;
use crate::output;
use crate::runtime;
use crate::telemetry::{Content, otlp_json};
use crate::transcript_text::markdown;

/// What to export and where to.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The session's id, or the beginning of it.
    #[arg(value_name = "ID")]
    id: String,
    /// JSON Lines (the records as they are), Markdown, or OTLP/JSON (its traces, for an OpenTelemetry collector).
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With `--format otlp`: what was said and done too, not only figures and names.
    #[arg(long = "content")]
    has_content: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One record a line.
    Jsonl,
    /// A text to read.
    Md,
    /// The traces of the session and of those below it.
    Otlp,
}

pub(super) fn run(own: &ExportArguments, store: &SessionStore) -> Result<u8> {
    let session = store.find(&own.id)?;
    let text = match own.format {
        Format::Jsonl => lines(store, &session)?,
        Format::Md => markdown(&store.load(&session)?.records),
        Format::Otlp => {
            let content = if own.has_content { Content::Included } else { Content::Absent };
            runtime::single_threaded()?.block_on(otlp_json(&family(store, session)?, content))? + "\n"
        }
    };
    match &own.output {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => output::print(&text)?,
    }
    Ok(0)
}

/// The lines of the log that are records, as they are: with their seals, so that whoever gets them can check them.
fn lines(store: &SessionStore, session: &SessionId) -> Result<String> {
    let path = store.transcript(session);
    let log = regular_file::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = log.split_inclusive(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    Ok(lines.filter(|line| Record::from_line(line).is_ok()).collect())
}
