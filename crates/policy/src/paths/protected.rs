//! Protected configuration: what git, a shell, an editor or an agent obeys later, outside of any sandbox.

use std::path::Path;

use super::normal::normalized;
use super::place::Ground;

/// Below the root of the workspace. The sandbox binds the same list read-only.
const IN_WORKSPACE: &[&str] = &[
    ".headwater",
    ".claude",
    ".codex",
    ".cursor",
    ".gemini",
    ".opencode",
    ".windsurf",
    ".zed",
    ".vscode",
    ".idea",
    ".mcp.json",
    ".envrc",
];

/// In any git directory, of whichever depth, those of submodules too; `.git` itself because removing or replacing it takes
/// them along.
const IN_GIT: &[&str] = &["config", "config.worktree", "hooks", "commondir"];

/// Below the home directory.
const IN_HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".kube",
    ".netrc",
    ".gitconfig",
    ".config/git",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".config/fish",
    ".config/headwater",
    ".config/systemd",
    ".config/autostart",
    ".local/share/systemd",
    ".npmrc",
    ".pypirc",
    ".cargo/config",
    ".cargo/config.toml",
    ".cargo/credentials.toml",
    ".vimrc",
    ".config/nvim",
    ".emacs",
    ".emacs.d",
    ".tmux.conf",
    ".inputrc",
    ".claude",
    ".codex",
    ".cursor",
    ".vscode",
    ".docker/config.json",
    "Library/LaunchAgents",
];

/// Of the whole machine.
const OF_SYSTEM: &[&str] = &["/etc", "/boot", "/private/etc", "/System", "/var/spool/cron", "/proc", "/sys"];

/// Whether changing this absolute path changes protected configuration.
pub(super) fn is_protected(path: &Path, ground: &Ground<'_>) -> bool {
    is_in_git(path)
        || IN_WORKSPACE.iter().any(|entry| is_below(path, &normalized(ground.workspace), entry))
        || ground
            .home
            .is_some_and(|home| IN_HOME.iter().any(|entry| is_below(path, &normalized(home), entry)))
        || OF_SYSTEM.iter().any(|entry| path.starts_with(entry))
}

/// Names compare without case: the file systems of some machines do.
fn is_below(path: &Path, root: &Path, entry: &str) -> bool {
    let Ok(rest) = path.strip_prefix(root) else { return false };
    let mut components = rest.components().map(|component| component.as_os_str().to_string_lossy());
    entry.split('/').all(|expected| components.next().is_some_and(|name| name.eq_ignore_ascii_case(expected)))
}

fn is_in_git(path: &Path) -> bool {
    let mut components =
        path.components().map(|component| component.as_os_str().to_string_lossy().to_lowercase());
    while let Some(name) = components.next() {
        if name == ".git" {
            return match components.next().as_deref() {
                None => true,
                // The directories of submodules, whose names may have slashes.
                Some("modules") => components.any(|name| IN_GIT.contains(&name.as_str())),
                Some(inner) => IN_GIT.contains(&inner),
            };
        }
    }
    false
}

/// Files that swallow or show what is written to them.
pub(super) fn is_sink(path: &Path) -> bool {
    const SINKS: &[&str] =
        &["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "/dev/zero", "/dev/full"];
    SINKS.iter().any(|sink| path == Path::new(sink)) || path.starts_with("/dev/fd")
}

/// Every other file below `/dev`, shared memory aside.
pub(super) fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") && !path.starts_with("/dev/shm")
}
