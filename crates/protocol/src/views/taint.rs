//! Whether the session has read foreign text: what came over the network may have been written by anybody.
//!
//! It holds until the session ends: a new message of the person takes nothing back that was read. Of a log that was damaged
//! nobody knows what else it said; what is lost counts as foreign.

use std::collections::BTreeMap;

use serde_json::Value;

use super::View;
use crate::approval::ApprovalScope;
use crate::event::Event;
use crate::events::{RepairKind, ResultStatus};
use crate::ids::CallId;
use crate::message::ToolCall;
use crate::record::Record;
use crate::tool::server_of_tool;

/// The most characters of a call that say what was read.
const LONGEST: usize = 60;

/// What foreign text the session has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taint {
    /// What was read first; absent while nothing was.
    pub source: Option<String>,
    /// The server of tools that all of it came from, as names of its tools spell it; absent where it came from elsewhere, too.
    pub server: Option<String>,
    /// The allow rules that were given since, that of the call which read it among them: its question said that it
    /// reaches the network.
    pub rules: Vec<String>,
    /// Open calls.
    open: BTreeMap<CallId, Called>,
}

/// An open call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Called {
    words: String,
    server: Option<String>,
    reaches_network: bool,
}

impl Taint {
    /// What was read, and the rules given since; `None` while nothing was.
    pub fn foreign(&self) -> Option<(&str, &[String])> {
        self.source.as_deref().map(|source| (source, self.rules.as_slice()))
    }

    /// Whether an open call is one of the server that everything came from: what it said goes back to it.
    pub fn goes_back(&self, call: &CallId) -> bool {
        self.server.is_some() && self.open.get(call).is_some_and(|called| called.server == self.server)
    }

    /// A sub-agent works with what the session above has read, and reports what it has read itself.
    fn hear(&mut self, foreign: Option<&String>) {
        if let Some(foreign) = foreign.filter(|foreign| self.source.as_ref() != Some(*foreign)) {
            self.read(foreign.clone(), None);
        }
    }

    /// Notes that something was read, and the server it came from.
    fn read(&mut self, source: String, server: Option<String>) {
        if self.source.is_none() {
            (self.source, self.server) = (Some(source), server);
        } else if self.server != server {
            self.server = None;
        }
    }

    /// A rule that was given by somebody who knew what was read.
    fn knowing(&mut self, rule: &String) {
        if !self.rules.contains(rule) {
            self.rules.push(rule.clone());
        }
    }

    /// Rules of earlier calls say nothing of what is read later.
    fn forget_rules(&mut self) {
        if self.source.is_none() {
            self.rules.clear();
        }
    }
}

impl View for Taint {
    fn apply(&mut self, record: &Record) {
        if let Event::ToolCalled(called) = &record.event {
            self.forget_rules();
            let words = words_of(&called.request);
            let server = server_of_tool(called.request.acts_as()).map(str::to_owned);
            self.open.insert(called.request.call.clone(), Called { words, server, reaches_network: false });
        } else if let Event::CallAllowed(allowed) = &record.event {
            if let Some(called) = self.open.get_mut(&allowed.call) {
                called.reaches_network = true;
            }
        } else if let Event::ToolReturned(returned) = &record.event {
            let called = self.open.remove(&returned.call);
            if let Some(called) =
                called.filter(|called| called.reaches_network && may_have_run(returned.status))
            {
                self.read(format!("the output of {}", called.words), called.server);
            }
        } else if let Event::SubagentStarted(started) = &record.event {
            self.hear(started.foreign.as_ref());
        } else if let Event::SubagentReturned(returned) = &record.event {
            self.hear(returned.foreign.as_ref());
        } else if let Event::Repaired(repaired) = &record.event {
            if repaired.kind == RepairKind::Quarantined {
                self.read("what is lost of this session's log".to_owned(), None);
            }
        } else if let Event::ApprovalGiven(given) = &record.event {
            if given.scope != ApprovalScope::Once {
                given.rules.iter().for_each(|rule| self.knowing(rule));
            }
        } else if let Event::RuleAdded(added) = &record.event {
            if added.scope != ApprovalScope::Once {
                self.knowing(&added.rule);
            }
        } else if let Event::RuleRevoked(revoked) = &record.event {
            self.rules.retain(|rule| *rule != revoked.rule);
        }
    }
}

/// What was cut off may have been heard in part.
fn may_have_run(status: ResultStatus) -> bool {
    match status {
        ResultStatus::Ran | ResultStatus::Cancelled | ResultStatus::Lost => true,
        ResultStatus::Denied | ResultStatus::Refused | ResultStatus::Repeated => false,
    }
}

