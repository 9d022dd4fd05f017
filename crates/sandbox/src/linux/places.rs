//! Which places of the file tree a command may write, and what must be done so that the protected ones stay as they are.
//!
//! A read-only bind mount over a path is not enough. Its parent could be renamed and a new one put in its place, so
//! every directory between a writable root and a protected path is *pinned*: made a mount point of its own, which the
//! kernel refuses to rename or remove. A path that is missing, and the symbolic links on the way to one that is not,
//! cannot be mount points: those are *guarded* (see `guard`). Making placeholders on disk instead would show up in every file
//! watcher at each command, take locks between concurrent commands, and leave litter after a crash.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::SandboxError;
use crate::profile::Confinement;

/// Symbolic links that are followed on the way to one protected path, as many as the kernel follows.
const MAX_LINKS: usize = 40;

/// Trees that get private mounts, or stay read-only, under every profile.
const NEVER_WRITABLE: &[&str] = &["/dev", "/proc", "/sys"];

/// What a confinement comes to on the real file tree. All paths are absolute and free of symbolic links.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Trees that may be written; none contains a symbolic link on its way.
    pub(crate) writable: BTreeSet<PathBuf>,
    /// Directories between a writable tree and a protected path.
    pub(crate) pinned: BTreeSet<PathBuf>,
    /// Existing protected files and directories.
    pub(crate) fixed: BTreeSet<PathBuf>,
    /// Names that must stay as they are although nothing can be mounted there.
    pub(crate) guarded: BTreeSet<Guarded>,
    /// Existing files that must not be read; none lies in a hidden directory.
    pub(crate) hidden_files: BTreeSet<PathBuf>,
    /// Existing directories that must not be read; none lies in another.
    pub(crate) hidden_directories: BTreeSet<PathBuf>,
    /// Such files that whoever runs the command may change meanwhile.
    pub(crate) kept_files: BTreeSet<PathBuf>,
    /// Such directories, which root may find empty.
    pub(crate) kept_directories: BTreeSet<PathBuf>,
}

/// A name in a directory that must stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guarded {
    pub(crate) parent: PathBuf,
    pub(crate) name: OsString,
    /// The target of the symbolic link that is there, or `None` when nothing is there.
    pub(crate) link: Option<PathBuf>,
}

impl Guarded {
    /// The guarded path.
    pub(crate) fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }
}

/// Of which list of a confinement something is.
#[derive(Clone, Copy)]
enum Kind {
    Hidden,
    Kept,
}

impl Places {
    /// Looks at the file tree as it is now.
    pub(crate) fn survey(confinement: &Confinement) -> Result<Self, SandboxError> {
        let workspace = canonical_workspace(&confinement.workspace)?;
        let mut places = Self::default();
        for root in confinement.writable_roots() {
            let Ok(root) = root.canonicalize() else { continue };
            if !NEVER_WRITABLE.iter().any(|never| root.starts_with(never)) {
                places.writable.insert(root);
            }
        }
        places.hide(&confinement.hidden, &workspace, Kind::Hidden);
        places.hide(&confinement.kept, &workspace, Kind::Kept);
        if places.writable.is_empty() {
            return Ok(places);
        }
        places.pin_ancestors(&workspace);
        for protected in &confinement.protected {
            places.protect(workspace.join(protected));
        }
        Ok(places)
    }

    /// Writable and pinned directories, parents before children: the mounts to make.
    pub(crate) fn mount_points(&self) -> BTreeSet<&Path> {
        self.writable.iter().chain(&self.pinned).map(PathBuf::as_path).collect()
    }

    /// Everything that must not be read.
    pub(crate) fn hidden(&self) -> impl Iterator<Item = &Path> {
        let directories = self.hidden_directories.iter().chain(&self.kept_directories);
        directories.chain(&self.hidden_files).chain(&self.kept_files).map(PathBuf::as_path)
    }

    /// Lets go of what is kept in a tree that a command may write outside of `workspace`, for a mechanism that hides something
    /// by giving all that stands beside it: what the command makes there it could not read itself.
    pub(crate) fn show_kept_outside_of(&mut self, workspace: &Path) {
        let workspace = workspace.canonicalize().unwrap_or_else(|_missing| workspace.to_owned());
        let outside: Vec<PathBuf> =
            self.writable.iter().filter(|tree| !tree.starts_with(&workspace)).cloned().collect();
        self.show_kept(|path| outside.iter().any(|tree| path.starts_with(tree)));
    }

