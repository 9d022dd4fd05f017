//! The demo: a recorded session, played with the real tools in a repository of its own that is gone afterwards.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use headwater_protocol::Provider;
use headwater_providers::demo;
use tempfile::TempDir;

use crate::output;
use crate::premises::Premises;
use crate::session::Attendance;
use crate::user_error::UserError;
use crate::vendors::provider_name;

pub(crate) use demo::{NAME, PROMPT};

/// The wait before each delta at the screen, so that a person can follow.
const PACE: Duration = Duration::from_millis(25);

/// The recorded session as a model port.
pub(crate) fn provider(attendance: Attendance) -> Arc<dyn Provider> {
    demo::provider(match attendance {
        Attendance::Person => PACE,
        Attendance::Nobody => Duration::ZERO,
    })
}

/// Where the demo is chosen: makes its repository and moves the premises there. It is removed when dropped.
pub(crate) fn move_in(premises: &mut Premises) -> Result<Option<TempDir>> {
    if provider_name(premises.settings()) != Some(NAME) {
        return Ok(None);
    }
    let directory = tempfile::Builder::new().prefix("headwater-demo-").tempdir();
    let directory = directory.context("no temporary directory can be made for the demo")?;
    premises.workspace = directory.path().canonicalize()?;
    furnish(&premises.workspace)?;
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
