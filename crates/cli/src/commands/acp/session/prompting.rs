//! Prompts: from what the client sends to the one answer that it waits for.
//!
//! A question about the projection is sent behind each op of a prompt. The engine answers it once the op and the turn it
//! began are over, so that its answer marks the end, whatever the turn came to.

use agent_client_protocol_schema::v1::{ContentBlock, PromptResponse, RequestId, StopReason};
use headwater_protocol::events::{Failed, TurnEnded};
use headwater_protocol::message::StopSignal;
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{EndReason, Event, Op, Query, Record};

use super::Session;
use super::ending::{cost, outcome, share};
use crate::commands::acp::asks::{About, Answered};
use crate::commands::acp::errors::untimely;
use crate::commands::acp::prompt_text;
use crate::commands::acp::updates::Typed;
use crate::commands::acp::wire::Reply;

/// A prompt that has no answer yet.
pub(super) struct Prompt {
    reply: Reply,
    /// Ops of it that the engine is not through with.
    running: u32,
    /// Whether it asks for nothing but the shares of the window.
    is_usage: bool,
    pub(super) is_cancelled: bool,
    /// Whether its mission waits for a card that goes beyond the one that runs.
    is_amending: bool,
    pub(super) ended: Option<TurnEnded>,
    pub(super) failure: Option<Failed>,
    pub(super) stop: Option<StopSignal>,
}

impl Prompt {
    fn new(reply: Reply) -> Self {
        Self {
            reply,
            running: 0,
            is_usage: false,
            is_cancelled: false,
            is_amending: false,
            ended: None,
            failure: None,
            stop: None,
        }
    }

    /// Whether its turn ended for want of a person.
    fn needs_person(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.reason == EndReason::NeedsPerson)
    }

    /// Whether the vendor would not answer this.
    pub(super) fn is_refusal(&self) -> bool {
        self.failure.as_ref().is_some_and(|failed| failed.kind == "filtered")
    }

    /// What failed, where the answer to the prompt does not say it.
    fn unsaid_failure(&self) -> Option<String> {
        let reason = self.ended.as_ref()?.reason;
        let is_failed = matches!(reason, EndReason::ProviderFailed | EndReason::Error);
        let is_the_answer = is_failed && !self.is_refusal();
        let failed = self.failure.as_ref().filter(|_| !is_the_answer)?;
        Some(format!("{} {}", failed.message, failed.next_step))
    }

    /// Whether it is this request.
    pub(super) fn is_of(&self, id: &RequestId) -> bool {
        self.reply.is_to(id)
    }
}

