//! `headwater exec`: work without a screen. The answer goes to standard output, progress to standard error.

mod answer_file;
mod drive;
mod json_lines;
mod output_schema;
mod progress;
mod prompt;
mod telling;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use headwater_engine::{SessionStore, Start};
use headwater_protocol::{ModeId, Op, SessionId};

pub(super) use self::drive::{Sight, drive, follow};
use self::output_schema::{OutputSchema, bare};
pub(super) use self::telling::Telling;
use crate::args::Globals;
use crate::contracts;
use crate::demo;
use crate::ephemeral::{self, Ephemeral};
use crate::forks::ForkArguments;
use crate::missions::{self, MissionArguments};
use crate::output;
use crate::paths::Paths;
use crate::premises::Premises;
use crate::runtime;
use crate::session::{Attendance, Blueprint, Confiner, sandbox_in};
use crate::waiting;

/// What to do and how to tell.
#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// What to do; `-`, or no prompt at all, reads standard input.
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,
    /// Carry on this session: its id, or the beginning of it.
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    #[command(flatten)]
    forks: ForkArguments,
    #[command(flatten)]
    missions: MissionArguments,
    /// The final answer must be JSON of this JSON Schema; it is sent back twice, then the run ends with code 4.
    #[arg(long, value_name = "FILE")]
    output_schema: Option<PathBuf>,
    /// Where a call asks for a person: leave it waiting and end with code 3, instead of refusing it. `headwater resume ID`
    /// goes on from there, also in another process and on another day.
    #[arg(long = "wait-approval")]
    is_waiting: bool,
    /// Leave nothing behind: no session to list, to show or to carry on.
    #[arg(long = "ephemeral", conflicts_with_all = ["resume", "is_waiting"])]
    is_ephemeral: bool,
    #[command(flatten)]
    telling: Telling,
}

pub(super) fn run(own: &ExecArguments, globals: &Globals) -> Result<u8> {
    let confiner = Confiner::begin();
    own.forks.check(own.resume.is_some())?;
    let resumed = own.resume.as_deref().map(find).transpose()?;
    let resumed = resumed.map(|session| own.forks.of(session)).transpose()?;
    let globals = &globals.at_home_of(resumed.as_ref())?;
    let mut premises = Premises::find_unattended(globals)?;
    // Held to the very end: then it takes everything with it.
    let ephemeral = own.is_ephemeral.then(|| Ephemeral::begin(&premises.paths)).transpose()?;
    premises.ephemeral = ephemeral.as_ref().map(|place| place.state().to_owned());
    let demo = demo::move_in(&mut premises)?;
    let mode = globals.mode.map(ModeId::from).unwrap_or_default();
    let prompt = prompt(own, demo.is_some().then(|| demo::prompt(mode)))?;
    own.telling.check()?;
    let mut contract = contracts::named(globals)?;
    let schema = own.output_schema.as_deref().map(OutputSchema::read).transpose()?;
    if let Some(schema) = &schema {
        contract = Some(schema.required(contract));
    }
    let runtime = runtime::single_threaded()?;
    let mut ended = runtime.block_on(async {
        let blueprint =
            Blueprint::draw(&premises, globals, own.attendance()).await?.with_missions(&own.missions);
        let start = resumed.map_or(Start::New { parent: None }, Start::Resume);
        let store = premises.sessions();
        let known = records_of(&store, &start)?;
        if let Start::Resume(id) = &start {
            waiting::refuse(&store, id, globals)?;
        }
        let first = match (prompt, &start) {
            (Some(text), _) => {
                let text = schema.as_ref().map_or(text.clone(), |schema| schema.asked(&text));
                Some(Op::Submit { text })
            }
            (None, Start::Resume(id)) => Some(missions::carry_on(&store, id)?),
            (None, Start::New { .. }) => None,
        };
        blueprint.warnings().iter().for_each(|warning| output::note(&format!("warning: {warning}")));
        let probe = confiner.found()?;
        let sandbox = sandbox_in(blueprint.mode(), &probe);
        let running = blueprint.start(start, probe)?;
        let sink = own.telling.sink(&running.session, &sandbox);
        contracts::declare(&running, contract).await;
        drive(running, first, sink, known).await
    })?;
    // Nothing that may still run in the background is worth waiting for: the log is written and closed.
    runtime.shutdown_background();
    drop(demo);
    ended.look_for_question(&premises.sessions(), globals)?;
    if ephemeral.is_some() {
        ended.is_over_for_good();
    }
    if schema.is_some() {
        ended.text = bare(&ended.text).to_owned();
    }
    own.telling.finish(&ended)
}

impl ExecArguments {
    fn attendance(&self) -> Attendance {
        if self.is_waiting { Attendance::Elsewhere } else { Attendance::Nobody }
    }
}

/// What is submitted; nothing, when a mission that waits is only to be approved.
fn prompt(own: &ExecArguments, suggested: Option<&str>) -> Result<Option<String>> {
    if own.prompt.is_empty() && own.resume.is_some() && own.missions.is_approved {
        return Ok(None);
    }
    prompt::read(&own.prompt, suggested).map(Some)
}

/// The session whose id begins like this.
pub(super) fn find(id: &str) -> Result<SessionId> {
    let paths = Paths::find()?;
    ephemeral::refuse(&paths, id)?;
    Ok(SessionStore::new(paths.state).find(id)?)
}

/// How many records a resumed session has already: they are told again, and not shown again.
fn records_of(store: &SessionStore, start: &Start) -> Result<u64> {
    match start {
        Start::New { .. } => Ok(0),
        Start::Resume(id) => Ok(u64::try_from(store.load(id)?.records.len())?),
    }
}
