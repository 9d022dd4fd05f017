//! The file tree of a worker: a few trees of the system, read-only, and nothing else. No `/proc`, no `/dev`, no home.
//!
//! *Invariants:* surveyed in the parent; applying it makes system calls only. The root of the system is detached in the end,
//! so no path leads out.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags};

use super::guard::text;
use super::report::{Fault, Stage};
use super::sys;
use crate::error::SandboxError;

/// Symbolic links that are followed on the way to one path, as many as the kernel follows.
const MAX_LINKS: usize = 40;

/// The tree of a worker. All target paths are relative to its root.
#[derive(Debug, Default)]
pub(super) struct Jail {
    directories: Vec<CString>,
    links: Vec<(CString, CString)>,
    trees: Vec<Tree>,
}

/// A file or directory of the system that is there.
#[derive(Debug)]
struct Tree {
    source: CString,
    target: CString,
    is_directory: bool,
    copy: Option<OwnedFd>,
}

/// What was found on the way to the wanted paths.
#[derive(Debug, Default)]
struct Survey {
    /// Real paths, and whether each is a directory.
    found: BTreeMap<PathBuf, bool>,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Jail {
    /// A tree with `wanted` and the symbolic links on the way to them. Paths that do not exist are passed over.
    pub(super) fn survey<'a>(wanted: impl Iterator<Item = &'a PathBuf>) -> Result<Self, SandboxError> {
        let mut survey = Survey::default();
        for path in wanted {
            survey.walk(path);
        }
        survey.drop_nested();
        let mut jail = Self::default();
        let mut directories = BTreeSet::new();
        for path in survey.found.keys().chain(survey.links.keys()) {
            directories.extend(path.ancestors().skip(1).filter(|parent| *parent != Path::new("/")));
        }
        jail.directories = directories.iter().map(|path| relative(path)).collect::<Result<_, _>>()?;
        for (path, target) in &survey.links {
            jail.links.push((text(target.as_os_str().as_bytes())?, relative(path)?));
        }
        for (path, is_directory) in &survey.found {
            let source = text(path.as_os_str().as_bytes())?;
            jail.trees.push(Tree {
                source,
                target: relative(path)?,
                is_directory: *is_directory,
                copy: None,
            });
        }
        Ok(jail)
    }

    /// Builds the tree and makes it the root. Only system calls: safe between fork and exec.
    pub(super) fn apply(&mut self) -> Result<(), Fault> {
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        Stage::PrivateMounts.of(rustix::mount::mount_change(c"/", private))?;
        Stage::ReadOnlyTree.of(self.copy_aside())?;
        Stage::ReadOnlyTree.of(self.build())?;
        Stage::ReadOnlyTree.of(become_root())
    }

    fn copy_aside(&mut self) -> Result<(), Errno> {
        let flags =
            OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
        for tree in &mut self.trees {
            let copy = rustix::mount::open_tree(CWD, &*tree.source, flags)?;
            sys::set_mount_attributes(copy.as_fd(), c"", sys::MOUNT_READ_ONLY | sys::MOUNT_NO_DEVICES)?;
            tree.copy = Some(copy);
        }
        Ok(())
    }

    /// Fills a small memory file system; the current directory is its root afterwards.
    fn build(&mut self) -> Result<(), Errno> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        rustix::mount::mount(c"tmpfs", c"/dev", c"tmpfs", flags, c"mode=0755,size=1m")?;
        rustix::process::chdir(c"/dev")?;
        for directory in &self.directories {
            rustix::fs::mkdirat(CWD, &**directory, Mode::from_raw_mode(0o755))?;
        }
        for (target, path) in &self.links {
            rustix::fs::symlinkat(&**target, CWD, &**path)?;
        }
        for tree in &mut self.trees {
            tree.place()?;
        }
        // The trees are read-only already; this is the frame around them.
        sys::set_mount_attributes(CWD, c"/dev", sys::MOUNT_READ_ONLY)
    }
}

impl Tree {
    fn place(&mut self) -> Result<(), Errno> {
        if self.is_directory {
            rustix::fs::mkdirat(CWD, &*self.target, Mode::from_raw_mode(0o755))?;
        } else {
            let flags = OFlags::CREATE | OFlags::CLOEXEC | OFlags::WRONLY;
            drop(rustix::fs::openat(CWD, &*self.target, flags, Mode::from_raw_mode(0o644))?);
        }
        let Some(copy) = self.copy.take() else { return Ok(()) };
        rustix::mount::move_mount(&copy, c"", CWD, &*self.target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
    }
}

/// Makes the current directory the root and lets go of the old one, which lies on top of it for a moment.
fn become_root() -> Result<(), Errno> {
    rustix::process::pivot_root(c".", c".")?;
    rustix::mount::unmount(c".", UnmountFlags::DETACH)?;
    rustix::process::chdir(c"/")
}

fn relative(path: &Path) -> Result<CString, SandboxError> {
    text(path.strip_prefix("/").unwrap_or(path).as_os_str().as_bytes())
}

impl Survey {
    /// Goes to `path` one name at a time, taking note of the links.
    fn walk(&mut self, path: &Path) {
        let mut target = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            match self.step_through(&target) {
                Some(redirected) => target = redirected,
                None => return,
            }
        }
    }

    /// One walk up to the first symbolic link; returns where that leads.
    fn step_through(&mut self, target: &Path) -> Option<PathBuf> {
        let mut at = PathBuf::from("/");
        let mut names = target.components();
        while let Some(part) = names.next() {
            match part {
                Component::Normal(name) => at.push(name),
                Component::ParentDir => {
                    at.pop();
                    continue;
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
            }
            let metadata = at.symlink_metadata().ok()?;
            if metadata.is_symlink() {
                let link = at.read_link().ok()?;
                let parent = at.parent().unwrap_or(Path::new("/")).to_path_buf();
                self.links.insert(at, link.clone());
                return Some(parent.join(link).join(names.as_path()));
            }
        }
        if at != Path::new("/") {
            let is_directory = at.is_dir();
            self.found.insert(at, is_directory);
        }
        None
    }

    /// Forgets what lies inside another found directory: it comes with that.
    fn drop_nested(&mut self) {
        let outer: Vec<PathBuf> = self
            .found
            .iter()
            .filter(|(_, is_directory)| **is_directory)
            .map(|(path, _)| path.clone())
            .collect();
        let is_inside =
            |path: &Path| path.ancestors().skip(1).any(|parent| outer.iter().any(|tree| tree == parent));
        self.found.retain(|path, _| !is_inside(path));
        self.links.retain(|path, _| !is_inside(path));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_kept_and_nested_paths_come_with_their_tree() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("usr/lib/python")).unwrap();
        fs::write(root.join("usr/lib/python/os.py"), "").unwrap();
        fs::write(root.join("usr/tool"), "").unwrap();
        symlink("usr/lib", root.join("lib")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let wanted = ["lib", "usr/lib/python", "usr/tool", "lib/python/os.py", "missing", "loop"];
        let mut survey = Survey::default();
        for path in wanted {
            survey.walk(&root.join(path));
        }
        survey.drop_nested();
        let found: Vec<_> = survey.found.into_iter().collect();
        assert_eq!(found, [(root.join("usr/lib"), true), (root.join("usr/tool"), false)]);
        assert_eq!(survey.links.get(&root.join("lib")), Some(&PathBuf::from("usr/lib")));
    }
}
