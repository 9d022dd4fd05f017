//! Runs as the tests need them: a head of some size, messages, calls with results, blocks with outputs.

use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, CellReturned, ContextEdited, Header, RequestSent, SessionStarted,
    ToolCalled, ToolReturned, UserMessage,
};
use headwater_protocol::{
    Capability, ContextEditPlan, EditKind, EditReason, Event, Message, ModeId, ModelInfo, Record, RunState,
    StopSignal, Timestamp, Tokens, ToolCall, ToolSpec, View as _,
};

use super::super::{Caps, Scene};
use crate::pressure::{Pressure, Thresholds};

/// A run and its records.
pub(super) struct Stage {
    pub(super) state: RunState,
    pub(super) records: Vec<Record>,
    calls: usize,
}

pub(super) const ALL: Caps = Caps { has_reader: true, may_summarize: true };

impl Stage {
    /// A session of a model with this window; its head takes some 500 tokens.
    pub(super) fn new(window: u64) -> Self {
        let tool = ToolSpec {
            name: "read".into(),
            description: "d".repeat(200),
            input_schema: serde_json::json!({}),
            capability: Capability::Read,
        };
        Self::begin(window, vec![tool])
    }

    /// A mission: no tools.
    pub(super) fn mission(window: u64) -> Self {
        Self::begin(window, vec![])
    }

    /// A session with this system prompt.
    pub(super) fn with_system(window: u64, system: String) -> Self {
        let mut stage = Self::new(window);
        let header = stage.state.session.header.as_mut();
        header.expect("a session that has begun").system = system.into();
        stage
    }

    fn begin(window: u64, tools: Vec<ToolSpec>) -> Self {
        let mut stage = Self { state: RunState::default(), records: Vec::new(), calls: 0 };
        stage.record(SessionStarted {
            schema: 2,
            version: String::new(),
            workspace: String::new(),
            vendor: "v".into(),
            model: ModelInfo { window: Tokens(window), ..ModelInfo::unknown("m") },
            mode: ModeId::Agent,
            header: Header { system: "s".repeat(1_600).into(), tools: tools.into() },
        });
        stage
    }

    pub(super) fn record(&mut self, event: impl Into<Event>) -> u64 {
        let seq = self.records.len() as u64;
        let at = Timestamp::default();
        let record = Record { seq, at, session: "s".into(), parent: None, event: event.into() };
        self.state.apply(&record);
        self.records.push(record);
        seq
    }

    pub(super) fn says(&mut self, text: &str) -> u64 {
        self.record(UserMessage { text: text.into() })
    }

