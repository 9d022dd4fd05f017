//! The tree as rows, in the order in which they stand below each other. Nothing is put into words here.

use std::collections::HashMap;

use super::details::Details;
use super::{Fold, MOST_SIBLINGS, Node};
use crate::mission::Missions;

/// Sessions name each other in records, which may be wrong: no tree is deeper.
const DEEPEST: u32 = 48;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeRow {
    pub(super) node: Node,
    pub(super) depth: u32,
    /// A bit for each level above which has more to come below this row.
    pub(super) guides: u64,
    /// Whether nothing follows on its own level.
    pub(super) is_last: bool,
}

/// Makes the rows.
#[derive(Clone, Copy)]
pub(super) struct Builder<'a> {
    pub(super) missions: &'a Missions,
    pub(super) folds: &'a HashMap<Node, Fold>,
    pub(super) details: &'a HashMap<Node, Details>,
}

/// Where rows go.
#[derive(Clone, Copy)]
struct Level {
    depth: u32,
    guides: u64,
}

impl Level {
    /// The level below a row of this one.
    fn below(self, is_last: bool) -> Self {
        let guide = if is_last { 0 } else { 1_u64.checked_shl(self.depth).unwrap_or(0) };
        Self { depth: self.depth + 1, guides: self.guides | guide }
    }

    fn row(self, node: Node, is_last: bool) -> TreeRow {
        TreeRow { node, depth: self.depth, guides: self.guides, is_last }
    }
}

impl Builder<'_> {
    pub(super) fn rows(self) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        let newest = self.missions.roots().last();
        for root in self.missions.roots() {
            let node = Node::Root(*root);
            rows.push(Level { depth: 0, guides: 0 }.row(node, true));
            // An older mission is one line until it is asked for.
            let is_open = match self.fold(node) {
                Fold::Auto => Some(root) == newest,
                Fold::All => true,
                Fold::Hidden => false,
            };
            if is_open {
                self.groups(*root, Level { depth: 1, guides: 0 }, &mut rows);
            }
        }
        self.agents(&mut rows);
        rows
    }

    fn agents(self, rows: &mut Vec<TreeRow>) {
        let level = Level { depth: 0, guides: 0 };
        for place in self.missions.agents().in_order() {
            let node = Node::Agent(place);
            rows.push(level.row(node, true));
            let lines = self.details.get(&node).map_or(0, Details::len);
            rows.extend((0..lines).map(|line| level.below(true).row(Node::Report(place, line), true)));
        }
    }

    fn fold(self, node: Node) -> Fold {
        self.folds.get(&node).copied().unwrap_or_default()
    }

    fn groups(self, place: usize, level: Level, rows: &mut Vec<TreeRow>) {
        let Some(session) = self.missions.get(place).filter(|_| level.depth < DEEPEST) else { return };
        let last = session.groups.len().saturating_sub(1);
        for (index, group) in session.groups.iter().enumerate() {
            let node = Node::Group(place, index);
            rows.push(level.row(node, index == last));
            let below = level.below(index == last);
            let is_crowd = group.members.len() > MOST_SIBLINGS;
            match self.fold(node) {
                Fold::Hidden => {}
                Fold::Auto if is_crowd => rows.push(below.row(Node::Strip(place, index), true)),
                Fold::Auto | Fold::All => self.children(place, &group.members, below, rows),
            }
        }
    }

    fn children(self, place: usize, members: &[usize], level: Level, rows: &mut Vec<TreeRow>) {
        let last = members.last();
        for child in members {
            let is_last = Some(child) == last;
            let node = Node::Child(place, *child);
            rows.push(level.row(node, is_last));
            let below = level.below(is_last);
            let lines = self.details.get(&node).map_or(0, Details::len);
            rows.extend((0..lines).map(|line| below.row(Node::Detail(place, *child, line), true)));
            if let Some(opened) = self.opened(place, *child) {
                self.groups(opened, below, rows);
            }
        }
    }

    /// The session of a recursive child.
    fn opened(self, place: usize, child: usize) -> Option<usize> {
        let child = self.missions.get(place)?.child(child)?;
        self.missions.place_of(child.started.opened.as_ref()?)
    }
}
