//! The commands: one file each. To add one: a file here, a variant in [`Command`], an arm in [`run`].

mod acp;
mod completions;
mod conformance;
mod doctor;
mod eval;
mod exec;
mod login;
mod logout;
mod mcp;
mod policy;
mod replay;
mod resume;
mod rlm;
mod sandbox;
pub(crate) mod schema;
mod screen;
mod sessions;

use anyhow::Result;
use clap::Subcommand;

use crate::args::Arguments;
use crate::ephemeral;
use crate::paths::Paths;

/// What `headwater` can do beside the screen.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Work without a screen: the answer on standard output, progress on standard error.
    Exec(exec::ExecArguments),
    /// Answer one question over a context of any size: a recursive completion, without tools and without a screen.
    Rlm(rlm::RlmArguments),
    /// Serve an editor on the standard streams, by the Agent Client Protocol.
    Acp(acp::AcpArguments),
    /// Run a suite of tasks and score it, or compare two runs.
    Eval(eval::EvalArguments),
    /// List, show, title, export or remove sessions.
    Sessions(sessions::SessionsArguments),
    /// Carry on a session: on the screen, or by the answer that a call of it waits for.
    Resume(resume::ResumeArguments),
    /// Fold a recorded session again.
    Replay(replay::ReplayArguments),
    /// Say what is found: keys, servers, sandbox, terminal, paths.
    Doctor(doctor::DoctorArguments),
    /// Run a command as the agent would.
    Sandbox(sandbox::SandboxArguments),
    /// Say what would be asked, and by which rule.
    Policy(policy::PolicyArguments),
    /// Store the key of a vendor.
    Login(login::LoginArguments),
    /// Remove the stored key of a vendor.
    Logout(logout::LogoutArguments),
    /// Manage MCP servers: list, add, remove, probe, approve, log in.
    Mcp(mcp::McpArguments),
    /// Print the completions of a shell.
    Completions(completions::CompletionsArguments),
    /// Examine logs, of this program or another: do they hold what a log must?
    Conformance(conformance::ConformanceArguments),
    /// Print a JSON Schema: of the records, of tools, plans, models, contracts, cards.
    Schema(schema::SchemaArguments),
}

/// Runs what the command line asks for; the exit code of the process.
pub(crate) fn run(arguments: Arguments) -> Result<u8> {
    let Arguments { command, screen, globals } = arguments;
    if let Ok(paths) = Paths::find() {
        ephemeral::sweep(&paths);
    }
    match command {
        None => screen::run(&screen, &globals),
        Some(Command::Exec(own)) => exec::run(&own, &globals),
        Some(Command::Rlm(own)) => rlm::run(&own, &globals),
        Some(Command::Acp(own)) => acp::run(&own, &globals),
        Some(Command::Eval(own)) => eval::run(&own, &globals),
        Some(Command::Sessions(own)) => sessions::run(&own, &globals),
        Some(Command::Resume(own)) => resume::run(&own, &globals),
        Some(Command::Replay(own)) => replay::run(&own),
        Some(Command::Doctor(own)) => doctor::run(&own, &globals),
        Some(Command::Sandbox(own)) => sandbox::run(&own, &globals),
        Some(Command::Policy(own)) => policy::run(&own, &globals),
        Some(Command::Login(own)) => login::run(&own, &globals),
        Some(Command::Logout(own)) => logout::run(&own, &globals),
        Some(Command::Mcp(own)) => mcp::run(&own, &globals),
        Some(Command::Completions(own)) => completions::run(&own),
        Some(Command::Conformance(own)) => conformance::run(&own),
        Some(Command::Schema(own)) => schema::run(&own),
    }
}
