//! `headwater exec`: work without a screen. The answer goes to standard output, progress to standard error.

mod answer_file;
mod drive;
mod json_lines;
mod progress;
mod prompt;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use headwater_engine::{SessionStore, Start};
use headwater_protocol::events::Failed;
use headwater_protocol::{EndReason, SessionId};

use self::drive::{Ended, Sink, drive};
use crate::args::Globals;
use crate::demo;
use crate::output;
use crate::paths::Paths;
use crate::premises::Premises;
use crate::runtime;
use crate::session::{Attendance, Blueprint, Confiner, sandbox_in};

/// What to do and how to tell.
#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// What to do; `-`, or no prompt at all, reads standard input.
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,
    /// Write records to standard output, one JSON object a line; the last is always `turn_ended`.
    #[arg(long = "json")]
    is_json: bool,
    /// With --json: write the passing deltas too.
    #[arg(long = "deltas", requires = "is_json")]
    has_deltas: bool,
    /// Also write the final answer to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Carry on this session: its id, or the beginning of it.
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
}

pub(super) fn run(own: &ExecArguments, globals: &Globals) -> Result<u8> {
    let confiner = Confiner::begin();
    let resumed = own.resume.as_deref().map(find).transpose()?;
    let globals = &globals.at_home_of(resumed.as_ref())?;
    let mut premises = Premises::find_unattended(globals)?;
    let demo = demo::move_in(&mut premises)?;
    let prompt = prompt::read(&own.prompt, demo.is_some())?;
    own.output.as_deref().map(answer_file::check).transpose()?;
    let runtime = runtime::single_threaded()?;
    let ended = runtime.block_on(async {
        let blueprint = Blueprint::draw(&premises, globals, Attendance::Nobody).await?;
        let start = resumed.map_or(Start::New { parent: None }, Start::Resume);
        let known = records_of(&SessionStore::new(premises.paths.state.clone()), &start)?;
        blueprint.warnings().iter().for_each(|warning| output::note(&format!("warning: {warning}")));
        let probe = confiner.found()?;
        let sandbox = sandbox_in(blueprint.mode(), &probe);
        let running = blueprint.start(start, probe)?;
        let sink =
            if own.is_json { Sink::json(own.has_deltas) } else { Sink::progress(&running.session, &sandbox) };
        drive(running, prompt, sink, known).await
    })?;
    // Nothing that may still run in the background is worth waiting for: the log is written and closed.
    runtime.shutdown_background();
    drop(demo);
    finish(own, &ended)
}

fn find(id: &str) -> Result<SessionId> {
    Ok(SessionStore::new(Paths::find()?.state).find(id)?)
}

/// How many records a resumed session has already: they are told again, and not shown again.
fn records_of(store: &SessionStore, start: &Start) -> Result<u64> {
    match start {
        Start::New { .. } => Ok(0),
        Start::Resume(id) => Ok(u64::try_from(store.load(id)?.records.len())?),
    }
}

/// The answer, the file, the exit code.
fn finish(own: &ExecArguments, ended: &Ended) -> Result<u8> {
    let is_done = ended.reason == EndReason::Done;
    if let Some(path) = own.output.as_ref().filter(|_| is_done) {
        std::fs::write(path, format!("{}\n", ended.text.trim_end()))
            .with_context(|| format!("the answer cannot be written to {}", path.display()))?;
    }
    if own.is_json {
        return Ok(ended.reason.exit_code());
    }
    if is_done {
        output::print(&format!("{}\n", ended.text.trim_end()))?;
    } else {
        tell_failure(ended);
    }
    if ended.denied > 0 {
        let calls =
            if ended.denied == 1 { "1 call was".to_owned() } else { format!("{} calls were", ended.denied) };
        output::note(&format!("note: {calls} denied, since nobody was here to be asked"));
    }
    Ok(ended.reason.exit_code())
}

fn tell_failure(ended: &Ended) {
    match &ended.failure {
        Some(Failed { message, next_step, .. }) => {
            output::note(&format!("error: {}", output::without_controls(message)));
            output::note(&format!("  hint: {next_step}"));
        }
        None => output::note(&format!("error: {}", output::without_controls(&ended.text))),
    }
    if let Some(session) = &ended.session {
        output::note(&format!("  hint: `headwater resume {session}` carries on from here."));
    }
}
