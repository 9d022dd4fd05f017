//! The trail of a mission card: what was proposed, and with the approval the contract that holds. The card with the
//! keys stands above the composer while it waits.

use headwater_protocol::Approver;
use headwater_protocol::events::{MissionApproved, MissionProposed};

use super::{CellView, RenderContext, Role};
use crate::mission::{CardLine, budget_words, card_lines};
use crate::text::{Breaks, Indent, Row, Span, sanitize, truncate, truncate_spans, wrap};
use crate::theme::Slot;

/// What is shown of an approved card without details.
const CONTRACT: &[&str] = &["Grant", "Tools", "Runs", "Budget", "Done"];
/// Columns of the labels.
const LABEL: usize = 10;
/// Columns of the words that a revision is due to.
const MOST_WORDS: usize = 48;

/// A card, proposed or approved.
#[derive(Clone, Debug)]
pub struct MissionCell {
    /// One line a field; the goal comes first.
    source: String,
    /// Label and slot of each line.
    fields: Vec<(&'static str, Slot)>,
    title: String,
    is_approved: bool,
    plain: String,
}

impl MissionCell {
    /// A card that waits, with what the person wanted otherwise than in the one before; empty when it is the first.
    pub fn proposed(proposed: &MissionProposed, words: &str) -> Self {
        let words = sanitize(words.trim()).replace('\n', " ");
        let because = if words.is_empty() { words } else { format!(" ({})", truncate(&words, MOST_WORDS)) };
        let title = format!("mission · rev {}{because}", proposed.revision);
        let goal = sanitize(&proposed.card.goal).replace('\n', " ");
        let plain = format!("Mission proposed, revision {}: {goal}", proposed.revision);
        Self::of(card_lines(proposed), title, plain)
    }

    /// A card that was approved, with what it allows.
    pub fn approved(proposed: &MissionProposed, approved: &MissionApproved) -> Self {
        let by = match approved.by {
            Approver::Person => "by you",
            Approver::Hook => "by a hook",
            Approver::Flag => "by the command line",
            Approver::Nobody => "by nobody",
        };
        let title = format!("mission approved {by} · rev {}", proposed.revision);
        let budget = budget_words(&approved.budget);
        let plain = format!("Mission approved {by}, revision {}. Budget: {budget}.", proposed.revision);
        Self { is_approved: true, ..Self::of(card_lines(proposed), title, plain) }
    }

    fn of(mut lines: Vec<CardLine>, title: String, plain: String) -> Self {
        // The goal is what the head line shows.
        lines.sort_by_key(|line| line.label != "Goal");
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        Self {
            source: texts.join("\n"),
            fields: lines.iter().map(|line| (line.label, line.slot)).collect(),
            title,
            is_approved: false,
            plain,
        }
    }

    fn head(&self, columns: usize) -> Row {
        let (mark, slot) = if self.is_approved { ("◆ ", Slot::Ok) } else { ("◇ ", Slot::ModeRecursive) };
        let goal = self.source.find('\n').unwrap_or(self.source.len());
        let spans = vec![
            Span::fixed(mark, slot),
            Span::made(self.title.as_str(), slot),
            Span::fixed("  ", Slot::Dim),
            Span::source(0..goal, Slot::Text),
        ];
        Row::new(truncate_spans(&self.source, spans, columns))
    }
}

impl CellView for MissionCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut rows = vec![self.head(context.width)];
        if !context.is_unfolded && !self.is_approved {
            return rows;
        }
        let (mut start, mut about) = (0, "");
        for ((label, slot), line) in self.fields.iter().zip(self.source.split('\n')) {
            let range = start..start + line.len();
            start = range.end + 1;
            about = if label.is_empty() { about } else { label };
            if !context.is_unfolded && !CONTRACT.contains(&about) {
                continue;
            }
            let indent = Indent {
                width: context.width,
                first: vec![Span::made(format!("│ {label:<LABEL$}"), Slot::Dim)],
                rest: vec![Span::made(format!("│ {:<LABEL$}", ""), Slot::Dim)],
            };
            wrap(&self.source, &[Span::source(range, *slot)], Breaks::Words, &indent, &mut rows);
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Notice
    }

    fn plain(&self) -> Vec<String> {
        vec![self.plain.clone()]
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
