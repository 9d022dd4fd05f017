//! A workspace and the tools, for the benches.
#![expect(clippy::expect_used, reason = "a bench that cannot start has nothing to measure")]

use std::path::PathBuf;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use headwater_protocol::events::{ResultStatus, ToolReturned};
use headwater_protocol::tool::{Person, Question};
use headwater_protocol::views::FilesSeen;
use headwater_protocol::{
    AnyTool, Bytes, CallId, Cancel, Confinement, Record, SessionId, Timestamp, ToolContext, ToolOutcome, View,
};
use headwater_sandbox::{Probe, Runner};
use headwater_tools::ShellSetup;
use serde_json::Value;

pub(crate) struct Stage {
    directory: tempfile::TempDir,
    tools: Vec<Arc<dyn AnyTool>>,
    seen: FilesSeen,
    runtime: tokio::runtime::Runtime,
}

struct Nobody;

impl Person for Nobody {
    fn ask(&self, _question: Question) -> BoxFuture<'static, Option<String>> {
        Box::pin(async { None })
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        let runner = Arc::new(Runner::new(Probe::detect()));
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            tools: headwater_tools::all(ShellSetup { runner, env: Vec::new() }),
            seen: FilesSeen::default(),
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn tool(&self, name: &str) -> Arc<dyn AnyTool> {
        Arc::clone(self.tools.iter().find(|tool| tool.spec().name == name).expect("a tool"))
    }

    fn context(&self) -> ToolContext {
        ToolContext {
            call: CallId::new("call"),
            workspace: self.directory.path().to_path_buf(),
            blobs: self.directory.path().join("blobs"),
            confinement: Confinement::WorkspaceWrite,
            hidden: Arc::from([]),
            kept: Arc::from([]),
            fixed: Arc::from([]),
            files_seen: Arc::new(self.seen.clone()),
            result_cap: Bytes(40_000),
            cancel: Cancel::new(),
            progress: Arc::new(|_| {}),
            person: Arc::new(Nobody),
        }
    }

    /// Calls a tool and remembers the files it touched, as a session does.
    pub(crate) fn call(&mut self, tool: &str, input: Value) -> ToolOutcome {
        let (tool, context) = (self.tool(tool), self.context());
        let outcome = self.runtime.block_on(async { tool.run(input, context).await });
        self.remember(&outcome);
        outcome
    }

    fn remember(&mut self, outcome: &ToolOutcome) {
        let returned = ToolReturned {
            call: CallId::new("call"),
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
        let event = returned.into();
        self.seen.apply(&Record {
            seq: 0,
            at: Timestamp::default(),
            session: SessionId::new("s"),
            parent: None,
            event,
        });
    }
}
