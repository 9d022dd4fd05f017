//! Withheld files in words: which are hidden from commands, which may not be changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use headwater_engine::withheld::Found;

/// The most names in one line.
const MOST_NAMES: usize = 12;

/// What a search found, a line each of what there is.
pub(crate) fn listed(found: &Found, workspace: &Path) -> String {
    let mut text = String::new();
    for (label, paths) in [("hidden", &found.hidden), ("fixed", &found.fixed), ("kept", &found.kept)] {
        if !paths.is_empty() {
            // Writing to a String cannot fail.
            let _never = writeln!(text, "{label:<6} {}", names(paths, workspace));
        }
    }
    text
}

/// The names of some paths, those of directories with a stroke.
pub(crate) fn names(paths: &[PathBuf], workspace: &Path) -> String {
    let name = |path: &PathBuf| {
        let stroke = if path.is_dir() { "/" } else { "" };
        format!("{}{stroke}", path.strip_prefix(workspace).unwrap_or(path).display())
    };
    let mut shown: Vec<String> = paths.iter().take(MOST_NAMES).map(name).collect();
    if let Some(more) = paths.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}
