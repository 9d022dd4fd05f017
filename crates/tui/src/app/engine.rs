//! What the engine says: records are folded, deltas pass, answers open what asked for them.

use std::time::Instant;

use headwater_protocol::{Answer, Delta, Event, Record, Update};

use super::{App, Effect};
use crate::overlays;
use crate::setup::Exit;

impl App {
    pub(super) fn engine(&mut self, update: Update) -> Vec<Effect> {
        match update {
            Update::Record(record) => self.record(&record),
            Update::Delta(delta) => {
                self.delta(&delta);
                Vec::new()
            }
            Update::Answer(answer) => self.answer(answer),
            Update::Closed => vec![Effect::Exit(Exit::EngineClosed)],
        }
    }

    fn record(&mut self, record: &Record) -> Vec<Effect> {
        if self.is_of_subagent(record) {
            return self.subagent_record(record);
        }
        if self.is_of_mission(record) {
            return self.mission_record(record);
        }
        self.before_conversation(record);
        self.status.apply(record);
        self.pane.apply_record(record);
        self.subagent_told(record);
        let mut effects = self.event(&record.event);
        effects.extend(self.look_at_cards());
        effects
    }

    #[expect(clippy::too_many_lines, reason = "a list of all events, so that a new one is looked at here")]
    fn event(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::ModeChanged(changed) => {
                self.pending_mode = self.pending_mode.filter(|pending| *pending != changed.to);
            }
            Event::UserMessage(message) => self.sent(&message.text),
            Event::Rewound(rewound) => self.went_back(rewound),
            Event::UserShell(_) => self.activity.shell_ended(self.status.phase.is_running()),
            Event::TurnStarted(_) => self.activity.turn_began(self.now),
            Event::AssistantMessage(_) | Event::Failed(_) => self.activity.heard(),
            Event::ToolCalled(called) => self.deck.called(&called.request),
            Event::ToolReturned(returned) => {
                self.deck.returned(&returned.call);
                self.question_over(&returned.call);
            }
            Event::QuestionAsked(asked) => return self.question_asked(&asked.question),
            Event::TurnEnded(ended) => {
                self.activity.ended();
                self.missions.settle();
                return vec![Effect::Notify(ended.reason.what_now().to_owned())];
            }
            Event::ApprovalRequested(asked) => self.deck.asked(asked),
            Event::MissionProposed(_) => self.missions.research_over(),
            Event::MissionApproved(_) | Event::MissionRevised(_) | Event::MissionRejected(_) => {
                self.activity.confirmed(self.status.phase.is_running());
            }
            Event::MissionEnded(_) => self.missions.settle(),
            Event::ContextEdited(_) if !self.status.phase.is_running() => self.activity.ended(),
            Event::SessionStarted(_)
            | Event::SessionResumed(_)
            | Event::SessionTitled(_)
            | Event::ConversationKept(_)
            | Event::ConversationResent(_)
            | Event::ClearingDelegated(_)
            | Event::ClearingWithdrawn(_)
            | Event::ModelChanged(_)
            | Event::FellBack(_)
            | Event::AnswerCut(_)
            | Event::AttemptFailed(_)
            | Event::RequestSent(_)
            | Event::UsageReported(_)
            | Event::ApprovalGiven(_)
            | Event::RuleAdded(_)
            | Event::RuleRevoked(_)
            | Event::CallAllowed(_)
            | Event::CallsGated(_)
            | Event::TodosChanged(_)
            | Event::SummaryRequested(_)
            | Event::ContextEdited(_)
            | Event::ReminderInjected(_)
            | Event::MissionStarted(_)
            | Event::MissionAmended(_)
            | Event::MissionUndone(_)
            | Event::Checkpointed(_)
            | Event::FilesChanged(_)
            | Event::ContractDeclared(_)
            | Event::FinalProposed(_)
            | Event::FinalAccepted(_)
            | Event::FinalRefused(_)
            | Event::CellStarted(_)
            | Event::CellReturned(_)
            | Event::ChildStarted(_)
            | Event::ChildReturned(_)
            | Event::Repaired(_)
            | Event::ReminderDropped(_)
            | Event::HookRan(_)
            | Event::Forked(_)
            | Event::CoverageChanged(_)
            | Event::UncertaintyNoted(_)
            | Event::SubagentStarted(_)
            | Event::SubagentReturned(_)
            | Event::Migrated(_)
            | Event::Unknown(_) => {}
        }
        Vec::new()
    }

    /// A queued message became part of the conversation.
    fn sent(&mut self, text: &str) {
        if self.queue.first().is_some_and(|first| first == text) {
            self.queue.remove(0);
        }
    }

    fn delta(&mut self, delta: &Delta) {
        let clock = self.clock_ms();
        if !self.is_of_mission_root(delta) {
            self.pane.apply_delta(delta, clock);
        }
        self.missions.apply_delta(delta);
        self.activity.apply(delta, self.now);
        if let Delta::Notice { .. } = delta {
            self.desk.answer_again();
        }
        match delta {
            Delta::Queued { count } => {
                let gone = self.queue.len().saturating_sub(*count);
                self.queue.drain(..gone);
            }
            Delta::Within { session, delta } => self.subagent_delta(session, delta),
            Delta::Drawn { what } => self.drawn(what),
            Delta::ModePending { mode } => self.pending_mode = (*mode != self.mode()).then_some(*mode),
            // What was asked for may have been refused: then nothing else will come.
            Delta::Notice { .. } if !self.status.phase.is_running() => self.activity.ended(),
            Delta::Notice { .. }
            | Delta::Research { .. }
            | Delta::Children { .. }
            | Delta::Text { .. }
            | Delta::Thinking { .. }
            | Delta::CallProgress { .. }
            | Delta::ToolStarted { .. }
            | Delta::ToolOutput { .. }
            | Delta::Waiting { .. } => {}
        }
    }

    fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Sessions(sessions) => self.overlay = Some(overlays::sessions(&sessions)),
            Answer::Permissions(rules) => self.overlay = Some(overlays::permissions(&rules)),
            Answer::Hooks(hooks) => {
                self.hooks_shown = hooks.iter().find_map(|hook| hook.asks.clone());
                self.overlay = Some(overlays::hooks(&hooks));
            }
            Answer::Servers(servers) => {
                let asking =
                    servers.iter().filter_map(|server| Some((server.name.clone(), server.asks.clone()?)));
                self.servers_shown = asking.collect();
                self.overlay = Some(overlays::servers(&servers));
            }
            Answer::Projection(parts) => self.overlay = Some(overlays::context(&parts, &self.status)),
            Answer::RewindPoints(points) => self.show_rewind_points(&points),
            Answer::RewindPreview(preview) => self.show_rewind_preview(&preview),
            Answer::Forked(session) => return Self::forked(session),
            Answer::Unqueued(messages) => return self.unqueued(&messages),
        }
        Vec::new()
    }

    fn unqueued(&mut self, messages: &[String]) -> Vec<Effect> {
        self.queue.clear();
        let written = self.composer.expanded();
        let all = messages.iter().map(String::as_str).chain([written.as_str()]);
        let joined: Vec<&str> = all.filter(|text| !text.is_empty()).collect();
        self.composer.set(&joined.join("\n\n"));
        self.refresh_popup()
    }

    /// Seconds since a moment, for timers.
    pub(crate) fn seconds_since(&self, moment: Instant) -> u64 {
        self.now.duration_since(moment).as_secs()
    }
}
