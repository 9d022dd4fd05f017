//! What the command of a status line is told of the session, in the form that such commands know.
//!
//! *Invariant:* folded from the records alone. What is not known is `null` or absent, as such commands expect it.

use std::path::Path;

use headwater_protocol::events::{DEFAULT_STYLE, Header};
use headwater_protocol::views::{Budget, Rewinds, SessionView, View};
use headwater_protocol::{Event, Record, Timestamp, Tokens};
use serde_json::{Map, Value, json};

/// The input from which on a window counts as large in that form.
const LARGE: u64 = 200_000;

/// How the session stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) session: SessionView,
    budget: Budget,
    /// When it began, and when the last record was written.
    times: Option<(Timestamp, Timestamp)>,
    /// Milliseconds that answers took.
    answering: u64,
    /// Lines that edits added and removed.
    lines: (u64, u64),
}

/// The same, with what a rewind takes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) facts: Facts,
    rewinds: Rewinds<Facts>,
}

impl View for Course {
    fn apply(&mut self, record: &Record) {
        let facts = &self.facts;
        if let Some(then) = self.rewinds.apply(record, || facts.clone()) {
            self.facts.session.go_back(&then.session);
            self.facts.budget.go_back(&then.budget);
        }
        self.facts.apply(record);
    }
}

impl View for Facts {
    fn apply(&mut self, record: &Record) {
        self.session.apply(record);
        self.budget.apply(record);
        self.times = Some((self.times.map_or(record.at, |(began, _)| began), record.at));
        if let Event::UsageReported(report) = &record.event {
            self.answering = self.answering.saturating_add(report.millis);
        } else if let Event::ToolReturned(returned) = &record.event
            && returned.data.get("kind").and_then(Value::as_str) == Some("diff")
        {
            let count = |name: &str| returned.data.get(name).and_then(Value::as_u64).unwrap_or(0);
            self.lines = (self.lines.0 + count("added"), self.lines.1 + count("removed"));
        }
    }
}

impl Facts {
    /// What is told beside what all hooks are told.
    pub(super) fn told(&self, workspace: &Path, version: &str) -> Map<String, Value> {
        let directory = workspace.to_string_lossy();
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| drop(told.insert(name.to_owned(), value));
        tell("hook_event_name", json!("Status"));
        tell("mode", json!(self.session.mode.name()));
        if self.session.is_titled {
            tell("session_name", json!(self.session.title));
        }
        if let Some(model) = &self.session.model {
            tell(
                "model",
                json!({"id": model.name, "display_name": model.name, "vendor": self.session.vendor}),
            );
        }
        tell("workspace", json!({"current_dir": directory, "project_dir": directory, "added_dirs": []}));
        tell("version", json!(version));
        let style = self.session.header.as_ref().map_or(DEFAULT_STYLE, Header::output_style);
        tell("output_style", json!({"name": style}));
        tell("cost", self.cost());
        tell("context_window", self.window());
        tell("exceeds_200k_tokens", json!(self.used() > LARGE));
        told
    }

    fn cost(&self) -> Value {
        let duration = self.times.map_or(0, |(began, last)| last.millis_since(began));
        json!({
            "total_cost_usd": self.budget.cost.0,
            // Some request has no known price: it is at least this.
            "is_partial": self.budget.is_cost_partial,
            "total_duration_ms": duration,
            "total_api_duration_ms": self.answering,
            "total_lines_added": self.lines.0,
            "total_lines_removed": self.lines.1,
        })
    }

    /// Tokens that the conversation weighs now.
    fn used(&self) -> u64 {
        (self.budget.last.input + self.budget.last.output).0
    }

    fn window(&self) -> Value {
        let last = &self.budget.last;
        let size = self.session.model.as_ref().map(|model| model.window.0);
        let is_known = last.input != Tokens(0);
        let used =
            size.filter(|_| is_known).map(|size| (self.used().saturating_mul(100) / size.max(1)).min(100));
        let fresh = last.input.0.saturating_sub(last.cached.0).saturating_sub(last.cache_written.0);
        let current = is_known.then(|| {
            json!({
                "input_tokens": fresh,
                "output_tokens": last.output.0,
                "cache_creation_input_tokens": last.cache_written.0,
                "cache_read_input_tokens": last.cached.0,
            })
        });
        json!({
            "total_input_tokens": last.input.0,
            "total_output_tokens": last.output.0,
            "context_window_size": size,
            "current_usage": current,
            "used_percentage": used,
            "remaining_percentage": used.map(|used| 100 - used),
        })
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{ModeChanged, SessionStarted, UsageReported};
    use headwater_protocol::{ModeId, ModelInfo, Usage, Usd};

    use super::*;

    fn record(seq: u64, event: impl Into<Event>) -> Record {
        let at = Timestamp::from_millis(1_000 * i64::try_from(seq).unwrap());
        Record { seq, at, session: "s".into(), parent: None, event: event.into() }
    }

    #[test]
    fn b7_a_status_command_is_told_the_known_fields() {
        let model = ModelInfo { window: Tokens(1_000), ..ModelInfo::unknown("m") };
        let started = SessionStarted {
            schema: 2,
            version: String::new(),
            workspace: "/w".into(),
            vendor: "v".into(),
            model,
            mode: ModeId::Agent,
            header: Header { system: "".into(), tools: [].into() },
        };
        let mut course = Course::default();
        course.apply(&record(0, started));
        let fresh = course.facts.told(Path::new("/w"), "1.2");
        assert_eq!(fresh["context_window"]["used_percentage"], Value::Null);
        assert_eq!(fresh["context_window"]["current_usage"], Value::Null);
        let usage = Usage { input: Tokens(300), cached: Tokens(100), output: Tokens(50), ..Usage::default() };
        course.apply(&record(1, UsageReported { usage, cost_usd: Some(Usd(0.5)), millis: 70 }));
        course.apply(&record(3, ModeChanged { from: ModeId::Agent, to: ModeId::Plan }));
        let told = course.facts.told(Path::new("/w"), "1.2");
        assert_eq!(told["hook_event_name"], "Status");
        assert_eq!(told["model"], json!({"id": "m", "display_name": "m", "vendor": "v"}));
        assert_eq!((&told["mode"], &told["version"]), (&json!("plan"), &json!("1.2")));
        assert_eq!(told["output_style"]["name"], "default");
        assert_eq!(told["workspace"]["current_dir"], "/w");
        let cost = &told["cost"];
        assert_eq!((&cost["total_cost_usd"], &cost["total_api_duration_ms"]), (&json!(0.5), &json!(70)));
        assert_eq!(cost["total_duration_ms"], 3_000);
        let window = &told["context_window"];
        assert_eq!((&window["used_percentage"], &window["remaining_percentage"]), (&json!(35), &json!(65)));
        assert_eq!(window["current_usage"]["input_tokens"], 200);
        assert_eq!(window["context_window_size"], 1_000);
    }
}
