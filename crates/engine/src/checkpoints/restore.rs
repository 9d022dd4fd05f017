//! Putting files back as they were, as far as nobody else has changed them since.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use headwater_protocol::events::{FileAfter, FileBefore, KeptFile};
use headwater_protocol::views::{Content, HeldFile};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid};

use super::place::{Found, Root};
use super::watch::{content, mode};
use super::{CheckpointError, Checkpoints, vault};

/// What became of the files of a checkpoint. Files that were as before already are in neither list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// As before again.
    pub(crate) restored: Vec<String>,
    /// Left alone.
    pub(crate) kept: Vec<KeptFile>,
}

/// What is to be done to files before it is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restoring {
    /// Files that would be put back.
    pub(crate) files: Vec<HeldFile>,
    /// Files that would be left alone.
    pub(crate) kept: Vec<KeptFile>,
}

/// Why a file stays as it is. The name is that of who changed it, as sentences say it.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it was changed after {0} left it")]
    ChangedSince(&'static str),
    #[error("somebody else changed it between two changes of {0}")]
    ChangedBetween(&'static str),
    #[error("it changed while {0} ran, and no call that came to its end says how")]
    Unaccounted(&'static str),
    #[error("its permissions were changed after {0} had changed them")]
    ModeSince(&'static str),
    #[error("it is {0} now")]
    Other(&'static str),
    #[error("its content from before is damaged")]
    Damaged,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Checkpoints {
    /// Puts back every file that is still as the last change by `who` left it. What is replaced is kept before that.
    pub(crate) fn restore(
        &self,
        files: impl IntoIterator<Item = HeldFile>,
        who: &'static str,
    ) -> Result<Restored, CheckpointError> {
        let (root, mut outcome) = (self.root()?, Restored::default());
        let mut directories = BTreeSet::new();
        for file in files {
            let before = &file.before;
            match self.restore_file(&root, &file, who) {
                Ok(Some(now)) => {
                    outcome.restored.push(before.path.clone());
                    outcome.kept.extend(now.kept_mode(before));
                    directories.extend(made_directories(before));
                }
                Ok(None) => {}
                Err(refusal) => outcome.kept.push(self.left_alone(before, &refusal)),
            }
        }
        // The deepest come last in the order of paths. One in which something else lies meanwhile stays.
        for directory in directories.iter().rev() {
            root.remove_directory(directory);
        }
        Ok(outcome)
    }

    /// What [`Self::restore`] would do now.
    pub(crate) fn would_restore(
        &self,
        files: impl IntoIterator<Item = HeldFile>,
        who: &'static str,
    ) -> Result<Restoring, CheckpointError> {
        let (root, mut plan) = (self.root()?, Restoring::default());
        for file in files {
            match judge(&root, &file, who) {
                Ok(Some(now)) => {
                    plan.kept.extend(now.kept_mode(&file.before));
                    plan.files.push(file);
                }
                Ok(None) => {}
                Err(refusal) => plan.kept.push(self.left_alone(&file.before, &refusal)),
            }
        }
        Ok(plan)
    }

    fn left_alone(&self, before: &FileBefore, refusal: &Refusal) -> KeptFile {
        KeptFile { path: before.path.clone(), why: format!("{refusal}{}", self.where_from(before)) }
    }

    /// How files that were put back have been left.
    pub(crate) fn as_left(&self, restored: &[String]) -> Result<Vec<FileAfter>, CheckpointError> {
        let root = self.root()?;
        let left = |path: &String| {
            let sha256 = content(&root, path)?.into_sha256();
            Some(FileAfter { path: path.clone(), sha256, mode: mode(&root, path) })
        };
        Ok(restored.iter().filter_map(left).collect())
    }

    /// What was there when something was to be done, and was.
    fn restore_file(&self, root: &Root, held: &HeldFile, who: &'static str) -> Result<Option<Now>, Refusal> {
        let before = &held.before;
        let Some(now) = judge(root, held, who)? else { return Ok(None) };
        self.keep_current(root, &before.path)?;
        match &before.sha256 {
            None => root.remove(&before.path)?,
            Some(_) if now.has_content => root.set_mode(&before.path, before.mode.unwrap_or(USUAL_MODE))?,
            Some(sha256) => self.put(root, before, sha256, &now)?,
        }
        Ok(Some(now))
    }

    fn keep_current(&self, root: &Root, path: &str) -> io::Result<()> {
        if let Found::File { file, .. } = root.look(path)? {
            self.vault.keep(file)?;
        }
        Ok(())
    }

    /// The kept content goes to a new file beside the old one, which then takes its name: a reader sees one or the other.
    fn put(&self, root: &Root, before: &FileBefore, sha256: &str, now: &Now) -> Result<(), Refusal> {
        let source = self.vault_of(sha256).open(sha256)?;
        let (parent, name) = root.make_parent(&before.path)?;
        let fresh = Fresh::create(parent)?;
        let (found, _) = vault::copy(source, &fresh.file)?;
        if found != sha256 {
            return Err(Refusal::Damaged);
        }
        let mode = now.foreign_mode.or(before.mode).unwrap_or(USUAL_MODE);
        if let Some(current) = &now.metadata {
            let (owner, group) = (Uid::from_raw(current.uid()), Gid::from_raw(current.gid()));
            // Only root may give files away; anyone else keeps the new file as their own.
            rustix::fs::fchown(&fresh.file, Some(owner), Some(group)).ok();
        }
        fresh.file.set_permissions(Permissions::from_mode(mode))?;
        rustix::fs::renameat(&fresh.parent, &fresh.name, &fresh.parent, name).map_err(io::Error::from)?;
        Ok(())
    }

    fn where_from(&self, before: &FileBefore) -> String {
        match &before.sha256 {
            Some(sha256) => {
                format!("; what it held before lies in {}", self.vault_of(sha256).path(sha256).display())
            }
            None => "; before, it was not there".to_owned(),
        }
    }
}

/// The permission bits of a file of which nobody knows others.
const USUAL_MODE: u32 = 0o644;

/// A file that is to be put back, as it is.
struct Now {
    metadata: Option<Metadata>,
    /// Whether it holds what it held: only its permission bits are to go back.
    has_content: bool,
    /// Its permission bits, where somebody else has given them: they stay.
    foreign_mode: Option<u32>,
}

impl Now {
    /// What is to be said of the permission bits of a file whose content goes back.
    fn kept_mode(&self, before: &FileBefore) -> Option<KeptFile> {
        let mode = self.foreign_mode.filter(|_| before.sha256.is_some())?;
        let why = format!("its content goes back; its permissions ({mode:o}) were changed by somebody else");
        Some(KeptFile { path: before.path.clone(), why })
    }
}

/// Whether a file is to be put back; `None` when it is as it was, and a refusal when somebody else has changed it.
fn judge(root: &Root, held: &HeldFile, who: &'static str) -> Result<Option<Now>, Refusal> {
    let (now, metadata) = match root.look(&held.before.path)? {
        Found::Absent { .. } => (Content::Absent, None),
        Found::File { file, metadata } => (Content::Sha256(vault::digest(file)?.0), Some(metadata)),
        Found::Other(what) => return Err(Refusal::Other(what)),
    };
    let mode = metadata.as_ref().map(|found| found.permissions().mode() & 0o7777);
    if now == Content::of(held.before.sha256.as_deref()) {
        return judge_mode(held, mode, metadata, who);
    }
    // What was kept before a change that did not come to its end may still be there.
    let is_as_left = held.after.as_ref().unwrap_or(&held.kept) == &now;
    match &held.after {
        _ if held.foreign.is_some() => Err(Refusal::ChangedBetween(who)),
        _ if is_as_left => {
            let is_foreign =
                held.is_mode_foreign || held.mode.zip(mode).is_some_and(|(left, now)| left != now);
            Ok(Some(Now { metadata, has_content: false, foreign_mode: mode.filter(|_| is_foreign) }))
        }
        Some(_) => Err(Refusal::ChangedSince(who)),
        None => Err(Refusal::Unaccounted(who)),
    }
}

/// The same of a file that holds what it held: whether its permission bits are to go back.
fn judge_mode(
    held: &HeldFile,
    mode: Option<u32>,
    metadata: Option<Metadata>,
    who: &'static str,
) -> Result<Option<Now>, Refusal> {
    if mode.is_none() || mode == held.before.mode || !held.is_mode_changed() {
        return Ok(None);
    }
    if held.is_mode_foreign || mode != held.mode {
        return Err(Refusal::ModeSince(who));
    }
    Ok(Some(Now { metadata, has_content: true, foreign_mode: None }))
}

/// A new file without its final name; it goes with this value unless it was renamed.
struct Fresh {
    parent: OwnedFd,
    name: OsString,
    file: File,
}

impl Fresh {
    fn create(parent: OwnedFd) -> io::Result<Self> {
        let name = OsString::from(format!(".{}.headwater-restored", std::process::id()));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&parent, &name, flags, Mode::from_raw_mode(0o600))?);
        Ok(Self { parent, name, file })
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // After the renaming there is nothing of this name.
        rustix::fs::unlinkat(&self.parent, &self.name, AtFlags::empty()).ok();
    }
}

/// The directories that were made for a file.
fn made_directories(before: &FileBefore) -> Vec<PathBuf> {
    let count = usize::try_from(before.missing_directories).unwrap_or(0);
    Path::new(&before.path).ancestors().skip(1).take(count).map(Path::to_path_buf).collect()
}
