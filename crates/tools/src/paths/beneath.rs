//! Opening a path beneath a directory so that no symlink on the way, and none put there meanwhile, leads out of it.

use std::ffi::OsStr;
use std::path::{Component, Path};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// How a directory on the way is opened: enough to search it, not to read it.
#[cfg(target_os = "linux")]
const SEARCH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const SEARCH: OFlags = OFlags::RDONLY;

/// Opens `path`, which holds names alone, beneath `root`; a symlink anywhere in it is an error.
pub(super) fn open(root: impl AsFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    #[cfg(target_os = "linux")]
    match by_kernel(root.as_fd(), path, flags) {
        // An old kernel, or a container whose filter refuses calls it does not know, or a rename that raced with us.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
        settled => return settled,
    }
    by_steps(root, path, flags)
}

#[cfg(target_os = "linux")]
fn by_kernel(root: impl AsFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, or_here(path), flags | OFlags::CLOEXEC, Mode::empty(), resolve)
}

/// The same without `openat2`: one component after the other, each without following it.
fn by_steps(root: impl AsFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Some(name) = path.file_name() else {
        return rustix::fs::openat(root, ".", flags, Mode::empty());
    };
    let parent = directory_by_steps(root, path.parent().unwrap_or(Path::new("")))?;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

fn directory_by_steps(root: impl AsFd, path: &Path) -> Result<OwnedFd, Errno> {
    let mut directory = step(root, OsStr::new("."))?;
    for component in path.components() {
        match component {
            Component::Normal(name) => directory = step(&directory, name)?,
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(Errno::XDEV),
        }
    }
    Ok(directory)
}

/// Opens the directory `path` beneath `root`, and makes what is missing of it.
pub(super) fn make_directory(root: impl AsFd, path: &Path) -> Result<OwnedFd, Errno> {
    let mut directory = step(root, OsStr::new("."))?;
    for component in path.components() {
        let Component::Normal(name) = component else { return Err(Errno::XDEV) };
        directory = match step(&directory, name) {
            Err(Errno::NOENT) => match rustix::fs::mkdirat(&directory, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => step(&directory, name)?,
                Err(error) => return Err(error),
            },
            settled => settled?,
        };
    }
    Ok(directory)
}

fn step(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::empty())
}

#[cfg(target_os = "linux")]
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn both_ways_of_opening_refuse_whatever_leads_out() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let inside = tempfile::tempdir().unwrap();
        let at = |name: &str| inside.path().join(name);
        fs::create_dir(at("d")).unwrap();
        fs::write(at("d/file"), "f").unwrap();
        symlink(outside.path(), at("out")).unwrap();
        symlink("d/file", at("link")).unwrap();
        symlink("/proc/self/root", at("magic")).unwrap();
        let root = rustix::fs::open(inside.path(), OFlags::PATH, Mode::empty()).unwrap();
        let table = [
            ("d/file", true),
            ("d", true),
            ("", true),
            ("link", false),
            ("out/secret", false),
            ("magic/etc/passwd", false),
            ("d/../../x", false),
            ("../x", false),
            ("/etc/passwd", false),
            ("d/missing", false),
        ];
        for (path, expected) in table {
            let path = Path::new(path);
            assert_eq!(by_steps(&root, path, OFlags::RDONLY).is_ok(), expected, "by steps: {path:?}");
            assert_eq!(open(&root, path, OFlags::RDONLY).is_ok(), expected, "open: {path:?}");
        }
    }
}
