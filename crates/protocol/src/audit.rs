//! What a log says of the network: which calls reached it, and who or what let them (HARNESS A5).

use std::collections::{BTreeMap, BTreeSet};

use crate::approval::{ApprovalDecision, Approver};
use crate::event::Event;
use crate::events::ResultStatus;
use crate::ids::CallId;
use crate::mode::ModeId;
use crate::record::Record;
use crate::tool::MCP_PREFIX;
use crate::views::{Taint, View as _};

/// The name under which the setting `permissions.after_foreign = "allow"` lets a call reach the network.
pub const AFTER_FOREIGN: &str = "setting: permissions.after_foreign";

/// A call that reached the network, or may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRun {
    /// The call.
    pub call: CallId,
    /// The record of its result.
    pub seq: u64,
    /// Who or what let it; absent when the log shows nobody.
    pub consent: Option<Consent>,
}

/// Why a call might reach the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It was asked for, and answered.
    Answer(Approver),
    /// A rule of a person covers it, given before foreign text was read, or since.
    Rule(String),
    /// The mode, which the person chose, has the network, and no foreign text was read yet.
    Mode(ModeId),
}

/// All calls that reached the network, in order.
pub fn network_runs<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<NetworkRun> {
    let mut audit = Audit::default();
    records.into_iter().for_each(|record| audit.take(record));
    audit.runs
}

/// The calls that reached the network although nobody let them: none, in a log of ours.
pub fn network_runs_without_consent<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<NetworkRun> {
    network_runs(records).into_iter().filter(|run| run.consent.is_none()).collect()
}

#[derive(Default)]
struct Audit {
    mode: ModeId,
    taint: Taint,
    answers: BTreeMap<CallId, Approver>,
    /// Open calls that may reach the network, with what let them.
    allowed: BTreeMap<CallId, Option<Consent>>,
    /// Open calls of tools of MCP servers.
    remote: BTreeSet<CallId>,
    runs: Vec<NetworkRun>,
}

impl Audit {
    fn take(&mut self, record: &Record) {
        if let Event::SessionStarted(started) = &record.event {
            self.mode = started.mode;
        } else if let Event::ModeChanged(changed) = &record.event {
            self.mode = changed.to;
        } else if let Event::ApprovalGiven(given) = &record.event {
            let is_yes = !matches!(given.decision, ApprovalDecision::Deny { .. });
            if is_yes && given.by != Approver::Nobody {
                self.answers.insert(given.call.clone(), given.by);
            }
        } else if let Event::ToolCalled(called) = &record.event {
            if called.request.acts_as().starts_with(MCP_PREFIX) {
                self.remote.insert(called.request.call.clone());
            }
        } else if let Event::CallAllowed(allowed) = &record.event {
            let consent = self.consent(&allowed.call, &allowed.rule);
            self.allowed.insert(allowed.call.clone(), consent);
        } else if let Event::ToolReturned(returned) = &record.event {
            let is_remote = self.remote.remove(&returned.call)
                || returned.name.starts_with(MCP_PREFIX)
                || returned.name == "web_fetch";
            let unseen = is_remote.then(|| self.consent(&returned.call, ""));
            let consent = self.allowed.remove(&returned.call).or(unseen);
            if let Some(consent) = consent.filter(|_| may_have_run(returned.status)) {
                self.runs.push(NetworkRun { call: returned.call.clone(), seq: record.seq, consent });
            }
        }
        self.taint.apply(record);
    }

    fn consent(&self, call: &CallId, rule: &str) -> Option<Consent> {
        if let Some(by) = self.answers.get(call) {
            return Some(Consent::Answer(*by));
        }
        if rule == AFTER_FOREIGN {
            return Some(Consent::Rule(rule.to_owned()));
        }
        let is_built_in = rule.starts_with("built-in:") || rule.starts_with("mode:");
        match self.taint.foreign() {
            Some(_) if self.taint.goes_back(call) && !is_built_in && !rule.is_empty() => {
                Some(Consent::Rule(rule.to_owned()))
            }
            Some((_, since)) => {
                since.iter().find(|given| *given == rule).map(|given| Consent::Rule(given.clone()))
            }
            None if !is_built_in && !rule.is_empty() => Some(Consent::Rule(rule.to_owned())),
            None => (is_built_in && self.mode == ModeId::Yolo).then_some(Consent::Mode(self.mode)),
        }
    }
}

