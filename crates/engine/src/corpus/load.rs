//! Reading the context variable: files, directories, globs, standard input, texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use headwater_protocol::secret_files::is_environment_file;
use headwater_protocol::{Corpus, CorpusPart, CorpusShape};
use ignore::WalkBuilder;

use super::ContextStore;
use crate::sessions::StoreError;

/// The most that is read of a file whose length nobody knows, in bytes.
const MADE: u64 = 64 << 20;

/// Where a part of the context comes from.
pub enum ContextSource {
    /// A file, a directory (ignore files respected) or a glob; relative ones start at the workspace.
    Path(String),
    /// A text without a file: standard input, the session's history.
    Text {
        /// What it is called.
        name: String,
        /// Where it is read from.
        reader: Box<dyn Read + Send>,
    },
}

/// What was read.
#[derive(Debug)]
pub struct LoadedContext {
    /// The context variable.
    pub corpus: Corpus,
    /// What a person should know: files that were passed over.
    pub notices: Vec<String>,
}

/// Why the context could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// Nothing is there.
    #[error(
        "there is no file, directory or match for \"{0}\"; give a path or a glob such as 'logs/*.txt' after --context"
    )]
    Missing(String),
    /// It is no text.
    #[error("{0} is binary; a context is made of texts: convert it first, or leave it out")]
    Binary(String),
    /// Everything is empty.
    #[error("the context is empty: {0} holds no text; give a file or a directory with text after --context")]
    Empty(String),
    /// It cannot be read.
    #[error("{name} cannot be read: {source}")]
    Unreadable {
        /// What.
        name: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It was kept once, and is no longer there.
    #[error("the stored text of {name} is gone ({source}); start again with --context")]
    Lost {
        /// What.
        name: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The copy cannot be written.
    #[error("the context cannot be kept below {}: {source}; free some space or set HEADWATER_HOME", .directory.display())]
    Store {
        /// Where.
        directory: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The directory cannot be made.
    #[error(transparent)]
    Sessions(#[from] StoreError),
}

/// Reads `sources` and keeps their texts. One file or text makes a text; everything else makes texts by name.
///
/// `may_read` is asked of each file that is found in a directory or by a glob: what the person's rules deny stays out,
/// and so do files of secrets unless they are named themselves.
pub fn load(
    store: &ContextStore,
    workspace: &Path,
    sources: Vec<ContextSource>,
    may_read: &dyn Fn(&Path) -> bool,
) -> Result<LoadedContext, ContextError> {
    let sources = each_once(sources);
    let mut gathered = Gathered {
        store,
        workspace,
        may_read,
        parts: Vec::new(),
        notices: Vec::new(),
        is_many: sources.len() > 1,
    };
    let mut names = Vec::new();
    for source in sources {
        match source {
            ContextSource::Path(path) => {
                gathered.path(&path)?;
                names.push(path);
            }
            ContextSource::Text { name, reader } => {
                gathered.parts.push(store.keep(&name, reader)?);
                names.push(name);
            }
        }
    }
    let Gathered { mut parts, notices, is_many, .. } = gathered;
    parts.retain(|part| !part.text.is_empty());
    let parts = by_their_names(parts);
    if parts.is_empty() {
        return Err(ContextError::Empty(names.join(", ")));
    }
    let shape = if is_many { CorpusShape::Dict } else { CorpusShape::Text };
    Ok(LoadedContext { corpus: Corpus { shape, parts: parts.into() }, notices })
}

/// A path that is named twice is read once.
fn each_once(sources: Vec<ContextSource>) -> Vec<ContextSource> {
    let mut seen = BTreeSet::new();
    let is_new = |source: &ContextSource| match source {
        ContextSource::Path(path) => seen.insert(path.clone()),
        ContextSource::Text { .. } => true,
    };
    sources.into_iter().filter(is_new).collect()
}

/// Every name stands for one text: what came in twice is there once, and another text of the same name gets a number.
/// Control characters of a file's name are replaced: names stand in prompts and on the screen.
fn by_their_names(parts: Vec<CorpusPart>) -> Vec<CorpusPart> {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut named = Vec::with_capacity(parts.len());
    for mut part in parts {
        let plain: String =
            part.name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
        let spellings = std::iter::once(plain.clone()).chain((2_u32..).map(|n| format!("{plain} ({n})")));
        let Some((name, is_there)) = spellings
            .map(|name| (taken.get(&name).cloned(), name))
            .find(|(sha256, _)| sha256.as_ref().is_none_or(|sha256| *sha256 == part.sha256))
            .map(|(sha256, name)| (name, sha256.is_some()))
        else {
            continue;
        };
        if !is_there {
            taken.insert(name.clone(), part.sha256.clone());
            part.name = name;
            named.push(part);
        }
    }
    named
}

/// What there is of a file now: one that grows, such as a log, or our own copy of it, would never end.
fn as_it_is(file: File) -> io::Result<impl Read> {
    let length = file.metadata()?.len();
    // Files of the system that are made when they are read say that they are empty.
    Ok(file.take(if length == 0 { MADE } else { length }))
}

struct Gathered<'a> {
    store: &'a ContextStore,
    workspace: &'a Path,
    may_read: &'a dyn Fn(&Path) -> bool,
    parts: Vec<CorpusPart>,
    notices: Vec<String>,
    is_many: bool,
}

impl Gathered<'_> {
    fn path(&mut self, given: &str) -> Result<(), ContextError> {
        let path = self.workspace.join(given);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => self.file(&path, given),
            Ok(found) if found.is_dir() => self.tree(&path, None),
            Ok(_) => Err(ContextError::Unreadable {
                name: given.to_owned(),
                source: io::Error::other("it is neither a file nor a directory"),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.glob(given),
            Err(source) => Err(ContextError::Unreadable { name: given.to_owned(), source }),
        }
    }

    fn file(&mut self, path: &Path, name: &str) -> Result<(), ContextError> {
        let unreadable = |source| ContextError::Unreadable { name: name.to_owned(), source };
        let file = File::open(path).and_then(as_it_is).map_err(unreadable)?;
        self.parts.push(self.store.keep(name, file)?);
        Ok(())
    }

    fn glob(&mut self, pattern: &str) -> Result<(), ContextError> {
        let missing = || ContextError::Missing(pattern.to_owned());
        if !pattern.contains(['*', '?', '[', '{']) {
            return Err(missing());
        }
        let whole = self.workspace.join(pattern);
        let text = whole.to_string_lossy();
        let matcher =
            GlobBuilder::new(&text).literal_separator(true).build().map_err(|_| missing())?.compile_matcher();
        let before = self.parts.len();
        self.tree(&root_of(&whole), Some(&matcher))?;
        if self.parts.len() == before { Err(missing()) } else { Ok(()) }
    }

    /// Every text below `root`, in the order of the names; what is no text or cannot be read is passed over and said.
    fn tree(&mut self, root: &Path, matcher: Option<&globset::GlobMatcher>) -> Result<(), ContextError> {
        self.is_many = true;
        let mut builder = WalkBuilder::new(root);
        builder
            .hidden(false)
            .require_git(false)
            .follow_links(false)
            .sort_by_file_path(Ord::cmp)
            .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
        let (mut passed_over, mut unseen) = (Vec::new(), Vec::new());
        for entry in builder.build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    unseen.push(error.to_string());
                    continue;
                }
            };
            let is_wanted = matcher.is_none_or(|matcher| matcher.is_match(entry.path()));
            if !is_wanted || !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let name = entry
                .path()
                .strip_prefix(self.workspace)
                .unwrap_or(entry.path())
                .to_string_lossy()
                .into_owned();
            if is_secret(entry.path()) || !(self.may_read)(entry.path()) {
                passed_over.push(name);
                continue;
            }
            match self.file(entry.path(), &name) {
                Ok(()) => {}
                Err(ContextError::Binary(name) | ContextError::Unreadable { name, .. }) => {
                    passed_over.push(name);
                }
                Err(error) => return Err(error),
            }
        }
        self.notices.extend(passed_over_text(&passed_over));
        self.notices.extend(unseen_text(&unseen));
        Ok(())
    }
}

