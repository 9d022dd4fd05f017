//! Looking for withheld files in a tree of 100,000, as before each command: for the first time, and again.
#![expect(clippy::unwrap_used, reason = "a bench may stop at a broken premise")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use headwater_engine::withheld::{Bounds, Memory, look};
use headwater_policy::{Layer, Policy, RuleTexts, Source, Withholding};
use tempfile::TempDir;

const DIRECTORIES: usize = 4_000;
const FILES: usize = 24;

fn main() {
    divan::main();
}

fn tree() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for directory in 0..DIRECTORIES {
        let place = root.join(format!("{}/{}", directory / 50, directory % 50));
        std::fs::create_dir_all(&place).unwrap();
        for file in 0..FILES {
            std::fs::write(place.join(format!("file-{file}.rs")), "").unwrap();
        }
    }
    std::fs::write(root.join("7/7/.env"), "").unwrap();
    (folder, root)
}

fn withholding(root: &std::path::Path) -> Withholding {
    let texts = RuleTexts { deny: vec!["Read(*.pem)".into()], ..RuleTexts::default() };
    let policy = Policy::new(vec![Layer::new(Source::User, &texts).unwrap()]);
    headwater_engine::withholding(&policy, root, None)
}

#[divan::bench(sample_count = 5)]
fn the_first_time(bencher: divan::Bencher<'_, '_>) {
    let (_folder, root) = tree();
    let withholding = withholding(&root);
    let found = || look(&withholding, &root, Bounds::of_commands()).hidden.len();
    bencher.counter(ItemsCount::new(DIRECTORIES * FILES)).bench_local(found);
}

#[divan::bench(sample_count = 20)]
fn again(bencher: divan::Bencher<'_, '_>) {
    let (_folder, root) = tree();
    let (withholding, memory) = (withholding(&root), Memory::default());
    let look = || memory.look(&withholding, &root, Bounds::of_commands()).hidden.len();
    // What was made just now is read again until it is old enough.
    let deadline = Instant::now() + Duration::from_mins(1);
    while memory.remembered() < DIRECTORIES && Instant::now() < deadline {
        look();
    }
    bencher.counter(ItemsCount::new(DIRECTORIES * FILES)).bench_local(look);
}
