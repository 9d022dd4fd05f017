//! Child calls against a model server on loopback: two hundred in one batch with 50 ms each, two hundred one after the
//! other at no latency at all, and ten about a megabyte each (RECURSIVE §9).
#![expect(clippy::unwrap_used, reason = "a bench may stop at a broken premise")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use divan::counter::ItemsCount;
use headwater_engine::children::{
    Account, JournalEntry, Kin, Memo, Meter, Pool, PoolSetup, Spent, StandIns, WidthLimits, Widths,
};
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch};
use headwater_protocol::{
    Cancel, Corpus, CorpusPart, CorpusShape, MissionBudget, PromptPiece, Provider, SharedText, Tokens,
};
use headwater_providers::{Catalogue, Connection, Http, ModelSettings, Network, Overlay};
use headwater_testkit::{ModelServer, Script, Turn};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const CALLS: usize = 200;
const MEGABYTE: usize = 1 << 20;
const MEGABYTES: usize = 10;

fn main() {
    divan::main();
}

/// A server and a pool that asks it, with a log that takes everything.
struct Bench {
    runtime: Runtime,
    /// Answers while the bench lasts.
    _server: ModelServer,
    provider: Arc<dyn Provider>,
    corpus: Corpus,
    /// Questions asked so far: no two are the same, so that none is answered from the log.
    asked: Cell<usize>,
}

impl Bench {
    fn new(latency: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let server =
            ModelServer::start(Script::responder(move |_, _| Turn::text("yes").first_byte_after(latency)));
        let provider = provider(&server.base_url());
        Self { runtime, _server: server, provider, corpus: corpus(), asked: Cell::new(0) }
    }

    fn pool(&self) -> Pool {
        let _inside = self.runtime.enter();
        let (journal, mut entries) = mpsc::channel::<JournalEntry>(64);
        tokio::spawn(async move {
            while let Some(entry) = entries.recv().await {
                entry.written.send(()).ok();
            }
        });
        let (updates, mut told) = mpsc::channel(64);
        tokio::spawn(async move { while told.recv().await.is_some() {} });
        let widths = Widths::new(WidthLimits::default());
        let meter = Meter::new(updates, widths.of(self.provider.vendor()));
        let budget = MissionBudget { calls: u32::MAX, seconds: 3_600, ..MissionBudget::default() };
        let kin = Kin {
            account: Account::new(budget, Spent::default()),
            widths,
            meter,
            memo: Memo::default(),
            stand_ins: StandIns::default(),
        };
        let (cheap, strong) = (Arc::clone(&self.provider), Arc::clone(&self.provider));
        let corpus = self.corpus.clone();
        Pool::new(PoolSetup { cheap, strong, corpus, kin, journal, children: 0, depth: 1, recursion: None })
    }

    fn queries(&self, count: usize) -> Vec<ChildQuery> {
        let first = self.asked.get();
        self.asked.set(first + count);
        let query = |number| {
            let prompt = vec![PromptPiece::text(format!("Is {number} a number?"))];
            ChildQuery { prompt, ..ChildQuery::default() }
        };
        (first..first + count).map(query).collect()
    }

    /// Questions about a megabyte each.
    fn large_queries(&self) -> Vec<ChildQuery> {
        let mut queries = self.queries(MEGABYTES);
        for (place, query) in (0_u64..).zip(&mut queries) {
            let start = place * MEGABYTE as u64;
            query.about = vec![PromptPiece::Span { source: "s".into(), start, end: start + MEGABYTE as u64 }];
        }
        queries
    }

    fn ask(&self, pool: &Pool, queries: Vec<ChildQuery>) {
        let batch = QueryBatch { cell: 1, kind: ChildKind::Llm, queries };
        let results = self.runtime.block_on(pool.ask(batch, &Cancel::new())).unwrap();
        assert!(results.iter().all(|result| result.error.is_none()));
    }
}

/// Ten megabytes of lines.
fn corpus() -> Corpus {
    let line = "2026-11-21 04:00:00 GET /orders/1234 took 56 ms, 200, 7,890 bytes\n";
    let text = line.repeat(MEGABYTE * MEGABYTES / line.len() + 1);
    let text = SharedText::new(text).unwrap();
    let part = CorpusPart { name: "log".into(), sha256: "s".into(), file: None, text };
    Corpus { shape: CorpusShape::Text, parts: [part].into() }
}

fn provider(base_url: &str) -> Arc<dyn Provider> {
    let model = ModelSettings { window: Some(Tokens(1_000_000)), ..ModelSettings::default() };
    let models = [("scripted".to_owned(), model)].into();
    let catalogue = Catalogue::new(Overlay { models, ..Overlay::default() }).unwrap();
    let vendor = catalogue.vendor("llamacpp").unwrap().clone();
    let model = catalogue.model(&vendor, "scripted");
    let (network, base_url) = (Network::default(), Some(base_url.to_owned()));
    let http = Http::new(&network);
    let connection = Connection { vendor, base_url, model, key: None, network, seed: 1, http };
    headwater_providers::connect(connection).unwrap()
}

/// Each batch begins with the width of a fresh start. The first connections of the process are made before.
#[divan::bench(sample_count = 10)]
fn one_batch_of_50_ms_calls(bencher: divan::Bencher<'_, '_>) {
    let bench = Bench::new(Duration::from_millis(50));
    bench.ask(&bench.pool(), bench.queries(CALLS));
    bencher
        .counter(ItemsCount::new(CALLS))
        .with_inputs(|| bench.pool())
        .bench_local_values(|pool| bench.ask(&pool, bench.queries(CALLS)));
}

#[divan::bench(sample_count = 10)]
fn one_after_the_other_at_0_ms(bencher: divan::Bencher<'_, '_>) {
    let bench = Bench::new(Duration::ZERO);
    bencher.counter(ItemsCount::new(CALLS)).with_inputs(|| bench.pool()).bench_local_values(|pool| {
        for _ in 0..CALLS {
            bench.ask(&pool, bench.queries(1));
        }
    });
}

#[divan::bench(sample_count = 10)]
fn ten_calls_of_a_megabyte(bencher: divan::Bencher<'_, '_>) {
    let bench = Bench::new(Duration::ZERO);
    bench.ask(&bench.pool(), bench.queries(MEGABYTES));
    bencher
        .counter(ItemsCount::new(MEGABYTES))
        .with_inputs(|| bench.pool())
        .bench_local_values(|pool| bench.ask(&pool, bench.large_queries()));
}