/// Whether a file holds secrets by its name: never in a context unless somebody names it.
fn is_secret(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let has_ending =
        [".pem", ".key", ".p12", ".pfx", ".keystore"].iter().any(|ending| name.ends_with(ending));
    is_environment_file(&name)
        || has_ending
        || name.starts_with("id_rsa")
        || name.starts_with("id_ed25519")
        || matches!(name.as_str(), ".netrc" | ".npmrc" | ".pypirc" | "credentials" | "credentials.toml")
}

/// The directory that a glob's walk begins at: everything before its first component with a wildcard.
fn root_of(pattern: &Path) -> PathBuf {
    let plain = |component: &std::path::Component<'_>| {
        !component.as_os_str().to_string_lossy().contains(['*', '?', '[', '{'])
    };
    pattern.components().take_while(plain).collect()
}

fn unseen_text(errors: &[String]) -> Option<String> {
    let first = errors.first()?;
    let more = errors.len() - 1;
    let others = if more > 0 { format!(", and {more} more") } else { String::new() };
    Some(format!("What could not be looked into is not in the context: {first}{others}."))
}

fn passed_over_text(names: &[String]) -> Option<String> {
    let shown = names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!(
            "{shown} is not in the context: it is binary, secret by its name or a rule, or cannot be read."
        )),
        count => Some(format!(
            "{count} files are not in the context: they are binary, secret by their name or a rule, or cannot be read ({shown}{}).",
            if count > 3 { ", …" } else { "" }
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stage {
        directory: tempfile::TempDir,
        store: ContextStore,
    }

    impl Stage {
        fn new(files: &[(&str, &[u8])]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            for (name, bytes) in files {
                let path = directory.path().join("w").join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            let store = ContextStore::new(&directory.path().join("state"));
            Self { directory, store }
        }

        fn load(&self, paths: &[&str]) -> Result<LoadedContext, ContextError> {
            let sources = paths.iter().map(|path| ContextSource::Path((*path).to_owned())).collect();
            load(&self.store, &self.directory.path().join("w"), sources, &|path| !path.ends_with("denied"))
        }

        fn names(&self, paths: &[&str]) -> Vec<String> {
            self.load(paths).unwrap().corpus.parts.iter().map(|part| part.name.clone()).collect()
        }
    }

    #[test]
    fn a_file_is_a_text_and_several_are_texts_by_name() {
        let stage =
            Stage::new(&[("a.txt", b"a"), ("sub/b.txt", b"b"), ("c.md", b"c"), (".gitignore", b"c.md\n")]);
        assert_eq!(stage.load(&["a.txt"]).unwrap().corpus.shape, CorpusShape::Text);
        assert_eq!(stage.load(&["a.txt", "c.md"]).unwrap().corpus.shape, CorpusShape::Dict);
        assert_eq!(stage.names(&["."]), [".gitignore", "a.txt", "sub/b.txt"]);
        assert_eq!(stage.names(&["sub"]), ["sub/b.txt"]);
        assert_eq!(stage.names(&["**/*.txt"]), ["a.txt", "sub/b.txt"]);
        assert_eq!(stage.names(&["*.txt"]), ["a.txt"]);
    }

    #[test]
    fn bad_input_gets_a_clear_word() {
        let stage = Stage::new(&[("empty", b""), ("bin", b"\0\x01"), ("good", b"x")]);
        let said = |paths: &[&str]| stage.load(paths).unwrap_err().to_string();
        assert!(said(&["nothing"]).contains("no file, directory or match for \"nothing\""));
        assert!(said(&["*.log"]).contains("*.log"));
        assert!(said(&["empty"]).contains("the context is empty: empty"));
        assert!(said(&["bin"]).contains("bin is binary"));
        let loaded = stage.load(&["."]).unwrap();
        assert_eq!(
            loaded.notices,
            ["bin is not in the context: it is binary, secret by its name or a rule, or cannot be read."]
        );
        assert_eq!(loaded.corpus.parts.len(), 1);
    }

    #[test]
    fn secrets_and_what_a_rule_denies_stay_out_unless_they_are_named() {
        let stage =
            Stage::new(&[("a.txt", b"a"), (".env", b"KEY=1"), ("tls/server.pem", b"x"), ("denied", b"d")]);
        assert_eq!(stage.names(&["."]), ["a.txt"]);
        assert_eq!(stage.names(&[".env"]), [".env"]);
        assert!(!is_secret(Path::new("a/.env.example")) && is_secret(Path::new("a/.env.local")));
    }

    #[test]
    fn a_name_stands_for_one_text() {
        let stage = Stage::new(&[("a", b"one"), ("sub/b", b"two"), ("c\nIgnore all", b"three")]);
        assert_eq!(stage.names(&["a", "a"]), ["a"]);
        assert_eq!(stage.load(&["a", "a"]).unwrap().corpus.shape, CorpusShape::Text);
        assert_eq!(stage.names(&["a", "sub", "sub/*"]), ["a", "sub/b"]);
        assert_eq!(stage.names(&["c*", "a"]), ["c\u{fffd}Ignore all", "a"]);
        let text = |name: &str, text: &'static str| ContextSource::Text {
            name: name.into(),
            reader: Box::new(text.as_bytes()),
        };
        let texts = vec![text("t", "1"), text("t", "2"), text("t", "3"), text("t", "2")];
        let loaded = load(&stage.store, stage.directory.path(), texts, &|_| true).unwrap();
        let names: Vec<&str> = loaded.corpus.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["t", "t (2)", "t (3)"]);
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_taken_as_it_was() {
        let stage = Stage::new(&[("growing", b"one\n")]);
        let path = stage.directory.path().join("w/growing");
        let mut reader = as_it_is(File::open(&path).unwrap()).unwrap();
        std::fs::write(&path, "one\ntwo\n").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\n");
        assert!(stage.load(&["/proc/self/status"]).unwrap().corpus.parts[0].text.as_str().contains("Name:"));
    }
}
