//! The sockets of other programs that a confined command must not reach.
//!
//! A socket in the file system ignores both read-only mounts and network namespaces, and many of them run programs
//! on request: a container daemon, the user's service manager, a terminal multiplexer. So every socket that listens
//! when the command starts is covered, except those of the workspace itself and, with network, the ones that name hosts and keys.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// The flag of a listening socket in `/proc/net/unix` (`__SO_ACCEPTCON`).
const LISTENING: &str = "00010000";

/// Parts of paths of sockets that only resolve names or sign with keys; a command with network needs them.
const NETWORK_HELPERS: &[&str] =
    &["nscd", "systemd/resolve", "io.systemd.Resolve", "avahi", "ssh", "keyring/ssh"];

/// The sockets to cover for a command in `workspace`.
pub(super) fn to_hide(workspace: &Path, has_network: bool) -> Vec<PathBuf> {
    let table = fs::read("/proc/net/unix").unwrap_or_default();
    listening(&String::from_utf8_lossy(&table))
        .filter(|path| !path.starts_with(workspace))
        .filter(|path| !(has_network && is_network_helper(path)))
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket()))
        .collect()
}

fn is_network_helper(path: &Path) -> bool {
    let path = path.to_string_lossy();
    NETWORK_HELPERS.iter().any(|part| path.contains(part))
}

/// The absolute paths of the table's listening sockets. Abstract ones need no cover: the network namespace hides them.
fn listening(table: &str) -> impl Iterator<Item = PathBuf> {
    table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_whitespace();
        let flags = columns.nth(3)?;
        let path = line.get(line.find(" /")?.saturating_add(1)..)?;
        (flags == LISTENING).then(|| PathBuf::from(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_with_a_path_are_found() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            ffff: 00000002 00000000 00010000 0001 01 100 /run/docker.sock\n\
            ffff: 00000003 00000000 00000000 0001 03 101 /run/connected\n\
            ffff: 00000002 00000000 00010000 0001 01 102 @abstract\n\
            ffff: 00000002 00000000 00010000 0001 01 103 /tmp/with space\n\
            ffff: 00000002 00000000 00010000 0001 01 104\n";
        let found: Vec<_> = listening(table).collect();
        assert_eq!(found, [PathBuf::from("/run/docker.sock"), PathBuf::from("/tmp/with space")]);
    }

    #[test]
    fn only_name_and_key_services_stay_with_network() {
        assert!(is_network_helper(Path::new("/tmp/ssh-XXX/agent.1")));
        assert!(!is_network_helper(Path::new("/run/docker.sock")));
    }
}
