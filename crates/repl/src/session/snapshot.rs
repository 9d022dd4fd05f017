//! What is kept of the variables on disk: one small file that is always replaced as a whole, and a file beside it for each
//! large variable, written once. A process that dies at any moment leaves the state before or after a block.
//!
//! *Invariants:* nothing in it is ever interpreted here; a pickle is only read by a contained worker.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::process::Kept;

/// Above this, in bytes, a variable has a file of its own.
const LARGE: usize = 64 << 10;
/// The version of the format.
const VERSION: u32 = 1;

/// The variables as they were after the last block.
#[derive(Debug)]
pub(crate) struct Snapshot {
    path: PathBuf,
    list: List,
}

/// The small file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct List {
    version: u32,
    /// The number of the next file of a large variable.
    next: u64,
    variables: Vec<Stored>,
}

/// A variable in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    name: String,
    how: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    data: Value,
    /// The file of a large one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<u64>,
}

impl Snapshot {
    /// What `path` holds; nothing when there is no such file.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let list = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => List::default(),
            Err(error) => return Err(error),
        };
        if list.version > VERSION {
            return Err(io::Error::other("a newer version of this program wrote it"));
        }
        Ok(Self { path, list })
    }

    /// One that holds nothing yet.
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf(), list: List::default() }
    }

    /// Whether there is nothing to bring back.
    pub(super) fn is_empty(&self) -> bool {
        self.list.variables.is_empty()
    }

    /// The names, in the order in which they were bound.
    pub(super) fn order(&self) -> Vec<String> {
        self.list.variables.iter().map(|stored| stored.name.clone()).collect()
    }

    /// All variables, those that have files read from there. One whose file is gone counts as lost.
    pub(crate) fn variables(&self) -> Vec<Kept> {
        let kept = |stored: &Stored| {
            let (name, how) = (stored.name.clone(), stored.how.clone());
            let Some(file) = stored.file else { return Kept { name, how, data: stored.data.clone() } };
            match std::fs::read_to_string(large_file(&self.path, file)) {
                Ok(data) => Kept { name, how, data: Value::String(data) },
                Err(error) => {
                    tracing::warn!(%error, variable = name, "a part of the snapshot is gone");
                    Kept { name, how: "lost".to_owned(), data: Value::Null }
                }
            }
        };
        self.list.variables.iter().map(kept).collect()
    }

    /// Takes over what a block changed and writes it. Blocks the thread.
    pub(crate) fn keep(&mut self, changed: Vec<Kept>, gone: &[String]) -> io::Result<()> {
        if changed.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut unused: Vec<u64> = Vec::new();
        self.list.variables.retain(|stored| {
            let stays = !gone.contains(&stored.name);
            unused.extend(stored.file.filter(|_| !stays));
            stays
        });
        for kept in changed {
            unused.extend(self.put(kept)?);
        }
        self.list.version = VERSION;
        self.write_list()?;
        for file in unused {
            // One that stays behind takes room and does no harm.
            std::fs::remove_file(large_file(&self.path, file)).ok();
        }
        Ok(())
    }

    /// Puts a variable into the list; returns the file it no longer needs.
    fn put(&mut self, kept: Kept) -> io::Result<Option<u64>> {
        let Kept { name, how, data } = kept;
        let mut stored = Stored { name, how, data, file: None };
        if let Value::String(text) = &stored.data
            && text.len() > LARGE
            && stored.how != "json"
        {
            let number = self.list.next;
            self.list.next = number.saturating_add(1);
            std::fs::create_dir_all(large_folder(&self.path))?;
            std::fs::write(large_file(&self.path, number), text)?;
            stored.data = Value::Null;
            stored.file = Some(number);
        }
        if let Some(known) = self.list.variables.iter_mut().find(|known| known.name == stored.name) {
            return Ok(std::mem::replace(known, stored).file);
        }
        self.list.variables.push(stored);
        Ok(None)
    }

    fn write_list(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&self.list)?)?;
        file.persist(&self.path).map(drop).map_err(|error| error.error)
    }
}

fn large_folder(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".d");
    path.with_file_name(name)
}

fn large_file(path: &Path, number: u64) -> PathBuf {
    large_folder(path).join(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, how: &str, data: impl Into<Value>) -> Kept {
        Kept { name: name.into(), how: how.into(), data: data.into() }
    }

    #[test]
    fn variables_come_back_in_their_order_and_large_ones_have_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/variables.json");
        let large = "x".repeat(LARGE + 1);
        let mut snapshot = Snapshot::open(path.clone()).unwrap();
        assert!(snapshot.is_empty());
        snapshot.keep(vec![kept("a", "json", 1), kept("b", "pickle", large.clone())], &[]).unwrap();
        snapshot.keep(vec![kept("c", "json", 3), kept("a", "json", 2)], &[]).unwrap();
        let again = Snapshot::open(path.clone()).unwrap();
        let expected = [kept("a", "json", 2), kept("b", "pickle", large.clone()), kept("c", "json", 3)];
        assert_eq!(again.variables(), expected);
        assert!(std::fs::metadata(&path).unwrap().len() < 1000);

        snapshot.keep(vec![kept("b", "pickle", large + "y")], &["a".into()]).unwrap();
        assert_eq!(std::fs::read_dir(large_folder(&path)).unwrap().count(), 1, "the old file is gone");
        assert_eq!(Snapshot::open(path).unwrap().order(), ["b", "c"]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_a_lost_part_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("variables.json");
        let mut snapshot = Snapshot::open(path.clone()).unwrap();
        snapshot.keep(vec![kept("b", "pickle", "x".repeat(LARGE + 1))], &[]).unwrap();
        std::fs::remove_dir_all(large_folder(&path)).unwrap();
        assert_eq!(snapshot.variables(), [kept("b", "lost", Value::Null)]);
        for wrong in ["{", "{\"version\": 2, \"next\": 0, \"variables\": []}"] {
            std::fs::write(&path, wrong).unwrap();
            Snapshot::open(path.clone()).unwrap_err();
        }
    }
}
