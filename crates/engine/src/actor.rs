//! The actor: one owner of the session's state. It takes ops one after another; while a turn runs it only
//! passes on what concerns the turn, and keeps the rest for later.

mod compacting;
mod hooking;
mod missions;
mod rewinding;
mod running;
mod servers;
mod steering;
mod typing;
mod user_shell;

use std::collections::VecDeque;

use headwater_context::breakdown;
use headwater_protocol::events::{
    ModeChanged, ModelChanged, RuleRevoked, SessionTitled, TurnStarted, UserMessage,
};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::tool::Question;
use headwater_protocol::{
    Answer, ApprovalScope, Approver, Conductor, Delta, HookPoint, ModeId, Op, Query, Update, title,
};
use tokio::sync::mpsc;

use self::hooking::Heard;
use self::running::Beginning;
use crate::handshake::{self, PersonWord};
use crate::ledger::{Ledger, LedgerError};
use crate::modes;
use crate::parts::{Parts, unlimited_cost};
use crate::sessions::SessionStore;
use crate::start;

/// A session at work.
pub(crate) struct Actor {
    pub(crate) ledger: Ledger,
    pub(crate) parts: Parts,
    pub(crate) questions: mpsc::UnboundedReceiver<Question>,
    pub(crate) decisions: mpsc::UnboundedReceiver<MissionDecision>,
    pub(crate) store: SessionStore,
    pub(crate) ops: mpsc::Receiver<Op>,
}

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Continue,
    End,
}

impl Actor {
    /// Runs until the front end shuts it down or goes away.
    pub(crate) async fn run(mut self, warnings: Vec<String>) {
        for text in warnings.into_iter().chain(self.unlimited_cost()) {
            self.ledger.tell_delta(Delta::Notice { text }).await;
        }
        let mut later = VecDeque::new();
        let is_approved = self.parts.missions.as_ref().is_some_and(|missions| missions.is_approved);
        // Where nobody is there the front end says what the flag is about: words may be on their way.
        if is_approved && self.parts.desk.is_attended() {
            self.approve_by_flag(&mut later);
        }
        match self.session_began(&mut later).await {
            Ok(Flow::Continue) => {}
            Ok(Flow::End) => return self.leave(later).await,
            Err(error) => return self.ledger.tell_end(&error).await,
        }
        match Box::pin(self.carry_on(&mut later)).await {
            Ok(Flow::Continue) => {}
            Ok(Flow::End) => return self.leave(later).await,
            Err(error) => return self.ledger.tell_end(&error).await,
        }
        loop {
            let next = match later.pop_front() {
                Some(op) => Some(op),
                None => self.ops.recv().await,
            };
            let Some(op) = next else { return self.session_ends().await };
            let handled = Box::pin(self.handle(op, &mut later)).await;
            let heard = handshake::hear(&self.parts.words, &mut self.ledger).await;
            match heard.and(handled) {
                Ok(Flow::Continue) => {}
                Ok(Flow::End) => return self.leave(later).await,
                Err(error) => return self.ledger.tell_end(&error).await,
            }
        }
    }

    /// The front end is going: a mode chosen during the last turn still counts, messages go back to it.
    async fn leave(&mut self, mut later: VecDeque<Op>) {
        let mut modes =
            later.iter().filter_map(|op| if let Op::SetMode(mode) = op { Some(*mode) } else { None });
        if let Some(mode) = modes.next_back()
            && let Err(error) = self.set_mode(mode).await
        {
            self.ledger.tell_end(&error).await;
        }
        self.session_ends().await;
        let unsent = take_queued(&mut later);
        if !unsent.is_empty() {
            self.ledger.tell(Update::Answer(Answer::Unqueued(unsent))).await;
        }
    }

    async fn handle(&mut self, op: Op, later: &mut VecDeque<Op>) -> Result<Flow, LedgerError> {
        match op {
            Op::Submit { text } => {
                let text = self.typed(text).await;
                return Box::pin(self.submit(text, later)).await;
            }
            Op::RunShell { command } => return self.user_shell(command, later).await,
            Op::Compact { focus } => return self.compact(focus, later).await,
            Op::SetMode(mode) => self.set_mode(mode).await?,
            Op::SetModel { model } => self.set_model(model).await?,
            Op::SetTitle { title } => {
                self.ledger.record(SessionTitled { title: title::given(&title) }).await?;
                self.ledger.commit();
            }
            Op::RevokeRule { rule, scope } => self.revoke(rule, scope).await?,
            // The person was told why.
            Op::Query(Query::RewindPreview { to, .. }) if !self.is_point(to).await => {}
            Op::Query(query) => {
                let answer = self.answer(&query).await;
                self.ledger.tell_answer(answer).await;
            }
            Op::Unqueue => self.ledger.tell(Update::Answer(Answer::Unqueued(take_queued(later)))).await,
            // Nothing runs and nothing waits: there is nothing to interrupt or to answer.
            Op::Interrupt
            | Op::Approve { .. }
            | Op::AnswerQuestion { .. }
            | Op::CancelChild { .. }
            | Op::CancelSubagent { .. } => {}
            Op::Rewind { to, scope } => self.rewind(to, scope).await?,
            Op::Redo => self.redo().await?,
            Op::Fork { at } => self.fork(at).await,
            Op::DeclareContract(contract) => self.parts.words.say(PersonWord::Contract(contract)),
            Op::AcceptUncertainties { ids } => self.parts.words.say(PersonWord::Accept(ids)),
            Op::ApproveHooks { digest } => self.approve_hooks(&digest).await,
            Op::SteerServer { name, word } => self.steer_server(&name, &word).await,
            Op::DecideMission(decision) => {
                let is_flagged = self.parts.missions.as_ref().is_some_and(|missions| missions.is_approved);
                let by = if is_flagged { Approver::Flag } else { Approver::Person };
                return Box::pin(self.decide_mission(decision, by, later)).await;
            }
            Op::UndoMission => self.undo_mission().await?,
            Op::Shutdown => return Ok(Flow::End),
        }
        Ok(Flow::Continue)
    }