impl Session {
    /// A prompt came.
    pub(super) async fn prompted(&mut self, blocks: &[ContentBlock], reply: Reply) {
        if self.prompt.is_some() {
            let error = untimely("A prompt of this session is still being answered; cancel it, or wait.");
            return reply.give::<()>(Err(error)).await;
        }
        let text = match prompt_text::text(blocks, &self.workspace) {
            Ok(text) => text,
            Err(error) => return reply.give::<()>(Err(error)).await,
        };
        for sentence in std::mem::take(&mut self.unsaid) {
            match self.narrator.notice(&sentence) {
                Some(notice) => self.client.update(&self.id, notice).await,
                None => self.say(&sentence).await,
            }
        }
        self.prompt = Some(Prompt::new(reply));
        // The message waits behind a turn that waits for the person.
        self.ask_about_waiting().await;
        match self.commands.read(text) {
            Typed::Message(text) => self.send(Some(Op::Submit { text })).await,
            Typed::Compact(focus) => self.send(Some(Op::Compact { focus })).await,
            Typed::Usage => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.is_usage = true;
                }
                self.send(None).await;
            }
            Typed::Cost => {
                let text = cost(&self.state.budget);
                self.say(&text).await;
                self.finish().await;
            }
            Typed::Mission => self.ask_again().await,
        }
    }

    /// `/mission`: the card that waits, again.
    async fn ask_again(&mut self) {
        if self.ask_about_card() {
            return;
        }
        let lint = self.state.mission.card.as_ref().map(|card| card.lint.join(" "));
        let text = match self.state.mission.waiting().and(lint) {
            Some(lint) => format!("The card cannot be approved yet: {lint} Say what is to be changed."),
            None => "No mission card waits.".to_owned(),
        };
        self.say(&text).await;
        self.finish().await;
    }

    /// Sends an op of the prompt, and behind it what marks its end.
    async fn send(&mut self, op: Option<Op>) {
        let is_told = op.is_none_or(|op| self.tell(op)) && self.tell(Op::Query(Query::Projection));
        match &mut self.prompt {
            Some(prompt) if is_told => prompt.running += 1,
            Some(_) => {
                if let Some(prompt) = self.prompt.take() {
                    prompt.reply.give::<()>(Err(untimely("The session takes no more now; try again."))).await;
                }
            }
            None => {}
        }
    }

    /// The prompt is to end.
    pub(super) fn cancel(&mut self) {
        self.asks.take_all_back();
        let Some(prompt) = &mut self.prompt else {
            // A turn of an earlier process may run without a prompt of this one.
            self.tell(Op::Interrupt);
            return;
        };
        prompt.is_cancelled = true;
        if prompt.running > 0 {
            self.tell(Op::Interrupt);
        } else {
            // Only a card was waited for.
            self.tell(Op::Query(Query::Projection));
            if let Some(prompt) = &mut self.prompt {
                prompt.running += 1;
            }
        }
    }

    /// What a record says of the prompt.
    pub(super) fn own_record(&mut self, record: &Record) {
        let is_end = matches!(record.event, Event::TurnEnded(_));
        if let Some(prompt) = &mut self.prompt {
            if let Event::TurnEnded(ended) = &record.event {
                prompt.ended = Some(ended.clone());
            } else if let Event::Failed(failed) = &record.event {
                prompt.failure = Some(failed.clone());
            } else if let Event::AssistantMessage(message) = &record.event {
                prompt.stop = Some(message.stop);
            } else if let Event::MissionAmended(_) = &record.event {
                prompt.is_amending = true;
            } else if let Event::MissionApproved(_) | Event::MissionRejected(_) = &record.event {
                prompt.is_amending = false;
            }
        }
        if is_end {
            // Whatever waited for the person waited for this turn.
            self.asks.take_all_back();
        }
    }

    /// Whether a card that is proposed now is an amendment of one that runs.
    pub(super) fn is_amendment(&self) -> bool {
        self.prompt.as_ref().is_some_and(|prompt| prompt.is_amending)
    }

    /// The engine is through with an op of the prompt.
    pub(super) async fn came_through(&mut self, parts: &[ProjectionPart]) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.running = prompt.running.saturating_sub(1);
        if prompt.running > 0 {
            return;
        }
        let (is_usage, is_cancelled) = (prompt.is_usage, prompt.is_cancelled);
        if is_usage {
            let text = share(parts, &self.state);
            self.say(&text).await;
        }
        let is_proposed = self.state.mission.phase == MissionPhase::AwaitApproval;
        let needs_person = self.prompt.as_ref().is_some_and(Prompt::needs_person);
        if !is_cancelled && is_proposed && needs_person && self.ask_about_card() {
            return;
        }
        self.finish().await;
    }

    /// The person answered, or did not.
    pub(super) async fn answered(&mut self, answered: Answered) {
        let is_idle = self.prompt.as_ref().is_some_and(|prompt| prompt.running == 0);
        match (answered.about, answered.op) {
            (About::Card, Some(op)) if is_idle => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.ended = None;
                }
                self.send(Some(op)).await;
            }
            (About::Card | About::Approval(_) | About::Question(_), Some(op)) => {
                self.tell(op);
            }
            (About::Card, None) if is_idle => {
                self.say("The card waits. Say what is to be changed, or /mission to be asked again.").await;
                self.finish().await;
            }
            (About::Approval(_), None) if self.prompt.is_none() => {
                self.say("The call waits on; it is asked about again with the next prompt.").await;
            }
            (About::Card | About::Approval(_) | About::Question(_), None) => {
                self.say("No answer that was offered came, so nothing was run; the turn is ended.").await;
                self.tell(Op::Interrupt);
            }
        }
    }

    /// Answers the prompt.
    pub(super) async fn finish(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        if let Some(text) = prompt.unsaid_failure() {
            self.say(&text).await;
        }
        let outcome = outcome(&prompt).map(PromptResponse::new);
        prompt.reply.give(outcome).await;
    }

    /// The session has ended; what the prompt waited for does not come.
    pub(super) async fn prompt_ends_with_session(&mut self) {
        if let Some(prompt) = self.prompt.take() {
            prompt.reply.give(Ok(PromptResponse::new(StopReason::Cancelled))).await;
        }
    }
}
