//! The little that is asked of git: what differs, and what changed often. Read-only.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::intake::Churn;

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take while a command waits.
const HASTE: Duration = Duration::from_secs(5);
/// Commits that count as the recent past.
const RECENT: &str = "--max-count=300";

/// What git says. The error is one sentence. No lock is taken, and no program that the repository names for watching
/// files is started.
pub(crate) async fn run(workspace: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(arguments)
        .current_dir(workspace)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| "git took too long".to_owned())?;
    let output = output.map_err(|error| format!("git did not run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("git failed: {}", said.trim().lines().next_back().unwrap_or_default()))
}

/// The files below a path that differ from the last commit, those that git does not know among them; nothing where there
/// is no git.
pub(crate) async fn uncommitted(workspace: &Path, below: &Path) -> Vec<PathBuf> {
    // A pattern of the shell is one of git's as well.
    let below = below.to_string_lossy();
    let working =
        ["ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard", "--", &below];
    let staged = [
        "diff",
        "--cached",
        "--name-only",
        "--relative",
        "--no-ext-diff",
        "--ignore-submodules=dirty",
        "-z",
        "--",
        &below,
    ];
    let mut found = Vec::new();
    for arguments in [&working[..], &staged[..]] {
        let names = timeout(HASTE, run(workspace, arguments)).await;
        let names = names.unwrap_or_else(|_| Ok(Vec::new())).unwrap_or_default();
        let names = String::from_utf8_lossy(&names);
        found.extend(names.split('\0').filter(|name| !name.is_empty()).map(|name| workspace.join(name)));
    }
    found.sort();
    found.dedup();
    found
}

/// How often each file of the workspace changed in the last commits; nothing where there is no git.
pub async fn churn(workspace: &Path) -> Churn {
    let arguments = ["log", RECENT, "--no-merges", "--relative", "--name-only", "--format=", "-z"];
    let Ok(names) = run(workspace, &arguments).await else { return Churn::new() };
    let mut churn = Churn::new();
    for name in String::from_utf8_lossy(&names).split(['\0', '\n']).filter(|name| !name.is_empty()) {
        *churn.entry(name.to_owned()).or_default() += 1;
    }
    churn
}