    fn request(&mut self) {
        self.record(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(0) });
    }

    pub(super) fn answers(&mut self, text: &str) {
        self.request();
        self.assistant(text, &[]);
    }

    fn assistant(&mut self, text: &str, calls: &[String]) {
        let mut blocks = vec![AssistantBlock::Text { bytes: text.len() }];
        blocks.extend(calls.iter().map(|call| AssistantBlock::Call { call: call.as_str().into() }));
        let stop = StopSignal::ToolCalls;
        self.record(AssistantMessage { text: text.into(), blocks, origin: "v/m".into(), stop });
    }

    /// One answer that writes a file, and a short result.
    pub(super) fn write(&mut self, content: &str) {
        self.call("write", &serde_json::json!({"path": "notes.md", "content": content}), &["Written."]);
    }

    /// The inputs of all calls as the model reads them, oldest first.
    pub(super) fn inputs(&self) -> Vec<serde_json::Value> {
        crate::passages::inputs(&self.state.conversation).iter().map(|input| input.value.clone()).collect()
    }

    /// One answer with a call for each of the results.
    pub(super) fn step(&mut self, results: &[&str]) {
        self.call("read", &serde_json::json!({"path": "src/main.rs"}), results);
    }

    fn call(&mut self, name: &str, input: &serde_json::Value, results: &[&str]) {
        self.request();
        let ids = self.next_calls(results.len());
        self.assistant("I look.", &ids);
        self.come_back(&ids, name, input, results);
    }

    /// One answer with thoughts, words and a call for each of the results; its record.
    pub(super) fn thinks(
        &mut self,
        thought: &str,
        signature: Option<&str>,
        words: &str,
        results: &[&str],
    ) -> u64 {
        self.request();
        let ids = self.next_calls(results.len());
        let signature = signature.map(str::to_owned);
        let mut blocks = vec![AssistantBlock::Thinking { text: thought.into(), signature }];
        blocks.push(AssistantBlock::Text { bytes: words.len() });
        blocks.extend(ids.iter().map(|call| AssistantBlock::Call { call: call.as_str().into() }));
        let (text, stop) = (words.to_owned(), StopSignal::ToolCalls);
        let record = self.record(AssistantMessage { text, blocks, origin: "v/m".into(), stop });
        self.come_back(&ids, "read", &serde_json::json!({"path": "src/main.rs"}), results);
        record
    }

    fn next_calls(&mut self, count: usize) -> Vec<String> {
        let first = self.calls + 1;
        self.calls += count;
        (first..=self.calls).map(|n| format!("c{n}")).collect()
    }

    fn come_back(&mut self, ids: &[String], name: &str, input: &serde_json::Value, results: &[&str]) {
        for call in ids {
            let input = input.clone();
            let request = ToolCall { call: call.as_str().into(), name: name.into(), input, malformed: None };
            self.record(ToolCalled { request });
        }
        for (call, text) in ids.iter().zip(results) {
            self.record(ToolReturned::ran(call.as_str().into(), name.into(), (*text).to_owned()));
        }
    }

    /// One answer with a block, and what it put out.
    pub(super) fn block(&mut self, cell: u32, output: &str) {
        self.block_after("", cell, output);
    }

    /// The same behind some words.
    pub(super) fn block_after(&mut self, words: &str, cell: u32, output: &str) {
        self.request();
        self.assistant(&format!("{words}```repl\nprint(1)\n```"), &[]);
        self.record(CellReturned {
            cell,
            stdout: String::new(),
            stdout_bytes: 0,
            shown: None,
            error: None,
            answer: None,
            variables: vec![],
            text: format!("[block {cell}] ok 0.1 s\n{output}"),
            millis: 0,
            waited_millis: 0,
        });
    }

    pub(super) fn scene(&self, caps: Caps) -> Scene<'_> {
        let pressure = Pressure::of(&self.state, Thresholds::default()).unwrap();
        Scene { state: &self.state, pressure, caps, reason: EditReason::Pressure }
    }

    /// Records a plan; what the request came to is what is left.
    pub(super) fn edit(&mut self, kind: EditKind, plan: ContextEditPlan) {
        let before = self.scene(ALL).pressure.size;
        let after = Tokens(before.0 - plan.estimate.0);
        self.record(ContextEdited { kind, before, after, plan });
    }

    pub(super) fn size(&self) -> u64 {
        self.scene(ALL).pressure.size.0
    }
}

/// Whether each call has its result directly behind it, and each result its call.
pub(super) fn is_paired(state: &RunState) -> bool {
    let messages = state.conversation.messages();
    let mut open: Vec<String> = Vec::new();
    for message in &messages {
        match message.as_ref() {
            Message::ToolResult { call, .. } => {
                if open.is_empty() || open.remove(0) != call.as_str() {
                    return false;
                }
            }
            Message::User { .. } | Message::Assistant { .. } if !open.is_empty() => return false,
            Message::User { parts } if parts.is_empty() => return false,
            Message::User { .. } => {}
            Message::Assistant { blocks, .. } => {
                let calls = blocks.iter().filter_map(|block| match block {
                    headwater_protocol::Block::Call(call) => Some(call.call.as_str().to_owned()),
                    _text => None,
                });
                open = calls.collect();
            }
        }
    }
    open.is_empty()
}