fn may_have_run(status: ResultStatus) -> bool {
    match status {
        ResultStatus::Ran | ResultStatus::Cancelled | ResultStatus::Lost => true,
        ResultStatus::Denied | ResultStatus::Refused | ResultStatus::Repeated => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::access::Confinement;
    use crate::approval::ApprovalScope;
    use crate::events::{ApprovalGiven, CallAllowed, ModeChanged, RuleAdded, ToolCalled, ToolReturned};
    use crate::message::ToolCall;
    use crate::time::Timestamp;

    fn called(call: &str) -> Event {
        let request =
            ToolCall { call: call.into(), name: "shell".into(), input: Value::Null, malformed: None };
        ToolCalled { request }.into()
    }

    fn answered(call: &str, decision: ApprovalDecision, by: Approver) -> Event {
        ApprovalGiven { call: call.into(), decision, scope: ApprovalScope::Once, by, rules: vec![] }.into()
    }

    fn allowed(call: &str, rule: &str) -> Event {
        CallAllowed { call: call.into(), rule: rule.into(), confinement: Confinement::WorkspaceWriteNetwork }
            .into()
    }

    fn returned(call: &str, name: &str, status: ResultStatus) -> Event {
        ToolReturned { status, ..ToolReturned::ran(call.into(), name.into(), String::new()) }.into()
    }

    fn ran(call: &str) -> Event {
        returned(call, "shell", ResultStatus::Ran)
    }

    fn audit(events: Vec<Event>) -> Vec<Option<Consent>> {
        let at = Timestamp::from_millis(0);
        let record = |(seq, event)| Record { seq, at, session: "s".into(), parent: None, event };
        let records: Vec<Record> = (0..).zip(events).map(record).collect();
        network_runs(&records).into_iter().map(|run| run.consent).collect()
    }

    /// What the log says, and who let each of its runs.
    type Case = (&'static str, Vec<Event>, Vec<Option<Consent>>);

    fn answers() -> Vec<Case> {
        let yes = ApprovalDecision::Allow;
        let no = ApprovalDecision::Deny { reason: String::new() };
        let person = Some(Consent::Answer(Approver::Person));
        vec![
            ("no network", vec![called("a"), ran("a")], vec![]),
            (
                "answered",
                vec![called("a"), answered("a", yes.clone(), Approver::Person), allowed("a", ""), ran("a")],
                vec![person.clone()],
            ),
            (
                "answered for another",
                vec![answered("b", yes.clone(), Approver::Person), allowed("a", ""), ran("a")],
                vec![None],
            ),
            (
                "denied, and run all the same",
                vec![answered("a", no, Approver::Person), allowed("a", ""), ran("a")],
                vec![None],
            ),
            (
                "nobody there",
                vec![answered("a", yes, Approver::Nobody), allowed("a", ""), ran("a")],
                vec![None],
            ),
        ]
    }

    fn rules_and_modes() -> Vec<Case> {
        let yolo = || Event::from(ModeChanged { from: ModeId::Agent, to: ModeId::Yolo });
        let rule = |rule: &str| Event::from(RuleAdded { rule: rule.into(), scope: ApprovalScope::Session });
        let by_rule = |rule: &str| Some(Consent::Rule(rule.into()));
        let mode = Some(Consent::Mode(ModeId::Yolo));
        vec![
            ("a rule", vec![allowed("a", "Bash(curl *)"), ran("a")], vec![by_rule("Bash(curl *)")]),
            ("not run", vec![allowed("a", ""), returned("a", "shell", ResultStatus::Denied)], vec![]),
            ("the mode", vec![yolo(), allowed("a", "mode: yolo"), ran("a")], vec![mode.clone()]),
            ("a mode without it", vec![allowed("a", "built-in: network"), ran("a")], vec![None]),
            ("a server's tool unseen", vec![returned("a", "mcp__x__y", ResultStatus::Ran)], vec![None]),
            (
                "the mode after foreign text",
                vec![
                    yolo(),
                    called("a"),
                    allowed("a", "mode: yolo"),
                    ran("a"),
                    called("b"),
                    allowed("b", "mode: yolo"),
                    ran("b"),
                ],
                vec![mode.clone(), None],
            ),
            (
                "a rule since",
                vec![
                    yolo(),
                    called("a"),
                    allowed("a", "mode: yolo"),
                    ran("a"),
                    rule("R"),
                    called("b"),
                    allowed("b", "R"),
                    ran("b"),
                ],
                vec![mode, by_rule("R")],
            ),
        ]
    }

    #[test]
    fn a5_each_run_names_who_let_it_and_one_that_nobody_let_is_found() {
        for (name, events, expected) in [answers(), rules_and_modes()].concat() {
            assert_eq!(audit(events), expected, "{name}");
        }
    }
}
