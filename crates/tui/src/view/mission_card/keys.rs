//! What the keys of the card do on the page that is open.

use headwater_protocol::events::MissionProposed;
use ratatui::style::Modifier;

use crate::app::{App, CardPage};
use crate::keymap::MissionKey;
use crate::text::{Breaks, Indent, Row, Span, width};
use crate::theme::{Face, Slot};
use crate::view::paint::{span, wrapped};

/// Columns between two answers.
const GAP: usize = 3;

/// The rows of the keys.
pub(super) fn rows(app: &App, proposed: &MissionProposed, columns: u16) -> Vec<Row> {
    let columns = usize::from(columns).max(1);
    let mut rows: Vec<Row> = Vec::new();
    for (hint, words) in answers(app, proposed) {
        push(&mut rows, &hint, &words, columns);
    }
    if !app.desk.is_guarded(app.now) {
        return rows;
    }
    // As many rows, so that nothing moves when the keys begin to count.
    let words = "keys answer in a moment, so that nothing typed before counts";
    let mut waiting = wrapped(Slot::Dim, words, &Indent::none(columns), Breaks::Words);
    waiting.resize(rows.len().max(waiting.len()), Row::blank());
    waiting
}

fn answers(app: &App, proposed: &MissionProposed) -> Vec<(String, String)> {
    let hint = |key: MissionKey| app.config.keymap.hint(key);
    let answer = |key, words: &str| (hint(key), words.to_owned());
    let moves = format!("{}/{}", hint(MissionKey::Up), hint(MissionKey::Down));
    match &app.desk.page {
        CardPage::Card => on_card(app, proposed),
        CardPage::Diff => vec![answer(MissionKey::Diff, "back to the card")],
        CardPage::Findings(_) => vec![
            (moves, "choose".to_owned()),
            (format!("{}/{}", hint(MissionKey::Fold), hint(MissionKey::Unfold)), "close, open".to_owned()),
            answer(MissionKey::Findings, "back to the card"),
        ],
        CardPage::Budget(_) => vec![
            answer(MissionKey::Approve, "use this budget"),
            (moves, "field".to_owned()),
            answer(MissionKey::Reject, "back to the card"),
        ],
    }
}

fn on_card(app: &App, proposed: &MissionProposed) -> Vec<(String, String)> {
    let answer = |key: MissionKey, words: &str| (app.config.keymap.hint(key), words.to_owned());
    let mut answers = Vec::new();
    if proposed.lint.is_empty() {
        answers.push(answer(MissionKey::Approve, "approve"));
    }
    if !proposed.card.subtasks.is_empty() {
        answers.push(("1-9".to_owned(), "switch a task".to_owned()));
    }
    answers.push(answer(MissionKey::Budget, "budget"));
    if app.desk.before.is_some() {
        answers.push(answer(MissionKey::Diff, "what changed"));
    }
    if !proposed.card.findings.is_empty() {
        answers.push(answer(MissionKey::Findings, "findings"));
    }
    answers.push(answer(MissionKey::Reject, "reject"));
    answers.push((String::new(), "or write what is to be different".to_owned()));
    answers
}

/// Puts an answer behind the last one when both fit, else into a row of its own.
fn push(rows: &mut Vec<Row>, hint: &str, words: &str, columns: usize) {
    let hint = if hint.is_empty() { String::new() } else { format!("[{hint}] ") };
    let needed = width(&hint) + width(words) + GAP;
    let face = Face::of(Slot::Accent).with(Modifier::BOLD);
    let slot = if hint.is_empty() { Slot::Dim } else { Slot::Text };
    let answer = [Span::made(hint, face), span(slot, words)];
    match rows.last_mut().filter(|last| last.width("") + needed <= columns) {
        Some(last) => {
            last.spans.push(Span::blank(GAP));
            last.spans.extend(answer);
        }
        None => rows.push(Row::new(answer.to_vec())),
    }
}
