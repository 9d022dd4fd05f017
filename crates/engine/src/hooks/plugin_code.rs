//! The code of a plugin of a project, all of it: what a yes to its hooks is to. What cannot be sealed whole does not run.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use headwater_protocol::projection::hex;
use ignore::{DirEntry, WalkBuilder};
use sha2::{Digest as _, Sha256};

use super::seal::{is_code, is_kept};
use crate::regular_file;

/// The most files of a plugin that are looked at.
const MOST_FILES: usize = 5_000;
/// How much of a file tells whether it is code.
const HEAD: u64 = 16;

/// The code below a directory with its digests, and the links within it to other directories with where they lead. The
/// error says why a yes cannot be to all of it.
pub(super) fn all_code(root: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let real = root.canonicalize().map_err(|error| cannot(root, root, &error))?;
    let walk = WalkBuilder::new(root).standard_filters(false).sort_by_file_path(Path::cmp).build();
    let mut found = Vec::new();
    let mut files = 0;
    for entry in walk {
        let entry = entry.map_err(|error| format!("a part of its plugin cannot be looked at: {error}"))?;
        let path = entry.path();
        if path.is_file() {
            files += 1;
            if files > MOST_FILES {
                return Err(format!(
                    "its plugin has more than {MOST_FILES} files: not all of them can be looked at"
                ));
            }
            if let Some(digest) = digest_of_code(path).map_err(|error| cannot(root, path, &error))? {
                ends_within(&entry, root, &real)?;
                found.push((path.to_owned(), digest));
            }
        } else if entry.depth() > 0 && entry.path_is_symlink() && path.is_dir() {
            let target = ends_within(&entry, root, &real)?;
            found.push((path.to_owned(), format!("leads to {}", target.display())));
        }
    }
    Ok(found)
}

/// Where an entry really is: below the directory of the plugin, whose own walk then meets what a link leads to.
fn ends_within(entry: &DirEntry, root: &Path, real: &Path) -> Result<PathBuf, String> {
    let path = entry.path();
    let target = path.canonicalize().map_err(|error| cannot(root, path, &error))?;
    let below = target.strip_prefix(real).map(Path::to_owned);
    below.map_err(|_| format!("{} leads out of its plugin, where nothing is looked at", shown(root, path)))
}

/// The digest of a file of code. One that cannot be read and is not named like code is none: no program can load it.
fn digest_of_code(path: &Path) -> io::Result<Option<String>> {
    let is_named = is_code(path);
    let mut file = match regular_file::open(path) {
        Ok(file) => file,
        Err(_) if !is_named => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    if !(is_named || head.starts_with(b"#!")) || is_kept(path, &head) {
        return Ok(None);
    }
    let mut sum = Sha256::new_with_prefix(&head);
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Some(hex(&sum.finalize()))),
            read => sum.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

fn cannot(root: &Path, path: &Path, error: &io::Error) -> String {
    format!("{} of its plugin cannot be looked at: {error}", shown(root, path))
}

fn shown(root: &Path, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(below) if below != Path::new("") => below.display().to_string(),
        Ok(_) | Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn b7_code_behind_links_of_a_plugin_is_sealed_or_the_plugin_does_not_run() {
        let place = tempfile::tempdir().unwrap();
        let (root, outside) = (place.path().join("plugin"), place.path().join("outside"));
        for directory in [root.join("one"), root.join("two"), outside.clone()] {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join("lib.py"), "1").unwrap();
            std::fs::write(directory.join("data"), "1").unwrap();
        }
        symlink("one", root.join("lib")).unwrap();
        let before = all_code(&root).unwrap();
        assert_eq!(before.len(), 3, "two files, and where the link leads");
        std::fs::write(root.join("lib/lib.py"), "2").unwrap();
        assert_ne!(all_code(&root).unwrap(), before);
        std::fs::write(root.join("lib/lib.py"), "1").unwrap();
        std::fs::remove_file(root.join("lib")).unwrap();
        symlink("two", root.join("lib")).unwrap();
        assert_ne!(all_code(&root).unwrap(), before, "it leads elsewhere");
        // A text that lies elsewhere is no code; a link to nothing brings none.
        symlink(outside.join("data"), root.join("data")).unwrap();
        symlink(outside.join("absent"), root.join("absent")).unwrap();
        assert_eq!(all_code(&root).unwrap().len(), 3);
        for target in [outside.clone(), outside.join("lib.py"), place.path().to_owned()] {
            let link = root.join(if target.is_dir() { "far" } else { "far.py" });
            symlink(target, &link).unwrap();
            let why = all_code(&root).unwrap_err();
            assert!(why.contains("far") && why.contains("leads out of its plugin"), "{why}");
            std::fs::remove_file(link).unwrap();
        }
    }

    #[test]
    fn b7_a_plugin_of_more_files_than_are_looked_at_does_not_run() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..MOST_FILES {
            std::fs::write(root.path().join(format!("{n}.txt")), "").unwrap();
        }
        assert!(all_code(root.path()).is_ok());
        std::fs::write(root.path().join("z.py"), "1").unwrap();
        assert!(all_code(root.path()).unwrap_err().contains("more than 5000 files"));
    }
}
