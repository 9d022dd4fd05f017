//! The little that is asked of git: what differs, and what changed often. Read-only, and without any program that the
//! repository names.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
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

/// What a filter runs; that it must be run.
const OF_A_FILTER: [&str; 3] = ["clean", "process", "required"];
/// A variable of the environment that is empty.
const NOTHING: &str = "HEADWATER_NOTHING";

/// What git says. The error is one sentence. No lock is taken, and no program is started that the repository names: for
/// watching files, for signatures, for filling in what a partial clone lacks, as a filter. A file that a filter would make
/// the same thus counts as different once it was touched.
pub(crate) async fn run(workspace: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let idle = idle_filters(workspace).await?;
    let output = spawn(workspace, &idle, arguments).await?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(&output.stderr)) }
}

/// Settings by which no filter that is configured runs anything.
async fn idle_filters(workspace: &Path) -> Result<Vec<OsString>, String> {
    let names = ["config", "-z", "--name-only", "--get-regexp", r"^filter\."];
    let output = spawn(workspace, &[], &names).await?;
    // 1: there is none.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(failed(&output.stderr));
    }
    let mut filters: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).filter_map(filter_of).collect();
    filters.sort_unstable();
    filters.dedup();
    let idle = |(filter, key): (&[u8], &str)| {
        let setting =
            [b"--config-env=filter.", filter, b".", key.as_bytes(), b"=", NOTHING.as_bytes()].concat();
        OsStr::from_bytes(&setting).to_owned()
    };
    Ok(filters.into_iter().flat_map(|filter| OF_A_FILTER.map(|key| (filter, key))).map(idle).collect())
}

/// The filter that a setting `filter.NAME.KEY` is about.
fn filter_of(setting: &[u8]) -> Option<&[u8]> {
    let rest = setting.strip_prefix(b"filter.")?;
    rest.get(..rest.iter().rposition(|byte| *byte == b'.')?)
}

async fn spawn(workspace: &Path, settings: &[OsString], arguments: &[&str]) -> Result<Output, String> {
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false"])
        .args(settings)
        .args(arguments)
        .current_dir(workspace)
        .env(NOTHING, "")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        // No protocol has this name.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| "git took too long".to_owned())?;
    output.map_err(|error| format!("git did not run: {error}"))
}

fn failed(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    format!("git failed: {}", said.trim().lines().next_back().unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn s6_what_git_is_asked_before_a_command_runs_nothing_that_the_repository_configures() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path();
        let script =
            "set -e; export HOME=$PWD/home GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
            GIT_COMMITTER_EMAIL=a@b; git init -q; printf text >file; printf text >other; git add .
            git commit -qm one --no-gpg-sign
            printf '#!/bin/sh\ntouch sprung; cat\n' >.git/trap; chmod +x .git/trap
            git config filter.trap.clean .git/trap; git config filter.trap.required true
            git config 'filter.a=b.c.process' .git/trap; git config core.fsmonitor .git/trap
            git config diff.trap.textconv .git/trap; git config diff.external .git/trap
            git config log.showSignature true; git config gpg.program .git/trap
            printf 'file filter=trap diff=trap\nother filter=a=b.c\n' >.git/info/attributes
            printf next >file; printf next >other; touch -d @0 file other";
        let made = Command::new("sh").args(["-c", script]).current_dir(work).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert_eq!(uncommitted(work, Path::new(".")).await, [work.join("file"), work.join("other")]);
        let status = run(work, &["status", "--porcelain", "-z", "--ignore-submodules=dirty"]).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&status), " M file\0 M other\0");
        assert_eq!(churn(work).await.len(), 2);
        assert!(!work.join("sprung").exists(), "git ran what the repository names");
        // The trap is one: git itself springs it.
        Command::new("git").args(["status"]).current_dir(work).output().unwrap();
        assert!(work.join("sprung").exists());
    }
}
