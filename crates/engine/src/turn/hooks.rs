//! What hooks say of a turn as it runs: after a call, when it wants to end, and when they want it to end.

use headwater_protocol::events::{Failed, ReminderInjected, ResultStatus, ToolReturned};
use headwater_protocol::{EndReason, Event, HookPoint, ToolCall};
use serde_json::json;

use super::{Turn, TurnError};
use crate::hooks::{Occasion, Seat};

/// How often in a row hooks may keep a turn from its end (HARNESS Z4: the field's own cap).
const MOST_BLOCKS: usize = 8;

/// The points after a call.
const AFTER: [HookPoint; 2] = [HookPoint::PostToolUse, HookPoint::PostToolUseFailure];

impl Turn<'_> {
    /// Where hooks of this turn run; they end with it.
    pub(super) fn seat(&mut self) -> Seat<'_> {
        Seat { ledger: self.ledger, parts: self.parts, cancel: &self.cancel }
    }

    /// Starts the hooks that call the person; nothing waits for them.
    pub(super) fn notify(&mut self, kind: &str, message: String) {
        if self.parts.desk.is_attended() {
            let occasion = Occasion::of_kind(HookPoint::Notification, "notification_type", kind);
            self.seat().start(&occasion.with("message", message).with("title", "Headwater"));
        }
    }

    /// Runs the hooks that begin a sub-agent.
    pub(crate) async fn agent_began(&mut self) -> Result<(), TurnError> {
        let Some(agent) = self.parts.hooks.agent() else { return Ok(()) };
        let occasion = Occasion::of_kind(HookPoint::SubagentStart, "agent_type", &agent.kind);
        self.seat().run(occasion).await?;
        Ok(())
    }

    /// The call as hooks are to be told of it when it has run; `None` where there are none for it.
    pub(super) fn told_after(&self, call: &ToolCall) -> Option<ToolCall> {
        self.parts.hooks.are_at(&AFTER).then(|| call.clone())
    }

    /// Runs the hooks after a call; what they object is for the model to read.
    pub(super) async fn hooks_after(&mut self, call: Option<ToolCall>) -> Result<(), TurnError> {
        let Some(call) = call else { return Ok(()) };
        let Some(returned) = self.result_of(&call) else { return Ok(()) };
        let Some((tool, _)) = self.parts.tools.meant(&call) else { return Ok(()) };
        let point = if returned.is_error { HookPoint::PostToolUseFailure } else { HookPoint::PostToolUse };
        let known = (tool.tool.as_ref(), tool.spec.capability);
        let occasion = Occasion::of_call(point, &call, known, &self.parts.workspace);
        let occasion = if returned.is_error {
            occasion.with("error", returned.text).with("is_interrupt", false)
        } else {
            occasion.with_response(&call, &returned.text, &returned.data)
        };
        let outcome = self.seat().run(occasion).await?;
        self.look_behind_hooks(returned.call, &returned.files).await?;
        if !outcome.blocked.is_empty() {
            self.object(point, outcome.objections()).await?;
        }
        Ok(())
    }

    /// How the turn ends, because a hook wants it to.
    pub(super) async fn hook_halt(&mut self) -> Result<Option<EndReason>, TurnError> {
        self.seat().gather().await?;
        let Some(halt) = self.parts.hooks.take_halt() else { return Ok(None) };
        self.hook_stop(format!("The hook `{}` ended the turn: {}", halt.hook, halt.reason)).await.map(Some)
    }

    /// How the turn ends, which wants to be done; `None` where a hook sends the model on.
    pub(super) async fn hooks_at_end(&mut self) -> Result<Option<EndReason>, TurnError> {
        let is_agent = self.parts.hooks.agent().is_some();
        let point = if is_agent { HookPoint::SubagentStop } else { HookPoint::Stop };
        if !self.parts.hooks.are_at(&[point]) {
            return Ok(Some(EndReason::Done));
        }
        let blocked = self.times_blocked(point);
        let said = self.ledger.state().conversation.last_answer();
        let occasion =
            Occasion::new(point).with("stop_hook_active", blocked > 0).with("last_assistant_message", said);
        let outcome = self.seat().run(occasion).await?;
        if self.cancel.is_cancelled() {
            return Err(TurnError::Interrupted);
        }
        if let Some(end) = self.hook_halt().await? {
            return Ok(Some(end));
        }
        if outcome.blocked.is_empty() {
            return Ok(Some(EndReason::Done));
        }
        let objections = outcome.objections();
        if blocked >= MOST_BLOCKS {
            let message =
                format!("Hooks have kept this turn from its end {MOST_BLOCKS} times in a row. {objections}");
            return self.hook_stop(message).await.map(Some);
        }
        self.object(point, objections).await?;
        Ok(None)
    }

    fn result_of(&self, call: &ToolCall) -> Option<ToolReturned> {
        let returned = self.ledger.records().iter().rev().filter_map(|record| {
            if let Event::ToolReturned(returned) = &record.event { Some(returned) } else { None }
        });
        let mut own = returned.filter(|returned| returned.call == call.call);
        own.next().filter(|returned| returned.status == ResultStatus::Ran).cloned()
    }

    /// How often hooks have sent the model on in this turn.
    fn times_blocked(&self, point: HookPoint) -> usize {
        let key = key_of(point);
        let turn = self.ledger.records().iter().rev();
        let turn = turn.take_while(|record| !matches!(record.event, Event::TurnStarted(_)));
        turn.filter(|record| matches!(&record.event, Event::ReminderInjected(said) if said.key == key))
            .count()
    }

    async fn object(&mut self, point: HookPoint, text: String) -> Result<(), TurnError> {
        Ok(self.ledger.record(ReminderInjected { key: key_of(point), text }).await?)
    }

    async fn hook_stop(&mut self, message: String) -> Result<EndReason, TurnError> {
        let next_step = "Say how to go on, or look at /hooks.".to_owned();
        self.ledger
            .record(Failed {
                kind: json!(EndReason::HookStop).as_str().unwrap_or_default().to_owned(),
                message,
                next_step,
            })
            .await?;
        Ok(EndReason::HookStop)
    }
}

fn key_of(point: HookPoint) -> String {
    format!("hooks/{point:?}")
}
