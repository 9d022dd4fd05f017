//! What hooks say of a call before it runs, and what that is worth: a no holds; a yes stands in for the person, but never
//! against a rule, never where the person wrote that they want to be asked, and never for what cannot be undone, for
//! secrets, or for the network once foreign text was read.

use headwater_policy::Decision;
use headwater_protocol::events::{ApprovalGiven, ApprovalRequested, ResultStatus};
use headwater_protocol::{ApprovalDecision, ApprovalScope, Approver, Confinement, HookPoint, ToolCall};
use serde_json::Value;

use super::Verdict;
use crate::hooks::{Occasion, Outcome, Reasoned, wanted_input};
use crate::parts::RegisteredTool;
use crate::turn::{Turn, TurnError};

/// What hooks said of a call.
pub(super) struct Heard {
    /// The input as they want it.
    pub(super) input: Value,
    outcome: Outcome,
}

/// What hooks answer to what the policy asks.
pub(super) enum HooksAnswer {
    /// Nothing: it is left to the person.
    Nothing,
    Verdict(Verdict),
    /// This instead, with a yes or without one.
    Edit {
        input: Value,
        is_yes: bool,
    },
}

/// Whether the call goes on to the policy.
pub(super) enum Hearing {
    Refused(Verdict),
    Heard(Box<Heard>),
}

impl Turn<'_> {
    /// Runs the hooks before a call.
    pub(super) async fn hear_hooks(
        &mut self,
        call: &ToolCall,
        tool: &RegisteredTool,
    ) -> Result<Hearing, TurnError> {
        if self.parts.hooks.is_halted() {
            return Ok(Hearing::Refused(halted(None)));
        }
        let outcome = self.run_hooks_of(HookPoint::PreToolUse, call, tool).await?;
        if let Some(no) = outcome.no() {
            return Ok(Hearing::Refused(denied(HookPoint::PreToolUse, no)));
        }
        if let Some(halt) = &outcome.halt {
            return Ok(Hearing::Refused(halted(Some(halt))));
        }
        let wanted = outcome.input.as_ref();
        let wanted = wanted.and_then(|wanted| wanted_input(call, wanted, &self.parts.workspace));
        let input = wanted.unwrap_or_else(|| call.input.clone());
        Ok(Hearing::Heard(Box::new(Heard { input, outcome })))
    }

    /// The answer of hooks to what the policy asks. An input that they want instead is judged again.
    pub(super) async fn hooks_answer(
        &mut self,
        heard: &Heard,
        request: &ApprovalRequested,
        (call, tool): (&ToolCall, &RegisteredTool),
        confinement: Confinement,
    ) -> Result<HooksAnswer, TurnError> {
        if self.was_put(request) {
            // They were heard before it was put.
            return Ok(HooksAnswer::Nothing);
        }
        self.stand().await?;
        let may_say_yes = heard.outcome.asks().is_none() && !self.is_for_the_person(request, call, tool);
        if may_say_yes && heard.outcome.yes().is_some() {
            self.record_yes(request).await?;
            return Ok(HooksAnswer::Verdict(Verdict::Run(call.input.clone(), confinement)));
        }
        let outcome = self.run_hooks_of(HookPoint::PermissionRequest, call, tool).await?;
        if let Some(no) = outcome.no() {
            return Ok(HooksAnswer::Verdict(denied(HookPoint::PermissionRequest, no)));
        }
        let (is_yes, wanted) = (outcome.yes().is_some(), outcome.input.as_ref());
        if let Some(input) = wanted.and_then(|wanted| wanted_input(call, wanted, &self.parts.workspace)) {
            if is_yes {
                let decision = ApprovalDecision::Edit { input: input.clone() };
                self.record_answer(request, decision).await?;
            }
            return Ok(HooksAnswer::Edit { input, is_yes });
        }
        if may_say_yes && is_yes {
            self.record_yes(request).await?;
            return Ok(HooksAnswer::Verdict(Verdict::Run(call.input.clone(), confinement)));
        }
        Ok(HooksAnswer::Nothing)
    }

    /// Whether only the person can answer: what cannot be undone, what they want to be asked about, secrets, and the
    /// network once foreign text was read.
    pub(super) fn is_for_the_person(
        &self,
        request: &ApprovalRequested,
        call: &ToolCall,
        tool: &RegisteredTool,
    ) -> bool {
        let rulebook = &self.parts.rulebook;
        if request.is_catastrophic
            || [headwater_policy::SECRETS_RULE, headwater_policy::TAINT_RULE].contains(&request.rule.as_str())
            || rulebook.is_asked_by_person(&request.rule)
        {
            return true;
        }
        let Ok(access) = tool.tool.access(&call.input) else { return true };
        let question = self.question(tool, &access);
        question.taint.is_some() && rulebook.ask(|policy| policy.reaches_network(&question))
    }

    async fn run_hooks_of(
        &mut self,
        point: HookPoint,
        call: &ToolCall,
        tool: &RegisteredTool,
    ) -> Result<Outcome, TurnError> {
        if !self.parts.hooks.are_at(&[point]) {
            return Ok(Outcome::default());
        }
        let known = (tool.tool.as_ref(), tool.spec.capability);
        let occasion = Occasion::of_call(point, call, known, &self.parts.workspace);
        let outcome = self.seat().run(occasion).await?;
        if self.cancel.is_cancelled() { Err(TurnError::Interrupted) } else { Ok(outcome) }
    }

    /// A yes of a hook is an approval like any other.
    async fn record_yes(&mut self, request: &ApprovalRequested) -> Result<(), TurnError> {
        self.record_answer(request, ApprovalDecision::Allow).await
    }

    async fn record_answer(
        &mut self,
        request: &ApprovalRequested,
        decision: ApprovalDecision,
    ) -> Result<(), TurnError> {
        let (call, scope) = (request.call.clone(), ApprovalScope::Once);
        let given = ApprovalGiven { call, decision, scope, by: Approver::Hook, rules: Vec::new() };
        self.ledger.record(request.clone()).await?;
        Ok(self.ledger.record(given).await?)
    }
}

impl Heard {
    /// Whether a hook wants the person to be asked.
    pub(super) fn asks(&self) -> bool {
        self.outcome.asks().is_some()
    }

    /// What the policy says of the call, and that the person is asked where a hook wants it.
    pub(super) fn weigh(&self, decision: Decision) -> Decision {
        match (decision, self.outcome.asks()) {
            (Decision::Allow { confinement, .. }, Some(ask)) => Decision::Ask {
                rule: format!("hook: {}", ask.hook),
                why: format!("{} wants you to be asked", ask.told()),
                offers: Vec::new(),
                is_catastrophic: false,
                confinement,
                effect: String::new(),
            },
            (decision, _) => decision,
        }
    }
}

fn denied(point: HookPoint, no: &Reasoned) -> Verdict {
    let text = format!(
        "Denied by the hook `{}` ({point:?}): {} Do not try it in another form.",
        no.hook,
        sentence(&no.reason)
    );
    Verdict::Refuse(ResultStatus::Denied, text)
}

fn halted(halt: Option<&Reasoned>) -> Verdict {
    let by = halt.map_or_else(|| "a hook".to_owned(), Reasoned::told);
    Verdict::Refuse(ResultStatus::Denied, format!("Not run: the turn is ended by {by}."))
}

/// A reason with a full stop, so that what follows is a sentence of its own.
fn sentence(reason: &str) -> String {
    let reason = reason.trim();
    if reason.ends_with(['.', '!', '?']) { reason.to_owned() } else { format!("{reason}.") }
}
