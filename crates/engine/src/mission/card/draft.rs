//! The card as the strong model writes it: JSON by a schema, mended where there is only one way to mend it.

use std::collections::{BTreeMap, BTreeSet};

use headwater_context::prompts;
use headwater_protocol::card::{Confidence, Finding, SubTask, Tier};
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{MissionCard, PromptPiece, TaskContract};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::answers::{push_line, read, schema};
use super::super::claims::Claim;

/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 6_000;
/// Names of texts that are listed for the model.
const MOST_NAMES: usize = 200;
/// Single observations that are listed for the model, beside the groups above them.
const MOST_OBSERVATIONS: usize = 60;

/// What the model fills in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Draft {
    /// One sentence.
    #[serde(default)]
    pub goal: String,
    /// What would be done.
    #[serde(default)]
    pub subtasks: Vec<SubTask>,
    /// What is only half known, naming the ids of the findings.
    #[serde(default)]
    pub confidence_notes: Vec<String>,
    /// What is left out on purpose.
    #[serde(default)]
    pub not_doing: Vec<String>,
    /// What may go wrong.
    #[serde(default)]
    pub risks: Vec<String>,
    /// What must hold at the end.
    #[serde(default)]
    pub contract: TaskContract,
    /// What a model left out that the type fills in, one sentence each.
    #[serde(skip)]
    pub faults: Vec<String>,
}

/// What a draft is asked for with.
#[derive(Clone, Copy, Debug)]
pub struct DraftRequest<'a> {
    /// The goal in the person's words.
    pub goal: &'a str,
    /// What was found.
    pub claims: &'a [Claim],
    /// Names of texts and files there are.
    pub names: &'a [String],
    /// Tools beyond reading that may be granted.
    pub tools: &'a [String],
    /// The card before, and what is to change in it.
    pub revision: Option<(&'a MissionCard, &'a str)>,
}

/// Asks the strong model for a card.
pub fn question(request: &DraftRequest<'_>) -> ChildQuery {
    ChildQuery {
        prompt: vec![PromptPiece::text(prompts::MISSION_CARD)],
        about: vec![PromptPiece::text(material(request))],
        tier: Tier::Strong,
        schema: Some(schema::<Draft>()),
        max_tokens: Some(ANSWER_TOKENS),
        ..ChildQuery::default()
    }
}

fn material(request: &DraftRequest<'_>) -> String {
    let mut text = format!("Goal: {}\n\nFindings:\n", request.goal);
    let mut observations = 0;
    for finding in request.claims.iter().map(|claim| &claim.finding) {
        observations += usize::from(finding.id.starts_with('o'));
        if finding.id.starts_with('o') && observations > MOST_OBSERVATIONS {
            continue;
        }
        let belief = serde_json::to_value(finding.confidence).unwrap_or_default();
        let belief = belief.as_str().unwrap_or_default();
        push_line(
            &mut text,
            &format!("{} [{belief}] {} ({})", finding.id, finding.claim, few(&finding.citations, 3)),
        );
    }
    push_line(&mut text, &format!("\nTools beyond reading: {}", few(request.tools, MOST_NAMES)));
    push_line(&mut text, &format!("Texts and files: {}", few(request.names, MOST_NAMES)));
    if let Some((card, words)) = request.revision {
        let before = serde_json::to_string(&(&card.goal, &card.subtasks, &card.contract)).unwrap_or_default();
        push_line(&mut text, &format!("\nGoal, sub-tasks and contract of the card before: {before}"));
        push_line(&mut text, &format!("It is to be changed like this, and not otherwise: {words}"));
    }
    text
}

fn few(names: &[String], most: usize) -> String {
    let listed: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len().checked_sub(most) {
        Some(more) if more > 0 => format!("{} and {more} more", listed.join(", ")),
        Some(_) | None => listed.join(", "),
    }
}

/// Reads what the model wrote; `None` when it is no card.
pub fn read_draft(answer: &str) -> Option<Draft> {
    let mut draft: Draft = read(answer)?;
    let raw: Value = read(answer)?;
    let tasks = raw.get("subtasks").and_then(Value::as_array).into_iter().flatten();
    for (nth, task) in (1..).zip(tasks) {
        let n = task.get("n").and_then(Value::as_u64).unwrap_or(nth);
        if task.get("writes").is_none() {
            draft
                .faults
                .push(format!("Sub-task {n} does not say what it writes; an empty list says nothing."));
        }
    }
    Some(draft)
}

