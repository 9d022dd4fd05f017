//! A workspace, a state directory, a model and a person.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use headwater_engine::{
    ConfinementStatus, EngineSetup, Running, SessionStore, Start, StartError, ToolBounds,
};
use headwater_protocol::events::TurnEnded;
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Event, Limit, Op, Provider, Record, SessionId, Update,
};
use headwater_providers::{Catalogue, Connection, Http, Network, Overlay};
use headwater_sandbox::{Probe, Runner, scrubbed_env};
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script};
use headwater_tools::ShellSetup;
use tempfile::TempDir;
use tokio::time::timeout;

/// A place for sessions.
pub(crate) struct Rig {
    directory: TempDir,
    server: ModelServer,
}

impl Rig {
    pub(crate) fn new(script: Script) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("workspace")).unwrap();
        Self { directory, server: ModelServer::start(script) }
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    pub(crate) fn store(&self) -> SessionStore {
        SessionStore::new(self.directory.path().join("state"))
    }

    /// Starts or resumes a session in `workspace`, with a person there and no sandbox: every command asks.
    pub(crate) fn start_in(&self, workspace: &Path, start: Start) -> Result<Running, StartError> {
        headwater_engine::start(self.setup_in(workspace, start))
    }

    /// What such a session is started with.
    pub(crate) fn setup_in(&self, workspace: &Path, start: Start) -> EngineSetup {
        static PROBE: OnceLock<Probe> = OnceLock::new();
        let runner = Arc::new(Runner::new(PROBE.get_or_init(Probe::detect).clone()));
        let env = scrubbed_env(std::env::vars_os(), &[]);
        EngineSetup {
            store: self.store(),
            start,
            workspace: workspace.to_owned(),
            provider: self.provider(),
            connector: None,
            tools: headwater_tools::all(ShellSetup { runner, env }),
            mode: None,
            thresholds: headwater_context::Thresholds::default(),
            limits: Limit::default(),
            tool_bounds: ToolBounds::default(),
            fallback: None,
            rules: Vec::new(),
            style: None,
            confinement: ConfinementStatus { is_sandboxed: false },
            home: None,
            is_attended: true,
            keeps_waiting: false,
            subagents: None,
            missions: None,
            hooks: None,
            servers: None,
            version: "0.0.0-test",
        }
    }

    pub(crate) fn start(&self, start: Start) -> Running {
        self.start_in(&self.workspace(), start).unwrap()
    }

    pub(crate) fn provider(&self) -> Arc<dyn Provider> {
        let catalogue = Catalogue::new(Overlay::default()).unwrap();
        let vendor = catalogue.vendor("llamacpp").unwrap().clone();
        let model = catalogue.model(&vendor, "scripted");
        let network = Network::default();
        let http = Http::new(&network);
        let base_url = Some(self.server.base_url());
        headwater_providers::connect(Connection {
            vendor,
            base_url,
            model,
            key: None,
            network,
            seed: 1,
            http,
        })
        .unwrap()
    }

    /// Resumes a session, ends it at once, and gives its log.
    pub(crate) async fn resume(&self, id: &SessionId) -> Vec<Record> {
        let mut running = self.start(Start::Resume(id.clone()));
        end(&mut running).await;
        self.records(id)
    }

    /// The log of a session, every line of it readable.
    pub(crate) fn records(&self, id: &SessionId) -> Vec<Record> {
        let loaded = self.store().load(id).unwrap();
        assert_eq!((loaded.unreadable, loaded.is_cut), (vec![], false));
        loaded.records
    }

    /// What the model was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }

    pub(crate) fn log(&self, id: &SessionId) -> String {
        std::fs::read_to_string(self.store().transcript(id)).unwrap()
    }
}

/// Sends a message and plays the person until the turn ends: says `decision` to what asks, and "blue" to questions.
pub(crate) async fn turn(running: &mut Running, text: &str, decision: &ApprovalDecision) -> TurnEnded {
    running.ops.send(Op::Submit { text: text.to_owned() }).await.unwrap();
    loop {
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        let Update::Record(record) = update else { continue };
        if let Event::ApprovalRequested(asked) = &record.event {
            let (call, decision) = (asked.call.clone(), decision.clone());
            let scope = ApprovalScope::Once;
            running.ops.send(Op::Approve { call, decision, scope }).await.unwrap();
        } else if let Event::QuestionAsked(asked) = &record.event {
            let text = Some("blue".to_owned());
            let call = asked.question.call.clone();
            running.ops.send(Op::AnswerQuestion { call, text }).await.unwrap();
        } else if let Event::TurnEnded(ended) = &record.event
            // A sub-agent's turn has an end too.
            && record.session == running.session
        {
            return ended.clone();
        }
    }
}

/// Shuts a session down and waits until it has written everything.
pub(crate) async fn end(running: &mut Running) {
    running.ops.send(Op::Shutdown).await.unwrap();
    while timeout(DEADLINE, running.updates.recv()).await.unwrap() != Some(Update::Closed) {}
    timeout(DEADLINE, &mut running.finished).await.unwrap().unwrap();
}
