//! The gate: what may run. Everything else gets its terminal result here.
//!
//! The order: arguments that parse, a tool that exists, a call that is not repeated without end, hooks, the policy,
//! the person.

mod hooks;
mod reach;
mod waiting;
mod withheld;

use std::borrow::Cow;
use std::sync::Arc;

use headwater_policy::{Decision, Foreign, Question, Withheld};
use headwater_protocol::events::{ApprovalGiven, ApprovalRequested, ResultStatus};
use headwater_protocol::views::Progress;
use headwater_protocol::{
    Access, AnyTool, ApprovalDecision, ApprovalScope, Approver, Capability, Confinement, Delta, ToolCall,
};
use serde_json::Value;

use self::hooks::{Hearing, HooksAnswer};
use super::{Turn, TurnError};
use crate::attempts::Moment;
use crate::desk::{ApprovalAnswer, Waited};
use crate::parts::RegisteredTool;

/// How often a call may give the same result without news between (HARNESS Z6).
const MOST_TIMES: u32 = 3;
/// How often a call may be tried again that fails in the same way with the same files, whatever else is new (HARNESS B5).
const MOST_RETRIES: u32 = 3;

/// What the model reads instead of the result of a call that may have been made already (HARNESS R-A).
const BLIND: &str = "Not run: this call was under way when the session ended, and it may have taken effect. Look first: read or \
                     list what it would change. Then it may be made again.";

/// A call that may run.
pub(super) struct Admitted {
    pub(super) call: ToolCall,
    pub(super) tool: Arc<dyn AnyTool>,
    pub(super) capability: Capability,
    pub(super) confinement: Confinement,
    /// Whether this is the last time that the same call runs unless its result changes.
    pub(super) is_last_round: bool,
    /// Whether the person changed the input: the model is told what ran instead.
    pub(super) is_edited: bool,
}

/// What the gate made of a call.
enum Gated {
    Admitted(Admitted),
    Closed(ResultStatus, String),
}

/// Who wrote the input of a call anew when it was asked about.
#[derive(Clone, Copy)]
enum Editor {
    Person,
    /// A hook; whether it says yes to it.
    Hook {
        is_yes: bool,
    },
}

/// The tool that a call is for, and the call as that one gets it.
type Understood<'c> = (Cow<'c, RegisteredTool>, Cow<'c, ToolCall>);

/// What the policy and the person said of a call.
enum Verdict {
    Run(Value, Confinement),
    Refuse(ResultStatus, String),
}

impl<'a> Turn<'a> {
    /// Decides about each call in order.
    pub(super) async fn gate(&mut self, calls: Vec<ToolCall>) -> Result<Vec<Admitted>, TurnError> {
        let mut admitted: Vec<Admitted> = Vec::with_capacity(calls.len());
        self.unredacted = self.marked_by_themselves(&calls);
        for call in calls {
            if self.cancel.is_cancelled() {
                if self.ledger.state().open_calls.is_gated() {
                    return Err(TurnError::Interrupted);
                }
                // Closed with the turn, together with everything else that did not come to run.
                break;
            }
            match self.admit(&call, &admitted).await? {
                Gated::Admitted(one) => admitted.push(one),
                Gated::Closed(status, text) => self.close(&call.call, &call.name, status, text).await?,
            }
        }
        if !self.stands_at_question(&admitted) {
            self.pass().await?;
        }
        Ok(admitted)
    }

    async fn admit(&mut self, call: &ToolCall, before: &[Admitted]) -> Result<Gated, TurnError> {
        self.parts.tools.settle(call, &self.cancel).await;
        let (tool, meant) = match self.understood(call) {
            Ok(understood) => understood,
            Err(text) => return Ok(Gated::Closed(ResultStatus::Refused, text)),
        };
        if tool.spec.capability == Capability::Ask && !self.is_heard(&call.call) {
            let text =
                "Nobody is here to answer. Decide sensibly yourself, and say what you assumed.".to_owned();
            return Ok(Gated::Closed(ResultStatus::Refused, text));
        }
        if let Some(text) = self.refusal(&meant, Moment::Gate) {
            return Ok(Gated::Closed(ResultStatus::Refused, text));
        }
        let is_last_round = match self.rounds(call, before) {
            Ok(is_last_round) => is_last_round,
            Err(text) => return Ok(Gated::Closed(ResultStatus::Repeated, text)),
        };
        match self.judge(&meant, &tool).await? {
            Verdict::Refuse(status, text) => Ok(Gated::Closed(status, text)),
            Verdict::Run(input, confinement) => {
                let is_edited = input != meant.input;
                let call = ToolCall { input, ..meant.into_owned() };
                self.note_reach(&call, &tool, confinement).await?;
                let (capability, tool) = (tool.spec.capability, Arc::clone(&tool.tool));
                Ok(Gated::Admitted(Admitted {
                    call,
                    tool,
                    capability,
                    confinement,
                    is_last_round,
                    is_edited,
                }))
            }
        }
    }

