//! The stage: a temporary workspace, the tools, and a session's memory of the files that were seen.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_core::future::BoxFuture;
use headwater_protocol::events::{ResultStatus, ToolReturned};
use headwater_protocol::tool::{Person, Question};
use headwater_protocol::views::FilesSeen;
use headwater_protocol::{
    AnyTool, Bytes, CallId, Cancel, Confinement, Record, SessionId, Timestamp, ToolContext, ToolOutcome, View,
};
use headwater_sandbox::{Probe, Runner, scrubbed_env};
use headwater_tools::ShellSetup;
use serde_json::Value;
use tempfile::TempDir;

/// How long a test waits for what must come: generous, since tests share a busy machine.
pub(crate) const DEADLINE: Duration = headwater_testkit::DEADLINE;

/// A workspace with tools in it.
pub(crate) struct Stage {
    directory: TempDir,
    blobs: TempDir,
    pub(crate) tools: Vec<Arc<dyn AnyTool>>,
    seen: FilesSeen,
    calls: u64,
    pub(crate) cap: u64,
    pub(crate) confinement: Confinement,
    pub(crate) cancel: Cancel,
    /// All live output so far.
    pub(crate) live: Arc<Mutex<String>>,
    pub(crate) person: Arc<dyn Person>,
}

/// A person who has one answer, or none.
struct Answering(Option<String>);

impl Person for Answering {
    fn ask(&self, _question: Question) -> BoxFuture<'static, Option<String>> {
        let answer = self.0.clone();
        Box::pin(async move { answer })
    }
}

/// A person who never answers.
struct Silent;

impl Person for Silent {
    fn ask(&self, _question: Question) -> BoxFuture<'static, Option<String>> {
        Box::pin(std::future::pending())
    }
}

impl Stage {
    /// An empty workspace, in which commands may write.
    pub(crate) fn new() -> Self {
        static PROBE: OnceLock<Probe> = OnceLock::new();
        let runner = Arc::new(Runner::new(PROBE.get_or_init(Probe::detect).clone()));
        let env = scrubbed_env(std::env::vars_os(), &[]);
        Self {
            directory: tempfile::tempdir().unwrap(),
            blobs: tempfile::tempdir().unwrap(),
            tools: headwater_tools::all(ShellSetup { runner, env }),
            seen: FilesSeen::default(),
            calls: 0,
            cap: 40_000,
            confinement: Confinement::WorkspaceWrite,
            cancel: Cancel::new(),
            live: Arc::default(),
            person: Arc::new(Answering(None)),
        }
    }

    /// The same with a person who answers, or who never does.
    pub(crate) fn with_answer(mut self, answer: Option<&str>) -> Self {
        self.person = match answer {
            Some(answer) => Arc::new(Answering(Some(answer.to_owned()))),
            None => Arc::new(Silent),
        };
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn blob(&self, id: &str) -> PathBuf {
        self.blobs.path().join(id)
    }

    /// Writes a file with the directories it needs.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn content(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn context(&mut self) -> ToolContext {
        self.calls += 1;
        let live = Arc::clone(&self.live);
        ToolContext {
            call: CallId::new(format!("call-{}", self.calls)),
            workspace: self.directory.path().to_path_buf(),
            blobs: self.blobs.path().to_path_buf(),
            confinement: self.confinement,
            hidden: Arc::from([]),
            kept: Arc::from([]),
            fixed: Arc::from([]),
            files_seen: Arc::new(self.seen.clone()),
            result_cap: Bytes(self.cap),
            cancel: self.cancel.clone(),
            progress: Arc::new(move |text| live.lock().unwrap().push_str(text)),
            person: Arc::clone(&self.person),
        }
    }

    pub(crate) fn tool(&self, name: &str) -> Arc<dyn AnyTool> {
        Arc::clone(self.tools.iter().find(|tool| tool.spec().name == name).unwrap())
    }

    /// Calls a tool, checks that its result keeps the cap, and remembers the files it touched.
    pub(crate) async fn call(&mut self, tool: &str, input: Value) -> ToolOutcome {
        let context = self.context();
        let tool = self.tool(tool);
        let outcome = tokio::time::timeout(DEADLINE, tool.run(input, context)).await.expect("the tool ends");
        assert!(outcome.model_text.len() as u64 <= self.cap, "{} bytes", outcome.model_text.len());
        self.remember(&outcome);
        outcome
    }

    /// Calls a tool that must succeed.
    pub(crate) async fn ok(&mut self, tool: &str, input: Value) -> ToolOutcome {
        let outcome = self.call(tool, input).await;
        assert!(!outcome.is_error, "{}", outcome.model_text);
        outcome
    }

    /// Calls a tool that must fail; the text that says why.
    pub(crate) async fn refused(&mut self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        assert!(outcome.is_error, "{}", outcome.model_text);
        assert!(outcome.files.is_empty());
        outcome.model_text
    }

    fn remember(&mut self, outcome: &ToolOutcome) {
        let returned = ToolReturned {
            call: CallId::new(format!("call-{}", self.calls)),
            name: String::new(),
            is_error: outcome.is_error,
            status: ResultStatus::Ran,
            text: String::new(),
            data: Value::Null,
            reminders: Vec::new(),
            blobs: Vec::new(),
            files: outcome.files.clone(),
            millis: 0,
        };
        self.seen.apply(&Record {
            seq: self.calls,
            at: Timestamp::default(),
            session: SessionId::new("s"),
            parent: None,
            event: returned.into(),
        });
    }
}

/// JSON without a member, for snapshots of what differs in each run.
pub(crate) fn without(mut value: Value, member: &str) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.shift_remove(member);
    }
    value
}

/// The first line of a result without how long it took: "exit code 0, under 1 s" is "exit code 0".
pub(crate) fn without_time(text: &str) -> String {
    let (first, rest) = text.split_once('\n').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let is_time =
        |part: &&str| part.ends_with(" s") && (part.starts_with("under ") || part.starts_with("about "));
    let parts: Vec<&str> = first.split(", ").filter(|part| !is_time(part)).collect();
    rest.map_or_else(|| parts.join(", "), |rest| format!("{}\n{rest}", parts.join(", ")))
}
