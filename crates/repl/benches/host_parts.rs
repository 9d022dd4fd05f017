//! How long the host parts of helpers take over a context of 40 MB. `HEADWATER_BENCH_MB` is its size; the names with `wide`
//! are those of a text that is not only ASCII.
#![expect(clippy::expect_used, reason = "a bench that cannot start has nothing to measure")]

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use divan::{Bencher, black_box};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, SharedText};
use headwater_protocol::repl::{BudgetReport, PlanRequest, QueryBatch, QueryResult, ReplHost, ToolAnswer};
use headwater_repl::helpers::HELPERS;
use headwater_repl::{HelperCache, HelperCall};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// Nobody answers in a bench.
struct Absent;

impl ReplHost for Absent {
    fn query(&self, _: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>> {
        ready(Err("nobody answers".to_owned())).boxed()
    }

    fn tool(&self, _: String, _: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        ready(Err("nobody answers".to_owned())).boxed()
    }

    fn plan(&self, _: PlanRequest) -> BoxFuture<'static, Result<Value, String>> {
        ready(Err("nobody answers".to_owned())).boxed()
    }

    fn budget(&self) -> BudgetReport {
        BudgetReport::default()
    }
}

/// Lines like those of a log; one in ten thousand has a needle.
fn text(word: &str) -> SharedText {
    let size =
        std::env::var("HEADWATER_BENCH_MB").ok().and_then(|size| size.parse::<usize>().ok()).unwrap_or(40);
    let mut text = String::with_capacity(size << 20);
    for number in 0_u64.. {
        let user = number.wrapping_mul(2_654_435_761) % 100_003;
        let end = if number % 10_000 == 7 { " needle in the haystack" } else { "" };
        writeln!(text, "2026-11-28 10:{:02}:07 INFO {word} {user} opened file{number}.txt{end}", number % 60)
            .expect("a text takes lines");
        if text.len() >= size << 20 {
            break;
        }
    }
    SharedText::new(text).expect("UTF-8")
}

fn call_over(text: SharedText) -> HelperCall {
    let part =
        CorpusPart { name: "log".to_owned(), sha256: format!("{}", text.is_ascii()), file: None, text };
    let corpus = Corpus { shape: CorpusShape::Text, parts: [part].into() };
    HelperCall { corpus, cache: Arc::new(HelperCache::default()), host: Arc::new(Absent) }
}

fn narrow() -> &'static HelperCall {
    static CALL: OnceLock<HelperCall> = OnceLock::new();
    CALL.get_or_init(|| call_over(text("user")))
}

fn wide() -> &'static HelperCall {
    static CALL: OnceLock<HelperCall> = OnceLock::new();
    CALL.get_or_init(|| call_over(text("üser")))
}

/// Measures a helper with its landmarks known, as any call but the first finds them.
fn measure(bencher: Bencher<'_, '_>, call: &HelperCall, name: &str, input: &Value) {
    let helper = HELPERS.iter().find(|helper| helper.doc.name == name).expect("a helper");
    let part = helper.call.expect("a host part");
    part(call, input).expect("a reply");
    bencher.bench_local(|| part(black_box(call), black_box(input)).expect("a reply"));
}

fn grep_for(rx: &str) -> Value {
    json!({"texts": "*", "rx": rx, "flags": "i", "ctx": 0, "max": 100})
}

#[divan::bench]
fn grep_word(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "grep", &grep_for("needle"));
}

#[divan::bench]
fn grep_word_wide(bencher: Bencher<'_, '_>) {
    measure(bencher, wide(), "grep", &grep_for("needle"));
}

#[divan::bench]
fn grep_pattern(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "grep", &grep_for(r"user 99\d+ opened .*hay(stack)?"));
}

#[divan::bench]
fn grep_every_line(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "grep", &grep_for("opened"));
}

#[divan::bench]
fn quote(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "quote", &json!({"texts": "*", "quote": "needle in the wrong haystack"}));
}

#[divan::bench]
fn chunk(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "chunk", &json!({"texts": "*", "size": 50_000, "overlap": 0, "by": "lines"}));
}

#[divan::bench]
fn chunk_wide(bencher: Bencher<'_, '_>) {
    measure(bencher, wide(), "chunk", &json!({"texts": "*", "size": 50_000, "overlap": 0, "by": "lines"}));
}

#[divan::bench]
fn lines(bencher: Bencher<'_, '_>) {
    measure(bencher, wide(), "lines", &json!({"texts": "*", "first": 300_000, "last": 300_010}));
}

#[divan::bench]
fn info(bencher: Bencher<'_, '_>) {
    measure(bencher, narrow(), "info", &json!({"texts": "*"}));
}

#[divan::bench]
fn search_again(bencher: Bencher<'_, '_>) {
    let input = json!({"texts": "*", "query": "needle in a haystack", "k": 10, "size": 1200});
    measure(bencher, narrow(), "search", &input);
}

#[divan::bench(sample_count = 5)]
fn search_first(bencher: Bencher<'_, '_>) {
    let helper = HELPERS.iter().find(|helper| helper.doc.name == "search").expect("a helper");
    let part = helper.call.expect("a host part");
    let input = json!({"texts": "*", "query": "needle in a haystack", "k": 10, "size": 1200});
    let known = narrow();
    let fresh = || HelperCall {
        corpus: known.corpus.clone(),
        cache: Arc::new(HelperCache::default()),
        host: Arc::clone(&known.host),
    };
    bencher.with_inputs(fresh).bench_local_refs(|call| part(call, &input).expect("a reply"));
}
