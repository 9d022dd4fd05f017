//! The same confinement set up by the `bwrap` program, for systems that let only that program make namespaces.
//!
//! Two things are coarser: a command killed by signal n is reported with the exit code 128 + n, and SIGTERM reaches bwrap
//! itself, so that a cancelled command has no time to clean up.

use std::ffi::{OsStr, OsString};
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::MemfdFlags;
use seccompiler::BpfProgram;

use super::blueprint::Request;
use super::places::Places;
use super::search_path;
use crate::error::SandboxError;

/// Where the program is installed, if it is. Only system directories count: a `bwrap` in a project is not the person's.
pub(super) fn program() -> Option<PathBuf> {
    search_path::find(OsStr::new("bwrap"), "/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin")
}

/// Turns `request` into one that runs `bwrap`, which confines and runs the original.
pub(super) fn wrap(
    request: &mut Request<'_>,
    places: &Places,
    sockets: &[PathBuf],
    filters: &[OwnedFd],
    has_network: bool,
) -> Result<(), SandboxError> {
    let bwrap = program().ok_or_else(|| SandboxError::Program {
        program: "bwrap".to_owned(),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let mut argv: Vec<OsString> = vec!["bwrap".into()];
    argv.extend(confining_arguments(places, sockets, has_network));
    for filter in filters {
        argv.extend(["--add-seccomp-fd".into(), filter.as_raw_fd().to_string().into()]);
    }
    argv.extend(["--chdir".into(), request.cwd.as_os_str().to_owned(), "--".into()]);
    argv.push(request.path.clone().into());
    argv.extend(request.argv.drain(..).skip(1));
    request.argv = argv;
    request.path = bwrap;
    Ok(())
}

fn confining_arguments(places: &Places, sockets: &[PathBuf], has_network: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "--unshare-user-try",
        "--unshare-pid",
        "--cap-drop",
        "ALL",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
    ]
    .into_iter()
    // bwrap covers the settings of the kernel only where `access` says that they can be written, which it denies for
    // root's: as root they stayed writable.
    .chain(["--dev", "/dev", "--proc", "/proc", "--remount-ro", "/proc"])
    .map(OsString::from)
    .collect();
    if !has_network {
        arguments.push("--unshare-net".into());
    }
    let mut bind = |option: &str, from: &Path, to: &Path| {
        arguments.extend([option.into(), from.as_os_str().to_owned(), to.as_os_str().to_owned()]);
    };
    for point in places.mount_points() {
        bind("--bind", point, point);
    }
    for fixed in &places.fixed {
        bind("--ro-bind", fixed, fixed);
    }
    // bwrap forbids devices in what it binds: nobody can open the cover, so that a reader gets an error.
    for file in sockets.iter().chain(&places.hidden_files).chain(&places.kept_files) {
        bind("--ro-bind", Path::new("/dev/null"), file);
    }
    for directory in places.hidden_directories.iter().chain(&places.kept_directories) {
        arguments.extend(["--perms", "0000", "--tmpfs"].map(OsString::from));
        arguments.extend([directory.into(), "--remount-ro".into(), directory.into()]);
    }
    arguments
}

/// A file in memory that holds a filter as bwrap reads it. It is inherited by the program, under the same number.
pub(super) fn filter_file(filter: &BpfProgram) -> Result<OwnedFd, SandboxError> {
    let failed = |source| SandboxError::Spawn { doing: "passing the system call filter", source };
    let memory =
        rustix::fs::memfd_create(c"filter", MemfdFlags::empty()).map_err(|errno| failed(errno.into()))?;
    let mut file = std::fs::File::from(memory);
    for instruction in filter {
        let [code_low, code_high] = instruction.code.to_ne_bytes();
        let [a, b, c, d] = instruction.k.to_ne_bytes();
        let bytes = [code_low, code_high, instruction.jt, instruction.jf, a, b, c, d];
        file.write_all(&bytes).map_err(failed)?;
    }
    file.rewind().map_err(failed)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_paths_are_bound_after_the_trees_they_lie_in() {
        let places = Places {
            writable: ["/work".into()].into(),
            pinned: ["/work/.git".into()].into(),
            fixed: ["/work/.git/config".into()].into(),
            hidden_files: ["/work/.env".into()].into(),
            hidden_directories: ["/work/keys".into()].into(),
            ..Places::default()
        };
        let arguments = confining_arguments(&places, &["/run/docker.sock".into()], false);
        let line = arguments.join(OsStr::new(" ")).into_string().unwrap();
        assert!(line.contains("--proc /proc --remount-ro /proc "), "{line}");
        assert!(line.ends_with(
            "--unshare-net --bind /work /work --bind /work/.git /work/.git \
             --ro-bind /work/.git/config /work/.git/config --ro-bind /dev/null /run/docker.sock \
             --ro-bind /dev/null /work/.env --perms 0000 --tmpfs /work/keys --remount-ro /work/keys"
        ));
    }
}
