//! Where the paths of a call lead: a rule about a file holds whatever symbolic link it is reached by.

use std::path::{Path, PathBuf};

use headwater_protocol::Access;

/// What a call touches, with the files of the workspace that its paths lead to by symbolic links. What they lead to
/// elsewhere is not named: no file tool follows them there.
pub(crate) fn with_real_paths(access: Access, workspace: &Path) -> Access {
    match access {
        Access::Read(paths) => Access::Read(with_targets(paths, workspace)),
        Access::Write(paths) => Access::Write(with_targets(paths, workspace)),
        Access::Nothing | Access::Ask | Access::Run { .. } => access,
    }
}

/// The paths, and behind them what those of them that are links lead to.
fn with_targets(mut paths: Vec<PathBuf>, workspace: &Path) -> Vec<PathBuf> {
    let Ok(root) = workspace.canonicalize() else { return paths };
    let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    let targets: Vec<PathBuf> = paths
        .iter()
        .map(|path| workspace.join(path))
        .filter(|path| path.ancestors().take_while(|above| *above != workspace).any(is_link))
        .filter_map(|path| real(&path)?.strip_prefix(&root).ok().map(Path::to_owned))
        .collect();
    paths.extend(targets);
    paths
}

/// The place without a link in it; of a file that is yet to be made, that of its directory.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn p5_a_link_is_judged_as_what_it_leads_to() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        std::fs::create_dir_all(at("deep/down")).unwrap();
        for file in [".env", "deep/down/plain.txt"] {
            std::fs::write(at(file), "KEY=1\n").unwrap();
        }
        symlink(".env", at("link")).unwrap();
        symlink("link", at("twice")).unwrap();
        symlink("deep", at("short")).unwrap();
        symlink("/etc/hosts", at("out")).unwrap();
        symlink("round", at("round")).unwrap();
        for (named, target) in [
            ("link", Some(".env")),
            ("twice", Some(".env")),
            ("short/down/plain.txt", Some("deep/down/plain.txt")),
            ("short/new.txt", Some("deep/new.txt")),
            ("deep/down/plain.txt", None),
            ("deep/../.env", None),
            ("out", None),
            ("new.txt", None),
        ] {
            let Access::Read(paths) =
                with_real_paths(Access::Read(vec![PathBuf::from(named)]), workspace.path())
            else {
                panic!("a reading call")
            };
            let expected: Vec<PathBuf> = std::iter::once(named).chain(target).map(PathBuf::from).collect();
            assert_eq!(paths, expected, "{named}");
        }
        let round = Access::Write(vec![PathBuf::from("round")]);
        assert!(matches!(with_real_paths(round, workspace.path()), Access::Write(paths) if paths.len() <= 2));
    }
}
