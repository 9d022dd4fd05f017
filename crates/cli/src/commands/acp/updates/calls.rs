//! Calls of tools: what is called, where, what it says while it runs, what came of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use agent_client_protocol_schema::v1::{
    Diff, SessionUpdate, ToolCall as ShownCall, ToolCallContent, ToolCallLocation, ToolCallStatus,
    ToolCallUpdate, ToolCallUpdateFields, ToolKind,
};
use headwater_protocol::events::{ApprovalRequested, ResultStatus, ToolReturned};
use headwater_protocol::tool::ToolSpec;
use headwater_protocol::{CallId, Capability, ToolCall};
use serde_json::Value;

use super::said::text_block;
use crate::output::one_line;

/// Characters of a title.
const TITLE: usize = 120;
/// Bytes of running output that are shown: each update replaces the one before.
const LIVE: usize = 8 * 1024;
/// The least time between two updates of running output.
const PACE: Duration = Duration::from_millis(200);
/// The argument that says best what a call is about, the best first.
const TELLING: [&str; 10] =
    ["command", "path", "file_path", "pattern", "url", "question", "job", "tool", "title", "description"];

/// The calls that have no result yet.
pub(super) struct Calls {
    workspace: PathBuf,
    capabilities: HashMap<String, Capability>,
    open: HashMap<CallId, Open>,
}

struct Open {
    request: ToolCall,
    /// The end of what it wrote.
    output: String,
    shown: Option<Instant>,
}

impl Calls {
    pub(super) fn new(workspace: &Path) -> Self {
        Self { workspace: workspace.to_owned(), capabilities: HashMap::new(), open: HashMap::new() }
    }

    /// The tools of the session.
    pub(super) fn know(&mut self, tools: &[ToolSpec]) {
        self.capabilities = tools.iter().map(|tool| (tool.name.clone(), tool.capability)).collect();
    }

    /// A call was asked for.
    pub(super) fn called(&mut self, request: &ToolCall, agent: Option<&str>) -> SessionUpdate {
        let title = title(request, &request.input);
        let title = agent.map_or(title.clone(), |agent| format!("{}: {title}", one_line(agent, 40)));
        let shown = ShownCall::new(request.call.as_str().to_owned(), title)
            .name(request.name.clone())
            .kind(self.kind(&request.name))
            .status(ToolCallStatus::Pending)
            .locations(self.locations(&request.input, None))
            .raw_input(request.input.clone());
        let open = Open { request: request.clone(), output: String::new(), shown: None };
        self.open.insert(request.call.clone(), open);
        SessionUpdate::ToolCall(shown)
    }

    /// It began to run.
    pub(super) fn started(call: &CallId) -> SessionUpdate {
        update(call, ToolCallUpdateFields::new().status(ToolCallStatus::InProgress))
    }

    /// It wrote something. Nothing is told more often than can be looked at.
    pub(super) fn output(&mut self, call: &CallId, text: &str) -> Option<SessionUpdate> {
        let open = self.open.get_mut(call)?;
        open.output.push_str(text);
        if let Some(over) = open.output.len().checked_sub(LIVE).filter(|over| *over > 0) {
            let from = (over..=open.output.len()).find(|at| open.output.is_char_boundary(*at));
            open.output.drain(..from.unwrap_or(0));
        }
        if open.shown.is_some_and(|shown| shown.elapsed() < PACE) {
            return None;
        }
        open.shown = Some(Instant::now());
        let content = vec![ToolCallContent::from(text_block(&fenced(&open.output)))];
        Some(update(call, ToolCallUpdateFields::new().content(content)))
    }

    /// It has its result.
    pub(super) fn returned(&mut self, returned: &ToolReturned) -> SessionUpdate {
        let open = self.open.remove(&returned.call);
        let status = match (returned.status, returned.is_error) {
            (ResultStatus::Ran, false) => ToolCallStatus::Completed,
            (
                ResultStatus::Ran
                | ResultStatus::Denied
                | ResultStatus::Refused
                | ResultStatus::Repeated
                | ResultStatus::Cancelled
                | ResultStatus::Lost,
                _,
            ) => ToolCallStatus::Failed,
        };
        let diffs = if returned.is_error { Vec::new() } else { self.diffs(&returned.data) };
        let content = if diffs.is_empty() { vec![text_block(&fenced(&returned.text)).into()] } else { diffs };
        let mut fields = ToolCallUpdateFields::new().status(status).content(content);
        if let Some(line) = returned.data.pointer("/hunks/0/new_start").and_then(Value::as_u64) {
            let input = open.map_or(Value::Null, |open| open.request.input);
            fields = fields.locations(self.locations(&input, u32::try_from(line).ok()));
        }
        update(&returned.call, fields)
    }

    /// A call that waits for a yes: what would run, why it asks, what it would do beyond the usual.
    pub(super) fn asked(&self, request: &ApprovalRequested) -> ToolCallUpdateFields {
        let mut fields = ToolCallUpdateFields::new().status(ToolCallStatus::Pending);
        let mut content: Vec<ToolCallContent> = Vec::new();
        if let Some(open) = self.open.get(&request.call) {
            let input = request.input.as_ref().unwrap_or(&open.request.input);
            fields = fields
                .title(title(&open.request, input))
                .name(open.request.name.clone())
                .kind(self.kind(&open.request.name))
                .locations(self.locations(input, None))
                .raw_input(input.clone());
            content.push(self.preview(input));
        }
        let mut why = format!("{} (rule: {})", request.why.trim(), request.rule);
        if !request.effect.is_empty() {
            why.extend(["\n\nIt ", request.effect.trim_end_matches('.'), "."]);
        }
        if request.is_catastrophic {
            why.push_str("\n\nThis cannot be taken back.");
        }
        content.push(text_block(&why).into());
        fields.content(content)
    }

