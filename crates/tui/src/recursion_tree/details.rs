//! What a call was asked and what it said, laid out for a width.

use headwater_protocol::PromptPiece;

use crate::mission::{MissionSession, Missions};
use crate::parts::amount;
use crate::subagents::Agent;
use crate::text::{Breaks, Indent, Row, Span, sanitize, wrap};
use crate::theme::Slot;

/// Rows of a prompt, and of an answer.
const MOST_ROWS: usize = 1_000;
/// Columns that the tree's lines take at most before a detail.
const MARGIN: usize = 16;

/// The rows of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    rows: Vec<Row>,
    made_for: Option<(bool, usize)>,
}

impl Details {
    /// Makes the rows, unless those at hand are right.
    pub(super) fn refresh(&mut self, missions: &Missions, (place, child): (usize, usize), width: usize) {
        let Some(session) = missions.get(place) else { return };
        let Some(call) = session.child(child) else { return };
        let made_for = Some((call.returned.is_some(), width));
        if self.made_for == made_for {
            return;
        }
        self.made_for = made_for;
        let indent = Indent::none(width.saturating_sub(MARGIN).max(20));
        self.rows = vec![heading("asked")];
        prompt(session, &call.started.prompt, &indent, &mut self.rows);
        match &call.returned {
            Some(returned) => {
                self.rows.push(heading(if returned.is_error { "failed" } else { "answered" }));
                let slot = if returned.is_error { Slot::Error } else { Slot::Text };
                text(&returned.text, slot, &indent, &mut self.rows);
            }
            None => self.rows.push(heading("no answer yet")),
        }
    }

    /// The same for a sub-agent: its task and its report.
    pub(super) fn refresh_agent(&mut self, agent: &Agent, width: usize) {
        let made_for = Some((agent.returned.is_some(), width));
        if self.made_for == made_for {
            return;
        }
        self.made_for = made_for;
        let indent = Indent::none(width.saturating_sub(MARGIN).max(20));
        self.rows = Vec::new();
        if !agent.prompt.is_empty() {
            self.rows.push(heading("task"));
            text(&agent.prompt, Slot::Text, &indent, &mut self.rows);
        }
        match &agent.returned {
            Some(returned) => {
                self.rows.push(heading("report"));
                text(&returned.text, Slot::Text, &indent, &mut self.rows);
            }
            None => self.rows.push(heading("no report yet")),
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// One of them.
    pub(super) fn row(&self, line: usize) -> Option<&Row> {
        self.rows.get(line)
    }
}

fn heading(words: &'static str) -> Row {
    Row::new(vec![Span::fixed(words, Slot::Heading)])
}

/// Words as they are, texts of the corpus by name and range.
fn prompt(session: &MissionSession, pieces: &[PromptPiece], indent: &Indent, rows: &mut Vec<Row>) {
    for piece in pieces {
        match piece {
            PromptPiece::Text { text: words } => text(words, Slot::Text, indent, rows),
            PromptPiece::Span { source, start, end } => {
                let name = session.source_name(source);
                let size = amount::bytes(end.saturating_sub(*start));
                text(&format!("{name} bytes {start}..{end} ({size})"), Slot::Link, indent, rows);
            }
        }
    }
}

fn text(words: &str, slot: Slot, indent: &Indent, rows: &mut Vec<Row>) {
    let most = rows.len() + MOST_ROWS;
    for line in sanitize(words.trim_end()).split('\n') {
        if rows.len() >= most {
            rows.push(Row::new(vec![Span::fixed("… (the log has the rest)", Slot::Dim)]));
            return;
        }
        wrap("", &[Span::made(line, slot)], Breaks::Words, indent, rows);
    }
}
