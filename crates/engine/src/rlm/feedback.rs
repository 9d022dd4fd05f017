//! What the root is told after a block: one line of facts, then what the block showed (RECURSIVE §2). Pure.

use headwater_protocol::repl::{BudgetReport, CellOutcome};
use headwater_protocol::{Tokens, Usd};

/// The most variables that the line names.
const NAMED: usize = 12;

/// What the calls of one block came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CallTally {
    /// Calls made or answered from the log.
    pub(crate) calls: u32,
    /// Those that the log answered.
    pub(crate) cached: u32,
    /// Those without an answer.
    pub(crate) errors: u32,
    /// What they consumed.
    pub(crate) tokens: Tokens,
    /// What that cost, as far as known.
    pub(crate) cost: Usd,
}

/// The text for a block. `is_repeated` says that its output is that of the block before.
pub(crate) fn feedback(
    cell: u32,
    outcome: &CellOutcome,
    tally: CallTally,
    left: &BudgetReport,
    is_repeated: bool,
) -> String {
    let mut text = facts(cell, outcome, tally, left);
    if is_repeated {
        text.push_str("\nThe output is the same as that of the block before.");
    } else {
        section(&mut text, "output", &outcome.stdout);
        section(&mut text, "shown", outcome.shown.as_deref().unwrap_or_default());
    }
    if outcome.stdout.is_empty()
        && outcome.shown.is_none()
        && outcome.error.is_none()
        && outcome.answer.is_none()
    {
        text.push_str("\nNothing was printed.");
    }
    section(&mut text, "error", outcome.error.as_ref().map_or("", |error| &error.message));
    for hint in &outcome.hints {
        text.push_str("\nhint: ");
        text.push_str(hint);
    }
    text
}

fn facts(cell: u32, outcome: &CellOutcome, tally: CallTally, left: &BudgetReport) -> String {
    let state = if outcome.error.is_some() { "failed" } else { "ok" };
    let mut parts = vec![format!("[block {cell}] {state} {:.2} s", outcome.ran.as_secs_f64())];
    if tally.calls > 0 {
        parts.push(calls(tally));
        parts.push(format!("{} tok", thousands(tally.tokens.0)));
        if tally.cost.0 > 0.0 {
            parts.push(tally.cost.to_string());
        }
    }
    parts.push(format!("left: {}", left_text(left)));
    let changed = changed(outcome);
    if !changed.is_empty() {
        parts.push(format!("vars: {changed}"));
    }
    parts.join(" · ")
}

fn calls(tally: CallTally) -> String {
    let notes: Vec<String> = [(tally.cached, "cached"), (tally.errors, "failed")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let noun = if tally.calls == 1 { "call" } else { "calls" };
    if notes.is_empty() {
        format!("{} {noun}", tally.calls)
    } else {
        format!("{} {noun} ({})", tally.calls, notes.join(", "))
    }
}

fn left_text(left: &BudgetReport) -> String {
    let mut parts = vec![format!("{} calls", left.calls_left)];
    parts.extend(left.cost_left_usd.map(|usd| Usd(usd.max(0.0)).to_string()));
    parts.extend(left.tokens_left.map(|tokens| format!("{} tok", thousands(tokens))));
    parts.push(format!("{} turns", left.turns_left));
    parts.push(format!("{} s", left.seconds_left));
    parts.join(", ")
}

fn changed(outcome: &CellOutcome) -> String {
    let named = outcome.variables.iter().filter(|variable| outcome.changed.contains(&variable.name));
    let mut texts: Vec<String> =
        named.map(|variable| format!("{} {}", variable.name, variable.kind)).collect();
    let count = texts.len();
    if count > NAMED {
        texts.truncate(NAMED);
        texts.push(format!("{} more", count - NAMED));
    }
    texts.join(", ")
}

fn section(text: &mut String, title: &str, body: &str) {
    let body = body.trim_end();
    if !body.is_empty() {
        text.push('\n');
        text.push_str(title);
        text.push_str(":\n");
        text.push_str(body);
    }
}

/// `2.7M`, `18.2K`, `940`.
pub(crate) fn thousands(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{:.1}K", number as f64 / 1_000.0),
        1_000_000.. => format!("{:.1}M", number as f64 / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use headwater_protocol::repl::{CellError, Variable};

    use super::*;

    fn left() -> BudgetReport {
        BudgetReport {
            calls_left: 188,
            cost_left_usd: Some(0.196),
            turns_left: 9,
            seconds_left: 600,
            ..BudgetReport::default()
        }
    }

    fn variable(name: &str, kind: &str) -> Variable {
        Variable { name: name.into(), kind: kind.into(), bytes: 1 }
    }

    #[test]
    fn the_line_says_what_was_done_and_what_is_left() {
        let outcome = CellOutcome {
            stdout: "a\nb\n".into(),
            shown: Some("31".into()),
            variables: vec![variable("old", "int"), variable("chunks", "list[31]")],
            changed: vec!["chunks".into()],
            ran: Duration::from_millis(420),
            ..CellOutcome::default()
        };
        let tally = CallTally { calls: 12, cached: 3, errors: 1, tokens: Tokens(18_200), cost: Usd(0.004) };
        assert_eq!(
            feedback(3, &outcome, tally, &left(), false),
            "[block 3] ok 0.42 s · 12 calls (3 cached, 1 failed) · 18.2K tok · $0.0040 · left: 188 calls, $0.20, 9 \
             turns, 600 s · vars: chunks list[31]\noutput:\na\nb\nshown:\n31"
        );
    }

    #[test]
    fn a_failure_says_why_and_silence_is_said() {
        let error = Some(CellError { line: Some(2), message: "statement 1 done, 2 failed at line 2".into() });
        let failed = CellOutcome { error, hints: vec!["use grep".into()], ..CellOutcome::default() };
        let text = feedback(1, &failed, CallTally::default(), &left(), false);
        assert!(text.ends_with("\nerror:\nstatement 1 done, 2 failed at line 2\nhint: use grep"), "{text}");
        let silent = feedback(1, &CellOutcome::default(), CallTally::default(), &left(), false);
        assert!(silent.ends_with("\nNothing was printed."), "{silent}");
        let again = CellOutcome { stdout: "x".into(), ..CellOutcome::default() };
        let text = feedback(2, &again, CallTally::default(), &left(), true);
        assert!(
            text.ends_with("the same as that of the block before.") && !text.contains("output:\n"),
            "{text}"
        );
    }
}
