//! The screen: `headwater [PROMPT]`. Wires settings, engine and terminal, one session after another.

use std::io::IsTerminal as _;

use anyhow::Result;
use headwater_engine::{Start, modes};
use headwater_protocol::{ModeId, SessionId};
use headwater_sandbox::Probe;
use headwater_tui::{ColorDepth, Exit, HistoryFile, Mouse, Presenter, ScreenSetup};

use super::policy::is_agreed;
use super::resume::newest;
use crate::args::{Globals, ScreenArguments, check_for_typo, joined};
use crate::ephemeral::Ephemeral;
use crate::first_start::{Reply, choose_if_needed, is_person_there, is_yes};
use crate::missions::MissionArguments;
use crate::premises::Premises;
use crate::rule_consents::RuleConsent;
use crate::session::{Attendance, Blueprint, Confiner, sandbox_in};
use crate::settings::Settings;
use crate::user_error::UserError;
use crate::{contracts, demo, output, rules, runtime, skills, styles, user_commands};

/// What the screen begins with.
pub(super) struct Opening {
    /// A session to carry on.
    pub(super) resume: Option<SessionId>,
    /// A message to submit at once.
    pub(super) prompt: Option<String>,
    /// What the command line says of missions.
    pub(super) missions: MissionArguments,
    /// Whether nothing is to be left behind.
    pub(super) is_ephemeral: bool,
}

pub(super) fn run(own: &ScreenArguments, globals: &Globals) -> Result<u8> {
    check_for_typo(&own.prompt)?;
    let resume = if own.is_continued { Some(newest(globals)?) } else { None };
    let missions = MissionArguments::default();
    let is_ephemeral = own.is_ephemeral;
    open(globals, Opening { resume, prompt: joined(&own.prompt), missions, is_ephemeral })
}

/// Opens the screen, and stays until the person leaves; the exit code of the process.
pub(super) fn open(globals: &Globals, opening: Opening) -> Result<u8> {
    let confiner = Confiner::begin();
    let globals = &globals.at_home_of(opening.resume.as_ref())?;
    if !std::io::stdout().is_terminal() && !std::io::stdin().is_terminal() && !globals.is_plain {
        let error = UserError::usage("the screen needs a terminal, and there is none");
        return Err(error
            .hint("`headwater exec \"…\"` works without one; --plain writes plain lines.")
            .into());
    }
    let mut premises = trusted(Premises::find(globals)?, globals)?;
    // Held to the very end: then it takes everything with it.
    let ephemeral = opening.is_ephemeral.then(|| Ephemeral::begin(&premises.paths)).transpose()?;
    premises.ephemeral = ephemeral.as_ref().map(|place| place.state().to_owned());
    let runtime = runtime::for_screen()?;
    let code = runtime.block_on(async {
        choose_if_needed(&mut premises).await?;
        let repository = demo::move_in(&mut premises)?;
        let mode = globals.mode.map(ModeId::from).unwrap_or_default();
        let opening = suggested(opening, repository.is_some().then(|| demo::prompt(mode)));
        sessions(&premises, globals, opening, confiner.found()?).await
    });
    // The log is written and closed; nothing else in the background is worth waiting for.
    runtime.shutdown_background();
    code
}

/// Asks once whether the project's own settings may be used.
fn trusted(premises: Premises, globals: &Globals) -> Result<Premises> {
    let Some(file) = premises.untrusted.clone() else { return Ok(premises) };
    if !is_person_there() {
        return Ok(premises);
    }
    output::note(&format!("This directory has settings of its own, {}:", file.display()));
    output::note(&output::without_controls(&std::fs::read_to_string(&file)?));
    if !is_yes("Do you trust it, and are these settings to be used? [y/N] ", Reply::No)? {
        return Ok(premises);
    }
    premises.trust_store().trust(&premises.workspace)?;
    let premises = Premises::find(globals)?;
    let waiting = rules::waiting(&premises)?;
    if !waiting.is_empty() && is_agreed(&waiting)? {
        RuleConsent::of(&premises.paths.state, &premises.workspace).give(&waiting)?;
    }
    Ok(premises)
}

/// The demo suggests what to say.
fn suggested(opening: Opening, suggestion: Option<&str>) -> Opening {
    Opening { prompt: opening.prompt.or(suggestion.map(str::to_owned)), ..opening }
}

