//! The stage of each test: an interpreter over a context, and a host that answers from closures.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, SharedText};
use headwater_protocol::repl::{
    BudgetReport, CellOutcome, CellRequest, Interpreter, PlanRequest, QueryBatch, QueryResult, Repl,
    ReplHost, ReplLimits, ReplOpening, ToolAnswer,
};
use headwater_repl::{python_repl, repl_without_python};
use headwater_sandbox::{Mechanism, Probe};
use serde_json::{Value, json};

type Answer<T> = BoxFuture<'static, Result<T, String>>;
type Answering<A, T> = Box<dyn Fn(A) -> Answer<T> + Send + Sync>;

/// A host that answers from closures and remembers what it was asked.
pub(crate) struct Host {
    pub(crate) query: Answering<QueryBatch, Vec<QueryResult>>,
    pub(crate) tool: Answering<(String, Value), ToolAnswer>,
    pub(crate) plan: Answering<PlanRequest, Value>,
    pub(crate) batches: Mutex<Vec<QueryBatch>>,
    pub(crate) plans: Mutex<Vec<PlanRequest>>,
}

impl Default for Host {
    fn default() -> Self {
        let query = |batch: QueryBatch| {
            let answer = |n: usize| QueryResult { text: format!("answer {n}"), ..QueryResult::default() };
            async move { Ok((0..batch.queries.len()).map(answer).collect()) }.boxed()
        };
        let tool = |(name, input): (String, Value)| {
            async move { Ok(ToolAnswer { text: format!("{name} {input}"), data: input, is_error: false }) }
                .boxed()
        };
        Self {
            query: Box::new(query),
            tool: Box::new(tool),
            plan: Box::new(|request| async move { Ok(json!({"task": request.task})) }.boxed()),
            batches: Mutex::default(),
            plans: Mutex::default(),
        }
    }
}

impl ReplHost for Host {
    fn query(&self, batch: QueryBatch) -> Answer<Vec<QueryResult>> {
        self.batches.lock().unwrap().push(batch.clone());
        (self.query)(batch)
    }

    fn tool(&self, name: String, input: Value) -> Answer<ToolAnswer> {
        (self.tool)((name, input))
    }

    fn plan(&self, request: PlanRequest) -> Answer<Value> {
        self.plans.lock().unwrap().push(request.clone());
        (self.plan)(request)
    }

    fn budget(&self) -> BudgetReport {
        BudgetReport { calls: 3, calls_left: 197, ..BudgetReport::default() }
    }
}

/// What confines workers here: namespaces, and Landlock alone. Both are tried where both work.
static PROBES: LazyLock<Vec<Probe>> = LazyLock::new(|| {
    let working = Probe::detect_all().working;
    working.into_iter().filter(|probe| probe.mechanism != Mechanism::Bubblewrap).collect()
});

/// Every way of confinement that works here.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().cloned()
}

/// What an interpreter is opened with.
pub(crate) struct Setting {
    pub(crate) probe: Probe,
    pub(crate) corpus: Corpus,
    pub(crate) limits: ReplLimits,
    pub(crate) host: Arc<Host>,
    pub(crate) folder: Arc<tempfile::TempDir>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            probe: probes().next().unwrap(),
            corpus: text("The river.\nIt flows.\n"),
            limits: ReplLimits { block: Duration::from_mins(1), ..ReplLimits::default() },
            host: Arc::default(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
        }
    }
}

/// An open interpreter.
pub(crate) struct Stage {
    pub(crate) interpreter: Box<dyn Interpreter>,
    pub(crate) host: Arc<Host>,
    pub(crate) folder: Arc<tempfile::TempDir>,
    cell: u32,
}

impl Setting {
    pub(crate) async fn open(self) -> Stage {
        let repl = python_repl(Some(self.probe.clone()));
        self.open_with(repl).await
    }

    /// As on a machine without Python.
    pub(crate) async fn open_without_python(self) -> Stage {
        self.open_with(repl_without_python()).await
    }

    async fn open_with(self, repl: Arc<dyn Repl>) -> Stage {
        let opening = ReplOpening {
            corpus: self.corpus,
            snapshot: self.folder.path().join("variables.json"),
            limits: self.limits,
            seed: 7,
        };
        let host = Arc::clone(&self.host);
        let interpreter = repl.open(opening, self.host).await.unwrap();
        Stage { interpreter, host, folder: self.folder, cell: 0 }
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Setting::default().open().await
    }

    /// Runs a block, whatever comes of it.
    pub(crate) async fn run(&mut self, code: &str) -> CellOutcome {
        self.run_until(code, Cancel::new()).await
    }

    pub(crate) async fn run_until(&mut self, code: &str, cancel: Cancel) -> CellOutcome {
        self.cell += 1;
        let request = CellRequest { cell: self.cell, code: code.to_owned() };
        self.interpreter.run(request, cancel).await.unwrap()
    }

    /// What a block that does not fail shows.
    pub(crate) async fn show(&mut self, code: &str) -> String {
        let outcome = self.run(code).await;
        assert_eq!(outcome.error, None, "{code}");
        outcome.shown.unwrap_or_default()
    }

    /// Why a block fails.
    pub(crate) async fn fail(&mut self, code: &str) -> String {
        let outcome = self.run(code).await;
        outcome
            .error
            .unwrap_or_else(|| panic!("no failure: {code}: {:?} {}", outcome.shown, outcome.stdout))
            .message
    }
}

/// A context of one text.
pub(crate) fn text(text: &str) -> Corpus {
    corpus(CorpusShape::Text, &[("a.txt", text)])
}

/// A context in memory. Digests are made up: nobody looks behind them.
pub(crate) fn corpus(shape: CorpusShape, texts: &[(&str, &str)]) -> Corpus {
    let part = |(index, (name, text)): (usize, &(&str, &str))| CorpusPart {
        name: (*name).to_owned(),
        sha256: format!("sha-{index}"),
        file: None,
        text: SharedText::new((*text).to_owned()).unwrap(),
    };
    Corpus { shape, parts: texts.iter().enumerate().map(part).collect() }
}

/// A context of one text that is also on disk.
pub(crate) fn text_in_file(folder: &tempfile::TempDir, text: String) -> Corpus {
    let file: PathBuf = folder.path().join("context.txt");
    std::fs::write(&file, &text).unwrap();
    let text = SharedText::new(text).unwrap();
    let part = CorpusPart { name: "context.txt".into(), sha256: "sha-0".into(), file: Some(file), text };
    Corpus { shape: CorpusShape::Text, parts: [part].into() }
}