    /// Lets go of what is kept where `is_shown` says so; whether there was any.
    pub(crate) fn show_kept(&mut self, is_shown: impl Fn(&Path) -> bool) -> bool {
        let count = |places: &Self| places.kept_files.len().saturating_add(places.kept_directories.len());
        let before = count(self);
        self.kept_files.retain(|path| !is_shown(path));
        self.kept_directories.retain(|path| !is_shown(path));
        count(self) < before
    }

    /// Notes what must not be read, and pins the way to it: what is moved elsewhere would not be found by whoever looks
    /// for it before the next command. A directory in which the command works cannot be hidden.
    fn hide(&mut self, hidden: &[PathBuf], workspace: &Path, kind: Kind) {
        let real: BTreeSet<PathBuf> = hidden.iter().filter_map(|path| path.canonicalize().ok()).collect();
        for path in real.into_iter().filter(|path| !workspace.starts_with(path)) {
            // Parents come first.
            let is_covered = |above: &Path| {
                self.hidden_directories.contains(above) || self.kept_directories.contains(above)
            };
            if path.ancestors().any(is_covered) {
                continue;
            }
            self.pin_ancestors(&path);
            match (path.is_dir(), kind) {
                (false, Kind::Hidden) => self.hidden_files.insert(path),
                (false, Kind::Kept) => self.kept_files.insert(path),
                (true, Kind::Hidden) => self.hidden_directories.insert(path),
                (true, Kind::Kept) => self.kept_directories.insert(path),
            };
        }
    }

    /// The outermost writable tree that `path` lies in.
    fn root_of(&self, path: &Path) -> Option<PathBuf> {
        self.writable.iter().find(|root| path.starts_with(root)).cloned()
    }

    /// Pins every directory strictly between the outermost writable tree and `path`.
    fn pin_ancestors(&mut self, path: &Path) {
        let Some(root) = self.root_of(path) else { return };
        let between =
            path.ancestors().skip(1).take_while(|ancestor| *ancestor != root && ancestor.starts_with(&root));
        self.pinned.extend(between.map(Path::to_path_buf));
    }

    /// Walks to `target` one name at a time, following links itself, and keeps every step from being replaced.
    fn protect(&mut self, mut target: PathBuf) {
        for _ in 0..MAX_LINKS {
            match self.walk(&target) {
                Some(redirected) => target = redirected,
                None => return,
            }
        }
    }

    /// One walk up to the first symbolic link; returns where that leads.
    fn walk(&mut self, target: &Path) -> Option<PathBuf> {
        let mut at = PathBuf::from("/");
        let mut names = target.components().filter(|part| *part != Component::RootDir).peekable();
        while let Some(part) = names.next() {
            let Component::Normal(name) = part else {
                at.pop();
                continue;
            };
            let parent = at.clone();
            at.push(name);
            let is_reachable = self.root_of(&parent).is_some();
            let Ok(metadata) = at.symlink_metadata() else {
                self.guard(is_reachable, parent, name, None);
                return None;
            };
            if metadata.is_symlink() {
                let link = at.read_link().ok()?;
                self.guard(is_reachable, parent.clone(), name, Some(link.clone()));
                return Some(names.fold(parent.join(link), |path, rest| path.join(rest)));
            }
            if !metadata.is_dir() || names.peek().is_none() {
                self.fix(&at);
                return None;
            }
            if is_reachable {
                self.pinned.insert(at.clone());
            }
        }
        None
    }

    fn guard(&mut self, is_reachable: bool, parent: PathBuf, name: &std::ffi::OsStr, link: Option<PathBuf>) {
        if is_reachable {
            self.guarded.insert(Guarded { parent, name: name.to_os_string(), link });
        }
    }

    fn fix(&mut self, path: &Path) {
        if self.root_of(path).is_some() {
            self.fixed.insert(path.to_path_buf());
        }
    }
}

