//! The live tree of a mission's calls: root, blocks, children, and what recursive children asked; one line each.
//! Below it the sub-agents of the conversation.
//!
//! Each frame: [`RecursionTree::prepare`], [`RecursionTree::draw`].
//!
//! *Invariants:* a node is known by what it is and not by its row, so nothing jumps when others come; only rows in view
//! are put into words.

mod details;
mod line;
mod rows;

use std::collections::HashMap;

use headwater_protocol::{ChildId, SessionId};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::mission::Missions;
use crate::text::{Painter, Row};
use crate::theme::{Slot, Theme};
use details::Details;
use line::Canvas;
use rows::{Builder, TreeRow};

/// Siblings that are shown one by one without being asked for.
const MOST_SIBLINGS: usize = 12;

/// A node of the tree: places in [`Missions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    /// A mission.
    Root(usize),
    /// A block of a session, or calls outside of one.
    Group(usize, usize),
    /// Many calls of a group in one line.
    Strip(usize, usize),
    /// A call.
    Child(usize, usize),
    /// A line of what a call was asked and said.
    Detail(usize, usize, usize),
    /// A sub-agent.
    Agent(usize),
    /// A line of a sub-agent's task and report.
    Report(usize, usize),
}

/// How far a node is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fold {
    /// As its size suggests.
    #[default]
    Auto,
    /// Everything below it.
    All,
    /// Nothing.
    Hidden,
}

/// The tree with its view: what is opened, what is chosen, what is scrolled away.
#[derive(Debug, Default)]
pub struct RecursionTree {
    rows: Vec<TreeRow>,
    chosen: Option<Node>,
    /// The row of the chosen node.
    at: usize,
    /// The first row in view.
    first: usize,
    folds: HashMap<Node, Fold>,
    details: HashMap<Node, Details>,
    width: usize,
    height: usize,
    /// What the rows were made from; `None` when they must be made again.
    made_from: Option<u64>,
}

/// What can be done to the chosen call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It runs: it can be cancelled.
    Running {
        /// The session it belongs to.
        session: SessionId,
        /// The call.
        child: ChildId,
    },
    /// It is a sub-agent that works: it can be cancelled.
    Agent {
        /// Its session.
        session: SessionId,
    },
    /// It has come to its end.
    Ended,
    /// No single call is chosen.
    Other,
}

impl RecursionTree {
    /// The tree with the newest mission chosen; without one, the first sub-agent that works.
    pub fn new(missions: &Missions) -> Self {
        let agents = missions.agents();
        let is_working = |place: &usize| agents.at(*place).is_some_and(|agent| agent.returned.is_none());
        let working = || agents.in_order().into_iter().find(is_working).map(Node::Agent);
        let mission = missions.roots().last().copied().map(Node::Root);
        Self { chosen: mission.or_else(working), ..Self::default() }
    }

    /// Brings rows and view up to date for an area.
    pub fn prepare(&mut self, missions: &Missions, area: Rect) {
        let width = usize::from(area.width);
        let is_new = self.made_from != Some(missions.revision()) || self.width != width;
        self.width = width;
        self.height = usize::from(area.height);
        if is_new {
            self.make_rows(missions);
        }
        self.keep_in_view();
    }

    fn make_rows(&mut self, missions: &Missions) {
        for (node, details) in &mut self.details {
            if let Node::Child(session, child) = *node {
                details.refresh(missions, (session, child), self.width);
            } else if let Node::Agent(place) = *node
                && let Some(agent) = missions.agents().at(place)
            {
                details.refresh_agent(agent, self.width);
            }
        }
        let builder = Builder { missions, folds: &self.folds, details: &self.details };
        self.rows = builder.rows();
        self.made_from = Some(missions.revision());
        let place = self.chosen.and_then(|node| self.rows.iter().position(|row| row.node == node));
        self.at = place.unwrap_or(self.at).min(self.rows.len().saturating_sub(1));
        self.chosen = self.rows.get(self.at).map(|row| row.node);
    }

    fn keep_in_view(&mut self) {
        let height = self.height.max(1);
        let last_first = self.rows.len().saturating_sub(height);
        self.first = self.first.min(self.at).max((self.at + 1).saturating_sub(height)).min(last_first);
    }

