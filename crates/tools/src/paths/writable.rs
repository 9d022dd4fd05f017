//! Whether a place may be changed: not in a read-only mode, and not where what is protected lies.

use std::path::{Component, Path};

use headwater_protocol::Confinement;
use headwater_sandbox::protected_paths;

use super::{PathError, Place};

/// Refuses to change `place` where the confinement forbids it. Protected paths are the same as for commands; a person may
/// lift that for a path they have read, so one that only a symlink leads to stays refused.
pub(crate) fn check_writable(place: &Place, confinement: Confinement) -> Result<(), PathError> {
    let entry = match confinement {
        Confinement::ReadOnly => return Err(PathError::ReadOnlyMode(place.asked.clone())),
        Confinement::Unconfined if protecting_entry(&place.named).is_some() => None,
        Confinement::Unconfined | Confinement::WorkspaceWrite | Confinement::WorkspaceWriteNetwork => {
            protecting_entry(&place.relative)
        }
    };
    match entry {
        Some(entry) => Err(PathError::Protected { path: place.asked.clone(), entry }),
        None => Ok(()),
    }
}

/// The entry of the list that `path` is, lies in, or would take the place of. Letters count the same in both cases,
/// since some file systems see it so.
fn protecting_entry(path: &Path) -> Option<&'static str> {
    protected_paths().iter().copied().find(|entry| {
        let pairs = path.components().zip(Path::new(entry).components());
        path.components().next().is_some() && pairs.into_iter().all(|(left, right)| is_same(left, right))
    })
}

fn is_same(left: Component<'_>, right: Component<'_>) -> bool {
    left.as_os_str().eq_ignore_ascii_case(right.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_obey_later_is_protected() {
        let table = [
            (".git/config", true),
            (".git/hooks/pre-commit", true),
            (".GIT/Hooks/pre-commit", true),
            (".git", true),
            (".headwater/settings.toml", true),
            (".envrc", true),
            (".git/description", false),
            (".github/workflows/ci.yml", false),
            ("src/.envrc.rs", false),
            ("AGENTS.md", false),
            ("", false),
        ];
        for (path, expected) in table {
            assert_eq!(protecting_entry(Path::new(path)).is_some(), expected, "{path}");
        }
    }
}
