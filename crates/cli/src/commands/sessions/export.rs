//! `headwater sessions export ID`: the records, or a readable text, to standard output or a file.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use headwater_engine::SessionStore;
use headwater_protocol::Record;

use crate::output;
use crate::transcript_text::markdown;

/// What to export and where to.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The session's id, or the beginning of it.
    #[arg(value_name = "ID")]
    id: String,
    /// JSON Lines (the records as they are) or Markdown.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One record a line.
    Jsonl,
    /// A text to read.
    Md,
}

pub(super) fn run(own: &ExportArguments, store: &SessionStore) -> Result<u8> {
    let loaded = store.load(&store.find(&own.id)?)?;
    let text = match own.format {
        Format::Jsonl => lines(&loaded.records)?,
        Format::Md => markdown(&loaded.records),
    };
    match &own.output {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => output::print(&text)?,
    }
    Ok(0)
}

fn lines(records: &[Record]) -> Result<String> {
    let mut text = String::new();
    for record in records {
        text.push_str(&record.to_line()?);
        text.push('\n');
    }
    Ok(text)
}