    /// The tool that a call is for whose arguments parse, and the call as that one gets it; otherwise what to tell the
    /// model.
    fn understood<'c>(&self, call: &'c ToolCall) -> Result<Understood<'c>, String>
    where
        'a: 'c,
    {
        let tools = &self.parts.tools;
        let Some((tool, meant)) = tools.meant(call) else {
            return Err(format!(
                "There is no tool \"{}\". The tools are: {}.",
                call.name,
                tools.names().join(", ")
            ));
        };
        match &call.malformed {
            Some(malformed) => Err(format!(
                "Not run: the arguments are not valid JSON ({}). Send the call again with arguments of this schema: {}",
                malformed.error, tool.spec.input_schema
            )),
            None if self.is_blind(call, &tool) => Err(BLIND.to_owned()),
            None => Ok((tool, meant)),
        }
    }

    /// Whether the call repeats one of which nobody knows what it did, before anything was looked at.
    fn is_blind(&self, call: &ToolCall, tool: &RegisteredTool) -> bool {
        let has_effects = match tool.spec.capability {
            Capability::Write | Capability::Shell | Capability::Delegate => true,
            Capability::Read | Capability::State | Capability::Ask => false,
        };
        let state = self.ledger.state();
        let is_same = |lost: &ToolCall| lost.name == call.name && lost.input == call.input;
        has_effects && state.lost_calls.iter().any(|lost| state.conversation.call(lost).is_some_and(is_same))
    }

    /// Whether this is the last round of a repeated call; an error when it was repeated too often.
    fn rounds(&self, call: &ToolCall, before: &[Admitted]) -> Result<bool, String> {
        // As the log has it: without secrets.
        let redactor = self.ledger.redactor();
        let digest = |call: &ToolCall| Progress::call_digest(&call.name, &redactor.value(&call.input));
        let wanted = digest(call);
        // A twin counts only while nothing between the two can have changed what it finds.
        let since_change = before.iter().rev().scan(false, |changed, other| {
            let is_twin = digest(&self.as_asked(&other.call)) == wanted;
            let seen = (!*changed).then_some((is_twin, other));
            *changed |= !is_twin
                && matches!(other.capability, Capability::Write | Capability::Shell | Capability::Delegate);
            seen
        });
        if let Some((_, twin)) = since_change.into_iter().find(|(is_twin, _)| *is_twin) {
            return Err(format!(
                "Not run: the same call as {} in this message; read its result.",
                twin.call.call
            ));
        }
        let state = self.ledger.state();
        // The host looks again as often as an answer is given.
        let times = if state.contract.is_checking { 0 } else { state.progress.times(wanted) };
        let failures = if state.contract.is_checking { 0 } else { state.headway.failures(wanted) };
        if failures > MOST_RETRIES {
            return Err(format!(
                "Not run: this call was retried {MOST_RETRIES} times and failed in the same way each time, with the files \
                 as they are (rule: at most {MOST_RETRIES} retries). Change something first, or tell the person what \
                 blocks you."
            ));
        }
        if times < MOST_TIMES {
            return Ok(times + 1 == MOST_TIMES);
        }
        Err(format!(
            "Not run: this call has given the same result {times} times, and nothing new has happened since. Do \
             something else, or tell the person what blocks you."
        ))
    }

    /// Asks the policy, and the person where it says so. An edited input is judged again, and not asked again.
    async fn judge(&mut self, call: &ToolCall, tool: &RegisteredTool) -> Result<Verdict, TurnError> {
        let heard = match self.hear_hooks(call, tool).await? {
            Hearing::Heard(heard) => heard,
            Hearing::Refused(verdict) => return Ok(verdict),
        };
        let mut input = heard.input.clone();
        let mut edited = None;
        loop {
            let access = match tool.tool.access(&input) {
                Ok(access) => self.by_all_names(access).await,
                Err(error) => {
                    return Ok(Verdict::Refuse(ResultStatus::Refused, wrong_arguments(&error, tool)));
                }
            };
            let decision = heard.weigh(self.decide(&call.call, tool, &access, &input).await);
            let (request, confinement) = match self.as_put(call, decision) {
                Decision::Allow { confinement, .. } => return Ok(Verdict::Run(input, confinement)),
                Decision::Deny { rule, why } => return Ok(denied_by_rule(&rule, &why)),
                Decision::Ask { is_catastrophic: false, .. }
                    if self.is_vouched_for(&access) && !heard.asks() =>
                {
                    return Ok(Verdict::Run(input, Confinement::WorkspaceWrite));
                }
                Decision::Ask { rule, why, offers, is_catastrophic, confinement, effect } => {
                    let (call, input) = (call.call.clone(), (input != call.input).then(|| input.clone()));
                    let request =
                        ApprovalRequested { call, rule, why, offers, effect, is_catastrophic, input };
                    (request, confinement)
                }
            };
            let asked = ToolCall { input: input.clone(), ..call.clone() };
            let answer = match edited {
                // The person wrote it: that is a yes to this call.
                Some(Editor::Person) => return Ok(run_edited(input, &request, confinement)),
                Some(Editor::Hook { is_yes }) => {
                    if is_yes && !heard.asks() && !self.is_for_the_person(&request, &asked, tool) {
                        return Ok(Verdict::Run(input, confinement));
                    }
                    HooksAnswer::Nothing
                }
                None => self.hooks_answer(&heard, &request, (&asked, tool), confinement).await?,
            };
            match answer {
                HooksAnswer::Verdict(verdict) => return Ok(verdict),
                HooksAnswer::Edit { input: wanted, is_yes } => {
                    (input, edited) = (wanted, Some(Editor::Hook { is_yes }));
                    continue;
                }
                HooksAnswer::Nothing => {}
            }
            match self.ask_person(request).await? {
                ApprovalDecision::Allow => return Ok(Verdict::Run(input, confinement)),
                ApprovalDecision::Edit { input: wanted } => (input, edited) = (wanted, Some(Editor::Person)),
                ApprovalDecision::Deny { reason } => return Ok(denied_by_person(&reason)),
            }
        }
    }

    fn question<'q>(&'q self, tool: &'q RegisteredTool, access: &'q Access) -> Question<'q> {
        Question {
            tool: &tool.spec.name,
            capability: tool.spec.capability,
            access,
            mode: self.mode,
            workspace: &self.parts.workspace,
            home: self.parts.home.as_deref(),
            is_sandboxed: self.parts.is_sandboxed,
            taint: Foreign::of(&self.ledger.state().taint),
            withheld: Withheld::default(),
            at_stake: None,
        }
    }

    async fn ask_person(&mut self, asked: ApprovalRequested) -> Result<ApprovalDecision, TurnError> {
        let asked = self.without_secret_offers(asked);
        if let Some(decision) = self.answered_before(&asked) {
            return Ok(decision);
        }
        let (call, offers) = (asked.call.clone(), asked.offers.clone());
        let why = format!("{} (rule: {})", asked.why, asked.rule);
        let (is_put, is_left) = (self.was_put(&asked), self.is_left_to_others());
        let desk = &self.parts.desk;
        // The desk must know the call before the front end can answer it.
        let expected = (desk.is_attended() || is_left).then(|| desk.expect(&call, &offers, is_put));
        if !is_put {
            self.stand().await?;
            let notice = format!("An approval is wanted: {}", asked.why);
            self.ledger.record(asked).await?;
            self.ledger.commit();
            self.notify("permission_prompt", notice);
        }
        let left = self.left_to_answer(&call);
        let waited = match expected {
            None => Waited::Answered(deny(format!("nobody is here to approve it; {why}"))),
            Some(expected) if is_left => expected.answer_at_once(left),
            Some(expected) => expected.answer(&self.cancel, left).await,
        };
        let (answer, by) = match waited {
            Waited::Answered(answer) if self.parts.desk.is_attended() || is_left => {
                (answer, Approver::Person)
            }
            Waited::Answered(answer) => (answer, Approver::Nobody),
            Waited::Expired => (deny(format!("nobody answered in time; {why}")), Approver::Nobody),
            // No answer is no denial: the call is closed with the turn, or waits on when the process ends.
            Waited::Interrupted => return Err(TurnError::Interrupted),
        };
        let is_kept = answer.decision == ApprovalDecision::Allow && !offers.is_empty();
        let scope = if is_kept { answer.scope } else { ApprovalScope::Once };
        let rules = if scope == ApprovalScope::Once { Vec::new() } else { offers };
        let given =
            ApprovalGiven { call, decision: answer.decision.clone(), scope, by, rules: rules.clone() };
        self.ledger.record(given).await?;
        self.add_rules(rules, scope).await;
        Ok(answer.decision)
    }

    /// From here on what the record of the answer gives holds.
    async fn add_rules(&mut self, rules: Vec<String>, scope: ApprovalScope) {
        for rule in rules {
            if let Err(text) = self.parts.rulebook.add(&rule, scope) {
                self.ledger.tell_delta(Delta::Notice { text }).await;
            }
        }
    }
}

