//! Missions as the screen knows them: one fold per session, the tree they form, and how the running one gets on.
//!
//! *Invariant:* nothing of a mission reaches the conversation's own views. *Not here:* the card's keys, which are
//! the app's, and drawing.

mod card_text;
mod coverage;
mod group;
mod session;

pub use card_text::{CardLine, budget_words, card_lines, estimate_words, finding_lines, plain_card};
pub(crate) use card_text::{confidence, finding_words, range};
pub use coverage::{Coverage, named};
pub use group::{BlockEnd, Group, GroupKind, Standing, is_cached};
pub use session::MissionSession;

use std::collections::HashMap;

use headwater_protocol::{Delta, Event, Record, SessionId, Usd};

use crate::parts::{share, sparkline};
use crate::subagents::Agents;
use crate::text::sanitize;

/// Columns of the curve of novelty while research goes on.
const CURVE: usize = 12;

/// How research gets on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResearchProgress {
    /// What it is doing.
    pub phase: String,
    /// Calls of the cheap model and the most of them, then those of the strong one.
    pub calls: [u32; 4],
    /// Novelty of each answer, 0 to 1, in order.
    pub novelty: Vec<f64>,
    /// Bytes of the corpus that were read, and all of them.
    pub coverage: (u64, u64),
    /// What it cost, as far as known.
    pub cost: Usd,
}

impl ResearchProgress {
    /// `probing · 12/24 cheap · 1/2 strong · ▇▅▃▂ · $0.0080 · 34% read`.
    pub fn words(&self) -> String {
        let [cheap, most_cheap, strong, most_strong] = self.calls;
        let mut parts = vec![
            sanitize(&self.phase).replace('\n', " "),
            format!("{cheap}/{most_cheap} cheap"),
            format!("{strong}/{most_strong} strong"),
        ];
        if !self.novelty.is_empty() {
            parts.push(sparkline(&self.novelty, CURVE));
        }
        parts.push(self.cost.to_string());
        let (read, all) = self.coverage;
        if all > 0 {
            parts.push(format!("{} read", share(read, all)));
        }
        parts.join(" · ")
    }
}

/// How many children wait, are asked, and may be asked at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Waiting for their turn.
    pub queued: usize,
    /// Being asked.
    pub running: usize,
    /// How many may be asked at once now.
    pub width: usize,
}

/// What a mission has spent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Calls of child models, those of recursive children included.
    pub calls: usize,
    /// Tokens, prompts and answers together.
    pub tokens: u64,
    /// What they cost, as far as known.
    pub cost: Usd,
}

/// The missions of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Missions {
    sessions: Vec<MissionSession>,
    places: HashMap<SessionId, usize>,
    /// The sessions that were started from the conversation itself, in order.
    roots: Vec<usize>,
    /// Raised with each record.
    revision: u64,
    research: Option<ResearchProgress>,
    traffic: Option<Traffic>,
    /// What works below the conversation beside them.
    agents: Agents,
}

impl Missions {
    /// The sub-agents of the conversation.
    pub fn agents(&self) -> &Agents {
        &self.agents
    }

    /// The same, to be changed.
    pub(crate) fn agents_mut(&mut self) -> &mut Agents {
        &mut self.agents
    }

    /// Takes in a record of a mission, or of a recursive child of one; `conversation` is the session on the screen.
    pub fn apply(&mut self, record: &Record, conversation: &SessionId, now_ms: u64) {
        self.revision += 1;
        let place = *self.places.entry(record.session.clone()).or_insert(self.sessions.len());
        if place == self.sessions.len() {
            self.sessions.push(MissionSession::new(record.session.clone(), now_ms));
            if record.parent.as_ref() == Some(conversation) {
                self.roots.push(place);
            }
        }
        if let Some(session) = self.sessions.get_mut(place) {
            session.apply(record, now_ms);
        }
    }

    /// Takes in what the conversation says of a mission: its card, its approval, its end.
    pub fn told(&mut self, record: &Record) {
        let Some(mission) = mission_of(&record.event) else { return };
        let place = self.place_of(mission);
        if let Some(session) = place.and_then(|place| self.sessions.get_mut(place)) {
            self.revision += 1;
            session.told(record);
        }
    }

    /// Takes in how the running mission gets on.
    pub fn apply_delta(&mut self, delta: &Delta) {
        if let Delta::Research { phase, calls, novelty, coverage, cost_usd } = delta {
            self.research = Some(ResearchProgress {
                phase: (*phase).to_owned(),
                calls: *calls,
                novelty: novelty.clone(),
                coverage: *coverage,
                cost: Usd(*cost_usd),
            });
        } else if let Delta::Children { queued, running, width } = delta {
            let traffic = Traffic { queued: *queued, running: *running, width: *width };
            self.traffic = (*queued + *running > 0).then_some(traffic);
        }
    }

