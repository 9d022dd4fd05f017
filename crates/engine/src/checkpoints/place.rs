//! Files of the workspace by their real names: opened, made and removed one component after the other, so that no
//! symbolic link on the way, and none put there meanwhile, leads anywhere.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

/// How a directory on the way is opened: enough to search it, not to read it.
#[cfg(target_os = "linux")]
const SEARCH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const SEARCH: OFlags = OFlags::RDONLY;

/// The workspace, held open.
#[derive(Debug)]
pub(super) struct Root {
    descriptor: OwnedFd,
    real: PathBuf,
    given: PathBuf,
}

/// What is at a path.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing; so many directories above it are not there either.
    Absent { missing_directories: u32 },
    /// A file that has this one name.
    File { file: File, metadata: Metadata },
    /// Something that is neither read nor written; the words go on from "it is".
    Other(&'static str),
}

impl Root {
    pub(super) fn open(workspace: &Path) -> io::Result<Self> {
        let real = workspace.canonicalize()?;
        let descriptor = rustix::fs::open(&real, directory_flags(), Mode::empty())?;
        Ok(Self { descriptor, real, given: workspace.to_owned() })
    }

    /// The one name of the file that `asked` leads to, as tools call it: relative to the workspace, without links. The
    /// error says why it has none, as words that follow the path.
    pub(super) fn locate(&self, asked: &Path) -> Result<String, &'static str> {
        let inside = [&self.given, &self.real].into_iter().find_map(|root| asked.strip_prefix(root).ok());
        let real = resolve(&self.real.join(inside.unwrap_or(asked)))?;
        let relative = real.strip_prefix(&self.real).map_err(|_| "it leads out of the workspace")?;
        relative.to_str().map(str::to_owned).ok_or("its name is not UTF-8")
    }

    /// A path inside the workspace without the workspace's own, as it is written.
    pub(super) fn relative<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        [&self.given, &self.real].into_iter().find_map(|root| path.strip_prefix(root).ok())
    }

    /// What is at `path`, a real name. Never waits for a pipe.
    pub(super) fn look(&self, path: &str) -> io::Result<Found> {
        let path = Path::new(path);
        let (parent, name) = split(path)?;
        let directory = match self.directory(parent) {
            Ok(directory) => directory,
            Err((Errno::NOENT, missing_directories)) => return Ok(Found::Absent { missing_directories }),
            Err((Errno::LOOP | Errno::NOTDIR, _)) => {
                return Ok(Found::Other("behind a symbolic link or a file"));
            }
            Err((error, _)) => return Err(error.into()),
        };
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&directory, name, flags, Mode::empty()) {
            Ok(descriptor) => File::from(descriptor),
            Err(Errno::NOENT) => return Ok(Found::Absent { missing_directories: 0 }),
            Err(Errno::LOOP) => return Ok(Found::Other("a symbolic link")),
            Err(Errno::ACCESS) => return Ok(Found::Other("not readable")),
            Err(Errno::NXIO | Errno::NODEV) => return Ok(Found::Other("no regular file")),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        Ok(match (metadata.is_file(), metadata.nlink()) {
            (true, 0 | 1) => Found::File { file, metadata },
            (true, _) => Found::Other("a file with a second name (a hard link)"),
            (false, _) => Found::Other("no regular file"),
        })
    }

    /// The directory in which `path` is, and its name there; what is missing of the directory is made.
    pub(super) fn make_parent<'a>(&self, path: &'a str) -> io::Result<(OwnedFd, &'a OsStr)> {
        let (parent, name) = split(Path::new(path))?;
        let mut directory = self.descriptor.try_clone()?;
        for component in parent.components() {
            let Component::Normal(step) = component else { return Err(Errno::XDEV.into()) };
            directory = match rustix::fs::openat(&directory, step, directory_flags(), Mode::empty()) {
                Err(Errno::NOENT) => {
                    rustix::fs::mkdirat(&directory, step, Mode::from_raw_mode(0o777))?;
                    rustix::fs::openat(&directory, step, directory_flags(), Mode::empty())?
                }
                settled => settled?,
            };
        }
        Ok((directory, name))
    }

    /// Gives the file at `path` these permission bits.
    pub(super) fn set_mode(&self, path: &str, mode: u32) -> io::Result<()> {
        match self.look(path)? {
            Found::File { file, .. } => file.set_permissions(Permissions::from_mode(mode)),
            Found::Absent { .. } | Found::Other(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Removes the file at `path`.
    pub(super) fn remove(&self, path: &str) -> io::Result<()> {
        self.unlink(Path::new(path), AtFlags::empty())
    }

    /// Removes an empty directory; says whether it went.
    pub(super) fn remove_directory(&self, path: &Path) -> bool {
        self.unlink(path, AtFlags::REMOVEDIR).is_ok()
    }

    fn unlink(&self, path: &Path, flags: AtFlags) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let directory = self.directory(parent).map_err(|(error, _)| error)?;
        Ok(rustix::fs::unlinkat(&directory, name, flags)?)
    }

    /// Opens a directory; an error tells how many components were left, the one that failed among them.
    fn directory(&self, path: &Path) -> Result<OwnedFd, (Errno, u32)> {
        let mut left = u32::try_from(path.components().count()).unwrap_or(u32::MAX);
        let mut directory = step(&self.descriptor, OsStr::new(".")).map_err(|error| (error, left))?;
        for component in path.components() {
            let Component::Normal(name) = component else { return Err((Errno::XDEV, left)) };
            directory = step(&directory, name).map_err(|error| (error, left))?;
            left = left.saturating_sub(1);
        }
        Ok(directory)
    }

    /// The workspace as it was named.
    pub(super) fn given(&self) -> &Path {
        &self.given
    }

    /// The workspace's real path.
    pub(super) fn real(&self) -> &Path {
        &self.real
    }
}

fn directory_flags() -> OFlags {
    SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

fn step(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(directory, name, directory_flags(), Mode::empty())
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    Ok((path.parent().unwrap_or(Path::new("")), name))
}

/// The path without links. Of one that is missing the existing part is resolved.
fn resolve(path: &Path) -> Result<PathBuf, &'static str> {
    match path.canonicalize() {
        Ok(real) => return Ok(real),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => return Err("it cannot be reached"),
    }
    if path.symlink_metadata().is_ok() {
        return Err("it is a symbolic link that leads nowhere");
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(resolve(parent)?.join(name)),
        _ => Err("it cannot be reached"),
    }
}
