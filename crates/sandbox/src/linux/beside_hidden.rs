//! What a command may still read where Landlock keeps it from the hidden places.
//!
//! Landlock gives rights to whole trees and takes none away inside of them. So a directory on the way to a hidden place is
//! not given as a whole: everything that stands in it is given by itself, but for the hidden places.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::places::Places;

/// The most places that are given one by one.
const MOST_PLACES: usize = 20_000;

/// The trees and files that may be read: all but the hidden places, with the directories on the way to them left out. `None`
/// when nothing is hidden, and everything may be read.
pub(super) fn readable(places: &Places) -> io::Result<Option<Vec<PathBuf>>> {
    let hidden: BTreeSet<&Path> = places.hidden().collect();
    if hidden.is_empty() {
        return Ok(None);
    }
    let ways: BTreeSet<&Path> = hidden.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    // A right belongs to the file, so another name of a hidden one would give it.
    let nodes: BTreeSet<(u64, u64)> =
        hidden.iter().filter_map(|path| path.symlink_metadata().ok()).map(|found| node(&found)).collect();
    let mut readable = Vec::new();
    for way in &ways {
        // What cannot be listed can be left out.
        for entry in way.read_dir().into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            // A link is opened as what it leads to, which is given where it stands.
            let is_given =
                entry.metadata().is_ok_and(|found| !found.is_symlink() && !nodes.contains(&node(&found)))
                    && !ways.contains(path.as_path());
            readable.extend(is_given.then_some(path));
        }
        if readable.len() > MOST_PLACES {
            let said = format!("more than {MOST_PLACES} files and directories stand beside withheld ones");
            return Err(io::Error::other(said));
        }
    }
    Ok(Some(readable))
}

fn node(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_all_is_given_but_the_hidden_its_other_names_and_the_way_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("api/src")).unwrap();
        for file in ["api/.env", "api/main.rs", "README.md"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        std::fs::hard_link(root.join("api/.env"), root.join("api/copy")).unwrap();
        std::os::unix::fs::symlink(".env", root.join("api/link")).unwrap();
        let places = Places { hidden_files: [root.join("api/.env")].into(), ..Places::default() };
        let readable = readable(&places).unwrap().unwrap();
        let inside: BTreeSet<&Path> =
            readable.iter().filter_map(|path| path.strip_prefix(&root).ok()).collect();
        assert_eq!(inside, ["README.md", "api/main.rs", "api/src"].map(Path::new).into());
        assert!(
            readable.contains(&"/usr".into())
                && !root.ancestors().any(|way| readable.iter().any(|it| it == way))
        );
        assert!(super::readable(&Places::default()).unwrap().is_none());
    }
}
