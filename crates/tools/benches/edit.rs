//! How long an edit takes, from the call to the result, by the size of the file: reading, checking, finding, writing, diff.
#![expect(clippy::expect_used, reason = "a bench that cannot start has nothing to measure")]

use divan::Bencher;
use serde_json::json;

mod stage;

use stage::Stage;

fn main() {
    divan::main();
}

/// A file of so many lines, which was read.
fn with_file(lines: usize) -> Stage {
    let mut stage = Stage::new();
    let content = (0..lines).map(|n| format!("line number {n} of a file\n")).collect::<Vec<_>>().concat();
    std::fs::write(stage.path("file"), content).expect("a file");
    stage.call("read", json!({"path": "file", "limit": 1}));
    stage
}

/// Swaps a word in the middle.
#[divan::bench(args = [100, 10_000, 100_000])]
fn exact(bencher: Bencher<'_, '_>, lines: usize) {
    let mut stage = with_file(lines);
    let middle = lines / 2;
    let mut words = (format!("number {middle} of"), format!("number {middle} in"));
    bencher.bench_local(|| {
        let done = stage.call("edit", json!({"path": "file", "old": words.0, "new": words.1}));
        assert!(!done.is_error, "{}", done.model_text);
        std::mem::swap(&mut words.0, &mut words.1);
    });
}

/// Looks for the nearest text to one that is not there: the costliest way to fail.
#[divan::bench(args = [100, 10_000, 100_000])]
fn not_there(bencher: Bencher<'_, '_>, lines: usize) {
    let mut stage = with_file(lines);
    let old = "a line number that is in no file\n".repeat(20);
    bencher.bench_local(|| {
        let done = stage.call("edit", json!({"path": "file", "old": old, "new": "x"}));
        assert!(done.is_error);
    });
}
