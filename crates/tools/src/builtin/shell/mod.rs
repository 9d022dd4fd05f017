//! `shell`: runs a command in the sandbox and waits for it, or leaves it in the background.

mod command;
mod exit;
mod hints;
mod input;
mod live;
mod report;

use std::sync::{Arc, OnceLock};

use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use headwater_sandbox::{Outcome, SandboxError, ShellCommand};
use tempfile::TempDir;

pub(super) use self::input::Input;
use self::live::Live;
use super::ShellSetup;
use crate::background::Background;
use crate::passing::command_failed;
use crate::report::{cap_of, data_schema, within, work};

/// Runs shell commands.
pub(super) struct Shell {
    setup: ShellSetup,
    background: Arc<Background>,
    /// Where commands put temporary files; made by the first command, removed with the session.
    scratch: OnceLock<Option<TempDir>>,
}

impl Shell {
    pub(super) fn new(setup: ShellSetup, background: Arc<Background>) -> Self {
        Self { setup, background, scratch: OnceLock::new() }
    }

    async fn wait_for(&self, command: ShellCommand, context: ToolContext) -> ToolOutcome {
        let script = command.script.clone();
        let is_offline = !command.confinement.profile.has_network()
            && self.setup.runner.probe().enforces(command.confinement.profile);
        match self.follow(command, &context).await {
            Ok(ran) => {
                let (hidden, kept) = (Arc::clone(&context.hidden), Arc::clone(&context.kept));
                let mechanism = self.setup.runner.probe().mechanism;
                let outcome =
                    work(context, move |context| report::report(&script, ran, is_offline, context)).await;
                let said = &outcome.model_text;
                let notes = [
                    hints::hidden(said, &hidden),
                    hints::kept(said, &kept),
                    hints::beside(said, [&hidden, &kept], mechanism),
                ];
                let notes = notes.into_iter().flatten().filter(|_| outcome.is_error);
                ToolOutcome { reminders: outcome.reminders.iter().cloned().chain(notes).collect(), ..outcome }
            }
            Err(error) => command_failed(format!("The command was not run to its end: {error}."), &error),
        }
    }

    /// Runs a command to its end while its output goes to the screen.
    async fn follow(&self, command: ShellCommand, context: &ToolContext) -> Result<Outcome, SandboxError> {
        let live = Live::new(Arc::clone(&context.progress));
        let ran = tokio::select! {
            ran = self.setup.runner.run(command, context.cancel.cancelled(), |chunk| live.push(chunk)) => ran,
            never = live.send_what_waits() => match never {},
        };
        live.finish();
        ran
    }
}

impl Tool for Shell {
    type Input = Input;

    fn name(&self) -> &'static str {
        "shell"
    }

    fn description(&self) -> &'static str {
        "Run a shell command. Each call starts anew in the workspace; nothing can be typed in. Long output is cut in the middle and stored."
    }

    fn capability(&self) -> Capability {
        Capability::Shell
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<report::Drawn>())
    }

    fn access(&self, input: &Input) -> Access {
        Access::Run { command: input.command.clone() }
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        let cap = cap_of(&context);
        let outcome = match self.command(&input, &context) {
            Ok(command) if input.background == Some(true) => self.background.start(command, &context).await,
            Ok(command) => self.wait_for(command, context).await,
            Err(error) => ToolOutcome::error(error.to_string()),
        };
        within(outcome, cap)
    }
}
