//! One mission, or one recursive child of it: its terms, its blocks and its calls, folded from its own records.

use std::collections::HashMap;
use std::ops::Range;

use headwater_protocol::corpus::CorpusPartSummary;
use headwater_protocol::views::{Budget, Child, Children, MissionPhase, MissionView, View};
use headwater_protocol::{ChildId, EndReason, Event, Record, SessionId};

use super::coverage::Coverage;
use super::group::{BlockEnd, Group, GroupKind, Standing};
use crate::text::sanitize;

/// The session of a mission.
#[derive(Clone, Debug)]
pub struct MissionSession {
    /// Its session.
    pub id: SessionId,
    /// Where it stands, as its own records tell.
    pub terms: MissionView,
    /// What it asked.
    pub children: Children,
    /// What it spent, calls that ended included.
    pub budget: Budget,
    /// Vendor and model of its root; empty before they are known.
    pub model: String,
    /// The bytes that prompts have named.
    pub coverage: Coverage,
    /// Its blocks, and calls outside of them, in the order in which they began.
    pub groups: Vec<Group>,
    /// When it began, in milliseconds of the screen's clock.
    pub since_ms: u64,
    /// When each child began, on the same clock.
    child_since_ms: Vec<u64>,
    places: HashMap<GroupKind, usize>,
    owners: HashMap<ChildId, GroupKind>,
    is_ended: bool,
}

impl MissionSession {
    pub(super) fn new(id: SessionId, now_ms: u64) -> Self {
        Self {
            id,
            terms: MissionView::default(),
            children: Children::default(),
            budget: Budget::default(),
            model: String::new(),
            coverage: Coverage::default(),
            groups: Vec::new(),
            since_ms: now_ms,
            child_since_ms: Vec::new(),
            places: HashMap::new(),
            owners: HashMap::new(),
            is_ended: false,
        }
    }

    /// Takes in a record of this session.
    pub(super) fn apply(&mut self, record: &Record, now_ms: u64) {
        self.count(&record.event, now_ms);
        self.terms.apply(record);
        self.children.apply(record);
        self.budget.apply(record);
    }

    /// Takes in what the conversation says of this mission.
    pub(super) fn told(&mut self, record: &Record) {
        self.terms.apply(record);
    }

    /// What the views of the protocol do not tell.
    fn count(&mut self, event: &Event, now_ms: u64) {
        if let Event::SessionStarted(started) = event {
            self.model = sanitize(&format!("{}/{}", started.vendor, started.model.name)).replace('\n', " ");
        } else if let Event::CellStarted(started) = event {
            let first = started.code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let title = sanitize(first.trim()).into_owned();
            if let Some(group) = self.group(GroupKind::Cell(started.cell), now_ms) {
                group.title = title;
                group.block = None;
            }
        } else if let Event::CellReturned(returned) = event {
            let millis = returned.millis + returned.waited_millis;
            let end = BlockEnd { is_error: returned.error.is_some(), millis };
            if let Some(group) = self.group(GroupKind::Cell(returned.cell), now_ms) {
                group.block = Some(end);
            }
        } else if let Event::ChildStarted(started) = event {
            let place = self.children.count();
            self.coverage.add(&started.prompt);
            self.child_since_ms.push(now_ms);
            let kind = GroupKind::of(started);
            if let Some(group) = self.group(kind, now_ms) {
                group.started(place, started);
            }
            self.owners.insert(started.child.clone(), kind);
        } else if let Event::ChildReturned(returned) = event {
            let is_open = self.children.get(&returned.child).is_some_and(|child| child.returned.is_none());
            let owner = self.owners.get(&returned.child).copied().filter(|_| is_open);
            if let Some(group) = owner.and_then(|kind| self.group(kind, now_ms)) {
                group.returned(returned);
            }
        } else if let Event::TurnEnded(_) = event {
            self.is_ended = true;
        } else if let Event::TurnStarted(_) | Event::SessionResumed(_) = event {
            self.is_ended = false;
        }
    }

    /// The group of a kind, made when it is not there yet; so there always is one.
    fn group(&mut self, kind: GroupKind, now_ms: u64) -> Option<&mut Group> {
        let place = *self.places.entry(kind).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Group::new(kind, now_ms));
        }
        self.groups.get_mut(place)
    }

    /// A child by its place.
    pub fn child(&self, place: usize) -> Option<&Child> {
        self.children.iter().nth(place)
    }

    /// When a child began, in milliseconds of the screen's clock.
    pub fn child_since_ms(&self, place: usize) -> u64 {
        self.child_since_ms.get(place).copied().unwrap_or_default()
    }

    /// The group of a block or of calls outside of one.
    pub fn group_of(&self, kind: GroupKind) -> Option<&Group> {
        self.groups.get(*self.places.get(&kind)?)
    }

    /// Bytes of its context.
    pub fn corpus_bytes(&self) -> u64 {
        let parts = self.terms.started.as_ref().map(|started| started.corpus.parts.as_slice());
        parts.unwrap_or_default().iter().map(|part| part.bytes).sum()
    }

    /// A part of a text by its name and by where in it that stands: `app.log 20–21%`; a whole text by its name.
    pub fn span_name(&self, sha256: &str, bytes: Range<u64>) -> String {
        let name = self.source_name(sha256);
        let whole = self.part(sha256).map_or(0, |part| part.bytes);
        let percent = |at: u64| {
            let tenths = at.saturating_mul(1_000) / whole.max(1);
            if tenths.is_multiple_of(10) {
                (tenths / 10).to_string()
            } else {
                format!("{}.{}", tenths / 10, tenths % 10)
            }
        };
        match whole {
            0 => format!("{name} {}..{}", bytes.start, bytes.end),
            _ if bytes.start == 0 && bytes.end >= whole => name,
            _ => format!("{name} {}–{}%", percent(bytes.start), percent(bytes.end)),
        }
    }

    fn part(&self, sha256: &str) -> Option<&CorpusPartSummary> {
        self.terms.started.as_ref()?.corpus.parts.iter().find(|part| part.sha256 == sha256)
    }

    /// The name of a text of its context; of an unknown one the beginning of its digest.
    pub fn source_name(&self, sha256: &str) -> String {
        let part = self.part(sha256);
        let name = part.map_or_else(|| sha256.chars().take(8).collect(), |part| part.name.clone());
        sanitize(&name).replace('\n', " ")
    }

    /// Calls that were asked and have not come back.
    pub fn running(&self) -> usize {
        self.groups.iter().map(|group| group.running).sum()
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        match (self.terms.ended, self.terms.phase) {
            (Some(EndReason::Done), _) => Standing::Done,
            (Some(EndReason::Interrupted | EndReason::Terminated), _) | (None, MissionPhase::Ended) => {
                Standing::Stopped
            }
            (Some(_), _) => Standing::Failed,
            (None, _) if self.is_ended => Standing::Done,
            (None, _) => Standing::Running,
        }
    }
}
