//! `headwater rlm`: one recursive completion over a context, without a screen. It reads the context it is given and
//! asks child models, and nothing else.

use std::io::{IsTerminal as _, Read as _};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use headwater_engine::corpus::{ContextSource, ContextStore, LoadedContext, load};
use headwater_engine::{CompletionSetup, CompletionStart, Running, SessionStore};
use headwater_protocol::{MissionBudget, Op, Provider, SessionId};

use super::exec;
use crate::args::{Globals, joined};
use crate::demo;
use crate::missions;
use crate::output;
use crate::output_policy;
use crate::premises::Premises;
use crate::rules;
use crate::runtime;
use crate::session::{Attendance, Confiner, VERSION};
use crate::settings::Settings;
use crate::telemetry;
use crate::user_error::UserError;
use crate::vendors;

/// The one source of the context that is no path.
const STDIN: &str = "-";

/// What is asked, of what.
#[derive(Debug, Args)]
pub(crate) struct RlmArguments {
    /// The question; `-`, or none at all, reads standard input.
    #[arg(value_name = "QUESTION")]
    question: Vec<String>,
    /// What the variable `context` holds: a file, a directory, a glob, or `-` for standard input; repeatable.
    #[arg(long, value_name = "PATH")]
    context: Vec<String>,
    /// Calls of child models it may make.
    #[arg(long, value_name = "N")]
    max_calls: Option<u32>,
    /// Levels of recursive completions below it.
    #[arg(long, value_name = "N")]
    max_depth: Option<u32>,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Carry on a completion that was cut off: its id, or the beginning of it.
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    #[command(flatten)]
    telling: exec::Telling,
}

pub(super) fn run(own: &RlmArguments, globals: &Globals) -> Result<u8> {
    let confiner = Confiner::begin();
    // Python is found while the context is read: each takes about as long, and the first request needs both.
    std::thread::spawn(|| headwater_repl::python_repl(None).python().is_ok());
    let resumed = own.resume.as_deref().map(exec::find).transpose()?;
    let globals = &globals.at_home_of(resumed.as_ref())?;
    let mut premises = Premises::find_unattended(globals)?;
    own.telling.check()?;
    let demo = demo::move_in(&mut premises)?;
    let question = if resumed.is_some() { None } else { Some(question(own, demo.is_some())?) };
    let start = start(&context(own, demo.is_some()), &premises, resumed)?;
    let runtime = runtime::single_threaded()?;
    let ended = runtime.block_on(async {
        let (root, child) = models(&premises).await?;
        let probe = confiner.found()?;
        let store = premises.store(&output_policy::redactor(&premises)?);
        let known = match &start {
            CompletionStart::New(_) => 0,
            CompletionStart::Resume(id) => u64::try_from(store.load(id)?.records.len())?,
        };
        let running = begin(own, globals, &premises, Parts { start, store, root, child, probe })?;
        let sink = own.telling.sink(&running.session, "its blocks have no files and no network");
        exec::drive(running, question.map(|text| Op::Submit { text }), sink, known).await
    })?;
    runtime.shutdown_background();
    drop(demo);
    own.telling.finish(&ended)
}

/// The model of the root, and that of the children.
async fn models(premises: &Premises) -> Result<(Arc<dyn Provider>, Arc<dyn Provider>)> {
    if demo::is_chosen(premises) {
        return Ok((demo::provider(Attendance::Nobody), demo::reader(Attendance::Nobody)));
    }
    let (root, _) = vendors::connect(premises).await?;
    let child = vendors::connect_child(premises, &root).await?;
    Ok((root, child))
}

/// Where the context comes from. The demo has one of its own.
fn context(own: &RlmArguments, is_demo: bool) -> Vec<String> {
    if own.context.is_empty() && is_demo { vec![demo::LOG_NAME.to_owned()] } else { own.context.clone() }
}

/// What was found for a completion.
struct Parts {
    start: CompletionStart,
    store: SessionStore,
    root: Arc<dyn Provider>,
    child: Arc<dyn Provider>,
    probe: headwater_sandbox::Probe,
}

fn begin(own: &RlmArguments, globals: &Globals, premises: &Premises, parts: Parts) -> Result<Running> {
    let settings = premises.settings();
    let running = headwater_engine::complete(CompletionSetup {
        store: parts.store,
        start: parts.start,
        workspace: premises.workspace.clone(),
        root: parts.root,
        child: parts.child,
        fallback: crate::vendors::fallback(premises),
        repl: headwater_repl::python_repl(Some(parts.probe)),
        budget: budget(own, globals, settings),
        parallel: missions::parallel(settings),
        limits: missions::limits(settings),
        thresholds: settings.context.into(),
        seed: own.seed,
        version: VERSION,
    })?;
    Ok(telemetry::attach(running, settings))
}

/// The budget: flags over settings over the defaults.
fn budget(own: &RlmArguments, globals: &Globals, settings: &Settings) -> MissionBudget {
    let usual = missions::budget(globals, settings);
    MissionBudget {
        calls: own.max_calls.unwrap_or(usual.calls),
        depth: own.max_depth.unwrap_or(usual.depth),
        ..usual
    }
}

/// The question: the words of the command line, or standard input where that is not the context. The demo has one of
/// its own.
fn question(own: &RlmArguments, is_demo: bool) -> Result<String> {
    let is_dash = matches!(own.question.as_slice(), [only] if only == STDIN);
    let takes_stdin = own.context.iter().any(|path| path == STDIN);
    match joined(&own.question) {
        Some(text) if !is_dash => Ok(text),
        None if is_demo => Ok(demo::MISSION_PROMPT.to_owned()),
        Some(_) | None if takes_stdin => Err(no_question("standard input is the context").into()),
        Some(_) | None if std::io::stdin().is_terminal() => Err(no_question("there is none").into()),
        Some(_) | None => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("the question cannot be read from standard input")?;
            if text.trim().is_empty() { Err(no_question("it is empty").into()) } else { Ok(text) }
        }
    }
}

fn no_question(why: &str) -> UserError {
    UserError::usage(format!("a question is needed, and {why}"))
        .hint("headwater rlm --context huge.log \"which requests failed, and why?\"")
}

fn start(context: &[String], premises: &Premises, resumed: Option<SessionId>) -> Result<CompletionStart> {
    if let Some(id) = resumed {
        return Ok(CompletionStart::Resume(id));
    }
    if context.is_empty() {
        let error = UserError::usage("a completion needs a context");
        return Err(error
            .hint("Give a file, a directory or a glob with --context, or - for standard input.")
            .into());
    }
    let store = ContextStore::new(&premises.paths.state);
    let LoadedContext { corpus, notices } =
        load(&store, &premises.workspace, sources(context), &rules::reader(premises)?)
            .map_err(|error| UserError::usage(error.to_string()))?;
    for notice in notices {
        output::note(&format!("warning: {notice}"));
    }
    Ok(CompletionStart::New(corpus))
}

fn sources(paths: &[String]) -> Vec<ContextSource> {
    paths
        .iter()
        .map(|path| match path.as_str() {
            STDIN => {
                ContextSource::Text { name: "standard input".to_owned(), reader: Box::new(std::io::stdin()) }
            }
            path => ContextSource::Path(path.to_owned()),
        })
        .collect()
}
