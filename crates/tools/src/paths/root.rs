//! The workspace, held open, and the places in it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{PathError, asked, beneath, neighbours};

/// The workspace, held open: every access starts at its descriptor.
#[derive(Debug)]
pub(crate) struct Root {
    descriptor: OwnedFd,
    real: PathBuf,
    given: PathBuf,
}

/// Where a path really leads: relative to the workspace, with no symlink and no `..` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) relative: PathBuf,
    /// As the model named it: the same, but for symlinks.
    pub(crate) named: PathBuf,
    /// As the model wrote it, for messages.
    pub(crate) asked: String,
    pub(crate) exists: bool,
}

impl Place {
    /// The one name of this file in the log: `/` between components, `.` for the workspace itself.
    pub(crate) fn key(&self) -> String {
        if self.relative.as_os_str().is_empty() {
            return ".".to_owned();
        }
        self.relative.to_string_lossy().into_owned()
    }
}

impl Root {
    /// Opens the workspace.
    pub(crate) fn open(workspace: &Path) -> Result<Self, PathError> {
        let shown = workspace.to_string_lossy();
        let real = workspace
            .canonicalize()
            .map_err(|error| PathError::of(&shown, "finding the workspace", error))?;
        let descriptor = rustix::fs::open(
            &real,
            OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY | OFlags::NOFOLLOW,
            Mode::empty(),
        )
        .map_err(|error| PathError::of(&shown, "opening the workspace", error))?;
        Ok(Self { descriptor, real, given: workspace.to_path_buf() })
    }

    /// The absolute path of a place, free of symlinks.
    pub(crate) fn absolute(&self, place: &Place) -> PathBuf {
        // Joining an empty path would leave a `/` at the end.
        self.real.components().chain(place.relative.components()).collect()
    }

    /// Where `asked` leads; it need not exist.
    pub(crate) fn locate(&self, asked: &str) -> Result<Place, PathError> {
        let inside = asked::relative(asked, &[&self.given, &self.real])?;
        let (real, exists) = resolve(&self.real.join(&inside), asked)?;
        let named = asked::without_dots(&inside);
        match real.strip_prefix(&self.real) {
            Ok(relative) => {
                Ok(Place { relative: relative.to_path_buf(), named, asked: asked.to_owned(), exists })
            }
            Err(_elsewhere) => Err(PathError::Outside(asked.to_owned())),
        }
    }

    /// Where `asked` leads; what is missing is an error that names what is near.
    pub(crate) fn locate_existing(&self, asked: &str) -> Result<Place, PathError> {
        let place = self.locate(asked)?;
        if place.exists {
            return Ok(place);
        }
        let near = neighbours::sentence(&self.real, &place.relative);
        Err(PathError::Missing { path: place.asked, near })
    }

    /// Opens a regular file for reading. Pipes, sockets and devices are refused, and never waited for.
    pub(crate) fn open_file(&self, place: &Place) -> Result<File, PathError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = beneath::open(&self.descriptor, &place.relative, flags);
        let asked = &place.asked;
        let file = match opened {
            Ok(descriptor) => File::from(descriptor),
            // A socket, or a device without a driver.
            Err(Errno::NXIO | Errno::NODEV) => return Err(PathError::Special(asked.clone())),
            Err(error) => return Err(PathError::of(asked, "opening it", error)),
        };
        let kind = file.metadata().map_err(|error| PathError::of(asked, "looking at it", error))?.file_type();
        match (kind.is_file(), kind.is_dir()) {
            (true, _) => Ok(file),
            (false, true) => Err(PathError::IsDirectory(asked.clone())),
            (false, false) => Err(PathError::Special(asked.clone())),
        }
    }

    /// Opens a file which a walk has found, by its path relative to the workspace.
    pub(crate) fn open_walked(&self, relative: &Path) -> Result<File, PathError> {
        let asked = relative.to_string_lossy().into_owned();
        let (relative, named) = (relative.to_path_buf(), relative.to_path_buf());
        self.open_file(&Place { relative, named, asked, exists: true })
    }

    /// Checks that a place is a directory, beneath the workspace at this moment.
    pub(crate) fn check_directory(&self, place: &Place) -> Result<(), PathError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        match beneath::open(&self.descriptor, &place.relative, flags) {
            Ok(_directory) => Ok(()),
            Err(error) => Err(PathError::of(&place.asked, "opening it", error)),
        }
    }

    /// Opens the directory in which a place is, and makes what is missing of it.
    pub(super) fn make_parent(&self, place: &Place) -> Result<OwnedFd, PathError> {
        let parent = place.relative.parent().unwrap_or(Path::new(""));
        beneath::make_directory(&self.descriptor, parent)
            .map_err(|error| PathError::of(&place.asked, "making its directory", error))
    }
}

/// The path without symlinks, and whether it exists. Of a path that is missing the existing part is resolved.
fn resolve(path: &Path, asked: &str) -> Result<(PathBuf, bool), PathError> {
    let missing = match path.canonicalize() {
        Ok(real) => return Ok((real, true)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => error,
        Err(error) => return Err(PathError::of(asked, "resolving it", error)),
    };
    if path.symlink_metadata().is_ok() {
        return Err(PathError::Dangling(asked.to_owned()));
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((resolve(parent, asked)?.0.join(name), false)),
        _ => Err(PathError::of(asked, "resolving it", missing)),
    }
}
