//! The search itself: a parallel walk, each file opened beneath the workspace.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use globset::GlobMatcher;
use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};
use headwater_protocol::ToolContext;
use headwater_protocol::secret_files::is_environment_file;
use ignore::{DirEntry, WalkState};

use super::hits::{Collector, FileHits, Found};
use super::{Input, Mode};
use crate::builtin::glob;
use crate::paths::{PathError, Root};
use crate::walk;

/// The most memory for one file: a longer line makes it unsearchable.
const HEAP_BYTES: usize = 64 << 20;
/// The most lines around a match.
const MOST_CONTEXT: u32 = 50;

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum GrepError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("The pattern is empty.")]
    Empty,
    #[error(
        "`{pattern}` is not a valid regular expression:\n{why}\nEscape characters such as ( [ {{ . * + ? with \\, or set `fixed` to search for the text as it is."
    )]
    Pattern { pattern: String, why: String },
    #[error("`{0}` is not a valid glob: {1}.")]
    Glob(String, globset::Error),
    #[error("Interrupted.")]
    Interrupted,
}

/// Searches as `input` says.
pub(super) fn search(input: &Input, context: &ToolContext) -> Result<Found, GrepError> {
    let root = Root::open(&context.workspace)?;
    let place = root.locate_existing(input.path.as_deref().unwrap_or("."))?;
    let start = root.absolute(&place);
    let workspace = root.absolute(&root.locate(".")?);
    let glob = input
        .glob
        .as_deref()
        .map(|glob| glob::matcher(glob).map_err(|error| GrepError::Glob(glob.to_owned(), error)));
    let hunt = Hunt {
        matcher: &matcher(input)?,
        glob: glob.transpose()?,
        input,
        context,
        root: &root,
        workspace: &workspace,
        start: &start,
        found: Mutex::default(),
    };
    walk::walker(&start).build_parallel().run(|| {
        let mut searcher = searcher(input);
        let hunt = &hunt;
        Box::new(move |entry| hunt.visit(&mut searcher, entry.ok()))
    });
    if context.cancel.is_cancelled() {
        return Err(GrepError::Interrupted);
    }
    Ok(hunt.found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn matcher(input: &Input) -> Result<RegexMatcher, GrepError> {
    if input.pattern.is_empty() {
        return Err(GrepError::Empty);
    }
    let mut builder = RegexMatcherBuilder::new();
    // Lines end in LF or CRLF, so that `$` matches before either.
    builder
        .crlf(true)
        .case_insensitive(input.ignore_case.unwrap_or(false))
        .fixed_strings(input.fixed.unwrap_or(false));
    builder
        .build(&input.pattern)
        .map_err(|error| GrepError::Pattern { pattern: input.pattern.clone(), why: error.to_string() })
}

fn searcher(input: &Input) -> Searcher {
    let around = input.context.unwrap_or(0).min(MOST_CONTEXT);
    let around = if wants_lines(input) { usize::try_from(around).unwrap_or(0) } else { 0 };
    SearcherBuilder::new()
        .line_terminator(LineTerminator::crlf())
        .binary_detection(BinaryDetection::quit(0))
        .line_number(wants_lines(input))
        .before_context(around)
        .after_context(around)
        .heap_limit(Some(HEAP_BYTES))
        .build()
}

fn wants_lines(input: &Input) -> bool {
    matches!(input.mode, None | Some(Mode::Content))
}

/// What all threads share.
struct Hunt<'a> {
    matcher: &'a RegexMatcher,
    glob: Option<GlobMatcher>,
    input: &'a Input,
    context: &'a ToolContext,
    root: &'a Root,
    workspace: &'a Path,
    start: &'a Path,
    found: Mutex<Found>,
}

impl Hunt<'_> {
    fn visit(&self, searcher: &mut Searcher, entry: Option<DirEntry>) -> WalkState {
        if self.context.cancel.is_cancelled() {
            return WalkState::Quit;
        }
        // A directory that cannot be looked into is passed over, as ripgrep does.
        let Some(entry) = entry.filter(|entry| self.is_candidate(entry)) else { return WalkState::Continue };
        let path = walk::relative(self.workspace, entry.path());
        let hits = self.search_file(searcher, entry.path());
        if hits.as_ref().is_some_and(|hits| hits.matches == 0) {
            // Most files: the other threads are not to be held up for nothing.
            return WalkState::Continue;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match hits {
            Some(hits) => found.add(path, hits),
            // One that was removed meanwhile is no longer anything to search.
            None if entry.path().exists() => found.miss(path),
            None => {}
        }
        WalkState::Continue
    }

    fn is_candidate(&self, entry: &DirEntry) -> bool {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        // What holds secrets is searched when it is named, which asks; not in passing.
        if entry.depth() > 0 && is_environment_file(&entry.file_name().to_string_lossy()) {
            return false;
        }
        // They come in order; there may be many, and whole directories among them.
        let is_among = |paths: &[PathBuf]| {
            let is_one = |path: &Path| paths.binary_search_by(|hidden| hidden.as_path().cmp(path)).is_ok();
            !paths.is_empty() && entry.path().ancestors().any(is_one)
        };
        if is_among(&self.context.hidden) || is_among(&self.context.kept) {
            return false;
        }
        let inside =
            entry.path().strip_prefix(self.start).ok().filter(|inside| !inside.as_os_str().is_empty());
        let name = inside.unwrap_or_else(|| Path::new(entry.file_name()));
        is_file && self.glob.as_ref().is_none_or(|glob| glob.is_match(name))
    }

    /// `None` when the file cannot be read to its end, or has an endless line.
    fn search_file(&self, searcher: &mut Searcher, path: &Path) -> Option<FileHits> {
        let file = self.root.open_walked(path.strip_prefix(self.workspace).ok()?).ok()?;
        let mut collector = Collector {
            hits: FileHits::default(),
            matcher: self.matcher,
            cancel: &self.context.cancel,
            wants_lines: wants_lines(self.input),
            wants_one: self.input.mode == Some(Mode::Files),
            gap: false,
        };
        searcher.search_file(self.matcher, &file, &mut collector).ok()?;
        Some(collector.hits)
    }
}
