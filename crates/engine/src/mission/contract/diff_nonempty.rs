//! The working tree differs from its last commit below a path.

use super::super::git;
use super::CheckPlace;

pub(super) async fn check(path: Option<&str>, place: &CheckPlace<'_>) -> Result<(), String> {
    let below = path.map(|path| format!(":(glob){path}"));
    let tree = path.map(|path| format!(":(glob){}/**", path.trim_end_matches('/')));
    // Git would run what repositories within this one configure, which a confined command may have made.
    let within = "--ignore-submodules=dirty";
    let mut arguments = vec!["status", "--porcelain", "-z", "--untracked-files=all", within, "--"];
    arguments.extend(below.as_deref());
    arguments.extend(tree.as_deref());
    let changed = git::run(place.workspace, &arguments).await?;
    if !changed.is_empty() {
        return Ok(());
    }
    let place = path.map_or("anywhere".to_owned(), |path| format!("in {path}"));
    Err(format!("nothing differs from the last commit {place}"))
}