impl Draft {
    /// The card of this draft over these findings. What has one right form is put into it: the findings that are in
    /// doubt are named in the notes, and a sub-task that rests on nothing but unsupported claims starts switched off.
    pub fn card(self, findings: Vec<Finding>) -> MissionCard {
        let mut card = MissionCard {
            goal: self.goal,
            findings,
            subtasks: self.subtasks,
            confidence_notes: self.confidence_notes,
            not_doing: self.not_doing,
            risks: self.risks,
            contract: self.contract,
            ..MissionCard::default()
        };
        if card.contract.goal.trim().is_empty() {
            card.contract.goal.clone_from(&card.goal);
        }
        note_doubts(&mut card);
        switch_off_unsupported(&mut card);
        card
    }
}

/// Names in the notes every claim in doubt that a sub-task rests on.
pub(crate) fn note_doubts(card: &mut MissionCard) {
    let borne: BTreeSet<String> = card.subtasks.iter().flat_map(|task| task.claims.iter().cloned()).collect();
    for finding in card.findings.iter().filter(|finding| borne.contains(&finding.id)) {
        let word = match finding.confidence {
            Confidence::Unsupported => "unsupported",
            Confidence::Disputed => "disputed",
            Confidence::Refuted => "refuted",
            Confidence::High | Confidence::Medium | Confidence::Unchecked => continue,
        };
        if !card.confidence_notes.iter().any(|note| names(note, &finding.id)) {
            card.confidence_notes.push(format!("{} is {word}: {}", finding.id, finding.claim));
        }
    }
}

/// Whether a note names a finding, as a word of its own.
pub(crate) fn names(note: &str, id: &str) -> bool {
    note.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == id)
}

fn switch_off_unsupported(card: &mut MissionCard) {
    let doubt: BTreeMap<&str, Confidence> =
        card.findings.iter().map(|finding| (finding.id.as_str(), finding.confidence)).collect();
    let carries_nothing =
        |id: &String| matches!(doubt.get(id.as_str()), Some(Confidence::Unsupported | Confidence::Refuted));
    for task in &mut card.subtasks {
        if !task.claims.is_empty() && task.claims.iter().all(carries_nothing) {
            task.on = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"Here is the card: {"goal": "Find out.", "subtasks": [
        {"n": 1, "title": "Read", "looks_at": ["src/**"], "expected_output": "a list", "done_check": {"kind": "human"},
         "writes": [], "claims": ["c1"]},
        {"n": 2, "title": "Write", "expected_output": "a file", "done_check": {"kind": "command", "command": "true"},
         "claims": ["c2"]}]}"#;

    fn finding(id: &str, confidence: Confidence) -> Finding {
        let claim = format!("Claim {id}.");
        Finding { id: id.into(), parent: None, title: String::new(), claim, confidence, citations: vec![] }
    }

    #[test]
    fn what_is_left_out_is_said_and_what_is_in_doubt_is_noted() {
        let draft = read_draft(ANSWER).unwrap();
        assert_eq!(draft.faults, ["Sub-task 2 does not say what it writes; an empty list says nothing."]);
        let findings = vec![
            finding("c1", Confidence::Disputed),
            finding("c2", Confidence::Unsupported),
            finding("c3", Confidence::Unsupported),
        ];
        let card = draft.card(findings);
        assert_eq!(card.confidence_notes, ["c1 is disputed: Claim c1.", "c2 is unsupported: Claim c2."]);
        assert_eq!(card.subtasks.iter().map(|task| task.on).collect::<Vec<_>>(), [true, false]);
        assert_eq!(card.contract.goal, "Find out.");
        assert!(read_draft("I cannot.").is_none());
    }

    #[test]
    fn the_request_shows_findings_with_their_belief() {
        let claims = [Claim { finding: finding("c1", Confidence::Medium), evidence: vec![] }];
        let names: Vec<String> = (0..300).map(|nth| format!("f{nth}")).collect();
        let tools = ["edit".to_owned()];
        let before = MissionCard::default();
        let revision = Some((&before, "leave out the docs"));
        let query =
            question(&DraftRequest { goal: "g", claims: &claims, names: &names, tools: &tools, revision });
        let PromptPiece::Text { text } = &query.about[0] else { panic!("words") };
        for part in ["c1 [medium] Claim c1.", "f199 and 100 more", "reading: edit", "leave out the docs"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(query.tier, Tier::Strong);
    }

    #[test]
    fn a_note_names_an_id_as_a_word() {
        assert!(names("c1 is disputed", "c1") && names("(c1, c2)", "c2"));
        assert!(!names("c12 is disputed", "c1"));
    }
}
