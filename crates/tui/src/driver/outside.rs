//! Files and programs outside: history, git, exports, the project's instructions. Never on the screen's thread.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::composer::{from_file, to_line};

/// The most of a diff that is shown.
const LONGEST_DIFF: usize = 2 << 20;
/// How a diff is asked for: nothing a repository configures is run. That holds for the repositories within it too, which
/// a confined command may have made: git runs in their working trees unless it is told to leave those alone.
const DIFF: [&str; 8] = [
    "-c",
    "core.fsmonitor=false",
    "--no-optional-locks",
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
];
/// How the files are asked for that git knows nothing of.
const NEW_FILES: [&str; 6] =
    ["-c", "core.fsmonitor=false", "ls-files", "--others", "--exclude-standard", "-z"];
/// The most of them that are named.
const MOST_NEW_FILES: usize = 500;

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

/// The changes of the workspace since the last commit, and the names of files that are new.
pub(super) async fn diff(workspace: &Path) -> Result<String, String> {
    let new = git(workspace, &NEW_FILES).await?;
    let has_commits = git(workspace, &["rev-parse", "--verify", "--quiet", "HEAD"]).await.is_ok();
    // Before the first commit all that is staged is a change.
    let since = if has_commits { "HEAD" } else { "--cached" };
    let changes = git(workspace, &[DIFF.as_slice(), &[since]].concat()).await?;
    let shown = changes.get(..LONGEST_DIFF).unwrap_or(&changes);
    Ok(String::from_utf8_lossy(shown).into_owned() + &new_files(&String::from_utf8_lossy(&new)))
}

/// A line for each name of a list that ends each with a NUL byte.
fn new_files(names: &str) -> String {
    let mut names = names.split_terminator('\0');
    let line = |name: &str| format!("new file {}\n", name.replace(char::is_control, "?"));
    let mut lines: Vec<String> = names.by_ref().take(MOST_NEW_FILES).map(line).collect();
    let more = names.count();
    lines.extend((more > 0).then(|| format!("new file … and {more} more\n")));
    lines.concat()
}

/// What git says.
async fn git(workspace: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("git cannot be run: {error}."))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("There is no diff: {}", words.lines().next().unwrap_or("git failed")))
}

/// What a program prints, whatever its exit code says.
pub(super) async fn report(command: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("There is nothing to ask here.".to_owned());
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("{program} cannot be run: {error}."))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if told.is_empty() { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) } else { Ok(told) }
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

    fn git_in(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let mut command = std::process::Command::new("git");
        let output = command.args(identity).args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A repository with a commit of one file.
    fn repository(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("file"), "text").unwrap();
        git_in(folder, &["init", "-q"]);
        git_in(folder, &["add", "file"]);
        git_in(folder, &["commit", "-qm", "one"]);
    }

    #[tokio::test]
    async fn a_diff_runs_nothing_that_a_repository_within_configures() {
        let folder = tempfile::tempdir().unwrap();
        let (outer, inner) = (folder.path(), folder.path().join("inner"));
        repository(outer);
        repository(&inner);
        git_in(outer, &["add", "inner"]);
        std::fs::write(inner.join(".gitattributes"), "* filter=trap").unwrap();
        git_in(&inner, &["config", "filter.trap.clean", "touch ../sprung; cat"]);
        // The same size at another time: git must read the file to know whether it changed.
        std::fs::write(inner.join("file"), "next").unwrap();
        let file = std::fs::File::options().write(true).open(inner.join("file")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();

        let shown = diff(outer).await.unwrap();
        assert!(shown.contains("b/inner"), "{shown}");
        assert!(!outer.join("sprung").exists(), "the diff ran the filter of the repository within");
    }

    #[tokio::test]
    async fn a_diff_names_new_files_and_works_before_the_first_commit() {
        let folder = tempfile::tempdir().unwrap();
        assert!(diff(folder.path()).await.unwrap_err().contains("not a git repository"));
        git_in(folder.path(), &["init", "-q"]);
        std::fs::write(folder.path().join(".gitignore"), "ignored\n").unwrap();
        for name in ["staged", "new\nline", "ignored"] {
            std::fs::write(folder.path().join(name), "text\n").unwrap();
        }
        git_in(folder.path(), &["add", "staged"]);
        let before = diff(folder.path()).await.unwrap();
        assert!(before.contains("+++ b/staged\n"), "{before}");
        assert!(before.ends_with("new file .gitignore\nnew file new?line\n"), "{before}");
        git_in(folder.path(), &["commit", "-qm", "one"]);
        assert_eq!(diff(folder.path()).await.unwrap(), "new file .gitignore\nnew file new?line\n");
        assert!(new_files(&"x\0".repeat(501)).ends_with("new file … and 1 more\n"));
    }

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
