//! The mission card in words, line by line: what the card on the screen, the transcript, the diff between two
//! revisions and linear output are all made of.

use headwater_protocol::card::{Confidence, DoneCheck, Estimate, Finding, SubTask, Tier};
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::events::MissionProposed;
use headwater_protocol::{MissionBudget, MissionCard, Predicate, Usd};

use crate::parts::{amount, share, sparkline};
use crate::text::sanitize;
use crate::theme::Slot;

/// Columns of the curve of novelty.
const CURVE: usize = 24;
/// Tools with which a mission leaves the machine.
const NETWORK_TOOLS: &[&str] = &["web_fetch", "web_search", "fetch"];

/// One line of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLine {
    /// What it is about; empty where it goes on with what the line above is about.
    pub label: &'static str,
    /// Its words, harmless.
    pub text: String,
    /// What it means.
    pub slot: Slot,
}

impl CardLine {
    fn new(label: &'static str, text: impl AsRef<str>) -> Self {
        Self::of(label, text, Slot::Text)
    }

    fn of(label: &'static str, text: impl AsRef<str>, slot: Slot) -> Self {
        Self { label, text: sanitize(text.as_ref().trim_end()).replace('\n', " "), slot }
    }
}

/// Everything but the findings, what decides first.
pub fn card_lines(proposed: &MissionProposed) -> Vec<CardLine> {
    let card = &*proposed.card;
    let mut lines = listed("Fix", &proposed.lint, Slot::Warn);
    lines.push(CardLine::new("Goal", &card.goal));
    lines.extend(labelled("Tasks", card.subtasks.iter().map(task_line)));
    lines.extend(grant_lines(card));
    lines.push(CardLine::new("Budget", budget_words(&card.budget)));
    lines.push(CardLine::of("Estimate", estimate_words(&card.estimate), Slot::Dim));
    let outputs = card.contract.required_outputs.iter().map(output_words);
    lines.extend(labelled("Done", outputs.map(|words| CardLine::new("", words))));
    lines.extend(listed("Doubts", &card.confidence_notes, Slot::Text));
    lines.extend(research_line(card));
    lines.extend(listed("Left out", &card.not_doing, Slot::Dim));
    lines.extend(listed("Risks", &card.risks, Slot::Text));
    lines
}

/// The findings as a tree, each node with its depth; a node whose id `is_folded` hides what is below it.
pub fn finding_lines(findings: &[Finding], is_folded: impl Fn(&str) -> bool) -> Vec<(&Finding, usize, bool)> {
    let is_top = |finding: &&Finding| match &finding.parent {
        // A node whose parent is nowhere is shown rather than lost.
        Some(parent) => !findings.iter().any(|other| other.id == *parent) || *parent == finding.id,
        None => true,
    };
    let mut open: Vec<(&Finding, usize)> =
        findings.iter().filter(is_top).rev().map(|finding| (finding, 0)).collect();
    let mut lines = Vec::new();
    // Each node once, so that parents in a circle end.
    while let Some((finding, depth)) = open.pop().filter(|_| lines.len() < findings.len()) {
        let below = || {
            let is_below = |other: &&Finding| {
                other.parent.as_deref() == Some(finding.id.as_str()) && other.id != finding.id
            };
            findings.iter().filter(is_below)
        };
        lines.push((finding, depth, below().next().is_some()));
        if !is_folded(&finding.id) {
            let below: Vec<&Finding> = below().collect();
            open.extend(below.into_iter().rev().map(|finding| (finding, depth + 1)));
        }
    }
    lines
}

/// The whole card as lines of text: for linear output and for comparing revisions.
pub fn plain_card(proposed: &MissionProposed) -> Vec<String> {
    let mut label = "";
    let mut lines: Vec<String> = Vec::new();
    for line in card_lines(proposed) {
        if !line.label.is_empty() {
            label = line.label;
        }
        lines.push(format!("{label}: {}", line.text));
    }
    for (finding, depth, _) in finding_lines(&proposed.card.findings, |_| false) {
        let (word, _) = confidence(finding.confidence);
        let line = CardLine::new("", finding_words(finding));
        lines.push(format!("Finding:{} {} ({word})", "  ".repeat(depth), line.text));
    }
    lines
}

/// `Timeouts in the gateway — 31 of 40 failures are timeouts  app.log:12 and 3 more`.
pub(crate) fn finding_words(finding: &Finding) -> String {
    // A title is often the beginning of the claim.
    let is_beginning = finding.claim.to_lowercase().starts_with(&finding.title.to_lowercase());
    let words = match (finding.claim.as_str(), is_beginning) {
        ("", _) => finding.title.clone(),
        (claim, true) => claim.to_owned(),
        (claim, false) => format!("{} — {claim}", finding.title),
    };
    let places = match finding.citations.as_slice() {
        [] => String::new(),
        [only] => format!("  {only}"),
        [first, others @ ..] => format!("  {first} and {} more", others.len()),
    };
    format!("{words}{places}")
}

/// How far a finding is believed, in a word.
pub(crate) fn confidence(confidence: Confidence) -> (&'static str, Slot) {
    match confidence {
        Confidence::High => ("high", Slot::Ok),
        Confidence::Medium => ("medium", Slot::Text),
        Confidence::Unchecked => ("unchecked", Slot::Dim),
        Confidence::Disputed => ("disputed", Slot::Warn),
        Confidence::Unsupported => ("unsupported", Slot::Error),
        Confidence::Refuted => ("refuted", Slot::Dim),
    }
}

