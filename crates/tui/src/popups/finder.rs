//! The thread that knows the files of the workspace. A key never waits for it, and the last query wins.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use ignore::WalkBuilder;

use super::files::{FileHits, FileQuery};
use super::fuzzy::Ranker;

/// Files beyond this many are not offered.
const MOST_FILES: usize = 200_000;
/// Matches handed to the popup.
const MOST_HITS: usize = 50;
/// Files between two looks at the queries while the workspace is walked.
const BATCH: usize = 2_000;
/// A list older than this is made again when the popup is next used.
const FRESH: Duration = Duration::from_secs(5);

/// The way to the thread.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    queries: Sender<FileQuery>,
}

impl Finder {
    /// Starts the thread; it walks `workspace` when the first query comes, and ends when this is dropped.
    /// `answer` says whether somebody still listens.
    pub(crate) fn start(workspace: PathBuf, answer: impl Fn(FileHits) -> bool + Send + 'static) -> Self {
        let (queries, received) = mpsc::channel();
        std::thread::spawn(move || Index::new(workspace, answer).serve(&received));
        Self { queries }
    }

    /// Looks for files.
    pub(crate) fn find(&self, query: FileQuery) {
        // The thread only ends before its sender when nobody listens to answers any more.
        self.queries.send(query).ok();
    }
}

struct Index<A> {
    workspace: PathBuf,
    paths: Vec<String>,
    walked: Option<Instant>,
    ranker: Ranker,
    answer: A,
}

impl<A: Fn(FileHits) -> bool> Index<A> {
    fn new(workspace: PathBuf, answer: A) -> Self {
        Self { workspace, paths: Vec::new(), walked: None, ranker: Ranker::for_paths(), answer }
    }

    fn serve(mut self, queries: &Receiver<FileQuery>) {
        while let Ok(query) = queries.recv() {
            let mut query = last(queries).unwrap_or(query);
            if self.walked.is_none_or(|when| when.elapsed() > FRESH) {
                query = self.walk(query, queries);
            }
            let hits = hits(&mut self.ranker, &self.paths, query, true);
            if !(self.answer)(hits) {
                return;
            }
        }
    }

    /// Makes the list anew, answering queries on the way; the query to answer at the end.
    fn walk(&mut self, mut query: FileQuery, queries: &Receiver<FileQuery>) -> FileQuery {
        let mut found = Vec::new();
        for path in files(&self.workspace).take(MOST_FILES) {
            found.push(path);
            if found.len().is_multiple_of(BATCH) {
                query = last(queries).unwrap_or(query);
                let hits = hits(&mut self.ranker, &found, query.clone(), false);
                (self.answer)(hits);
            }
        }
        found.sort_unstable_by(|a, b| (a.matches('/').count(), a).cmp(&(b.matches('/').count(), b)));
        self.paths = found;
        self.walked = Some(Instant::now());
        last(queries).unwrap_or(query)
    }
}

fn hits(ranker: &mut Ranker, paths: &[String], query: FileQuery, is_complete: bool) -> FileHits {
    let best = ranker.best(&query.text, paths.iter().map(String::as_str), MOST_HITS);
    let hits = best.into_iter().filter_map(|place| paths.get(place).cloned()).collect();
    FileHits { query, paths: hits, total: paths.len(), is_complete }
}

/// The newest query that waits.
fn last(queries: &Receiver<FileQuery>) -> Option<FileQuery> {
    let mut newest = None;
    loop {
        match queries.try_recv() {
            Ok(query) => newest = Some(query),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return newest,
        }
    }
}

/// The files of a directory as git sees them, hidden ones too; links are not followed, so no walk can loop.
fn files(workspace: &Path) -> impl Iterator<Item = String> {
    let walk = WalkBuilder::new(workspace)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    walk.filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(move |entry| {
            let path = entry.path().strip_prefix(workspace).ok()?;
            path.to_str().map(str::to_owned)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_and_ignored_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        ["src/main.rs", "src/maintenance.rs", "target/main", ".env.example", ".git/config"]
            .into_iter()
            .for_each(write);
        std::fs::write(folder.path().join(".gitignore"), "target\n").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let (sender, answers) = mpsc::channel();
        let finder = Finder::start(folder.path().to_owned(), move |hits| sender.send(hits).is_ok());
        finder.find(FileQuery { text: "main".into() });
        let hits = answers.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(hits.paths, ["src/main.rs", "src/maintenance.rs"]);
        assert!(hits.is_complete);
        assert_eq!(hits.total, 4, "the ignored, the linked and git's own files are not counted");
    }
}
