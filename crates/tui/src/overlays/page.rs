//! What all overlays are: a title, lines, a filter, perhaps a chosen line.

use headwater_protocol::events::RewindScope;
use headwater_protocol::{ApprovalScope, ServerLine, ServerWord, SessionId};

use crate::theme::Slot;

/// What taking a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// Carry on this session.
    Resume(SessionId),
    /// Withdraw this rule.
    Revoke {
        /// The rule.
        rule: String,
        /// Where it holds.
        scope: ApprovalScope,
    },
    /// Be asked about the hooks of the project.
    ConsiderHooks {
        /// What was shown.
        digest: String,
    },
    /// Leave them as they are.
    LeaveHooks,
    /// Say yes to the hooks of the project.
    ApproveHooks {
        /// What was shown.
        digest: String,
    },
    /// See a server of tools, and what can be said to it.
    ConsiderServer(Box<ServerLine>),
    /// See the servers as they are now.
    LookAtServers,
    /// Say something to a server.
    SteerServer {
        /// Its name.
        name: String,
        /// What is said.
        word: ServerWord,
    },
    /// Choose what goes back to this message.
    RewindTo {
        /// Its record.
        to: u64,
        /// The message.
        text: String,
    },
    /// See what a rewind would change.
    PreviewRewind {
        /// The record of the message.
        to: u64,
        /// What would go back.
        scope: RewindScope,
        /// The message.
        text: String,
    },
    /// Go back.
    Rewind {
        /// The record of the message.
        to: u64,
        /// What goes back.
        scope: RewindScope,
        /// The message.
        text: String,
    },
    /// Make another session of what is before this record.
    Fork {
        /// The record.
        at: u64,
    },
    /// Use this theme.
    Theme(&'static str),
    /// Edit the contract.
    EditContract,
    /// Go on with these uncertainties as they are; none named means all.
    AcceptUncertainties(Vec<String>),
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its parts, from left to right.
    pub(crate) spans: Vec<(Slot, String)>,
    /// What taking it means.
    pub(crate) pick: Option<Pick>,
}

impl Line {
    /// A line of one slot.
    pub(crate) fn of(slot: Slot, text: impl Into<String>) -> Self {
        Self { spans: vec![(slot, text.into())], pick: None }
    }

    /// Adds a part.
    #[must_use]
    pub(crate) fn and(mut self, slot: Slot, text: impl Into<String>) -> Self {
        self.spans.push((slot, text.into()));
        self
    }

    /// Makes it an entry to take.
    #[must_use]
    pub(crate) fn picking(mut self, pick: Pick) -> Self {
        self.pick = Some(pick);
        self
    }

    /// The characters.
    pub(crate) fn text(&self) -> String {
        self.spans.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// A page over the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// What stands on its frame.
    pub(crate) title: String,
    /// What its keys do, below.
    pub(crate) hint: &'static str,
    lines: Vec<Line>,
    /// Words that a line must contain to be shown; `None` until asked for.
    pub(crate) filter: Option<String>,
    /// Whether letters go to the filter.
    pub(crate) is_filtering: bool,
    /// The chosen line, when lines can be taken; else the first line shown. Counts shown lines only.
    pub(crate) at: usize,
}

impl Overlay {
    /// A page.
    pub(crate) fn new(title: impl Into<String>, hint: &'static str, lines: Vec<Line>) -> Self {
        let mut page = Self { title: title.into(), hint, lines, ..Self::default() };
        page.settle();
        page
    }

    /// The lines that the filter lets through.
    pub(crate) fn shown(&self) -> Vec<&Line> {
        let wanted = self.filter.as_deref().unwrap_or_default().to_lowercase();
        let passes = |line: &&Line| wanted.is_empty() || line.text().to_lowercase().contains(&wanted);
        self.lines.iter().filter(passes).collect()
    }

    /// Whether lines can be taken.
    pub(crate) fn is_list(&self) -> bool {
        self.lines.iter().any(|line| line.pick.is_some())
    }

    /// What taking the chosen line means.
    pub(crate) fn chosen(&self) -> Option<Pick> {
        self.shown().get(self.at).and_then(|line| line.pick.clone())
    }

    /// Moves by rows: the chosen line of a list, else the page.
    pub(crate) fn scroll(&mut self, rows: i32) {
        let last = self.shown().len().saturating_sub(1);
        let step = isize::try_from(rows).unwrap_or(0);
        self.at = self.at.saturating_add_signed(step).min(last);
    }

    /// Types into the filter.
    pub(crate) fn filter_text(&mut self, text: &str) {
        let filter = self.filter.get_or_insert_default();
        filter.extend(text.chars().filter(|c| !c.is_control()));
        self.at = 0;
        self.settle();
    }

    /// Deletes the last letter of the filter.
    pub(crate) fn filter_back(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.pop();
        }
        self.at = 0;
        self.settle();
    }

    /// Puts the choice onto the first line that can be taken.
    fn settle(&mut self) {
        if self.is_list() {
            self.at = self.shown().iter().position(|line| line.pick.is_some()).unwrap_or(0);
        }
    }
}
