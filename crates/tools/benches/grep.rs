//! How long a search of a generated tree takes. `HEADWATER_BENCH_MB` is its size, 8 unless it is set; compare with
//! `rg PATTERN` in a copy of it.
#![expect(clippy::expect_used, reason = "a bench that cannot start has nothing to measure")]

use divan::{Bencher, counter::BytesCount};
use serde_json::{Value, json};

mod stage;

use stage::Stage;

/// Bytes of a generated file, about the mean of a source tree.
const FILE_BYTES: usize = 6 * 1024;

fn main() {
    divan::main();
}

/// A tree of source-like files, 200 a directory; the bytes in it.
fn tree(stage: &Stage) -> usize {
    let size =
        std::env::var("HEADWATER_BENCH_MB").ok().and_then(|size| size.parse::<usize>().ok()).unwrap_or(8);
    let files = size * 1024 * 1024 / FILE_BYTES;
    for file in 0..files {
        let directory = stage.path(&format!("d{}", file / 200));
        std::fs::create_dir_all(&directory).expect("a directory");
        let line = |n: usize| {
            format!(
                "    let value_{n} = compute({file}, {n}).unwrap_or_default();
"
            )
        };
        let mut text = (0..FILE_BYTES / 60).map(line).collect::<Vec<_>>().concat();
        if file % 50 == 0 {
            text.push_str("// a rare needle\n");
        }
        std::fs::write(directory.join(format!("f{file}.rs")), text).expect("a file");
    }
    files * FILE_BYTES
}

fn search(bencher: Bencher<'_, '_>, input: &Value) {
    let mut stage = Stage::new();
    let bytes = tree(&stage);
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let done = stage.call("grep", input.clone());
        assert!(!done.is_error, "{}", done.model_text);
        done
    });
}

#[divan::bench(sample_count = 10)]
fn rare_literal(bencher: Bencher<'_, '_>) {
    search(bencher, &json!({"pattern": "needle"}));
}

#[divan::bench(sample_count = 10)]
fn regex_ignoring_case(bencher: Bencher<'_, '_>) {
    search(bencher, &json!({"pattern": r"rare\s+NEEDLE", "ignore_case": true}));
}

#[divan::bench(sample_count = 10)]
fn every_line(bencher: Bencher<'_, '_>) {
    search(bencher, &json!({"pattern": "compute"}));
}
