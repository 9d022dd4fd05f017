//! Progress on standard error: one line for each call and each result, and what the turn waits for.

use std::collections::HashMap;

use headwater_protocol::events::{
    CellReturned, CellStarted, HookRan, HookStatus, ResultStatus, ToolReturned, told_of_passing,
};
use headwater_protocol::update::Waiting;
use headwater_protocol::{CallId, Delta, Event, Gap, Record, SessionId, ToolCall};
use serde_json::Value;

use super::json_lines::NOTICE;
use crate::output::{has_colour, note, one_line};

/// Columns of a call's arguments, and of a result's first line.
const WIDTH: usize = 100;

/// What standard error is told.
pub(in crate::commands) struct Progress {
    has_colour: bool,
    calls: HashMap<CallId, String>,
    /// The sub-agents by their sessions.
    agents: HashMap<SessionId, String>,
    /// Text of the model that may turn out to be the answer: shown once something follows it.
    said: String,
}

impl Progress {
    /// Begins with a line about the session.
    pub(super) fn new(session: &SessionId, sandbox: &str) -> Self {
        let progress = Self {
            has_colour: has_colour(),
            calls: HashMap::new(),
            agents: HashMap::new(),
            said: String::new(),
        };
        progress.dim(&format!("session {session} · sandbox: {sandbox}"));
        progress
    }

    pub(super) fn record(&mut self, record: &Record) {
        if let Some(agent) = self.agents.get(&record.session) {
            self.agent(agent, &record.event);
        } else if let Event::SubagentStarted(started) = &record.event {
            self.agents.insert(started.opened.clone(), one_line(&started.agent, WIDTH));
            self.dim(&format!("  {} began: {}", started.agent, one_line(&started.title, WIDTH)));
        } else if let Event::SessionStarted(started) = &record.event {
            let known =
                if started.model.is_known { "" } else { " (unknown model: 32k window, cost unknown)" };
            self.dim(&format!("{}/{}{known} · {}", started.vendor, started.model.name, started.mode.name()));
        } else if let Event::AssistantMessage(said) = &record.event {
            said.text.trim().clone_into(&mut self.said);
        } else if let Event::ToolCalled(called) = &record.event {
            self.call(&called.request);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.result(returned);
        } else if let Event::CellStarted(cell) = &record.event {
            self.block(cell);
        } else if let Event::CellReturned(cell) = &record.event {
            self.block_ended(cell);
        } else if let Event::FinalRefused(refused) = &record.event {
            let line = |gap: &Gap| format!("not accepted yet: {}: {}", gap.id, gap.found);
            refused.gaps.iter().for_each(|gap| self.dim(&line(gap)));
        } else if let Event::ContextEdited(edited) = &record.event {
            self.dim(&format!(
                "context: {}, from {} to {} tokens",
                edited.kind.past(),
                edited.before.0,
                edited.after.0
            ));
        } else if let Event::HookRan(ran) = &record.event {
            self.hook(ran);
        } else if let Event::Repaired(repaired) = &record.event {
            self.dim(&format!("repaired: {}", repaired.detail));
        } else if let Some(text) = told_of_passing(&record.event) {
            note(&one_line(&text, 2 * WIDTH));
        }
    }

    pub(super) fn delta(&mut self, delta: &Delta) {
        match delta {
            Delta::Notice { text } => note(&one_line(text, NOTICE)),
            Delta::Waiting { on } => self.waiting("", on),
            Delta::Within { session, delta } => {
                let agent = self.agents.get(session).map_or("sub-agent", String::as_str);
                if let Delta::Waiting { on } = delta.as_ref() {
                    self.waiting(&format!("  {agent}: "), on);
                }
            }
            Delta::Text { .. }
            | Delta::Thinking { .. }
            | Delta::CallProgress { .. }
            | Delta::ToolStarted { .. }
            | Delta::ToolOutput { .. }
            | Delta::Queued { .. }
            | Delta::ModePending { .. }
            | Delta::Research { .. }
            | Delta::Drawn { .. }
            | Delta::Children { .. } => {}
        }
    }

    /// A hook that passed in silence is not told.
    fn hook(&self, ran: &HookRan) {
        if ran.status != HookStatus::Passed || !ran.text.is_empty() {
            let (command, text) = (one_line(&ran.command, WIDTH), one_line(&ran.text, 2 * WIDTH));
            note(&format!("  {} {text} ({command})", self.paint("33", &told(ran))));
        }
    }

