//! One run: from the command line to the answer.

use anyhow::Result;
use headwater_engine::{SessionStore, Start};
use headwater_protocol::{ModeId, Op, SessionId};

use super::output_schema::{OutputSchema, bare};
use super::{ExecArguments, drive, prompt};
use crate::args::Globals;
use crate::ephemeral::{self, Ephemeral};
use crate::paths::Paths;
use crate::premises::Premises;
use crate::session::{Attendance, Blueprint, Confiner, sandbox_in};
use crate::{contracts, demo, missions, output, runtime, waiting};

/// Does it, and says how it ended.
pub(in crate::commands) fn run(own: &ExecArguments, globals: &Globals) -> Result<u8> {
    let confiner = Confiner::begin();
    own.forks.check(own.resume.is_some())?;
    let resumed = own.resume.as_deref().map(find).transpose()?;
    let globals = &globals.at_home_of(resumed.as_ref())?;
    let mut premises = Premises::find_unattended(globals)?;
    // Held to the very end: then it takes everything with it.
    let ephemeral = own.is_ephemeral.then(|| Ephemeral::begin(&premises.paths)).transpose()?;
    premises.ephemeral = ephemeral.as_ref().map(|place| place.state().to_owned());
    let demo = demo::move_in(&mut premises)?;
    let mode = globals.mode.map(ModeId::from).unwrap_or_default();
    let prompt = prompt_of(own, demo.is_some().then(|| demo::prompt(mode)))?;
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
        let store = premises.sessions();
        let start = start_of(own, resumed, (&store, prompt.is_some()), globals)?;
        let known = records_of(&store, &start)?;
        let asked = prompt.map(|text| schema.as_ref().map_or(text.clone(), |schema| schema.asked(&text)));
        let first = first_op(asked, &start, &store).inspect_err(|_| own.forks.take_back(&start, &store))?;
        for warning in blueprint.warnings() {
            output::note(&output::without_controls(&format!("warning: {warning}")));
        }
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
fn prompt_of(own: &ExecArguments, suggested: Option<&str>) -> Result<Option<String>> {
    if own.prompt.is_empty() && own.resume.is_some() && own.missions.is_approved {
        return Ok(None);
    }
    prompt::read(&own.prompt, suggested).map(Some)
}

/// What the run begins with; nothing, where a new session is given nothing to do.
fn first_op(asked: Option<String>, start: &Start, store: &SessionStore) -> Result<Option<Op>> {
    match (asked, start) {
        (Some(text), _) => Ok(Some(Op::Submit { text })),
        (None, Start::Resume(id)) => missions::carry_on(store, id).map(Some),
        (None, Start::New { .. }) => Ok(None),
    }
}

/// The session to begin with. What is refused makes no copy.
fn start_of(
    own: &ExecArguments,
    resumed: Option<SessionId>,
    (store, has_words): (&SessionStore, bool),
    globals: &Globals,
) -> Result<Start> {
    let Some(session) = resumed else { return Ok(Start::New { parent: None }) };
    let shared = own.forks.shared(store.load(&session)?.records);
    waiting::refuse(&shared, &session, globals)?;
    if own.forks.is_wanted() && !has_words {
        missions::refuse_copy(&shared, &session)?;
    }
    Ok(Start::Resume(own.forks.of(session)?))
}

/// The session whose id begins like this.
pub(in crate::commands) fn find(id: &str) -> Result<SessionId> {
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
