//! A run as records, step by step, with the repeat guard of the gate in it.

use headwater_protocol::events::{
    CoverageChanged, RequestSent, ResultStatus, TodosChanged, ToolCalled, ToolReturned, TurnStarted,
};
use headwater_protocol::tool::{FileTouch, TouchKind};
use headwater_protocol::views::Progress;
use headwater_protocol::{
    CallId, EndReason, Event, Limit, ModeId, Record, RunState, Timestamp, Todo, TodoStatus, Tokens, ToolCall,
    View as _,
};
use serde_json::json;

use crate::stops::{StopFacts, check, wants_plan};

/// A run in the making.
pub(super) struct Play {
    pub(super) state: RunState,
    calls: u32,
    steps: u32,
    /// How often the gate refused a repetition.
    pub(super) refused: u32,
    /// How often the model would have been asked for another plan.
    pub(super) replans: u32,
}

/// A call that has not come back.
pub(super) struct Called<'a> {
    play: &'a mut Play,
    id: CallId,
    name: String,
    is_refused: bool,
}

impl Play {
    pub(super) fn of(state: RunState) -> Self {
        Self { state, calls: 0, steps: 0, refused: 0, replans: 0 }
    }

    pub(super) fn begin() -> Self {
        let mut play = Self::of(RunState::default());
        play.record(TurnStarted { turn: 1, mode: ModeId::Agent });
        play
    }

    pub(super) fn record(&mut self, event: impl Into<Event>) {
        let at = Timestamp::default();
        self.state.apply(&Record { seq: 0, at, session: "s".into(), parent: None, event: event.into() });
    }

    /// Begins a step.
    pub(super) fn step(&mut self) -> &mut Self {
        if self.wants_plan() {
            self.replans += 1;
            let (key, text) = ("replan".to_owned(), String::new());
            self.record(headwater_protocol::events::ReminderInjected { key, text });
        }
        self.steps += 1;
        self.record(RequestSent { turn: 1, step: self.steps, digest: String::new(), tokens: Tokens(1) });
        self
    }

    /// Makes a call; the gate refuses a repetition.
    pub(super) fn call(&mut self, name: &str, words: &str) -> Called<'_> {
        self.calls += 1;
        let id = CallId::new(self.calls.to_string());
        let input = json!({ "command": words });
        let is_refused = self.state.progress.times(Progress::call_digest(name, &input)) >= 3;
        let request = ToolCall { call: id.clone(), name: name.into(), input, malformed: None };
        self.record(ToolCalled { request });
        self.refused += u32::from(is_refused);
        Called { play: self, id, name: name.to_owned(), is_refused }
    }

    /// A call that the gate refused as a repetition.
    pub(super) fn refused(&mut self, name: &str, words: &str) {
        let mut called = self.call(name, words);
        called.is_refused = true;
        called.returns("");
    }

    pub(super) fn todos(&mut self, texts: &[&str]) {
        let todo = |text: &&str| Todo { text: (*text).to_owned(), status: TodoStatus::default() };
        self.record(TodosChanged { todos: texts.iter().map(todo).collect() });
    }

    pub(super) fn covers(&mut self, coverage: Vec<headwater_protocol::events::Coverage>) {
        self.record(CoverageChanged { coverage });
    }

    pub(super) fn end(&self) -> Option<EndReason> {
        check(&self.facts())
    }

    fn wants_plan(&self) -> bool {
        wants_plan(&self.facts())
    }

    fn facts(&self) -> StopFacts<'_> {
        const NONE: Limit = Limit {
            max_steps: None,
            max_cost_usd: None,
            max_seconds: None,
            max_failures: None,
            max_approval_seconds: None,
        };
        StopFacts { state: &self.state, limit: &NONE, now: Timestamp::default() }
    }
}

impl Called<'_> {
    pub(super) fn returns(self, text: &str) {
        self.ends(text, false, Vec::new());
    }

    pub(super) fn fails(self, text: &str) {
        self.ends(text, true, Vec::new());
    }

    /// It left a file with this content.
    pub(super) fn leaves(self, path: &str, content: &str, text: &str) {
        let (path, sha256) = (path.to_owned(), content.to_owned());
        self.ends(text, false, vec![FileTouch { path, kind: TouchKind::Changed, sha256 }]);
    }

    fn ends(self, text: &str, is_error: bool, files: Vec<FileTouch>) {
        let Self { play, id, name, is_refused } = self;
        let (text, is_error, files) =
            if is_refused { ("refused", true, Vec::new()) } else { (text, is_error, files) };
        play.record(ToolReturned {
            is_error,
            status: if is_refused { ResultStatus::Repeated } else { ResultStatus::Ran },
            files,
            ..ToolReturned::ran(id, name, text.to_owned())
        });
    }
}
