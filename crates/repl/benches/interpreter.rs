//! What a block costs beyond its own work (RECURSIVE §9): a round trip, a call to the host, a large context.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

use std::sync::Arc;

use divan::{Bencher, black_box};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, SharedText};
use headwater_protocol::repl::{
    BudgetReport, CellOutcome, CellRequest, Interpreter, PlanRequest, QueryBatch, QueryResult, Repl,
    ReplHost, ReplLimits, ReplOpening, ToolAnswer,
};
use headwater_repl::python_repl;
use serde_json::Value;
use tokio::runtime::Runtime;

/// Bytes of the large context: ten million tokens.
const LARGE: usize = 40 << 20;

fn main() {
    divan::main();
}

/// A host that answers at once.
struct Host;

impl ReplHost for Host {
    fn query(&self, batch: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>> {
        let answer = QueryResult { text: "yes".to_owned(), ..QueryResult::default() };
        std::future::ready(Ok(vec![answer; batch.queries.len()])).boxed()
    }

    fn tool(&self, _name: String, _input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        std::future::ready(Err("there are no tools".to_owned())).boxed()
    }

    fn plan(&self, _request: PlanRequest) -> BoxFuture<'static, Result<Value, String>> {
        std::future::ready(Err("there are no plans".to_owned())).boxed()
    }

    fn budget(&self) -> BudgetReport {
        BudgetReport::default()
    }
}

/// Everything an interpreter is opened with.
struct Stage {
    runtime: Runtime,
    repl: Arc<dyn Repl>,
    folder: tempfile::TempDir,
    corpus: Corpus,
}

impl Stage {
    fn new(bytes: usize) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("context.txt");
        let line = "2024-05-01 12:00:00 INFO request served in 12 ms by worker 7 of 12\n";
        let text: String = line.chars().cycle().take(bytes).collect();
        std::fs::write(&file, &text).unwrap();
        let text = SharedText::new(text).unwrap();
        let part = CorpusPart { name: "context.txt".into(), sha256: "sha".into(), file: Some(file), text };
        let corpus = Corpus { shape: CorpusShape::Text, parts: [part].into() };
        let stage = Self { runtime, repl: python_repl(None), folder, corpus };
        // Finding Python and a way to confine it happens once in the life of a process.
        drop(stage.open());
        stage
    }

    fn open(&self) -> Box<dyn Interpreter> {
        let opening = ReplOpening {
            corpus: self.corpus.clone(),
            snapshot: self.folder.path().join("variables.json"),
            limits: ReplLimits::default(),
            seed: 1,
        };
        self.runtime.block_on(self.repl.open(opening, Arc::new(Host))).unwrap()
    }

    fn run(&self, interpreter: &mut Box<dyn Interpreter>, code: &str) -> CellOutcome {
        let request = CellRequest { cell: 1, code: code.to_owned() };
        let outcome = self.runtime.block_on(interpreter.run(request, Cancel::new())).unwrap();
        assert_eq!(outcome.error, None);
        outcome
    }

    /// Measures a block on an interpreter that has seen `before`.
    fn measure(&self, bencher: Bencher<'_, '_>, before: &str, code: &str) {
        let mut interpreter = self.open();
        self.run(&mut interpreter, before);
        bencher.bench_local(|| black_box(self.run(&mut interpreter, code)));
    }
}

/// The floor is 0.23 ms.
#[divan::bench]
fn round_trip(bencher: Bencher<'_, '_>) {
    Stage::new(100).measure(bencher, "x = 0", "x += 1");
}

/// At most 350 ms.
#[divan::bench(sample_count = 20)]
fn two_hundred_questions_one_by_one(bencher: Bencher<'_, '_>) {
    Stage::new(100).measure(bencher, "x = 0", "for i in range(200):\n    llm_query('a question')");
}

/// At most 60 ms, the pieces of the context going by reference.
#[divan::bench(sample_count = 20)]
fn ten_questions_about_a_megabyte_each(bencher: Bencher<'_, '_>) {
    let code = "for i in range(10):\n    llm_query(f'count: {context[i << 20:(i + 1) << 20]}')";
    Stage::new(LARGE).measure(bencher, "len(context)", code);
}

/// At most 60 ms, also for texts that are not of the context.
#[divan::bench(sample_count = 20)]
fn ten_questions_of_a_megabyte_each(bencher: Bencher<'_, '_>) {
    let code = "for i in range(10):\n    llm_query(text)";
    Stage::new(LARGE).measure(bencher, "text = 'a word or two ' * 75_000", code);
}

/// At most 300 ms.
#[divan::bench(sample_count = 20)]
fn start_and_first_block_at_40_mb(bencher: Bencher<'_, '_>) {
    let stage = Stage::new(LARGE);
    bencher.bench_local(|| {
        let mut interpreter = stage.open();
        black_box(stage.run(&mut interpreter, "len(context)"))
    });
}

/// At most 2 ms.
#[divan::bench]
fn block_at_40_mb(bencher: Bencher<'_, '_>) {
    let before = "chunks = [context[i:i + 100_000] for i in range(0, len(context), 100_000)]\nlabels = {str(i): i for i in range(500)}";
    let code = "head = context[:2000]\nn = len(context) + len(chunks)\nlabels['x'] = n\nprint(head[:100])";
    Stage::new(LARGE).measure(bencher, before, code);
}
