//! A path as the model wrote it, turned into one relative to the workspace by its text alone.

use std::path::{Component, Path, PathBuf};

use super::PathError;

/// `asked` relative to the workspace, whose absolute names are `roots`. `..` stays in it, for links may stand before it,
/// but may not climb above the workspace.
pub(super) fn relative(asked: &str, roots: &[&Path]) -> Result<PathBuf, PathError> {
    if asked.trim().is_empty() {
        return Err(PathError::Empty);
    }
    if asked.contains('\0') {
        return Err(PathError::NulByte);
    }
    if asked == "~" || asked.starts_with("~/") {
        return Err(PathError::Home(asked.to_owned()));
    }
    let path = Path::new(asked);
    let inside = if path.is_absolute() {
        roots.iter().find_map(|root| path.strip_prefix(root).ok())
    } else {
        Some(path)
    };
    let inside = inside.filter(|inside| stays_below(inside));
    inside.map(Path::to_path_buf).ok_or_else(|| PathError::Outside(asked.to_owned()))
}

/// `path` without `.` and `..`, by its text alone.
pub(super) fn without_dots(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
        plain
    })
}

fn stays_below(path: &Path) -> bool {
    let mut depth = 0_usize;
    path.components().all(|component| {
        let next = match component {
            Component::Normal(_) => depth.checked_add(1),
            Component::ParentDir => depth.checked_sub(1),
            Component::CurDir => Some(depth),
            Component::RootDir | Component::Prefix(_) => None,
        };
        depth = next.unwrap_or_default();
        next.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_as_relative_to_the_workspace_or_refused() {
        let roots = [Path::new("/work/link"), Path::new("/work/real")];
        let table = [
            ("src/a.rs", Some("src/a.rs")),
            ("./src/a.rs", Some("./src/a.rs")),
            ("src/../b", Some("src/../b")),
            ("/work/real/src/a.rs", Some("src/a.rs")),
            ("/work/link/b", Some("b")),
            ("/work/real", Some("")),
            ("~file", Some("~file")),
            ("..", None),
            ("a/../../b", None),
            ("/work/realm/b", None),
            ("/work/real/../b", None),
            ("/etc/passwd", None),
            ("~/x", None),
            ("~", None),
            ("", None),
            (" ", None),
            ("a\0b", None),
        ];
        for (asked, expected) in table {
            assert_eq!(relative(asked, &roots).ok(), expected.map(PathBuf::from), "{asked:?}");
        }
    }
}
