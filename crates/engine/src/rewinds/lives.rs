//! What files went through: in the session, in its missions and in its sub-agents, in the order in which it happened.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use headwater_protocol::events::{FileBefore, MissionUndone, Uncovered};
use headwater_protocol::views::{Checkpoint, Content, FileVersion, HeldFile, fold, history};
use headwater_protocol::{Event, SessionId, Timestamp};

use crate::ledger::Ledger;
use crate::sessions::SessionStore;

/// The lives of all files that tools changed.
pub(super) struct Lives {
    files: BTreeMap<String, Vec<Stretch>>,
    gaps: Vec<(u64, Uncovered)>,
    /// Where the sessions of the work lie that keep contents too.
    pub(super) directories: Vec<PathBuf>,
}

/// A stretch in the life of a file, at its place among the records of the session.
struct Stretch {
    place: u64,
    version: FileVersion,
}

impl Lives {
    /// Reads them together. Logs of missions and sub-agents are read for it.
    pub(super) fn of(ledger: &Ledger, store: &SessionStore) -> Self {
        let mut lives = Self { files: BTreeMap::new(), gaps: Vec::new(), directories: Vec::new() };
        let own = &ledger.state().checkpoint;
        lives.take(own, |seq, _| seq);
        let (mut known, mut parts) = (HashSet::new(), Parts { ledger, store });
        for record in ledger.records() {
            if let Some(part) = part_of(&record.event)
                && known.insert(part.clone())
            {
                parts.take(part, record.seq, &mut known, &mut lives);
            } else if let Event::MissionUndone(undone) = &record.event {
                parts.undone(undone, (record.seq, record.at), &mut lives);
            }
        }
        for stretches in lives.files.values_mut() {
            // Those of the session itself stay before those of its parts where they fall together.
            stretches.sort_by_key(|stretch| (stretch.place, stretch.version.at));
        }
        lives
    }

    /// The files that were or may have been changed from a record on, each as it was before.
    pub(super) fn since(&self, record: u64) -> Vec<HeldFile> {
        let of = |stretches: &Vec<Stretch>| {
            history(stretches.iter().filter(|one| one.place >= record).map(|one| &one.version))
        };
        self.files.values().filter_map(of).filter(|file| !file.is_untouched()).collect()
    }

    /// How many files were changed from a record on.
    pub(super) fn count_since(&self, record: u64) -> usize {
        let is_changed = |stretches: &&Vec<Stretch>| {
            let file = history(stretches.iter().filter(|one| one.place >= record).map(|one| &one.version));
            file.is_some_and(|file| file.is_changed())
        };
        self.files.values().filter(is_changed).count()
    }

    /// What no checkpoint holds of what was changed from a record on, each reason once. What a command is said to have
    /// changed beside others that ran is left out where those others kept it before the command came back.
    pub(super) fn uncovered_since(&self, record: u64) -> Vec<Uncovered> {
        let mut found: Vec<Uncovered> = Vec::new();
        for (place, uncovered) in self.gaps.iter().filter(|(place, _)| *place >= record) {
            let rest = self.not_held(*place, uncovered);
            match found.iter_mut().find(|known| known.why == rest.why) {
                Some(known) => add(known, rest),
                None if rest.count > 0 => found.push(rest),
                None => {}
            }
        }
        found
    }

    /// A file that is kept later only is kept as the command has left it.
    fn not_held(&self, place: u64, uncovered: &Uncovered) -> Uncovered {
        let is_held = |path: &&String| {
            let stretches = self.files.get(*path);
            stretches.is_some_and(|stretches| stretches.iter().any(|stretch| stretch.place <= place))
        };
        let (held, paths): (Vec<&String>, Vec<&String>) = uncovered.paths.iter().partition(is_held);
        let paths = paths.into_iter().cloned().collect();
        let count = uncovered.count.saturating_sub(held.len() as u64);
        Uncovered { why: uncovered.why.clone(), paths, count }
    }

    fn take(&mut self, held: &Checkpoint, place: impl Fn(u64, Timestamp) -> u64) {
        for (path, versions) in held.versions() {
            let stretches = versions
                .iter()
                .map(|version| Stretch { place: place(version.seq, version.at), version: version.clone() });
            self.files.entry(path.to_owned()).or_default().extend(stretches);
        }
        self.gaps.extend(held.gaps().into_iter().map(|gap| (place(gap.seq, gap.at), gap.uncovered)));
    }
}

/// Adds what is not covered for the same reason; a file that is named twice counts once.
fn add(known: &mut Uncovered, more: Uncovered) {
    let unnamed = more.count.saturating_sub(more.paths.len() as u64);
    let before = known.paths.len();
    for path in more.paths {
        if !known.paths.contains(&path) {
            known.paths.push(path);
        }
    }
    known.count += (known.paths.len() - before) as u64 + unnamed;
}

/// The sessions that worked for a session.
struct Parts<'a> {
    ledger: &'a Ledger,
    store: &'a SessionStore,
}

impl Parts<'_> {
    fn take(&mut self, part: &SessionId, from: u64, known: &mut HashSet<SessionId>, lives: &mut Lives) {
        let Ok(loaded) = self.store.load(part) else {
            let gone = Uncovered {
                why: "its records are gone".to_owned(),
                paths: vec![format!("what session {part} changed")],
                count: 1,
            };
            lives.gaps.push((from, gone));
            return;
        };
        lives.directories.push(self.store.directory(part));
        lives.take(&fold(&loaded.records), |_, at| self.place(from, at));
        for record in &loaded.records {
            if let Some(below) = part_of(&record.event)
                && known.insert(below.clone())
            {
                self.take(below, from, known, lives);
            }
        }
    }

    /// The last record of the session that is no later than something that one of its parts did.
    fn place(&self, from: u64, at: Timestamp) -> u64 {
        let records = self.ledger.records().iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
        records
            .take_while(|record| record.at <= at || record.seq == from)
            .last()
            .map_or(from, |last| last.seq)
    }

    /// What was taken back of a mission is one more change.
    fn undone(&self, undone: &MissionUndone, (seq, at): (u64, Timestamp), lives: &mut Lives) {
        let Ok(loaded) = self.store.load(&undone.mission) else { return };
        let held: Checkpoint = fold(&loaded.records);
        for file in held.files().filter(|file| undone.restored.contains(&file.before.path)) {
            let left = file.after.unwrap_or(file.kept);
            let after = Some(Content::of(file.before.sha256.as_deref()));
            let before = FileBefore { sha256: left.into_sha256(), ..file.before };
            let stretches = lives.files.entry(before.path.clone()).or_default();
            stretches
                .push(Stretch { place: seq, version: FileVersion { seq, at, before, after, mode: None } });
        }
    }
}

/// The session that begins to work for this one.
fn part_of(event: &Event) -> Option<&SessionId> {
    if let Event::MissionApproved(approved) = event {
        Some(&approved.mission)
    } else if let Event::SubagentStarted(started) = event {
        Some(&started.opened)
    } else {
        None
    }
}