/// A call in a few words.
fn words_of(call: &ToolCall) -> String {
    let said = call.input.get("command").and_then(Value::as_str).unwrap_or(call.acts_as());
    let line = said.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    if short.len() < said.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::Confinement;
    use crate::events::{
        CallAllowed, Repaired, RuleAdded, RuleRevoked, ToolCalled, ToolReturned, UserMessage,
    };
    use crate::time::Timestamp;
    use crate::views::fold;

    fn records(events: Vec<Event>) -> Vec<Record> {
        let at = Timestamp::from_millis(0);
        let record = |(seq, event)| Record { seq, at, session: "s".into(), parent: None, event };
        (0..).zip(events).map(record).collect()
    }

    fn called(call: &str, command: &str) -> Event {
        let input = json!({ "command": command });
        let request = ToolCall { call: call.into(), name: "shell".into(), input, malformed: None };
        ToolCalled { request }.into()
    }

    fn allowed(call: &str) -> Event {
        let (call, rule) = (call.into(), "mode: yolo".to_owned());
        CallAllowed { call, rule, confinement: Confinement::WorkspaceWriteNetwork }.into()
    }

    fn returned(call: &str, status: ResultStatus) -> Event {
        ToolReturned { status, ..ToolReturned::ran(call.into(), "shell".into(), String::new()) }.into()
    }

    fn rule(rule: &str) -> Event {
        RuleAdded { rule: rule.into(), scope: ApprovalScope::Session }.into()
    }

    #[test]
    fn p5_what_came_over_the_network_taints_the_session_for_good() {
        let say = |text: &str| Event::from(UserMessage { text: text.into() });
        let table: [(&str, Vec<Event>, Option<&str>); 5] = [
            ("nothing reached it", vec![called("a", "ls"), returned("a", ResultStatus::Ran)], None),
            ("not run", vec![called("a", "curl x"), allowed("a"), returned("a", ResultStatus::Denied)], None),
            ("still running", vec![called("a", "curl x"), allowed("a")], None),
            (
                "read",
                vec![called("a", "curl x"), allowed("a"), returned("a", ResultStatus::Ran), say("go on")],
                Some("the output of `curl x`"),
            ),
            (
                "cut off",
                vec![called("a", "curl x\nmore"), allowed("a"), returned("a", ResultStatus::Cancelled)],
                Some("the output of `curl x…`"),
            ),
        ];
        for (name, events, expected) in table {
            let taint: Taint = fold(&records(events));
            assert_eq!(taint.source.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn p5_foreign_text_goes_down_with_a_task_and_comes_back_with_a_report() {
        let line = |kind: &str, foreign: &str| {
            let at = "\"seq\":0,\"at\":\"2026-11-21T04:00:00.000Z\",\"session\":\"s\",\"parent\":null";
            let started = "\"agent\":\"a\",\"title\":\"t\",\"model\":\"v/m\",\"mode\":\"agent\",\"tools\":[]";
            let returned = "\"reason\":\"done\",\"text\":\"r\",\"steps\":1,\"cost_usd\":null,\"millis\":1,\"usage\":{\"input\":0,\"cached\":0,\"output\":0,\"reasoning\":0}";
            let own = if kind == "subagent_started" { started } else { returned };
            let line = format!("{{{at},\"type\":\"{kind}\",\"call\":\"c\",\"opened\":\"o\",{own}{foreign}}}");
            Record::from_line(&line).unwrap()
        };
        for kind in ["subagent_started", "subagent_returned"] {
            let clean: Taint = fold(&[line(kind, "")]);
            assert_eq!(clean.source, None, "{kind}");
            let tainted: Taint = fold(&[line(kind, ",\"foreign\":\"a page\"")]);
            assert_eq!(tainted.source.as_deref(), Some("a page"), "{kind}");
        }
    }

    #[test]
    fn p5_what_came_from_one_server_alone_is_known_and_nothing_else_may_have_been_read() {
        let call = |call: &str, name: &str| {
            let request =
                ToolCall { call: call.into(), name: name.into(), input: Value::Null, malformed: None };
            [ToolCalled { request }.into(), allowed(call), returned(call, ResultStatus::Ran)]
        };
        let (web, more, other) =
            (call("a", "mcp__web__get"), call("b", "mcp__web__find"), call("c", "mcp__git__log"));
        let server = |calls: &[&[Event; 3]]| -> Option<String> {
            let events = calls.iter().flat_map(|call| call.iter().cloned()).collect();
            fold::<Taint>(&records(events)).server
        };
        assert_eq!(server(&[&web, &more]).as_deref(), Some("web"));
        assert_eq!(server(&[&web, &other]), None);
        assert_eq!(server(&[&web, &other, &web]), None);
        assert_eq!(server(&[&call("d", "shell"), &web]), None);
    }

    #[test]
    fn p5_only_rules_given_since_count() {
        let mut events = vec![rule("Bash(curl *)"), called("a", "curl x"), allowed("a")];
        events.push(rule("Bash(curl x)"));
        events.extend([returned("a", ResultStatus::Ran), called("b", "ls"), rule("Bash(git fetch *)")]);
        events.push(rule("Bash(wget *)"));
        let revoked = RuleRevoked { rule: "Bash(wget *)".into(), scope: ApprovalScope::Session };
        events.push(revoked.into());
        let taint: Taint = fold(&records(events));
        assert_eq!(
            taint.foreign(),
            Some(("the output of `curl x`", &["Bash(curl x)", "Bash(git fetch *)"].map(str::to_owned)[..]))
        );
    }

    #[test]
    fn a5_what_is_lost_of_a_log_counts_as_foreign() {
        let repaired = |kind| Repaired { kind, call: None, detail: String::new() }.into();
        let added = |rule: &str| RuleAdded { rule: rule.to_owned(), scope: ApprovalScope::Session }.into();
        let lost: Taint = fold(&records(vec![added("Bash(curl *)"), repaired(RepairKind::Quarantined)]));
        assert!(lost.foreign().is_some_and(|(source, _)| source.starts_with("what is lost")));
        let mended: Taint = fold(&records(vec![repaired(RepairKind::OpenTurn)]));
        assert_eq!(mended.foreign(), None);
    }
}
