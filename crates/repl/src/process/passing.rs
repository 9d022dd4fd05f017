//! How the texts of the context get to the worker: the large ones as descriptors it reads itself, the others when they are asked for.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;

use headwater_protocol::corpus::{Corpus, CorpusPart};

/// As many as leave the worker descriptors of its own.
const MOST_PASSED: usize = 6;
/// What is smaller travels through the pipe as fast.
const WORTH_A_DESCRIPTOR: usize = 1 << 20;
/// Above this the worker maps a text, so it must have a descriptor.
const MUST_HAVE_A_DESCRIPTOR: usize = 64 << 20;

/// Descriptors for the largest parts, with their places in the corpus.
pub(super) fn descriptors(corpus: &Corpus) -> std::io::Result<Vec<(usize, OwnedFd)>> {
    let mut large: Vec<(usize, &CorpusPart)> =
        corpus.parts.iter().enumerate().filter(|(_, part)| part.text.len() >= WORTH_A_DESCRIPTOR).collect();
    large.sort_by_key(|(_, part)| std::cmp::Reverse(part.text.len()));
    let mut found = Vec::new();
    for (index, part) in large.into_iter().take(MOST_PASSED) {
        if let Some(file) = open(part) {
            found.push((index, file.into()));
        } else if part.text.len() > MUST_HAVE_A_DESCRIPTOR {
            let mut file = tempfile::tempfile()?;
            file.write_all(part.text.as_bytes())?;
            found.push((index, file.into()));
        }
    }
    Ok(found)
}

/// The file of a part, unless it has become another one.
fn open(part: &CorpusPart) -> Option<File> {
    let file = File::open(part.file.as_ref()?).ok()?;
    let length = file.metadata().ok()?.len();
    (usize::try_from(length).ok()? == part.text.len()).then_some(file)
}
