//! What is near a path that does not exist: the names in its directory that look like it.

use std::path::Path;

use super::spelling::spelled;

/// How many entries of a directory are compared at most, so that a huge one costs nothing noticeable.
const COMPARED: usize = 2_000;
/// How many names are offered.
const OFFERED: usize = 3;
/// How alike two names must be, from 0 to 1; found by trying misspellings and other extensions.
const LIKENESS: f32 = 0.6;

/// A sentence with a space before it that names what is near `relative`; empty when nothing is.
pub(super) fn sentence(root: &Path, relative: &Path) -> String {
    let parent = relative.parent().unwrap_or(Path::new(""));
    if !root.join(parent).is_dir() {
        return format!(" Its directory `{}` does not exist either.", parent.display());
    }
    let wanted = relative.file_name().unwrap_or_default().to_string_lossy();
    let names = names_in(&root.join(parent));
    let folded: Vec<(String, &String)> = names.iter().map(|name| (name.to_lowercase(), name)).collect();
    let candidates: Vec<&str> = folded.iter().map(|(lower, _)| lower.as_str()).collect();
    let near = similar::get_close_matches(wanted.to_lowercase().as_str(), &candidates, OFFERED, LIKENESS);
    let offers: Vec<String> = near
        .iter()
        .filter_map(|lower| folded.iter().find(|(known, _)| known == *lower))
        .map(|(_, name)| format!("`{}`", spelled(&parent.join(name).to_string_lossy())))
        .collect();
    if offers.is_empty() { String::new() } else { format!(" Near it: {}.", offers.join(", ")) }
}

fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let names =
        entries.take(COMPARED).flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}
