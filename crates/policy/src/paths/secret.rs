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
    ".local/state/headwater",
    ".password-store",
    ".local/share/keyrings",
    ".bash_history",
    ".zsh_history",
    "Library/Keychains",
];

/// Of the whole machine.
const OF_SYSTEM: &[&str] =
    &["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/root/.ssh", "/run/secrets"];

/// Whether this absolute path holds secrets; in its names a shell's patterns may stand.
pub(crate) fn is_secret(path: &Path, ground: &Ground<'_>) -> bool {
    ground.home.is_some_and(|home| {
        let home = normalized(home);
        IN_HOME.iter().any(|entry| may_lie_in(path, &home.join(entry)))
    }) || OF_SYSTEM.iter().any(|entry| may_lie_in(path, Path::new(entry)))
        || is_environment(path)
}

/// Whether a path may lie at or below `place`, name by name. As in a shell, a pattern meets a hidden name only where
/// it begins with a dot too.
fn may_lie_in(path: &Path, place: &Path) -> bool {
    let mut given = path.components();
    place.components().all(|expected| {
        let Some(name) = given.next() else { return false };
        let (name, expected) = (name.as_os_str().to_string_lossy(), expected.as_os_str().to_string_lossy());
        name == expected
            || (name.contains(['*', '?', '['])
                && name.starts_with('.') == expected.starts_with('.')
                && globset::Glob::new(&name).is_ok_and(|glob| glob.compile_matcher().is_match(&*expected)))
    })
}

/// `/proc/<process>/environ` shows the environment of a process.
fn is_environment(path: &Path) -> bool {
    path.starts_with("/proc") && path.file_name().is_some_and(|name| name == "environ" || name == "mem")
}
