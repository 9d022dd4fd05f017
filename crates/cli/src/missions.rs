//! From settings to what missions and recursive completions are made with.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use headwater_engine::{ChildConnector, MissionSetup, ResearchBudget, SessionStore};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::repl::ReplLimits;
use headwater_protocol::views::{MissionPhase, MissionView, fold};
use headwater_protocol::{EndReason, Event, MissionBudget, ModeId, Op, Provider, Record, SessionId, Usd};
use headwater_sandbox::Probe;

use crate::args::Globals;
use crate::demo;
use crate::premises::Premises;
use crate::session::Attendance;
use crate::settings::Settings;
use crate::user_error::UserError;
use crate::vendors;

/// Children asked at once to begin with.
const PARALLEL: u32 = 16;

/// What the command line says of missions.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct MissionArguments {
    /// What the variable `context` of Recursive mode holds: a file, a directory or a glob; repeatable.
    #[arg(long, value_name = "PATH")]
    pub(crate) context: Vec<String>,
    /// Approve the mission card as it is proposed.
    #[arg(long = "approve-mission")]
    pub(crate) is_approved: bool,
}

/// What missions of a session are made with.
pub(crate) fn setup(
    own: &MissionArguments,
    premises: &Premises,
    globals: &Globals,
    (root, attendance, probe): (&Arc<dyn Provider>, Attendance, &Probe),
) -> MissionSetup {
    let settings = premises.settings();
    MissionSetup {
        child: child_of(premises, root, attendance),
        repl: headwater_repl::python_repl(Some(probe.clone())),
        sources: own.context.clone(),
        budget: budget(globals, settings),
        research: ResearchBudget::default(),
        parallel: parallel(settings),
        limits: limits(settings),
        seed: 0,
        is_approved: own.is_approved,
    }
}

/// The way to the child model; it is gone once, when the first mission begins.
fn child_of(premises: &Premises, root: &Arc<dyn Provider>, attendance: Attendance) -> ChildConnector {
    if demo::is_chosen(premises) {
        return Arc::new(move || Box::pin(std::future::ready(Ok(demo::reader(attendance)))));
    }
    let (premises, root) = (Arc::new(premises.clone()), Arc::clone(root));
    Arc::new(move || {
        let (premises, root) = (Arc::clone(&premises), Arc::clone(&root));
        Box::pin(async move {
            vendors::connect_child(&premises, &root).await.map_err(|error| format!("{error:#}."))
        })
    })
}

/// The budget: flags over settings over the defaults.
pub(crate) fn budget(globals: &Globals, settings: &Settings) -> MissionBudget {
    let usual = MissionBudget::default();
    let recursive = &settings.recursive;
    MissionBudget {
        calls: recursive.max_children.unwrap_or(usual.calls),
        tokens: None,
        cost_usd: globals.max_cost.or(settings.limits.max_cost).map(Usd),
        depth: recursive.max_depth.unwrap_or(usual.depth),
        seconds: globals.max_time.or(settings.limits.max_time).unwrap_or(usual.seconds),
        iterations: globals.max_steps.or(recursive.max_iterations).unwrap_or(usual.iterations),
    }
}

/// What a block may take.
pub(crate) fn limits(settings: &Settings) -> ReplLimits {
    let usual = ReplLimits::default();
    let block = settings.recursive.block_timeout.map_or(usual.block, Duration::from_secs_f64);
    ReplLimits { block, ..usual }
}

/// Children asked at once to begin with.
pub(crate) fn parallel(settings: &Settings) -> usize {
    usize::try_from(settings.recursive.parallel.unwrap_or(PARALLEL)).unwrap_or(1)
}

/// What takes up the mission of a session where the command line has no words for it: the approval of the card that
/// waits, or a nudge to what was cut off.
pub(crate) fn carry_on(store: &SessionStore, session: &SessionId) -> Result<Op> {
    let records = store.load(session)?.records;
    let mission: MissionView = fold(&records);
    let go_on = || Ok(Op::Submit { text: "Go on.".to_owned() });
    match (mission.phase, mission.card) {
        (MissionPhase::AwaitApproval, Some(card)) if card.lint.is_empty() => {
            Ok(Op::DecideMission(MissionDecision::Approve { hash: card.hash.clone() }))
        }
        (MissionPhase::AwaitApproval, Some(card)) => {
            let message = format!("the card cannot be approved yet: {}", card.lint.join(" "));
            let words =
                format!("headwater exec --approve-mission --resume {session} \"what is to be changed\"");
            Err(UserError::failed(message).hint(words).into())
        }
        (MissionPhase::Execute | MissionPhase::Research, Some(_)) => go_on(),
        (MissionPhase::Idle | MissionPhase::Ended, _) if is_cut_off(&records) => go_on(),
        (
            MissionPhase::Idle
            | MissionPhase::Research
            | MissionPhase::AwaitApproval
            | MissionPhase::Execute
            | MissionPhase::Ended,
            _,
        ) => {
            let error = UserError::usage(format!("no mission waits in session {session}"));
            Err(error.hint("Say what is wanted: headwater exec --mode recursive \"…\"").into())
        }
    }
}

/// Refuses to go on with a mission in a copy: its work is not shared, so that nothing would wait there.
pub(crate) fn refuse_copy(records: &[Record], session: &SessionId) -> Result<()> {
    let mission: MissionView = fold(records);
    match mission.phase {
        MissionPhase::Idle | MissionPhase::Ended => Ok(()),
        MissionPhase::Research | MissionPhase::AwaitApproval | MissionPhase::Execute => {
            let error = UserError::usage("the work of a mission is not shared, so that none waits in a copy");
            let itself =
                format!("Go on in the session itself: headwater exec --approve-mission --resume {session}");
            Err(error.hint(itself).into())
        }
    }
}

/// Whether the last turn was one of a mission and ended with its process, or for want of a model.
fn is_cut_off(records: &[Record]) -> bool {
    let mut reason = None;
    for record in records.iter().rev() {
        if let Event::TurnEnded(ended) = &record.event {
            reason = Some(ended.reason);
        } else if let Event::TurnStarted(started) = &record.event {
            let is_cut = matches!(reason, None | Some(EndReason::Terminated | EndReason::ProviderFailed));
            return is_cut && started.mode == ModeId::Recursive;
        }
    }
    false
}