    /// Research has come to its end.
    pub fn research_over(&mut self) {
        self.research = None;
    }

    /// Nothing runs any more.
    pub fn settle(&mut self) {
        self.research = None;
        self.traffic = None;
    }

    /// How research gets on, while it does.
    pub fn research(&self) -> Option<&ResearchProgress> {
        self.research.as_ref()
    }

    /// How many children are on their way, while there are any.
    pub fn traffic(&self) -> Option<Traffic> {
        self.traffic
    }

    /// Another number after each record.
    pub fn revision(&self) -> u64 {
        self.revision + self.agents.revision()
    }

    /// The mission that was started last.
    pub fn current(&self) -> Option<&MissionSession> {
        self.roots.last().and_then(|place| self.sessions.get(*place))
    }

    /// The places of the missions that were started from the conversation, oldest first.
    pub fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// All sessions, in the order in which they began.
    pub fn sessions(&self) -> impl Iterator<Item = &MissionSession> {
        self.sessions.iter()
    }

    /// A session by its place.
    pub fn get(&self, place: usize) -> Option<&MissionSession> {
        self.sessions.get(place)
    }

    /// The place of a session.
    pub fn place_of(&self, session: &SessionId) -> Option<usize> {
        self.places.get(session).copied()
    }

    /// A session by its id.
    pub fn session(&self, session: &SessionId) -> Option<&MissionSession> {
        self.get(self.place_of(session)?)
    }

    /// Whether a session was started from the conversation itself.
    pub fn is_root(&self, session: &SessionId) -> bool {
        self.place_of(session).is_some_and(|place| self.roots.contains(&place))
    }

    /// Whether the mission of this session, or one below it, has a call or a block that runs.
    pub fn is_working(&self) -> bool {
        let is_open = |session: &MissionSession| session.running() > 0 || session.terms.open_cell.is_some();
        self.sessions.iter().any(is_open)
    }

    /// What a session has spent, with the recursive children that have not reported yet.
    pub fn spent(&self, session: &SessionId) -> Spent {
        self.place_of(session).map_or_else(Spent::default, |place| self.spent_at(place, 0))
    }

    /// What a mission has spent of its card's budget, which is for its work: research has one of its own.
    pub fn spent_of_budget(&self, session: &SessionId) -> Spent {
        let spent = self.spent(session);
        let found = self.session(session).and_then(|session| session.group_of(GroupKind::Research));
        let Some(research) = found else { return spent };
        Spent {
            calls: spent.calls.saturating_sub(research.members.len()),
            tokens: spent.tokens.saturating_sub(research.input.0.saturating_add(research.output.0)),
            cost: Usd((spent.cost.0 - research.cost.0).max(0.0)),
        }
    }

    /// Sessions refer to each other by records, which may be wrong: no tree is deeper than this.
    const DEEPEST: u32 = 16;

    fn spent_at(&self, place: usize, depth: u32) -> Spent {
        let Some(session) = self.get(place) else { return Spent::default() };
        let total = session.budget.total;
        let mut spent = Spent {
            calls: session.children.count(),
            tokens: total.input.0.saturating_add(total.output.0),
            cost: session.budget.cost,
        };
        if depth >= Self::DEEPEST {
            return spent;
        }
        for child in session.children.iter() {
            let Some(place) = child.started.opened.as_ref().and_then(|id| self.place_of(id)) else {
                continue;
            };
            let below = self.spent_at(place, depth + 1);
            spent.calls += below.calls;
            // What a recursive child reports at its end is all of it.
            if child.returned.is_none() {
                spent.tokens = spent.tokens.saturating_add(below.tokens);
                spent.cost += below.cost;
            }
        }
        spent
    }
}

/// The mission that a record of the conversation is about.
fn mission_of(event: &Event) -> Option<&SessionId> {
    if let Event::MissionProposed(proposed) = event {
        Some(&proposed.mission)
    } else if let Event::MissionApproved(approved) = event {
        Some(&approved.mission)
    } else if let Event::MissionRevised(revised) = event {
        Some(&revised.mission)
    } else if let Event::MissionRejected(rejected) = event {
        Some(&rejected.mission)
    } else if let Event::MissionEnded(ended) = event {
        Some(&ended.mission)
    } else if let Event::MissionUndone(undone) = event {
        Some(&undone.mission)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