fn deny(reason: String) -> ApprovalAnswer {
    ApprovalAnswer { decision: ApprovalDecision::Deny { reason }, scope: ApprovalScope::Once }
}

fn denied_by_rule(rule: &str, why: &str) -> Verdict {
    let text = format!("Denied: {why} (rule: {rule}). Do not try it in another form.");
    Verdict::Refuse(ResultStatus::Denied, text)
}

/// What the person wrote runs; what cannot be undone is asked for by itself.
fn run_edited(input: Value, request: &ApprovalRequested, confinement: Confinement) -> Verdict {
    if request.is_catastrophic {
        let why = "an edit cannot approve what cannot be undone; call it by itself";
        return denied_by_rule(&request.rule, why);
    }
    Verdict::Run(input, confinement)
}

fn denied_by_person(reason: &str) -> Verdict {
    let text = if reason.is_empty() {
        "The person said no. Do not try it in another form; ask what they want instead, or go on without it."
            .to_owned()
    } else {
        format!("Not run. The answer was: {reason}")
    };
    Verdict::Refuse(ResultStatus::Denied, text)
}

fn wrong_arguments(error: &str, tool: &RegisteredTool) -> String {
    format!("Not run: wrong arguments ({error}). The schema is: {}", tool.spec.input_schema)
}
