//! Hidden places that a command has moved: found again after it, and put back.
//!
//! Landlock keeps a command from reading them, not from giving them another name beside the old one, by which nobody would look
//! for them before the next command. It can move them nowhere else: where more may be done with a file, it may not be moved to.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::aside;
use super::places::Places;

/// Device and number of a file.
type Node = (u64, u64);

/// Where the hidden places and the directories on the way to them were.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// Parents come first.
    places: BTreeMap<PathBuf, Node>,
}

impl Moved {
    /// Notes what can be moved: what lies in a writable tree.
    pub(crate) fn take(places: &Places) -> Self {
        let is_movable =
            |path: &Path| places.writable.iter().any(|tree| path != tree && path.starts_with(tree));
        let all = places.hidden().flat_map(Path::ancestors).filter(|path| is_movable(path));
        let noted = all.filter_map(|path| Some((path.to_path_buf(), node(path)?)));
        Self { places: noted.collect() }
    }

    /// Puts back what was moved; one sentence for each.
    pub(crate) fn put_back(&self) -> Vec<String> {
        let moved = self.places.iter().filter(|(path, old)| node(path) != Some(**old));
        moved.filter_map(|(path, old)| self.found(*old).map(|now| said(path, &now))).collect()
    }

    /// Where a place is now: in one of the directories on the way to any of them.
    fn found(&self, wanted: Node) -> Option<PathBuf> {
        let directories = self.places.keys().filter_map(|path| path.parent());
        let entries =
            directories.flat_map(|directory| fs::read_dir(directory).into_iter().flatten().flatten());
        // Several names of one file may be hidden: one that is in its place is not what is looked for.
        let is_it = |path: &PathBuf| node(path) == Some(wanted) && self.places.get(path) != Some(&wanted);
        entries.map(|entry| entry.path()).find(is_it)
    }
}

fn node(path: &Path) -> Option<Node> {
    let found = path.symlink_metadata().ok()?;
    Some((found.dev(), found.ino()))
}

fn said(path: &Path, now: &Path) -> String {
    let (shown, moved) = (path.display(), now.display());
    let impostor = path.symlink_metadata().is_ok().then(|| aside::keep(path, path)).transpose();
    match impostor.and_then(|impostor| fs::rename(now, path).map(|()| impostor)) {
        Ok(None) => format!("{shown} is withheld; it was moved to {moved} and is back"),
        Ok(Some(impostor)) => format!(
            "{shown} is withheld; it was moved to {moved} and is back; what was in its place is now {}",
            impostor.display()
        ),
        Err(error) => {
            format!("{shown} is withheld; it was moved to {moved} and could NOT be put back ({error})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_what_was_moved_is_put_back_with_the_way_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("api/keys")).unwrap();
        for file in [".env", "api/keys/a", "other"] {
            fs::write(root.join(file), file).unwrap();
        }
        let places = Places {
            writable: [root.clone()].into(),
            hidden_files: [root.join(".env")].into(),
            hidden_directories: [root.join("api/keys")].into(),
            ..Places::default()
        };
        let noted = Moved::take(&places);
        assert!(noted.put_back().is_empty());
        fs::rename(root.join(".env"), root.join("plain")).unwrap();
        fs::rename(root.join("api/keys"), root.join("api/k")).unwrap();
        fs::rename(root.join("api"), root.join("b")).unwrap();
        let told = noted.put_back();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(fs::read_to_string(root.join(".env")).unwrap(), ".env");
        assert_eq!(fs::read_to_string(root.join("api/keys/a")).unwrap(), "api/keys/a");
        fs::rename(root.join(".env"), root.join("plain")).unwrap();
        fs::write(root.join(".env"), "new").unwrap();
        assert!(noted.put_back().concat().contains("what was in its place is now"));
        assert_eq!(fs::read_to_string(root.join(".env")).unwrap(), ".env");
    }
}
