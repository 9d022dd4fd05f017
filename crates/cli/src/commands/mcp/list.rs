//! `headwater mcp list`: the servers that are described here and whether they run; nothing is started.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use headwater_protocol::ServerStatus;
use serde_json::{Value, json};

use crate::mcp::{Origin, Survey, Surveyed};
use crate::output;
use crate::premises::Premises;

/// How to tell.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// As one JSON object.
    #[arg(long = "json")]
    is_json: bool,
}

/// Columns of what is started.
const TARGET: usize = 80;

pub(super) fn run(own: &ListArguments, premises: &Premises) -> Result<u8> {
    let survey = Survey::of(premises);
    if own.is_json {
        let servers: Vec<Value> = survey.servers.iter().map(as_json).collect();
        let report = json!({"servers": servers, "warnings": survey.warnings});
        output::print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
        return Ok(0);
    }
    if survey.servers.is_empty() {
        output::note("No MCP servers; `headwater mcp add` adds one.");
    } else {
        output::print(&output::without_controls(&table(&survey.servers)))?;
    }
    for warning in &survey.warnings {
        output::note(&output::without_controls(&format!("note: {warning}")));
    }
    Ok(0)
}

/// How a server stands before anything is connected.
pub(super) fn standing(server: &Surveyed) -> String {
    server.standing().map_or_else(|| "on".to_owned(), |status| status.in_words())
}

fn as_json(server: &Surveyed) -> Value {
    let definition = &server.definition;
    json!({
        "name": definition.name,
        "target": definition.target(),
        "given": definition.given(),
        "origin": match definition.origin { Origin::Own => "user", Origin::Project => "project" },
        "source": definition.source,
        "status": match server.standing() {
            None => "on",
            Some(ServerStatus::Waiting) => "waiting",
            Some(ServerStatus::Off) => "off",
            Some(_) => "wrong",
        },
        "asks": server.asks,
    })
}

fn table(servers: &[Surveyed]) -> String {
    let mut text = format!("{:<20} {:<19} TARGET\n", "NAME", "STATUS");
    for server in servers {
        let definition = &server.definition;
        // Writing to a String cannot fail, here and below.
        let _never = writeln!(
            text,
            "{:<20} {:<19} {}",
            output::one_line(&definition.name, 40),
            standing(server),
            output::one_line(&definition.target(), TARGET),
        );
        let _never = writeln!(text, "{:<40} {}", "", definition.source.display());
    }
    text
}