fn canonical_workspace(workspace: &Path) -> Result<PathBuf, SandboxError> {
    let wrong = |source| SandboxError::Path { path: workspace.to_path_buf(), source };
    if !workspace.is_absolute() {
        return Err(wrong(io::ErrorKind::InvalidInput.into()));
    }
    let canonical = workspace.canonicalize().map_err(wrong)?;
    if canonical.is_dir() { Ok(canonical) } else { Err(wrong(io::ErrorKind::NotADirectory.into())) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::profile::Profile;

    fn survey(workspace: &Path, writable: &[&Path], protected: &[&str]) -> Places {
        let confinement = Confinement {
            profile: Profile::WorkspaceWrite { network: false },
            workspace: workspace.to_path_buf(),
            writable: writable.iter().map(|path| path.to_path_buf()).collect(),
            protected: protected.iter().map(PathBuf::from).collect(),
            hidden: Vec::new(),
            kept: Vec::new(),
            aside: None,
        };
        Places::survey(&confinement).unwrap()
    }

    fn workspace() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("outer/work");
        fs::create_dir_all(path.join(".git/hooks")).unwrap();
        fs::write(path.join(".git/config"), "").unwrap();
        (folder, path)
    }

    #[test]
    fn existing_paths_are_fixed_and_the_way_to_them_pinned() {
        let (_folder, work) = workspace();
        let places = survey(&work, &[], &[".git/config", ".git/hooks"]);
        assert_eq!(places.fixed, BTreeSet::from([work.join(".git/config"), work.join(".git/hooks")]));
        assert_eq!(places.pinned, BTreeSet::from([work.join(".git")]));
        assert!(places.guarded.is_empty());
    }

    #[test]
    fn a_writable_parent_pins_the_way_to_the_workspace() {
        let (folder, work) = workspace();
        let outer = folder.path().canonicalize().unwrap();
        let places = survey(&work, &[&outer], &[]);
        assert_eq!(places.pinned, BTreeSet::from([outer.join("outer")]));
    }

    #[test]
    fn the_first_missing_name_is_guarded() {
        let (_folder, work) = workspace();
        let places = survey(&work, &[], &[".git/missing/deep", ".vscode/tasks.json"]);
        let names: Vec<_> = places.guarded.iter().map(Guarded::path).collect();
        assert_eq!(names, [work.join(".vscode"), work.join(".git/missing")]);
    }

    #[test]
    fn a_link_is_guarded_and_its_target_fixed() {
        let (_folder, work) = workspace();
        fs::create_dir(work.join("tasks")).unwrap();
        symlink("tasks", work.join(".vscode")).unwrap();
        let places = survey(&work, &[], &[".vscode"]);
        assert_eq!(places.fixed, BTreeSet::from([work.join("tasks")]));
        assert_eq!(places.guarded.first().unwrap().link.as_deref(), Some(Path::new("tasks")));
    }

    #[test]
    fn s3_what_is_hidden_is_found_behind_links_once_and_the_way_to_it_pinned() {
        let (folder, work) = workspace();
        fs::create_dir_all(work.join("api/keys/deep")).unwrap();
        fs::write(work.join("api/.env"), "").unwrap();
        symlink("api/.env", work.join("link")).unwrap();
        let hidden = ["link", "api/.env", "api/keys/deep", "api/keys", "missing", ""];
        let confinement = Confinement {
            writable: Vec::new(),
            hidden: hidden.iter().map(|path| work.join(path)).chain([folder.path().into()]).collect(),
            ..Confinement::new(Profile::WorkspaceWrite { network: false }, &work)
        };
        let places = Places::survey(&confinement).unwrap();
        assert_eq!(places.hidden_files, BTreeSet::from([work.join("api/.env")]));
        assert_eq!(places.hidden_directories, BTreeSet::from([work.join("api/keys")]));
        assert!(places.pinned.contains(&work.join("api")) && !places.pinned.contains(&work.join("api/keys")));
    }

    #[test]
    fn a_circle_of_links_ends() {
        let (_folder, work) = workspace();
        symlink("b", work.join("a")).unwrap();
        symlink("a", work.join("b")).unwrap();
        assert_eq!(survey(&work, &[], &["a"]).guarded.len(), 2);
    }

    #[test]
    fn a_git_file_of_a_worktree_is_fixed_itself() {
        let (_folder, work) = workspace();
        fs::remove_dir_all(work.join(".git")).unwrap();
        fs::write(work.join(".git"), "gitdir: elsewhere").unwrap();
        assert_eq!(survey(&work, &[], &[".git/config"]).fixed, BTreeSet::from([work.join(".git")]));
    }

    #[test]
    fn a_read_only_profile_needs_no_places() {
        let (_folder, work) = workspace();
        let confinement = Confinement::new(Profile::ReadOnly, &work);
        assert_eq!(Places::survey(&confinement).unwrap(), Places::default());
    }
}
