//! A root that goes about it well: look, hand the pieces out in one batch, merge with code.

use super::child::station;
use super::slips;

/// What a child is asked for over entries.
pub(super) const TALLY: &str = "Tally the labels of all entries.";
/// The same, by user.
pub(super) const TALLY_BY_USER: &str = "Tally the labels of the entries of each user.";

/// Characters a child is handed: short pieces are read well.
const PIECE: &str = "chunk(25_000)";
/// The whole context in one piece, which a root without recursion would ask about.
const WHOLE: &str = "[context]";

/// The message after `said` others. `told` is everything the root was told; the model's name says what kind it is.
pub(super) fn message(model: &str, told: &str, said: usize) -> String {
    match slips::message(model, said) {
        Some(slip) => slip,
        None => good(told, said.saturating_sub(slips::length(model)), pieces(model)),
    }
}

fn pieces(model: &str) -> &'static str {
    if model == slips::DIRECT { WHOLE } else { PIECE }
}

fn good(told: &str, step: usize, pieces: &str) -> String {
    let plan = if told.contains("access code of station ") {
        needle(station(told).unwrap_or_default(), pieces)
    } else if told.contains("pair of users") {
        pairs(pieces)
    } else {
        labels(told, pieces)
    };
    let last = plan.len().saturating_sub(1);
    plan.into_iter().nth(step.min(last)).map_or_else(String::new, |code| block(&code))
}

/// Code in the fence that runs it.
pub(super) fn block(code: &str) -> String {
    format!("The next step.\n\n```repl\n{code}\n```\n")
}

fn needle(station: &str, pieces: &str) -> Vec<String> {
    let look = if pieces == WHOLE {
        "found = context".to_owned()
    } else {
        format!("found = '\\n'.join(line for _, line in grep(r'code of station {station} ', max=5))\nfound")
    };
    let answer = format!("FINAL(llm_query('What is the access code of station {station}?', found))");
    vec![look, answer]
}

fn labels(told: &str, pieces: &str) -> Vec<String> {
    let label = told.split_once("entries are labelled ").and_then(|(_, behind)| behind.split('?').next());
    let answer = match label {
        Some(label) => format!("FINAL(total.get('{label}', 0))"),
        None => "FINAL(max(sorted(total), key=total.get))".to_owned(),
    };
    let merge = "total = {}\nfor answer in answers:\n    for label, n in (answer.value or {}).items():\n        \
                 total[label] = total.get(label, 0) + n\n";
    vec![look(), ask(TALLY, pieces), format!("{merge}{answer}")]
}

fn pairs(pieces: &str) -> Vec<String> {
    let merge = "total = {}\nfor answer in answers:\n    for user, tally in (answer.value or {}).items():\n        \
                 own = total.setdefault(user, {})\n        for label, n in tally.items():\n            \
                 own[label] = own.get(label, 0) + n\n\
                 best = {user: max(sorted(own), key=own.get) for user, own in total.items()}\n\
                 found = [(a, b) for a in best for b in best if int(a) < int(b) and best[a] == best[b]]\n\
                 FINAL('\\n'.join(f'({a}, {b})' for a, b in found))";
    vec![look(), ask(TALLY_BY_USER, pieces), merge.to_owned()]
}

fn look() -> String {
    "head(2)".to_owned()
}

fn ask(task: &str, pieces: &str) -> String {
    format!(
        "pieces = {pieces}\nanswers = llm_query_batched(['{task}'] * len(pieces), pieces, schema={{'type': 'object'}})\n\
         all(answer.ok for answer in answers)"
    )
}
