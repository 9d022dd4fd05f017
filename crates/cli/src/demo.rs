//! The demo: recorded answers, played with the real tools in a repository of its own that is gone afterwards.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use headwater_protocol::{ModeId, Provider};
use headwater_providers::demo;
use tempfile::TempDir;

use crate::output;
use crate::premises::Premises;
use crate::session::Attendance;
use crate::user_error::UserError;
use crate::vendors::provider_name;

pub(crate) use demo::{LOG_NAME, MISSION_PROMPT, NAME};

/// The wait before each delta at the screen, so that a person can follow.
const PACE: Duration = Duration::from_millis(25);

/// The seed of the log: the same lines at each start.
const LOG_SEED: u64 = 3;

/// Whether the settings choose the demo.
pub(crate) fn is_chosen(premises: &Premises) -> bool {
    provider_name(premises.settings()) == Some(NAME)
}

/// The recordings as a model port.
pub(crate) fn provider(attendance: Attendance) -> Arc<dyn Provider> {
    demo::provider(pace(attendance))
}

/// The same as the port of children.
pub(crate) fn reader(attendance: Attendance) -> Arc<dyn Provider> {
    demo::reader(pace(attendance))
}

fn pace(attendance: Attendance) -> Duration {
    match attendance {
        Attendance::Person => PACE,
        Attendance::Nobody | Attendance::Elsewhere => Duration::ZERO,
    }
}

/// What to say in a mode to see what is recorded for it.
pub(crate) fn prompt(mode: ModeId) -> &'static str {
    match mode {
        ModeId::Plan | ModeId::Agent | ModeId::Yolo => demo::PROMPT,
        ModeId::Recursive => MISSION_PROMPT,
    }
}

/// Where the demo is chosen: makes its repository and moves the premises there. It is removed when dropped.
pub(crate) fn move_in(premises: &mut Premises) -> Result<Option<TempDir>> {
    if !is_chosen(premises) {
        return Ok(None);
    }
    let directory = tempfile::Builder::new().prefix("headwater-demo-").tempdir();
    let directory = directory.context("no temporary directory can be made for the demo")?;
    premises.workspace = directory.path().canonicalize()?;
    furnish(&premises.workspace)?;
    write_log(&premises.workspace)?;
    output::note(&format!("demo: a repository in {}, removed at the end", premises.workspace.display()));
    Ok(Some(directory))
}

/// Writes the files and commits them.
fn furnish(repository: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for file in demo::workspace_files() {
        let path = repository.join(file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, file.content).with_context(|| format!("cannot write {}", path.display()))?;
        if file.is_executable {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    git(repository, &["init", "--quiet", "--initial-branch=main"])?;
    git(repository, &["config", "user.name", "Headwater Demo"])?;
    git(repository, &["config", "user.email", "demo@headwater.invalid"])?;
    git(repository, &["add", "--all"])?;
    git(repository, &["commit", "--quiet", "--message=A slug function with a failing test"])
}

/// Writes the log that the recorded mission is about. It is no part of the repository's history.
fn write_log(repository: &Path) -> Result<()> {
    let path = repository.join(LOG_NAME);
    let write = || {
        let mut out = BufWriter::new(std::fs::File::create(&path)?);
        demo::write_log(LOG_SEED, &mut out)?;
        out.flush()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Runs git free of the person's own configuration: no hooks, no signing, no templates.
fn git(repository: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let output = command.output().map_err(|error| {
        UserError::failed(format!("the demo needs git, which cannot be run: {error}")).hint("Install git.")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let message = output::one_line(&String::from_utf8_lossy(&output.stderr), 200);
    Err(UserError::failed(format!("git {} failed: {message}", arguments.join(" "))).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_committed_and_its_test_fails() {
        let directory = tempfile::tempdir().unwrap();
        furnish(directory.path()).unwrap();
        let status = Command::new("git")
            .arg("-C")
            .arg(directory.path())
            .args(["status", "--porcelain"])
            .output()
            .unwrap();
        assert!(status.status.success() && status.stdout.is_empty());
        let test = Command::new("sh").arg("tests/run.sh").current_dir(directory.path()).output().unwrap();
        assert!(!test.status.success());
    }
}
