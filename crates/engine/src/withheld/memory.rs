//! What earlier searches of a session saw, so that the next one looks only into directories that have changed since.
//!
//! A directory changes with every name that comes or goes in it, and says so by its change time, which no program can set. So
//! one that is marked as before holds what it held. *Invariants:* what is remembered of a directory is used only for the
//! rules under which it was seen; one that changed less than two seconds before it was read is read again, since clocks of
//! file systems count in steps; file systems of which it is not known that they keep the change time are always read.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{FileType, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headwater_policy::Withholding;

use super::{Bounds, Found};

/// For how many different rules something is remembered: those about commands, and those about searches of tools.
const MOST_KINDS: usize = 2;
/// The most directories that are remembered.
const MOST_DIRECTORIES: usize = 50_000;
/// The longest step in which a file system's clock counts.
const STEP: Duration = Duration::from_secs(2);

/// What the searches of a session remember. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kinds: Arc<Mutex<Vec<(Withholding, Listings)>>>,
}

impl Memory {
    /// Looks for what is withheld, as [`look`](super::look) does.
    pub fn look(&self, withholding: &Withholding, workspace: &Path, bounds: Bounds) -> Found {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let base = withholding.unnamed();
        let at = kinds.iter().position(|(known, _)| known.is_like(&base));
        let (base, mut listings) = at.map_or_else(|| (base, Listings::default()), |at| kinds.remove(at));
        let found = super::search::look_with(&mut listings, withholding, workspace, bounds);
        if kinds.len() >= MOST_KINDS {
            kinds.remove(0);
        }
        kinds.push((base, listings));
        found
    }

    /// How many directories need not be read again as long as nothing changes in them.
    pub fn remembered(&self) -> usize {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.iter().map(|(_, listings)| listings.directories.len()).sum()
    }
}

/// What directories held of note when they were last read.
#[derive(Debug, Default)]
pub(super) struct Listings {
    directories: HashMap<PathBuf, Listing>,
    /// Whether a file system keeps the time of changes.
    devices: HashMap<u64, bool>,
}

#[derive(Debug)]
struct Listing {
    mark: Mark,
    entries: usize,
    notable: Vec<(OsString, FileType)>,
}

/// By which it is seen that a directory has changed.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    node: (u64, u64),
    changed: (i64, i64),
    modified: (i64, i64),
}

/// The entries of note of one directory.
pub(super) struct Listed {
    pub(super) notable: Vec<(PathBuf, FileType)>,
    /// How many entries it has, as far as they were counted.
    pub(super) entries: usize,
    /// Whether there are more than were counted.
    pub(super) is_cut: bool,
}

impl Listings {
    /// What a directory holds of note. One that cannot be read holds nothing: it shows nothing to a command either.
    pub(super) fn list(
        &mut self,
        directory: &Path,
        most: usize,
        is_notable: impl Fn(&Path, FileType) -> bool,
    ) -> Listed {
        let mark = directory.metadata().ok().map(|found| Mark::of(&found));
        let known = self.directories.get(directory).filter(|known| known.entries <= most);
        if let Some(known) = known.filter(|known| mark.as_ref() == Some(&known.mark)) {
            let notable = known.notable.iter().map(|(name, kind)| (directory.join(name), *kind)).collect();
            return Listed { notable, entries: known.entries, is_cut: false };
        }
        let began = SystemTime::now();
        let listed = read(directory, most, is_notable);
        match mark.filter(|mark| !listed.is_cut && mark.is_settled(began) && self.is_kept(mark, directory)) {
            Some(mark) => self.remember(directory, mark, &listed),
            None => drop(self.directories.remove(directory)),
        }
        listed
    }

    fn remember(&mut self, directory: &Path, mark: Mark, listed: &Listed) {
        if self.directories.len() >= MOST_DIRECTORIES {
            // Others are seen by now: what was remembered of earlier ones may never be asked for again.
            self.directories.clear();
        }
        let name = |(path, kind): &(PathBuf, FileType)| Some((path.file_name()?.to_owned(), *kind));
        let notable = listed.notable.iter().filter_map(name).collect();
        self.directories.insert(directory.to_owned(), Listing { mark, entries: listed.entries, notable });
    }

    fn is_kept(&mut self, mark: &Mark, directory: &Path) -> bool {
        *self.devices.entry(mark.node.0).or_insert_with(|| keeps_change_times(directory))
    }
}

impl Mark {
    fn of(found: &Metadata) -> Self {
        Self {
            node: (found.dev(), found.ino()),
            changed: (found.ctime(), found.ctime_nsec()),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }

    /// Whether a change from `now` on would be seen.
    fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanos) = self.changed;
        let changed = u64::try_from(seconds).ok().zip(u64::try_from(nanos).ok());
        let changed =
            changed.map(|(seconds, nanos)| Duration::from_secs(seconds) + Duration::from_nanos(nanos));
        let now = now.duration_since(UNIX_EPOCH).ok();
        changed.zip(now).is_some_and(|(changed, now)| changed + STEP < now)
    }
}

