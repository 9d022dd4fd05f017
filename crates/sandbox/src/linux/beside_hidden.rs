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

/// What may be read, as [`readable`] has it. What is kept beside too many places is shown rather than that no command starts.
pub(super) fn readable_beside_kept(places: &mut Places) -> io::Result<Option<Vec<PathBuf>>> {
    loop {
        match readable(places) {
            Ok(readable) => return Ok(readable),
            Err(Crowded { way }) => {
                if !places.show_kept(|path| path.starts_with(&way)) && !places.show_kept(|_path| true) {
                    let said =
                        format!("more than {MOST_PLACES} files and directories stand beside withheld ones");
                    return Err(io::Error::other(said));
                }
            }
        }
    }
}

/// The directory in which there is one too many.
#[derive(Debug)]
struct Crowded {
    way: PathBuf,
}

/// The trees and files that may be read: all but the hidden places, with the directories on the way to them left out. `None`
/// when nothing is hidden, and everything may be read.
fn readable(places: &Places) -> Result<Option<Vec<PathBuf>>, Crowded> {
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
            if readable.len() > MOST_PLACES {
                return Err(Crowded { way: way.to_path_buf() });
            }
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

    #[test]
    fn s9_what_is_kept_beside_too_many_places_is_shown_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("crowd/sessions")).unwrap();
        std::fs::create_dir_all(root.join("calm/config")).unwrap();
        for number in 0..=MOST_PLACES {
            std::fs::write(root.join("crowd").join(number.to_string()), "").unwrap();
        }
        let (crowded, calm) = (root.join("crowd/sessions"), root.join("calm/config"));
        let mut places = Places { kept_directories: [crowded, calm.clone()].into(), ..Places::default() };
        assert!(readable_beside_kept(&mut places).unwrap().is_some());
        assert_eq!(places.kept_directories, BTreeSet::from([calm]));
        let mut places = Places { hidden_files: [root.join("crowd/0")].into(), ..Places::default() };
        assert!(readable_beside_kept(&mut places).is_err());
    }
}