/// `40 calls · depth 2 · 600k tok · $0.50 · 5 min · 20 turns`.
pub fn budget_words(budget: &MissionBudget) -> String {
    let calls = if budget.calls == 1 { "1 call".to_owned() } else { format!("{} calls", budget.calls) };
    let mut words = vec![calls, format!("depth {}", budget.depth)];
    words.extend(budget.tokens.map(|tokens| format!("{} tok", amount::count(tokens.0))));
    words.extend(budget.cost_usd.map(|cost| cost.to_string()));
    words.push(amount::seconds(budget.seconds));
    words.push(format!("{} turns", budget.iterations));
    words.join(" · ")
}

/// `22–40 calls · up to 600k tok · $0.11–$0.19 · about 90 s`.
pub fn estimate_words(estimate: &Estimate) -> String {
    let (low, high) = estimate.calls;
    let calls = if low == high { format!("{high} calls") } else { format!("{low}–{high} calls") };
    let cost = estimate.cost_usd.map_or("cost unknown".to_owned(), |(low, high)| range(low, high));
    let tokens = amount::count(estimate.tokens.0);
    format!("{calls} · up to {tokens} tok · {cost} · about {}", amount::seconds(estimate.seconds))
}

/// Amounts from low to high, once where both read the same.
pub(crate) fn range(low: Usd, high: Usd) -> String {
    let (low, high) = (low.to_string(), high.to_string());
    if low == high { high } else { format!("{low}–{high}") }
}

/// What may be read, written, called and run.
fn grant_lines(card: &MissionCard) -> Vec<CardLine> {
    let grant = card.grant();
    let or = |list: &[String], none: &str| if list.is_empty() { none.to_owned() } else { list.join(", ") };
    let is_network = |tool: &&String| NETWORK_TOOLS.contains(&tool.as_str());
    let network: Vec<&str> = grant.tools.iter().filter(is_network).map(String::as_str).collect();
    let network = if network.is_empty() { "child model only".to_owned() } else { network.join(", ") };
    let (reads, writes) = (or(&grant.reads, "the whole workspace"), or(&grant.writes, "nothing"));
    let mut lines =
        vec![CardLine::new("Grant", format!("reads {reads} · writes {writes} · network: {network}"))];
    if !grant.tools.is_empty() {
        lines.push(CardLine::new("Tools", grant.tools.join(", ")));
    }
    if !grant.commands.is_empty() {
        lines.push(CardLine::of("Runs", grant.commands.join("; "), Slot::Code));
    }
    lines
}

/// How research went, with its curve.
fn research_line(card: &MissionCard) -> Option<CardLine> {
    let research = &card.research;
    let (cheap, strong) = research.calls;
    let (read, all) = research.coverage;
    if cheap + strong == 0 && all == 0 {
        return None;
    }
    let words = format!(
        "{cheap} cheap, {strong} strong calls · {} · read {} of {} · novelty {}",
        research.cost_usd,
        share(read, all),
        amount::bytes(all),
        sparkline(&research.novelty, CURVE)
    );
    Some(CardLine::of("Research", words, Slot::Dim))
}

/// `[x] 1 Label every failed request — cheap · after 2 · check: cargo test · writes out/**`.
fn task_line(task: &SubTask) -> CardLine {
    let mark = if task.on { "[x]" } else { "[ ]" };
    let tier = match task.tier {
        Tier::Cheap => "cheap",
        Tier::Strong => "strong",
    };
    let mut more = vec![tier.to_owned()];
    if !task.depends_on.is_empty() {
        let first: Vec<String> = task.depends_on.iter().map(u32::to_string).collect();
        more.push(format!("after {}", first.join(", ")));
    }
    more.push(match &task.done_check {
        DoneCheck::Command { command } => format!("check: {command}"),
        DoneCheck::Matches { pattern, path: Some(path) } => format!("check: {path} matches /{pattern}/"),
        DoneCheck::Matches { pattern, path: None } => format!("check: its answer matches /{pattern}/"),
        DoneCheck::Human => "you check".to_owned(),
    });
    if !task.writes.is_empty() {
        more.push(format!("writes {}", task.writes.join(", ")));
    }
    let slot = if task.on { Slot::Text } else { Slot::Dim };
    CardLine::of("", format!("{mark} {} {} — {}", task.n, task.title, more.join(" · ")), slot)
}

/// What must be there at the end, with how it is checked.
fn output_words(output: &RequiredOutput) -> String {
    let check = match &output.predicate {
        Predicate::FileExists { path } => format!("{path} is there"),
        Predicate::CommandExit0 { command } => format!("`{command}` ends with 0"),
        Predicate::JsonSchemaValid { path, .. } => {
            format!("{} is JSON of the given schema", path.as_deref().unwrap_or("the answer"))
        }
        Predicate::RegexMatches { path, pattern } => {
            format!("{} matches /{pattern}/", path.as_deref().unwrap_or("the answer"))
        }
        Predicate::DiffNonempty { path } => format!("{} changed", path.as_deref().unwrap_or("something")),
        Predicate::AnswerNonempty => "there is an answer".to_owned(),
        Predicate::ToolResultPassed { .. } => output.predicate.to_string(),
    };
    if output.what.is_empty() { check } else { format!("{} ({check})", output.what) }
}

fn listed(label: &'static str, texts: &[String], slot: Slot) -> Vec<CardLine> {
    labelled(label, texts.iter().map(|text| CardLine::of("", text, slot)))
}

/// Gives the first line its label.
fn labelled(label: &'static str, lines: impl Iterator<Item = CardLine>) -> Vec<CardLine> {
    let mut lines: Vec<CardLine> = lines.collect();
    if let Some(first) = lines.first_mut() {
        first.label = label;
    }
    lines
}
