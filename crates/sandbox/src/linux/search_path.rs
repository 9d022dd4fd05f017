//! Finds a program in a list of directories.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where programs are looked for when the environment names no place.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// The first executable file called `name` in the directories of `path`, which are separated by colons. A name with
/// a slash is not searched for.
pub(crate) fn find(name: &OsStr, path: &str) -> Option<PathBuf> {
    if name.as_encoded_bytes().contains(&b'/') {
        return Some(PathBuf::from(name));
    }
    path.split(':')
        .filter(|directory| directory.starts_with('/'))
        .map(|it| Path::new(it).join(name))
        .find(|it| is_executable(it))
}

/// The value of `PATH` in `env`, or the usual one.
pub(crate) fn path_of(env: &[(String, String)]) -> &str {
    env.iter().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH, |(_, value)| value)
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
