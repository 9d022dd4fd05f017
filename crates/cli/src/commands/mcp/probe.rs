//! `headwater mcp probe [NAME…]`: connects, lists the tools, and ends the server again. What is listed is kept, so that the
//! next session has the tools by their names.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use headwater_tools::mcp::{ServerReport, ServerState};
use serde_json::{Value, json};

use super::named;
use crate::mcp::{self, Survey, Surveyed};
use crate::output::{self, one_line};
use crate::premises::Premises;
use crate::runtime;
use crate::vendors;

/// Which servers, and how to tell.
#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    /// Their names; without one, all that may run.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// As one JSON object.
    #[arg(long = "json")]
    is_json: bool,
}

/// Columns of what a server says of a tool.
const SUMMARY: usize = 100;

/// What came of a probe.
struct Probed {
    server: Surveyed,
    outcome: Outcome,
}

enum Outcome {
    /// It was asked.
    Asked(Box<ServerReport>),
    /// It was not, and why.
    LeftAlone(String),
}

pub(super) fn run(own: &ProbeArguments, premises: &Premises) -> Result<u8> {
    let survey = Survey::of(premises);
    let chosen = if own.names.is_empty() {
        survey.servers.iter().filter(|server| server.definition.is_enabled()).cloned().collect()
    } else {
        own.names.iter().map(|name| named(&survey, name)).collect::<Result<Vec<_>>>()?
    };
    if chosen.is_empty() && !own.is_json {
        output::note("No MCP servers; `headwater mcp add` adds one.");
        return Ok(0);
    }
    let env = vendors::command_env(premises.settings())?;
    let runtime = runtime::single_threaded()?;
    let probed = runtime.block_on(async {
        let asked = chosen.into_iter().map(|server| probe(server, premises, &env));
        futures_util::future::join_all(asked).await
    });
    runtime.shutdown_background();
    let are_all_well = probed.iter().all(Probed::is_well);
    let text = if own.is_json {
        let servers: Vec<Value> = probed.iter().map(Probed::as_json).collect();
        serde_json::to_string_pretty(&json!({"ok": are_all_well, "servers": servers}))? + "\n"
    } else {
        output::without_controls(&probed.iter().map(Probed::as_text).collect::<String>())
    };
    output::print(&text)?;
    Ok(u8::from(!are_all_well))
}

async fn probe(server: Surveyed, premises: &Premises, env: &[(String, String)]) -> Probed {
    let outcome = if server.asks.is_some() {
        let name = &server.definition.name;
        Outcome::LeftAlone(format!("waits for your yes: headwater mcp approve {name}"))
    } else {
        match mcp::configured(&server, premises) {
            Ok(config) => {
                let setup = mcp::setup(vec![config.clone()], premises, env);
                Outcome::Asked(Box::new(headwater_tools::mcp::probe(config, setup).await))
            }
            Err(why) => Outcome::LeftAlone(why),
        }
    };
    Probed { server, outcome }
}

impl Probed {
    fn is_well(&self) -> bool {
        matches!(&self.outcome, Outcome::Asked(report) if report.state == ServerState::Ready)
    }

    /// Its state in a word, and why it is not ready.
    fn state(&self) -> (&'static str, Option<String>) {
        let name = &self.server.definition.name;
        match &self.outcome {
            Outcome::LeftAlone(why) => ("not asked", Some(why.clone())),
            Outcome::Asked(report) => match &report.state {
                ServerState::Ready => ("ready", None),
                ServerState::Off => ("off", None),
                ServerState::Starting => ("starting", Some("it has not answered in time".to_owned())),
                ServerState::Failed { why } => ("failed", Some(why.clone())),
                ServerState::NeedsLogin { .. } if mcp::has_address(&self.server.definition) => {
                    ("needs login", Some(format!("it wants a login: headwater mcp login {name}")))
                }
                ServerState::NeedsLogin { .. } => ("needs login", None),
            },
        }
    }

    fn as_json(&self) -> Value {
        let (state, why) = self.state();
        let mut value = json!({"name": self.server.definition.name, "status": state, "why": why});
        if let (Outcome::Asked(report), Some(fields)) = (&self.outcome, value.as_object_mut()) {
            let tools = report.tools.iter().map(|tool| {
                json!({"name": tool.name, "given": tool.given, "summary": tool.summary,
                       "read_only": tool.is_vouched_for, "claims_read_only": tool.claims_to_read})
            });
            fields.insert("implementation".to_owned(), json!(report.implementation));
            fields.insert("protocol".to_owned(), json!(report.protocol));
            fields.insert("milliseconds".to_owned(), json!(report.took.map(|took| took.as_millis())));
            fields.insert("tools".to_owned(), tools.collect());
            fields.insert("remarks".to_owned(), json!(report.remarks));
            fields.insert("errors".to_owned(), json!(report.errors));
        }
        value
    }

    fn as_text(&self) -> String {
        let (state, why) = self.state();
        let why = why.map(|why| format!(": {}", one_line(&why, 400))).unwrap_or_default();
        let mut text = format!("{} {state}{why}\n", self.server.definition.name);
        let Outcome::Asked(report) = &self.outcome else { return text };
        // Writing to a String cannot fail, here and below.
        if let Some(implementation) = &report.implementation {
            let protocol = report.protocol.as_deref().unwrap_or("unknown");
            let took = report.took.map(|took| format!(", in {} ms", took.as_millis())).unwrap_or_default();
            let _never = writeln!(text, "  {implementation}, protocol {protocol}{took}");
        }
        for tool in &report.tools {
            let vouched = if tool.is_vouched_for { " [you vouch for it]" } else { "" };
            let _never = writeln!(text, "  {}{vouched}: {}", tool.name, one_line(&tool.summary, SUMMARY));
        }
        for remark in &report.remarks {
            let _never = writeln!(text, "  note: {}", one_line(remark, 400));
        }
        if report.state != ServerState::Ready && !report.errors.is_empty() {
            let _never = writeln!(text, "  it wrote: {}", report.errors.trim().replace('\n', "\n    "));
        }
        text
    }
}
