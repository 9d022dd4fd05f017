//! Places that hold keys and tokens: reading them asks, although the operating system would allow it.

use std::path::Path;

use super::normal::normalized;
use super::place::Ground;

/// Below the home directory.
const IN_HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".netrc",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".docker/config.json",
    ".config/gh",
    ".config/gcloud",
    ".config/headwater",
    ".password-store",
    ".local/share/keyrings",
    ".bash_history",
    ".zsh_history",
    "Library/Keychains",
];

/// Of the whole machine.
const OF_SYSTEM: &[&str] =
    &["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/root/.ssh", "/run/secrets"];

/// Whether this absolute path holds secrets.
pub(crate) fn is_secret(path: &Path, ground: &Ground<'_>) -> bool {
    ground.home.is_some_and(|home| {
        let home = normalized(home);
        IN_HOME.iter().any(|entry| path.starts_with(home.join(entry)))
    }) || OF_SYSTEM.iter().any(|entry| path.starts_with(entry))
        || is_environment(path)
}

/// `/proc/<process>/environ` shows the environment of a process.
fn is_environment(path: &Path) -> bool {
    path.starts_with("/proc") && path.file_name().is_some_and(|name| name == "environ" || name == "mem")
}