    fn unlimited_cost(&self) -> Option<String> {
        unlimited_cost(&self.parts.limits, self.parts.provider.model())
    }

    async fn revoke(&mut self, rule: String, scope: ApprovalScope) -> Result<(), LedgerError> {
        match self.parts.rulebook.revoke(&rule, scope) {
            Ok(()) => {
                self.ledger.record(RuleRevoked { rule, scope }).await?;
                self.ledger.commit();
            }
            Err(text) => self.ledger.tell_delta(Delta::Notice { text }).await,
        }
        Ok(())
    }

    async fn set_mode(&mut self, to: ModeId) -> Result<(), LedgerError> {
        let from = self.ledger.state().session.mode;
        if from != to {
            self.ledger.record(ModeChanged { from, to }).await?;
            self.ledger.commit();
        }
        Ok(())
    }

    async fn set_model(&mut self, model: String) -> Result<(), LedgerError> {
        let connected = match &self.parts.connector {
            Some(connect) => connect(model).await,
            None => Err("There is only this one model here.".to_owned()),
        };
        match connected {
            Ok(provider) => {
                let (vendor, model) = (provider.vendor().to_owned(), provider.model().clone());
                self.parts.provider = provider;
                self.ledger.record(ModelChanged { vendor, model }).await?;
                self.ledger.commit();
                if let Some(text) = self.unlimited_cost() {
                    self.ledger.tell_delta(Delta::Notice { text }).await;
                }
            }
            Err(text) => self.ledger.tell_delta(Delta::Notice { text }).await,
        }
        Ok(())
    }

    /// A model that stood in for a turn has done so; the session's own is asked again.
    async fn return_to_own_model(&mut self) -> Result<(), LedgerError> {
        if self.ledger.state().phase.has_fallen_back {
            start::tell_model(&mut self.ledger, self.parts.provider.as_ref()).await?;
        }
        Ok(())
    }

    async fn submit(&mut self, text: String, later: &mut VecDeque<Op>) -> Result<Flow, LedgerError> {
        self.return_to_own_model().await?;
        let told = match self.hear_prompt(&text, later).await? {
            Heard::Sent(told) => told,
            Heard::Stopped(flow) => return Ok(flow),
        };
        // What the person asked for while hooks ran holds for this message already.
        handshake::hear(&self.parts.words, &mut self.ledger).await?;
        let mode = modes::spec(self.ledger.state().session.mode);
        let turn = self.ledger.state().phase.turn + 1;
        if mode.conductor == Conductor::Mission {
            self.tell_model(HookPoint::UserPromptSubmit, told).await?;
            return Box::pin(self.submit_mission(text, later)).await;
        }
        self.ledger.record(UserMessage { text }).await?;
        self.ledger.record(TurnStarted { turn, mode: mode.id }).await?;
        self.tell_model(HookPoint::UserPromptSubmit, told).await?;
        Box::pin(self.run_turn(mode, Beginning::Fresh, later)).await
    }

    async fn answer(&self, query: &Query) -> Answer {
        match query {
            Query::Sessions => steering::sessions(&self.store, &self.parts),
            Query::Permissions => {
                let foreign = self.ledger.state().taint.source.as_deref();
                Answer::Permissions(self.parts.rulebook.list(foreign))
            }
            Query::Projection => Answer::Projection(breakdown(self.ledger.state())),
            Query::RewindPoints => self.rewind_points(),
            Query::RewindPreview { to, scope } => self.rewind_preview(*to, *scope).await,
            Query::Hooks => Answer::Hooks(self.parts.hooks.list()),
            Query::Servers => Answer::Servers(servers::list(&self.parts)),
        }
    }
}

/// The queued messages, oldest first; other ops stay.
fn take_queued(later: &mut VecDeque<Op>) -> Vec<String> {
    let mut taken = Vec::new();
    later.retain(|op| match op {
        Op::Submit { text } => {
            taken.push(text.clone());
            false
        }
        Op::Unqueue
        | Op::RunShell { .. }
        | Op::Compact { .. }
        | Op::Interrupt
        | Op::SetMode(_)
        | Op::SetModel { .. }
        | Op::SetTitle { .. }
        | Op::Approve { .. }
        | Op::AnswerQuestion { .. }
        | Op::RevokeRule { .. }
        | Op::ApproveHooks { .. }
        | Op::SteerServer { .. }
        | Op::DecideMission(_)
        | Op::UndoMission
        | Op::CancelChild { .. }
        | Op::Rewind { .. }
        | Op::Redo
        | Op::Fork { .. }
        | Op::DeclareContract(_)
        | Op::AcceptUncertainties { .. }
        | Op::CancelSubagent { .. }
        | Op::Query(_)
        | Op::Shutdown => true,
    });
    taken
}
