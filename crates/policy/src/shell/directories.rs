//! Where a command may find itself: every directory which the `cd`s before it may have led to.

use std::path::{Path, PathBuf};

use crate::paths::normalized;

use super::word::Word;

/// More possible directories than this are not followed.
const MAX_TRACKED: usize = 8;

/// The set of directories a command may run in; `None` stands for one that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directories(Vec<Option<PathBuf>>);

impl Directories {
    /// Exactly one directory.
    pub(crate) fn at(directory: &Path) -> Self {
        Self(vec![Some(normalized(directory))])
    }

    /// No directory is known.
    pub(crate) fn unknown() -> Self {
        Self(vec![None])
    }

    /// The possible directories.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&Path>> {
        self.0.iter().map(Option::as_deref)
    }

    /// Adds what the other may be.
    pub(crate) fn merge(&mut self, other: &Self) {
        for directory in &other.0 {
            if !self.0.contains(directory) {
                self.0.push(directory.clone());
            }
        }
        if self.0.len() > MAX_TRACKED {
            *self = Self::unknown();
        }
    }

    /// Where `cd target` leads from here. Without a target it leads home.
    pub(crate) fn after_cd(&self, target: Option<&Word>, home: Option<&Path>) -> Self {
        let Some(word) = target else {
            return Self(vec![home.map(normalized)]);
        };
        if word.is_dynamic || word.is_glob || word.text == "-" {
            return Self::unknown();
        }
        if let Some(rest) = word.tilde_rest() {
            return Self(vec![home.map(|home| normalized(&home.join(rest)))]);
        }
        let reached = self.0.iter().map(|from| {
            let target = Path::new(&word.text);
            if target.is_absolute() {
                return Some(normalized(target));
            }
            from.as_deref().map(|from| normalized(&from.join(target)))
        });
        Self(reached.collect())
    }
}
