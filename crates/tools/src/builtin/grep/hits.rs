//! What was found in one file, and the sink that takes it from the searcher.

use std::collections::BTreeMap;
use std::io;

use grep_matcher::Matcher as _;
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkContext, SinkFinish, SinkMatch};
use headwater_protocol::Cancel;

use crate::text::around;

/// Bytes of a line that are shown.
const LINE_BYTES: usize = 300;
/// Lines kept of one file; matches are counted on.
const FILE_LINES: usize = 300;
/// Bytes kept of all files together: far more than any result may hold.
const KEPT_BYTES: usize = 4 << 20;

/// What was found in one file.
#[derive(Default)]
pub(super) struct FileHits {
    /// Lines that match.
    pub(super) matches: u64,
    /// The first of them, with the lines around them.
    pub(super) lines: Vec<HitLine>,
    bytes: usize,
}

/// A line that is shown.
pub(super) struct HitLine {
    pub(super) number: u64,
    pub(super) text: String,
    /// Whether it matches, or only stands near a line that does.
    pub(super) is_match: bool,
    /// Whether lines were left out before it.
    pub(super) follows_gap: bool,
}

/// What was found in all files, by path.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: BTreeMap<String, FileHits>,
    /// Files that could not be searched, and the first of them by name.
    pub(super) missed: u64,
    pub(super) first_missed: Option<String>,
    bytes: usize,
}

impl Found {
    /// Adds a file. When too much is kept, lines of the last paths go: they would be shown last, so what is shown does not
    /// depend on which file was searched first.
    pub(super) fn add(&mut self, path: String, hits: FileHits) {
        self.bytes = self.bytes.saturating_add(hits.bytes);
        self.files.insert(path, hits);
        let mut last = self.files.values_mut().rev();
        while self.bytes > KEPT_BYTES
            && let Some(hits) = last.next()
        {
            self.bytes = self.bytes.saturating_sub(std::mem::take(&mut hits.bytes));
            hits.lines = Vec::new();
        }
    }

    /// Notes a file that could not be searched.
    pub(super) fn miss(&mut self, path: String) {
        self.missed = self.missed.saturating_add(1);
        if self.first_missed.as_ref().is_none_or(|first| path < *first) {
            self.first_missed = Some(path);
        }
    }

    /// Lines that match, in all files.
    pub(super) fn matches(&self) -> u64 {
        self.files.values().fold(0, |sum, hits| sum.saturating_add(hits.matches))
    }
}

/// Takes matches of one file from the searcher.
pub(super) struct Collector<'a> {
    pub(super) hits: FileHits,
    pub(super) matcher: &'a RegexMatcher,
    pub(super) cancel: &'a Cancel,
    /// Whether lines are wanted, or the count alone.
    pub(super) wants_lines: bool,
    /// Whether the first match is enough.
    pub(super) wants_one: bool,
    pub(super) gap: bool,
}

impl Collector<'_> {
    fn keep(&mut self, number: Option<u64>, bytes: &[u8], is_match: bool) {
        if !self.wants_lines || self.hits.lines.len() == FILE_LINES {
            return;
        }
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        let text = if line.len() <= LINE_BYTES {
            line.to_owned()
        } else {
            let focus =
                self.matcher.find(line.as_bytes()).ok().flatten().map_or(0..0, |at| at.start()..at.end());
            around(line, focus, LINE_BYTES).into_owned()
        };
        self.hits.bytes = self.hits.bytes.saturating_add(text.len());
        let follows_gap = std::mem::take(&mut self.gap);
        self.hits.lines.push(HitLine { number: number.unwrap_or(0), text, is_match, follows_gap });
    }
}

impl Sink for Collector<'_> {
    type Error = io::Error;

    fn matched(&mut self, _searcher: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        self.hits.matches = self.hits.matches.saturating_add(1);
        self.keep(found.line_number(), found.bytes(), true);
        Ok(!self.wants_one && !self.cancel.is_cancelled())
    }

    fn context(&mut self, _searcher: &Searcher, near: &SinkContext<'_>) -> Result<bool, io::Error> {
        self.keep(near.line_number(), near.bytes(), false);
        Ok(!self.cancel.is_cancelled())
    }

    fn context_break(&mut self, _searcher: &Searcher) -> Result<bool, io::Error> {
        self.gap = true;
        Ok(true)
    }

    fn finish(&mut self, _searcher: &Searcher, end: &SinkFinish) -> Result<(), io::Error> {
        if end.binary_byte_offset().is_some() {
            self.hits = FileHits::default();
        }
        Ok(())
    }
}