fn read(directory: &Path, most: usize, is_notable: impl Fn(&Path, FileType) -> bool) -> Listed {
    let mut listed = Listed { notable: Vec::new(), entries: 0, is_cut: false };
    for entry in directory.read_dir().into_iter().flatten().filter_map(Result::ok) {
        if listed.entries == most {
            listed.is_cut = true;
            return listed;
        }
        listed.entries += 1;
        let path = entry.path();
        if let Ok(kind) = entry.file_type()
            && is_notable(&path, kind)
        {
            listed.notable.push((path, kind));
        }
    }
    listed
}

/// Whether the file system of a directory is one that marks a directory with every change in it.
#[cfg(target_os = "linux")]
fn keeps_change_times(directory: &Path) -> bool {
    /// ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs: their numbers in linux/magic.h and statfs(2).
    const KNOWN: [rustix::fs::FsWord; 8] =
        [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0xF2F5_2010, 0x2FC1_2FC1, 0xCA45_1A4E];
    rustix::fs::statfs(directory).is_ok_and(|found| KNOWN.contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn keeps_change_times(_directory: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use headwater_policy::{Layer, Policy, RuleTexts, Source};

    use super::*;
    use crate::rulebook::withholding;
    use crate::withheld::look;

    fn denied(rules: &[&str], root: &Path) -> Withholding {
        let deny = rules.iter().map(|rule| (*rule).into()).collect();
        let texts = RuleTexts { deny, ..RuleTexts::default() };
        let layers = vec![Layer::keeping(vec![root.join("kept")]), Layer::new(Source::User, &texts).unwrap()];
        withholding(&Policy::new(layers), root, None)
    }

    fn assert_same(memory: &Memory, withholding: &Withholding, root: &Path, after: &str) {
        let bounds = Bounds::of_commands();
        let (known, fresh) = (memory.look(withholding, root, bounds), look(withholding, root, bounds));
        let all = |found: &Found| format!("{found:?}");
        assert_eq!(all(&known), all(&fresh), "{after}");
    }

    #[test]
    fn s3_a_search_that_remembers_finds_what_one_that_reads_all_finds() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for directory in ["a/b/c", "keys", "src", "kept/sessions"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        for file in [".env", "a/plain", "a/b/c/x.pem", "keys/k", "kept/.env"] {
            fs::write(root.join(file), "1").unwrap();
        }
        let (memory, withholding) = (Memory::default(), denied(&["Read(*.pem)", "Read(keys/**)"], &root));
        let began = Instant::now();
        // The root, `a`, `a/b`, `a/b/c` and `src`, once their last change is old enough.
        while memory.remembered() < 5 && keeps_change_times(&root) {
            assert!(began.elapsed() < Duration::from_mins(1), "{} are remembered", memory.remembered());
            assert_same(&memory, &withholding, &root, "nothing");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let at = |path: &str| root.join(path);
        let steps: [(&str, &dyn Fn()); 9] = [
            ("a new secret in a known directory", &|| fs::write(at("a/b/c/.env"), "1").unwrap()),
            ("a file that takes a withheld name", &|| fs::rename(at("a/plain"), at("a/y.pem")).unwrap()),
            ("a directory with a secret", &|| {
                fs::create_dir(at("src/new")).unwrap();
                fs::write(at("src/new/.env.local"), "1").unwrap();
            }),
            ("a directory that was moved", &|| fs::rename(at("a/b"), at("src/b")).unwrap()),
            ("a directory in the place of another", &|| {
                fs::create_dir(at("a/b")).unwrap();
                fs::write(at("a/b/z.pem"), "1").unwrap();
            }),
            ("another name of a withheld file", &|| fs::hard_link(at(".env"), at("src/twin")).unwrap()),
            ("a link", &|| std::os::unix::fs::symlink("keys", at("near")).unwrap()),
            ("a file that went", &|| fs::remove_file(at("a/y.pem")).unwrap()),
            ("a file that became a directory", &|| {
                fs::remove_file(at(".env")).unwrap();
                fs::create_dir(at(".env")).unwrap();
            }),
        ];
        for (said, step) in steps {
            step();
            assert_same(&memory, &withholding, &root, said);
        }
        assert_same(&memory, &denied(&[], &root), &root, "fewer rules");
        assert_same(&memory, &denied(&["Edit(src/**)"], &root), &root, "other rules");
        assert_same(&memory, &withholding, &root, "the same rules again");
    }

    #[test]
    fn s3_a_directory_that_changed_just_now_is_not_remembered() {
        let mark = |seconds: i64| Mark { node: (1, 1), changed: (seconds, 0), modified: (0, 0) };
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for (changed, is_settled) in [(997, true), (998, false), (1_000, false), (2_000, false), (-1, false)]
        {
            assert_eq!(mark(changed).is_settled(now), is_settled, "{changed}");
        }
    }
}
