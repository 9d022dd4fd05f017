//! `headwater resume ID --approve`, `--deny` and `--answer`: a call that waits is answered from this process, and its turn goes on
//! without a screen.

use anyhow::Result;
use clap::Args;
use headwater_engine::{SessionStore, Start};
use headwater_protocol::{ApprovalDecision, ApprovalScope, CallId, Op, SessionId};

use crate::args::Globals;
use crate::commands::exec::{Sight, Telling, follow};
use crate::forks::ForkArguments;
use crate::output;
use crate::premises::Premises;
use crate::runtime;
use crate::session::{Attendance, Blueprint, Confiner, sandbox_in};
use crate::user_error::UserError;
use crate::waiting::{self, HeldTurn};

/// The answer.
#[derive(Debug, Args)]
pub(super) struct AnswerArguments {
    /// Let the call run that waits for a person, and go on without a screen; CALL names it.
    #[arg(long, value_name = "CALL", num_args = 0..=1, default_missing_value = "", conflicts_with = "deny")]
    approve: Option<String>,
    /// Refuse the call that waits for a person, and go on without a screen; CALL names it.
    #[arg(long, value_name = "CALL", num_args = 0..=1, default_missing_value = "")]
    deny: Option<String>,
    /// Answer the question that the model asks, and go on without a screen.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["approve", "deny"])]
    answer: Option<String>,
    /// With --deny: what the model is told.
    #[arg(long, value_name = "TEXT", requires = "deny")]
    reason: Option<String>,
    #[command(flatten)]
    telling: Telling,
}

impl AnswerArguments {
    /// Whether there is one; what is only told of a run without a screen is refused where there is none.
    pub(super) fn is_given(&self) -> Result<bool> {
        let is_given = self.approve.is_some() || self.deny.is_some() || self.answer.is_some();
        if !is_given && !self.telling.is_usual() {
            let error = UserError::usage("--json and -o are for a run without a screen");
            return Err(error
                .hint("Add --approve, --deny or --answer, or use `headwater exec --resume`.")
                .into());
        }
        Ok(is_given)
    }

    fn decision(&self) -> ApprovalDecision {
        match self.deny {
            Some(_) => ApprovalDecision::Deny { reason: self.reason.clone().unwrap_or_default() },
            None => ApprovalDecision::Allow,
        }
    }

    fn call(&self) -> Option<&str> {
        self.approve.as_deref().or(self.deny.as_deref()).filter(|call| !call.is_empty())
    }

    /// The op that answers; none where the turn only has to go on.
    fn op(&self, session: &SessionId, held: Option<&HeldTurn>) -> Result<Option<Op>> {
        let Some(held) = held else {
            let error = UserError::usage(format!("no call waits in session {session}"));
            return Err(error.hint(format!("`headwater resume {session}` carries it on.")).into());
        };
        if let Some(question) = &held.asked {
            let Some(text) = self.answer.clone() else {
                let error = UserError::usage(format!(
                    "no call waits for a yes in session {session}: {}",
                    held.told()
                ));
                return Err(error.hint("Answer it with --answer TEXT.").into());
            };
            return Ok(Some(Op::AnswerQuestion { call: question.call.clone(), text: Some(text) }));
        }
        if self.answer.is_some() {
            let error = UserError::usage(format!("no question waits in session {session}"));
            return Err(error.hint(format!("What waits: {}", held.told())).into());
        }
        let Some((asked, _)) = &held.question else { return Ok(None) };
        if let Some(other) = self.call().filter(|call| *call != asked.call.as_str()) {
            let message = format!("{other} does not wait in session {session}");
            return Err(UserError::usage(message).hint(format!("What waits: {}", held.told())).into());
        }
        let call: CallId = asked.call.clone();
        Ok(Some(Op::Approve { call, decision: self.decision(), scope: ApprovalScope::Once }))
    }
}

/// Answers what waits in a session, or in the copy of it that is wanted.
pub(super) fn run(
    own: &AnswerArguments,
    (session, forks): (SessionId, &ForkArguments),
    globals: &Globals,
) -> Result<u8> {
    let confiner = Confiner::begin();
    let globals = &globals.at_home_of(Some(&session))?;
    let premises = Premises::find_unattended(globals)?;
    own.telling.check()?;
    let store = SessionStore::new(premises.paths.state.clone());
    // Nothing is touched, and nothing copied, where there is nothing to answer.
    own.op(&session, waiting::of(&forks.shared(store.load(&session)?.records)).as_ref())?;
    let session = &forks.of(session)?;
    let runtime = runtime::single_threaded()?;
    let mut ended = runtime.block_on(async {
        let blueprint = Blueprint::draw(&premises, globals, Attendance::Elsewhere).await?;
        for warning in blueprint.warnings() {
            output::note(&output::without_controls(&format!("warning: {warning}")));
        }
        let probe = confiner.found()?;
        let running = blueprint.start(Start::Resume(session.clone()), probe.clone())?;
        // Only now nobody else can have answered it meanwhile; nothing of this process has run yet.
        let records = store.load(session)?.records;
        let answer = own.op(session, waiting::of(&records).as_ref())?;
        let sight = Sight { known: u64::try_from(records.len())?, has_turn: true };
        let sandbox = sandbox_in(waiting::mode_of(&records, globals), &probe);
        let sink = own.telling.sink(&running.session, &sandbox);
        follow(running, answer, sink, sight).await
    })?;
    runtime.shutdown_background();
    ended.look_for_question(&store, globals)?;
    own.telling.finish(&ended)
}
