//! Globs of a card over paths of the workspace, component by component.

use std::path::{Component, Path};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs: `*` stays within one component, `**` crosses them, and a name without wildcards also stands for everything
/// below it.
#[derive(Clone, Debug)]
pub struct PathGlobs {
    set: GlobSet,
}

impl PathGlobs {
    /// Reads globs. The error is a sentence: one that is none.
    pub fn new(globs: &[String]) -> Result<Self, String> {
        let mut builder = GlobSetBuilder::new();
        for glob in globs {
            let bare = glob.trim().trim_start_matches("./").trim_end_matches('/');
            // "." is the workspace itself.
            let bare = if matches!(bare, "." | "") { "**" } else { bare };
            for text in [bare.to_owned(), format!("{bare}/**")] {
                let built = GlobBuilder::new(&text).literal_separator(true).build();
                builder.add(built.map_err(|error| format!("`{glob}` is no glob: {}", error.kind()))?);
            }
        }
        let set = builder.build().map_err(|error| format!("The globs cannot be used: {error}"))?;
        Ok(Self { set })
    }

    /// Whether a path, relative to the workspace and without `..`, lies in one of them.
    pub fn holds(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// A path relative to the workspace, without `.` and `..`; `None` when it leaves it.
pub(super) fn relative(path: &Path, workspace: &Path) -> Option<String> {
    let inside = if path.is_absolute() { path.strip_prefix(workspace).ok()? } else { path };
    let mut parts: Vec<&str> = Vec::new();
    for component in inside.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}