    fn waiting(&self, who: &str, on: &Waiting) {
        match on {
            Waiting::Model => {}
            Waiting::Retry { attempt, after, reason } => {
                let (reason, seconds) = (one_line(reason, WIDTH), after.as_secs_f64().ceil());
                self.dim(&format!("{who}attempt {attempt} failed ({reason}); again in {seconds:.0} s"));
            }
        }
    }

    /// What a sub-agent does: its calls, and those of them that did not run.
    fn agent(&self, agent: &str, event: &Event) {
        if let Event::ToolCalled(called) = event {
            let call = &called.request.meant();
            self.dim(&format!("  {agent}: {} {}", call.name, one_line(&gist(call), WIDTH)));
        } else if let Some(text) = told_of_passing(event) {
            note(&format!("  {agent}: {}", one_line(&text, 2 * WIDTH)));
        } else if let Event::ToolReturned(returned) = event
            && returned.status != ResultStatus::Ran
        {
            let text = one_line(&returned.text, WIDTH);
            self.dim(&format!("  {agent}: {} not run: {text}", returned.name));
        }
    }

    fn block(&mut self, cell: &CellStarted) {
        self.said.clear();
        let lines = cell.code.trim().lines().count();
        let first = cell.code.trim().lines().next().unwrap_or_default();
        let more = if lines > 1 { format!(" (+{} lines)", lines - 1) } else { String::new() };
        note(&format!(
            "{} {}{more}",
            self.paint("36", &format!("block {}", cell.cell)),
            one_line(first, WIDTH)
        ));
    }

    /// The facts of a block stand in the first line of what the root is told.
    fn block_ended(&self, cell: &CellReturned) {
        self.dim(&one_line(cell.text.lines().next().unwrap_or_default(), 2 * WIDTH));
        if let Some(error) = &cell.error {
            let last = error.message.lines().last().unwrap_or_default();
            note(&format!("  {} {}", self.paint("31", "failed"), one_line(last, WIDTH)));
        }
    }

    fn call(&mut self, call: &ToolCall) {
        if !self.said.is_empty() {
            note(&one_line(&std::mem::take(&mut self.said), 2 * WIDTH));
        }
        let call = call.meant();
        note(&format!("{} {}", self.paint("36", &call.name), one_line(&gist(&call), WIDTH)));
        self.calls.insert(call.call.clone(), call.name.clone());
    }

    fn result(&mut self, returned: &ToolReturned) {
        let name = self.calls.remove(&returned.call).unwrap_or_else(|| returned.name.clone());
        let among = if self.calls.is_empty() { String::new() } else { format!("{name}: ") };
        let first = one_line(&returned.text, WIDTH);
        let line = match returned.status {
            ResultStatus::Ran if !returned.is_error => format!("  {} {among}{first}", self.paint("32", "ok")),
            ResultStatus::Ran => format!("  {} {among}{first}", self.paint("31", "failed")),
            ResultStatus::Denied => format!("  {} {among}{first}", self.paint("33", "denied")),
            ResultStatus::Refused | ResultStatus::Repeated => {
                format!("  {} {among}{first}", self.paint("33", "refused"))
            }
            ResultStatus::Cancelled => format!("  {} {among}", self.paint("33", "cancelled")),
            ResultStatus::Lost => format!("  {} {among}", self.paint("31", "lost")),
        };
        note(line.trim_end());
    }

    fn dim(&self, line: &str) {
        note(&self.paint("2", line));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.has_colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What a hook did.
fn told(ran: &HookRan) -> String {
    let what = match ran.status {
        HookStatus::Passed => "says",
        HookStatus::Allowed => "said yes",
        HookStatus::Blocked => "said no",
        HookStatus::Failed => "failed",
        HookStatus::TimedOut => "was ended",
    };
    format!("hook {:?} {what}:", ran.point)
}

/// What a call is about: the one argument that says it, or all of them.
fn gist(call: &ToolCall) -> String {
    const TELLING: [&str; 7] = ["command", "path", "pattern", "question", "job", "file_path", "description"];
    let named = TELLING.iter().find_map(|name| call.input.get(name).and_then(Value::as_str));
    named.map_or_else(|| call.input.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_told_by_its_main_argument() {
        let call = |input: Value| ToolCall { call: "c".into(), name: "x".into(), input, malformed: None };
        assert_eq!(gist(&call(json!({"timeout": 3, "command": "ls -l"}))), "ls -l");
        assert_eq!(gist(&call(json!({"todos": []}))), "{\"todos\":[]}");
    }
}