    /// What would run, to be read whole.
    fn preview(&self, input: &Value) -> ToolCallContent {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        if let Some(command) = text("command") {
            return text_block(&fenced(command)).into();
        }
        if let (Some(path), Some(old), Some(new)) = (text("path"), text("old"), text("new")) {
            return Diff::new(self.workspace.join(path), new).old_text(old.to_owned()).into();
        }
        if let (Some(path), Some(new)) = (text("path"), text("content")) {
            let path = self.workspace.join(path);
            if !path.exists() {
                return Diff::new(path, new).into();
            }
        }
        let shown = serde_json::to_string_pretty(input).unwrap_or_else(|_| input.to_string());
        text_block(&fenced(&shown)).into()
    }

    /// Each run of changed lines with what stands around it, from the tool's own data.
    fn diffs(&self, data: &Value) -> Vec<ToolCallContent> {
        let is_diff = data.get("kind").and_then(Value::as_str) == Some("diff");
        let Some(path) = data.get("path").and_then(Value::as_str).filter(|_| is_diff) else {
            return Vec::new();
        };
        let is_new = data.get("created").and_then(Value::as_bool).unwrap_or(false);
        let hunks = data.get("hunks").and_then(Value::as_array);
        let side = |hunk: &Value, other: &str| -> String {
            let lines = hunk.get("lines").and_then(Value::as_array).into_iter().flatten();
            let kept = lines.filter(|line| line.get("kind").and_then(Value::as_str) != Some(other));
            let texts = kept.filter_map(|line| line.get("text").and_then(Value::as_str));
            texts.flat_map(|text| [text, "\n"]).collect()
        };
        let diff = |hunk: &Value| {
            let old = (!is_new).then(|| side(hunk, "added"));
            Diff::new(self.workspace.join(path), side(hunk, "removed")).old_text(old).into()
        };
        hunks.into_iter().flatten().map(diff).collect()
    }

    fn locations(&self, input: &Value, line: Option<u32>) -> Vec<ToolCallLocation> {
        let named = ["path", "file_path"].iter().find_map(|name| input.get(name).and_then(Value::as_str));
        let place = named.map(|path| ToolCallLocation::new(self.workspace.join(path)).line(line));
        place.into_iter().collect()
    }

    /// What a client draws it as.
    fn kind(&self, name: &str) -> ToolKind {
        match (name, self.capabilities.get(name)) {
            ("grep" | "glob" | "list", _) => ToolKind::Search,
            (name, _) if name.contains("fetch") => ToolKind::Fetch,
            (_, Some(Capability::Read)) => ToolKind::Read,
            (_, Some(Capability::Write)) => ToolKind::Edit,
            (_, Some(Capability::Shell)) => ToolKind::Execute,
            (_, Some(Capability::Delegate | Capability::State)) => ToolKind::Think,
            (_, Some(Capability::Ask) | None) => ToolKind::Other,
        }
    }
}

fn update(call: &CallId, fields: ToolCallUpdateFields) -> SessionUpdate {
    SessionUpdate::ToolCallUpdate(ToolCallUpdate::new(call.as_str().to_owned(), fields))
}

/// The tool and the one argument that says what the call is about.
fn title(request: &ToolCall, input: &Value) -> String {
    let told = TELLING.iter().find_map(|name| input.get(name).and_then(Value::as_str));
    let name = one_line(&request.name, TITLE);
    match told.map(|told| one_line(told, TITLE)).filter(|told| !told.is_empty()) {
        Some(told) => format!("{name} {told}"),
        None => name,
    }
}

/// A text as it stands, whatever signs of Markdown are in it.
pub(in crate::commands::acp) fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fenced("a\n"), "```\na\n```");
        assert_eq!(fenced("```x```"), "````\n```x```\n````");
    }

    #[test]
    fn each_hunk_is_a_diff_of_its_own_lines() {
        let calls = Calls::new(Path::new("/w"));
        let line = |kind: &str, text: &str| json!({"kind": kind, "text": text});
        let hunk = json!({"lines": [line("context", "a"), line("removed", "b"), line("added", "c")]});
        let data =
            |created: bool| json!({"kind": "diff", "path": "x.rs", "created": created, "hunks": [hunk]});
        let diff = |old: Option<&str>| -> ToolCallContent {
            Diff::new("/w/x.rs", "a\nc\n").old_text(old.map(str::to_owned)).into()
        };
        assert_eq!(calls.diffs(&data(false)), [diff(Some("a\nb\n"))]);
        assert_eq!(calls.diffs(&data(true)), [diff(None)]);
        assert_eq!(calls.diffs(&json!({"kind": "other"})), []);
    }

    #[test]
    fn running_output_keeps_its_end_and_whole_characters() {
        let mut calls = Calls::new(Path::new("/w"));
        let request = ToolCall { call: "c".into(), name: "shell".into(), input: json!({}), malformed: None };
        calls.called(&request, None);
        calls.output(&"c".into(), &"漢".repeat(LIVE));
        let output = &calls.open.get(&CallId::from("c")).unwrap().output;
        assert!(output.len() <= LIVE && output.chars().all(|c| c == '漢'));
        assert_eq!(calls.output(&"unknown".into(), "x"), None);
    }
}