/// One session after another.
async fn sessions(premises: &Premises, globals: &Globals, opening: Opening, probe: Probe) -> Result<u8> {
    let Opening { resume, mut prompt, mut missions, .. } = opening;
    let mut contract = contracts::named(globals)?;
    let mut style = None;
    let mut start = resume.map_or(Start::New { parent: None }, Start::Resume);
    loop {
        let drawn_up = Blueprint::draw(premises, globals, Attendance::Person).await?;
        // An approval given on the command line is for the session that was named there.
        let blueprint = drawn_up.with_missions(&std::mem::take(&mut missions));
        let blueprint = blueprint.with_screen().in_style(style.as_deref())?;
        let mut setup = drawn(premises, globals, &blueprint, &probe);
        setup.prompt = prompt.take();
        let running = blueprint.start(start, probe.clone())?;
        contracts::declare(&running, contract.take()).await;
        (setup.ops, setup.updates) = (running.ops, running.updates);
        start = match headwater_tui::run(setup).await? {
            Exit::Quit => return Ok(0),
            Exit::EngineClosed => return Err(ended_by_itself().into()),
            Exit::Hangup => return Ok(129),
            Exit::Signal(number) => return Ok(u8::try_from(128 + number).unwrap_or(1)),
            Exit::NewSession { output_style } => {
                style = output_style.or(style);
                Start::New { parent: None }
            }
            Exit::Resume(session) => Start::Resume(session),
        };
    }
}

/// Nobody asked for this end: the log cannot be written, or a part of the program failed. Either has said so.
fn ended_by_itself() -> UserError {
    UserError::failed("the session ended by itself; why stands above")
        .hint("Once that is put right, `headwater --continue` carries the session on.")
}

/// The screen's setup, with channels that lead nowhere yet.
fn drawn(premises: &Premises, globals: &Globals, blueprint: &Blueprint, probe: &Probe) -> ScreenSetup {
    let settings = premises.settings();
    let (ops, _) = tokio::sync::mpsc::channel(1);
    let (_, updates) = tokio::sync::mpsc::channel(1);
    ScreenSetup {
        ops,
        updates,
        presenter: presenter(globals, settings),
        theme: settings.ui.theme.clone().unwrap_or_else(|| "dark".to_owned()),
        color: ColorDepth::from_env(variable),
        mouse: if settings.ui.mouse.as_deref() == Some("off") { Mouse::Off } else { Mouse::Wheel },
        keys: settings.keys.clone(),
        workspace: premises.workspace.clone(),
        history_file: premises.ephemeral.is_none().then(|| HistoryFile {
            path: premises.paths.state.join("history.jsonl"),
            redact: blueprint.redact(),
        }),
        prompt: None,
        mode: blueprint.mode(),
        model: blueprint.model(),
        modes: modes::all().iter().copied().cloned().collect(),
        sandbox_status: ModeId::CYCLE.map(|mode| (mode, sandbox_in(mode, probe))).to_vec(),
        notices: blueprint.warnings().to_vec(),
        commands: user_commands::load(premises),
        skills: skills::lines(premises),
        styles: styles::lines(premises),
        doctor: doctor(premises, globals),
        editor: variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| "vi".to_owned()),
        has_reflow: has_reflow(),
        is_tmux: variable("TMUX").is_some(),
    }
}

/// The command that prints what `/doctor` shows.
fn doctor(premises: &Premises, globals: &Globals) -> Vec<String> {
    let Ok(program) = std::env::current_exe() else { return Vec::new() };
    let here = Globals { cwd: Some(premises.workspace.clone()), ..globals.clone() };
    let mut command = vec![program.display().to_string(), "doctor".to_owned()];
    command.extend(here.of_vendor_and_place());
    command
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Variables by which a screen reader says that it is there (SCREEN.md, "screen reader").
const SCREEN_READERS: [&str; 5] = ["NVDA", "JAWS", "ORCA", "SPEECHD", "ACCESSIBILITY"];

/// Plain lines where a person asked for them and where the terminal can do nothing else; the terminal's scrollback where
/// a person asked for it, and in Zellij, whose panes scroll it better than any program can.
fn presenter(globals: &Globals, settings: &Settings) -> Presenter {
    let is_dumb = variable("TERM").is_none_or(|term| term == "dumb");
    let has_reader = SCREEN_READERS.iter().any(|name| variable(name).is_some());
    if globals.is_plain || is_dumb || has_reader || !std::io::stdout().is_terminal() {
        return Presenter::Plain;
    }
    match settings.ui.screen.as_deref() {
        _ if globals.is_inline => Presenter::Inline,
        Some("plain") => Presenter::Plain,
        Some("inline") => Presenter::Inline,
        None if variable("ZELLIJ").is_some() => Presenter::Inline,
        Some(_) | None => Presenter::Full,
    }
}

/// Whether the terminal breaks lines anew when it gets narrower. Multiplexers hand on the variables of the terminal
/// around them and do so themselves.
fn has_reflow() -> bool {
    let is_multiplexed = variable("TMUX").is_some() || variable("ZELLIJ").is_some();
    let cuts = variable("TERM").is_some_and(|term| term == "linux" || term.starts_with("screen"));
    is_multiplexed || !(cuts || variable("XTERM_VERSION").is_some())
}
