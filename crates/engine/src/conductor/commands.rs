//! The commands of a contract: run in the sandbox, by the tool that runs commands.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::{Access, Capability};
use serde_json::{Value, json};

use super::bench::{Asker, Bench};
use crate::mission::contract::{CommandEnd, CommandRunner};

/// Runs the commands of a contract, each recorded in the mission's log.
#[derive(Clone)]
pub(super) struct BenchCommands(pub(super) Arc<Bench>);

impl CommandRunner for BenchCommands {
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<CommandEnd, String>> {
        async move {
            let tool = self.0.tools.of(Capability::Shell).ok_or("there is no tool that runs commands")?;
            let access = Access::Run { command: command.to_owned() };
            let outcome = self.0.run(tool, json!({ "command": command }), &access, Asker::Host).await?;
            let code =
                outcome.data.get("code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
            let by_itself = outcome.data.get("exit").and_then(Value::as_str) == Some("code");
            let tail =
                outcome.data.get("tail").and_then(Value::as_str).unwrap_or(&outcome.model_text).to_owned();
            Ok(CommandEnd { code: code.filter(|_| by_itself), tail })
        }
        .boxed()
    }
}
