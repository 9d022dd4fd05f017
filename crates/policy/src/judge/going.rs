//! Which files go: what a command deletes by name or replaces, and whether that is anybody's but the session's.

use std::path::PathBuf;

use crate::shell::{Unit, Word};

use super::part::Part;
use super::program::{base_name, program_name};
use super::risk::{Finding, Manner, Risk};

/// Programs after which something that was not there before may be a file that was.
const MOVING: &[&str] = &[
    "mv", "rename", "gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "zstd", "zip", "7z", "tar", "rsync",
];
/// The same of git.
const OF_GIT: &[&str] = &["mv", "stash", "checkout", "restore", "switch"];

/// What a command would make go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// The files that are deleted, absolute; some of them need not be there.
    pub files: Vec<PathBuf>,
    /// Where something is moved to, absolute: what is there goes.
    pub replaced: Vec<PathBuf>,
    /// Patterns of what is moved, each with the directory it is moved into: which files these are only the disk tells. Where
    /// one of them replaces something, the pattern below that directory stands for it.
    pub moved: Vec<(PathBuf, PathBuf)>,
    /// Whether it moves files too: one that is not there yet may then be one that was elsewhere.
    pub moves: bool,
}

impl Going {
    /// The same where another command may run before: what is not there yet may then be what that one moved there.
    pub fn follow(&mut self, other: &Self) {
        self.moves |= other.moves;
        let twice: Vec<PathBuf> =
            self.replaced.iter().filter(|path| other.replaced.contains(path)).cloned().collect();
        self.files.extend(twice);
    }
}

/// The files that these parts name and make go.
pub(crate) fn going(parts: &[Part]) -> Going {
    let goes: Vec<_> =
        parts.iter().flat_map(|part| &part.findings).filter_map(|finding| finding.goes.as_ref()).collect();
    let moved = goes.iter().flat_map(|goes| goes.moved.clone()).collect();
    let (mut files, mut replaced) = (Vec::new(), Vec::new());
    for goes in goes {
        for path in &goes.paths {
            let is_deleted = goes.manner == Manner::Deleted;
            // What is moved to a place twice is gone after the second time.
            if is_deleted || replaced.contains(path) {
                files.push(path.clone());
            }
            if !is_deleted {
                replaced.push(path.clone());
            }
        }
    }
    for paths in [&mut files, &mut replaced] {
        paths.sort();
        paths.dedup();
    }
    Going { files, replaced, moved, moves: parts.iter().any(|part| is_moving(&part.unit)) }
}

fn is_moving(unit: &Unit) -> bool {
    let words = unit.words();
    let program = base_name(program_name(words));
    let of_git = |word: &Word| OF_GIT.contains(&word.text.as_str());
    MOVING.contains(&program) || (program == "git" && words.iter().any(of_git))
}

/// Takes the weight off what makes nothing go that stood before the session. Where nobody has looked, what is deleted by name
/// counts as something that did, and what is moved as replacing nothing.
pub(crate) fn weigh(parts: &mut [Part], at_stake: Option<&[PathBuf]>) {
    for finding in parts.iter_mut().flat_map(|part| &mut part.findings) {
        let Some(goes) = &finding.goes else { continue };
        let is_harmless = match at_stake {
            Some(at_stake) => !goes.paths.iter().any(|path| at_stake.contains(path)),
            None => goes.manner == Manner::Replaced,
        };
        if is_harmless {
            let why = match goes.manner {
                Manner::Deleted => "it deletes what this session made, or what is not there",
                Manner::Replaced => "it moves files",
            };
            let harmless = Finding::new(Risk::Local, why);
            *finding = harmless;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b5_what_a_command_before_it_moved_there_goes_too() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let going = |files: &[&str], replaced: &[&str], moves| Going {
            files: paths(files),
            replaced: paths(replaced),
            moved: Vec::new(),
            moves,
        };
        let mut deleting = going(&["/x"], &[], false);
        deleting.follow(&going(&["/y"], &[], false));
        assert!(!deleting.moves, "nothing was moved");
        deleting.follow(&going(&[], &["/x"], true));
        assert_eq!(deleting, going(&["/x"], &[], true));
        let mut moving = going(&[], &["/x", "/z"], true);
        moving.follow(&going(&[], &["/x"], true));
        assert_eq!(moving, going(&["/x"], &["/x", "/z"], true));
    }
}