    /// Moves the choice by rows.
    pub fn step(&mut self, rows: i32) {
        let last = self.rows.len().saturating_sub(1);
        let rows = isize::try_from(rows).unwrap_or(0);
        self.at = self.at.saturating_add_signed(rows).min(last);
        self.chosen = self.rows.get(self.at).map(|row| row.node);
        self.keep_in_view();
    }

    /// Rows that a page has.
    pub fn page(&self) -> i32 {
        i32::try_from(self.height).unwrap_or(i32::MAX).saturating_sub(1).max(1)
    }

    /// Opens or closes the chosen node: a call shows what it was asked and said, the others what is below them.
    pub fn toggle(&mut self, missions: &Missions) {
        let Some(node) = self.chosen else { return };
        match node {
            Node::Root(_) | Node::Group(..) => {
                let is_shown = self
                    .rows
                    .get(self.at + 1)
                    .is_some_and(|next| self.rows.get(self.at).is_some_and(|row| next.depth > row.depth));
                let is_root = matches!(node, Node::Root(_));
                let fold = self.folds.entry(node).or_default();
                *fold = match (*fold, is_shown) {
                    (Fold::All, true) if !is_root => Fold::Auto,
                    (_, true) => Fold::Hidden,
                    (_, false) if is_root => Fold::All,
                    (_, false) => Fold::Auto,
                };
            }
            Node::Strip(session, group) => {
                self.folds.insert(Node::Group(session, group), Fold::All);
                self.chosen = Some(Node::Group(session, group));
            }
            Node::Child(..) | Node::Agent(_) => self.toggle_details(node),
            Node::Detail(session, child, _) => self.toggle_details(Node::Child(session, child)),
            Node::Report(agent, _) => self.toggle_details(Node::Agent(agent)),
        }
        self.make_rows(missions);
        self.keep_in_view();
    }

    fn toggle_details(&mut self, node: Node) {
        self.chosen = Some(node);
        if self.details.remove(&node).is_none() {
            self.details.insert(node, Details::default());
        }
    }

    /// What can be done to what is chosen.
    pub fn chosen(&self, missions: &Missions) -> Chosen {
        let (place, child) = match self.chosen {
            Some(Node::Child(place, child) | Node::Detail(place, child, _)) => (place, child),
            Some(Node::Agent(place) | Node::Report(place, _)) => return chosen_agent(missions, place),
            Some(Node::Root(_) | Node::Group(..) | Node::Strip(..)) | None => return Chosen::Other,
        };
        let Some(session) = missions.get(place) else { return Chosen::Other };
        match session.child(child) {
            Some(call) if call.returned.is_none() => {
                Chosen::Running { session: session.id.clone(), child: call.started.child.clone() }
            }
            Some(_) => Chosen::Ended,
            None => Chosen::Other,
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Draws the rows in view.
    pub fn draw(&self, missions: &Missions, now_ms: u64, (area, buf, theme): (Rect, &mut Buffer, &Theme)) {
        let canvas = Canvas { missions, details: &self.details, width: usize::from(area.width), now_ms };
        let painter = Painter { source: "", theme, layers: &[] };
        for ((place, row), line) in self.rows.iter().enumerate().skip(self.first).zip(area.rows()) {
            painter.paint(&canvas.row(row), line, buf);
            if place == self.at {
                buf.set_style(line.intersection(buf.area), theme.style(Slot::Selection));
            }
        }
    }

    /// The whole tree as lines of text.
    pub fn plain(&mut self, missions: &Missions, now_ms: u64) -> Vec<String> {
        self.make_rows(missions);
        let canvas = Canvas { missions, details: &self.details, width: PLAIN_WIDTH, now_ms };
        let text = |row: &Row| row.text("").trim_end().to_owned();
        self.rows.iter().map(|row| text(&canvas.row(row))).collect()
    }
}

fn chosen_agent(missions: &Missions, place: usize) -> Chosen {
    match missions.agents().at(place) {
        Some(agent) if agent.returned.is_none() => Chosen::Agent { session: agent.started.opened.clone() },
        Some(_) => Chosen::Ended,
        None => Chosen::Other,
    }
}

/// Columns of the tree in linear output.
const PLAIN_WIDTH: usize = 100;

#[cfg(test)]
mod tests;
