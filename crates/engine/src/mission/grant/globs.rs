//! Globs of a card over paths of the workspace, component by component.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// What makes a name a pattern.
const WILD: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Globs: `*` stays within one component, `**` crosses them, and a name without wildcards also stands for everything
/// below it.
#[derive(Clone, Debug)]
pub struct PathGlobs {
    set: GlobSet,
    texts: Vec<String>,
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
        Ok(Self { set, texts: globs.to_vec() })
    }

    /// Where a walk that is to find everything they hold begins: what stands before the first wildcard of each, as a
    /// path below the workspace.
    pub fn roots(&self) -> Vec<PathBuf> {
        let roots = self.texts.iter().map(|glob| {
            let names = Path::new(glob.trim()).components();
            let plain = names.take_while(|name| !name.as_os_str().to_string_lossy().contains(WILD));
            plain.filter(|name| matches!(name, Component::Normal(_))).collect()
        });
        roots.collect()
    }

    /// The globs as the card has them.
    pub fn texts(&self) -> &[String] {
        &self.texts
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
