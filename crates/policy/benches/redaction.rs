//! What redaction costs: the aim is a few milliseconds for a clean text of 1 MB.

use headwater_policy::{KnownSecret, Redactor};
use headwater_protocol::Redact as _;

const SAMPLE: &str = "    let found = policy.of(effect).find(|placed| placed.rule.matches(question.tool)); // see https://docs.rs/x?a=b\n\
    commit 8b6bb7f0c2d4e1a9b3c5d7e9f1a2b3c4d5e6f7a8 task-0123456789 \"Bearer tokens are asked for\" -> Ok(())\n";

fn main() {
    divan::main();
}

fn redactor() -> Redactor {
    let secrets: Vec<KnownSecret> = (0..8)
        .map(|n| KnownSecret::new(format!("KEY_{n}"), format!("{n}x7Qm2-{}-zz91LkPw{n}", "aB3".repeat(8))))
        .collect();
    Redactor::new(&secrets, &[]).unwrap_or_default()
}

#[divan::bench]
fn clean_megabyte(bencher: divan::Bencher<'_, '_>) {
    let redactor = redactor();
    let text = SAMPLE.repeat(1_000_000 / SAMPLE.len());
    bencher.bench_local(|| redactor.redact(divan::black_box(&text)).len());
}

#[divan::bench]
fn clean_line(bencher: divan::Bencher<'_, '_>) {
    let redactor = redactor();
    bencher.bench_local(|| redactor.redact(divan::black_box(SAMPLE)).len());
}

#[divan::bench]
fn made() -> Redactor {
    redactor()
}
