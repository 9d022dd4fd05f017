//! The course of a session: what the engine tells, what the client orders, what the person answers, one after another.

use std::path::PathBuf;

use agent_client_protocol_schema::v1::{SessionConfigOption, SessionId, SessionModeState};
use headwater_engine::Running;
use headwater_protocol::tool::Question;
use headwater_protocol::{
    Answer, Delta, Event, ModeId, Op, Record, RunState, SessionId as OwnSessionId, Update, View as _,
};
use tokio::sync::mpsc;

use super::prompting::Prompt;
use super::{Host, Order};
use crate::commands::acp::asks::{About, Asks, approval, card, form, pick};
use crate::commands::acp::capabilities::ClientAbilities;
use crate::commands::acp::errors::refused;
use crate::commands::acp::updates::{Choices, Commands, Moment, Narrator};
use crate::commands::acp::wire::{Client, Reply};

/// A session at work.
pub(in crate::commands::acp) struct Session {
    /// Its name.
    pub(in crate::commands::acp) id: SessionId,
    pub(super) own: OwnSessionId,
    pub(super) client: Client,
    /// The directory it works in.
    pub(super) workspace: PathBuf,
    abilities: ClientAbilities,
    ops: mpsc::Sender<Op>,
    updates: mpsc::Receiver<Update>,
    /// Records below this number were told, or are not to be.
    known: u64,
    pub(super) state: RunState,
    pub(super) narrator: Narrator,
    pub(super) choices: Choices,
    pub(super) commands: Commands,
    pub(super) asks: Asks,
    pub(super) prompt: Option<Prompt>,
    /// Who waits to hear that the model is another.
    pub(super) model_chosen: Option<Reply>,
    /// Who waits to hear that it has ended.
    closing: Option<Reply>,
    is_closing: bool,
    /// Sentences for a client that shows none beside the conversation: said with the next prompt.
    pub(super) unsaid: Vec<String>,
    begins_as: (ModeId, String),
}

/// What a session begins with.
pub(super) struct Beginning {
    pub(super) workspace: PathBuf,
    pub(super) narrator: Narrator,
    pub(super) choices: Choices,
    pub(super) commands: Commands,
    /// What was before.
    pub(super) state: RunState,
    /// How many records that was.
    pub(super) known: u64,
    pub(super) mode: ModeId,
    pub(super) model: String,
    /// Sentences for the person.
    pub(super) unsaid: Vec<String>,
}

impl Session {
    /// A session that runs.
    pub(super) fn new(host: &Host, running: Running, beginning: Beginning) -> Self {
        let Running { session, ops, updates, .. } = running;
        let Beginning { workspace, narrator, choices, commands, state, known, mode, model, unsaid } =
            beginning;
        Self {
            id: SessionId::new(session.as_str()),
            own: session,
            client: host.client.clone(),
            workspace,
            abilities: host.abilities(),
            ops,
            updates,
            known,
            state,
            narrator,
            choices,
            commands,
            asks: Asks::default(),
            prompt: None,
            model_chosen: None,
            closing: None,
            is_closing: false,
            unsaid,
            begins_as: (mode, model),
        }
    }

    /// Modes and options as the session begins.
    pub(in crate::commands::acp) fn offered(&self) -> (SessionModeState, Vec<SessionConfigOption>) {
        let (mode, model) = &self.begins_as;
        (self.choices.modes(*mode), self.choices.options(*mode, model))
    }

    /// Runs until the engine has ended: on an order, when nobody gives orders any more, or by itself. Who ordered the end is to
    /// be told.
    pub(in crate::commands::acp) async fn run(mut self, mut orders: mpsc::Receiver<Order>) -> Option<Reply> {
        self.client.update(&self.id, self.commands.update()).await;
        self.ask_about_waiting().await;
        loop {
            tokio::select! {
                update = self.updates.recv() => match update {
                    Some(Update::Record(record)) => self.record(&record).await,
                    Some(Update::Delta(delta)) => self.delta(&delta).await,
                    Some(Update::Answer(answer)) => self.engine_answered(answer).await,
                    Some(Update::Closed) | None => break,
                },
                order = orders.recv(), if !self.is_closing => match order {
                    Some(order) => self.take(order).await,
                    None => self.close(),
                },
                answered = self.asks.next() => self.answered(answered).await,
            }
        }
        self.asks.take_all_back();
        self.prompt_ends_with_session().await;
        self.closing
    }

    async fn take(&mut self, order: Order) {
        match order {
            Order::Prompt { blocks, reply } => self.prompted(&blocks, reply).await,
            Order::Cancel => self.cancel(),
            Order::TakeBack(id) => {
                if self.prompt.as_ref().is_some_and(|prompt| prompt.is_of(&id)) {
                    self.cancel();
                }
            }
            Order::Mode { mode, reply } => self.set_mode(mode, reply).await,
            Order::Choose { option, value, reply } => self.choose(&option, &value, reply).await,
            Order::Close { reply } => {
                self.closing = Some(reply);
                self.close();
            }
        }
    }

