//! Files and programs outside: history, git, exports, the project's instructions. Never on the screen's thread.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::composer::{from_file, to_line};

/// The most of a diff that is shown.
const LONGEST_DIFF: usize = 2 << 20;
/// How a diff is asked for: nothing a repository configures is run.
const DIFF: [&str; 8] = [
    "-c",
    "core.fsmonitor=false",
    "--no-optional-locks",
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "HEAD",
];

/// The messages of the history file; none when it cannot be read, as on the first start.
pub(super) fn load_history(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).map(|text| from_file(&text)).unwrap_or_default()
}

/// Adds a message to the history file, readable for its owner only.
pub(super) fn save_history(file: &Path, entry: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let Some(line) = to_line(entry) else { return Ok(()) };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options.open(file)?.write_all(line.as_bytes())
}

/// The changes of the workspace since the last commit.
pub(super) async fn diff(workspace: &Path) -> Result<String, String> {
    let output = Command::new("git")
        .args(DIFF)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("git cannot be run: {error}."))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("There is no diff: {}", words.lines().next().unwrap_or("git failed")));
    }
    let shown = output.stdout.get(..LONGEST_DIFF).unwrap_or(&output.stdout);
    Ok(String::from_utf8_lossy(shown).into_owned())
}

/// Writes the transcript into a new file of the workspace.
pub(super) fn export(workspace: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = workspace.join(name);
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(path)
}

/// Adds a line to AGENTS.md of the workspace.
pub(super) fn remember(workspace: &Path, line: &str) -> Result<PathBuf, String> {
    let path = workspace.join("AGENTS.md");
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}.", path.display());
    let ends_open = std::fs::read(&path).is_ok_and(|text| text.last().is_some_and(|last| *last != b'\n'));
    let lead = if ends_open { "\n" } else { "" };
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    file.write_all(format!("{lead}- {line}\n").as_bytes()).map_err(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_kept_privately() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/history");
        save_history(&file, "one\ntwo").unwrap();
        save_history(&file, "three").unwrap();
        assert_eq!(load_history(&file), ["one\ntwo", "three"]);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_export_overwrites_nothing_and_a_memory_begins_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = export(folder.path(), "a.md", "text").unwrap();
        assert!(export(folder.path(), "a.md", "other").unwrap_err().contains("a.md"));
        assert_eq!(std::fs::read_to_string(path).unwrap(), "text");
        std::fs::write(folder.path().join("AGENTS.md"), "# Rules").unwrap();
        let path = remember(folder.path(), "use tabs").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "# Rules\n- use tabs\n");
    }
}
