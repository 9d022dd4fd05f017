//! The pages of the card: what it would do and take, what changed, the findings, the fields of the budget.

use headwater_protocol::card::{Confidence, Finding};
use headwater_protocol::events::MissionProposed;
use ratatui::style::Modifier;
use similar::{ChangeTag, TextDiff};

use super::Page;
use crate::app::{App, BudgetFields, CardPage};
use crate::mission::{card_lines, confidence, finding_lines, finding_words, plain_card};
use crate::text::{Breaks, Indent, Row, Span, truncate_spans, width};
use crate::theme::{Face, Slot};
use crate::view::paint::{span, wrapped};

/// Columns of the labels.
const LABEL: usize = 10;

/// The page that is open.
pub(super) fn page(app: &App, proposed: &MissionProposed, columns: u16) -> Page {
    let columns = usize::from(columns).max(1);
    match &app.desk.page {
        CardPage::Card => Page { rows: card(proposed, columns), chosen: None },
        CardPage::Diff => Page { rows: diff(app, proposed, columns), chosen: None },
        CardPage::Findings(at) => Page { rows: findings(app, proposed, columns), chosen: Some(*at) },
        CardPage::Budget(fields) => Page { rows: budget(fields, columns), chosen: None },
    }
}

fn card(proposed: &MissionProposed, columns: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in card_lines(proposed) {
        rows.extend(labelled(line.label, line.slot, &line.text, columns));
    }
    // The roots of the findings; the rest is a key away.
    let mut label = "Findings";
    for (finding, _, has_children) in finding_lines(&proposed.card.findings, |_| true) {
        let (word, slot) = confidence(finding.confidence);
        let mark = if has_children { "▸ " } else { "· " };
        let mut row = labelled(label, Slot::Text, &format!("{mark}{}", finding_words(finding)), columns);
        if let Some(first) = row.first_mut() {
            let room = columns.saturating_sub(width(word) + 2);
            first.spans = truncate_spans("", std::mem::take(&mut first.spans), room);
            let gap = columns.saturating_sub(first.width("") + width(word));
            first.spans.extend([Span::blank(gap), Span::fixed(word, slot)]);
        }
        row.truncate(1);
        rows.extend(row);
        label = "";
    }
    rows
}

fn labelled(label: &'static str, slot: Slot, text: &str, columns: usize) -> Vec<Row> {
    let first = vec![Span::made(format!("{label:<LABEL$}"), Slot::Dim)];
    let rest = vec![Span::blank(LABEL)];
    wrapped(slot, text, &Indent { width: columns, first, rest }, Breaks::Words)
}

/// The lines that differ from the revision before.
fn diff(app: &App, proposed: &MissionProposed, columns: usize) -> Vec<Row> {
    let Some(before) = app.desk.before.as_deref() else {
        return vec![Row::new(vec![span(Slot::Dim, "This is the first revision.")])];
    };
    let (old, new) = (plain_card(before), plain_card(proposed));
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let head = format!("rev {} → rev {}", before.revision, proposed.revision);
    let mut rows = vec![Row::new(vec![span(Slot::Heading, head)])];
    for change in TextDiff::from_slices(&old, &new).iter_all_changes() {
        let (sign, slot) = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => ("- ", Slot::Del),
            ChangeTag::Insert => ("+ ", Slot::Add),
        };
        let indent = Indent {
            width: columns,
            first: vec![Span::fixed(sign, slot)],
            rest: vec![Span::fixed("  ", slot)],
        };
        rows.extend(wrapped(slot, change.value(), &indent, Breaks::Words));
    }
    rows
}

/// A row a finding, so that the chosen one is a row.
fn findings(app: &App, proposed: &MissionProposed, columns: usize) -> Vec<Row> {
    let lines = finding_lines(&proposed.card.findings, |id| app.desk.folded.contains(id));
    let row = |(finding, depth, has_children): (&Finding, usize, bool)| {
        let is_folded = app.desk.folded.contains(&finding.id);
        let mark = match (has_children, is_folded) {
            (false, _) => "· ",
            (true, true) => "▸ ",
            (true, false) => "▾ ",
        };
        let (word, slot) = confidence(finding.confidence);
        let face = Face::of(Slot::Text);
        let face = if finding.confidence == Confidence::Refuted {
            Face::of(Slot::Dim).with(Modifier::CROSSED_OUT)
        } else {
            face
        };
        let left =
            vec![Span::blank(depth * 2), Span::fixed(mark, Slot::Dim), span(face, finding_words(finding))];
        let mut spans = truncate_spans("", left, columns.saturating_sub(width(word) + 2));
        let used = Row::new(spans.clone()).width("") + width(word);
        spans.extend([Span::blank(columns.saturating_sub(used)), Span::fixed(word, slot)]);
        Row::new(spans)
    };
    lines.into_iter().map(row).collect()
}

fn budget(fields: &BudgetFields, columns: usize) -> Vec<Row> {
    let row = |(place, field): (usize, &crate::app::Field)| {
        let is_chosen = place == fields.at;
        let (mark, slot) = if is_chosen { ("▸ ", Slot::Accent) } else { ("  ", Slot::Text) };
        let cursor = if is_chosen { "▏" } else { " " };
        let spans = vec![
            Span::fixed(mark, slot),
            span(Slot::Dim, format!("{:<LABEL$}", field.label)),
            span(slot, format!("{}{cursor}", field.text)),
            Span::blank(14_usize.saturating_sub(width(&field.text))),
            span(Slot::Dim, field.unit),
        ];
        Row::new(truncate_spans("", spans, columns))
    };
    fields.fields.iter().enumerate().map(row).collect()
}