    /// Ends the session; the engine says when it has.
    fn close(&mut self) {
        self.is_closing = true;
        self.asks.take_all_back();
        let ops = self.ops.clone();
        // Never waited for here: the engine may wait for its updates to be taken. One that has ended needs no telling.
        tokio::spawn(async move { ops.send(Op::Shutdown).await.ok() });
    }

    /// Tells the engine something; whether it could be told.
    pub(super) fn tell(&self, op: Op) -> bool {
        let told = self.ops.try_send(op);
        if let Err(error) = &told {
            tracing::warn!(%error, "the engine takes no more");
        }
        told.is_ok()
    }

    /// Says something by the program itself.
    pub(super) async fn say(&mut self, text: &str) {
        let update = self.narrator.say(text);
        self.client.update(&self.id, update).await;
    }

    async fn record(&mut self, record: &Record) {
        let is_own = record.session == self.own;
        if is_own && record.seq < self.known {
            return;
        }
        if is_own {
            self.state.apply(record);
            self.hear_choice(record).await;
        }
        for update in self.narrator.record(record, Moment::Now, &self.state, &self.choices) {
            self.client.update(&self.id, update).await;
        }
        if is_own {
            self.own_record(record);
        }
        self.ask_about(record).await;
    }

    /// What a record asks of the person, and what it says is no longer asked.
    async fn ask_about(&mut self, record: &Record) {
        if let Event::ApprovalRequested(asked) = &record.event {
            let ask = approval(&self.id, asked, self.narrator.asked(asked));
            self.asks.put(About::Approval(asked.call.clone()), ask, &self.client);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.asks.take_back(&About::Approval(given.call.clone()));
        } else if let Event::ToolReturned(returned) = &record.event {
            self.asks.take_back(&About::Approval(returned.call.clone()));
            self.asks.take_back(&About::Question(returned.call.clone()));
        } else if let Event::QuestionAsked(asked) = &record.event {
            self.put_question(&asked.question).await;
        } else if let Event::MissionAmended(amended) = &record.event {
            let text = format!("The mission would go beyond its card: {}", amended.change);
            self.say(&text).await;
        } else if let Event::MissionProposed(proposed) = &record.event
            && record.session == self.own
            && self.is_amendment()
        {
            self.asks.put(About::Card, card(&self.id, proposed), &self.client);
        } else if matches!(record.event, Event::MissionApproved(_) | Event::MissionRejected(_)) {
            self.asks.take_back(&About::Card);
        }
    }

    async fn put_question(&mut self, question: &Question) {
        let about = About::Question(question.call.clone());
        if self.abilities.has_forms {
            self.asks.put(about, form(&self.id, question), &self.client);
        } else if question.options.is_empty() {
            // The protocol has no field to write into: it is said, and the next prompt can answer it.
            let text = question.text.clone();
            self.say(&text).await;
            self.tell(Op::AnswerQuestion { call: question.call.clone(), text: None });
        } else {
            self.asks.put(about, pick(&self.id, question), &self.client);
        }
    }

    /// Asks about the calls that wait for a person, those of an earlier process too, where they are not asked about now.
    pub(super) async fn ask_about_waiting(&mut self) {
        let question = self.state.open_calls.question().cloned();
        if let Some(question) =
            question.filter(|asked| !self.asks.is_open(&About::Question(asked.call.clone())))
        {
            self.put_question(&question).await;
        }
        for asked in &self.state.approvals.waiting {
            let about = About::Approval(asked.call.clone());
            if !self.asks.is_open(&about) {
                let ask = approval(&self.id, asked, self.narrator.asked(asked));
                self.asks.put(about, ask, &self.client);
            }
        }
    }

    /// Puts the card that waits before the person, where it can be approved; whether it was.
    pub(super) fn ask_about_card(&mut self) -> bool {
        let mission = &self.state.mission;
        let is_waiting = mission.waiting().is_some();
        let Some(proposed) = mission.card.as_ref().filter(|card| is_waiting && card.lint.is_empty()) else {
            return false;
        };
        let ask = card(&self.id, proposed);
        self.asks.put(About::Card, ask, &self.client);
        true
    }

    async fn delta(&mut self, delta: &Delta) {
        if let Delta::Notice { text } = delta {
            self.noticed(text).await;
        }
        if let Some(update) = self.narrator.delta(delta) {
            self.client.update(&self.id, update).await;
        }
    }

    /// A sentence of the engine: the answer to a choice of the model, or something to be said.
    async fn noticed(&mut self, text: &str) {
        if let Some(reply) = self.model_chosen.take() {
            reply.give::<()>(Err(refused(text))).await;
        } else if self.abilities.has_notices {
            // Told as one.
        } else if self.prompt.is_some() {
            self.say(text).await;
        } else {
            self.unsaid.push(text.to_owned());
        }
    }

    async fn engine_answered(&mut self, answer: Answer) {
        match answer {
            Answer::Projection(parts) => self.came_through(&parts).await,
            Answer::Sessions(_)
            | Answer::Permissions(_)
            | Answer::RewindPoints(_)
            | Answer::RewindPreview(_)
            | Answer::Hooks(_)
            | Answer::Servers(_)
            | Answer::Forked(_)
            | Answer::Unqueued(_) => {}
        }
    }
}
