//! The strong detector: one call for all claims and the list of sub-tasks, which also looks for faults of structure.

use headwater_context::prompts;
use headwater_protocol::PromptPiece;
use headwater_protocol::card::{SubTask, Tier};
use headwater_protocol::repl::ChildQuery;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::answers::{clip, push_line, read, schema};
use super::super::claims::Claim;
use super::{Findings, Verdict};

/// The most faults that are kept, and how long each may be.
const MOST_FAULTS: (usize, usize) = (8, 200);
/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 1_500;

/// What the strong model answers.
#[derive(Deserialize, JsonSchema)]
struct Judgement {
    /// One a claim.
    #[serde(default)]
    claims: Vec<Judged>,
    /// Faults of the list of sub-tasks; empty when there are none.
    #[serde(default)]
    faults: Vec<Fault>,
}

/// The verdict on one claim.
#[derive(Deserialize, JsonSchema)]
struct Judged {
    /// Id of the claim.
    id: String,
    /// Whether its quotes carry it.
    #[schemars(extend("enum" = ["supported", "contradicted", "insufficient"]))]
    verdict: String,
    /// Why, in one sentence.
    #[serde(default)]
    why: String,
}

/// A fault of structure.
#[derive(Deserialize, JsonSchema)]
struct Fault {
    /// What kind of fault.
    #[schemars(extend("enum" = ["order", "missing_step", "conflict", "scope_creep"]))]
    kind: String,
    /// One sentence that names the sub-tasks.
    what: String,
}

/// Asks about all claims and the sub-tasks at once.
pub(crate) fn question(goal: &str, claims: &[&Claim], subtasks: &[SubTask]) -> ChildQuery {
    let mut about = format!("Goal: {goal}\n\nClaims:\n");
    for claim in claims {
        push_line(&mut about, &format!("{}: {}", claim.finding.id, claim.finding.claim));
        for evidence in claim.evidence.iter().filter(|found| found.is_grounded).take(3) {
            push_line(
                &mut about,
                &format!("  {}: \"{}\"", evidence.place.citation(), clip(&evidence.quote, 200)),
            );
        }
    }
    about.push_str("\nSub-tasks:\n");
    about.push_str(&serde_json::to_string_pretty(subtasks).unwrap_or_default());
    ChildQuery {
        prompt: vec![PromptPiece::text(prompts::MISSION_STRUCTURE)],
        about: vec![PromptPiece::text(about)],
        tier: Tier::Strong,
        schema: Some(schema::<Judgement>()),
        max_tokens: Some(ANSWER_TOKENS),
        ..ChildQuery::default()
    }
}

/// Reads the answer into what is known of each claim, and gives the faults, one sentence each.
pub(crate) fn read_into(answer: Option<&str>, claims: &[&Claim], found: &mut [Findings]) -> Vec<String> {
    let Some(judgement) = answer.and_then(read::<Judgement>) else {
        for findings in found {
            findings.strong = Verdict::NotAsked;
        }
        return Vec::new();
    };
    for (claim, findings) in claims.iter().zip(found) {
        let judged = judgement.claims.iter().find(|judged| judged.id == claim.finding.id);
        findings.strong = match judged.map(|judged| judged.verdict.as_str()) {
            Some("supported") => Verdict::Supported,
            Some("contradicted") => Verdict::Contradicted,
            Some(_) | None => Verdict::Insufficient,
        };
        if findings.strong == Verdict::Contradicted && findings.against.is_none() {
            findings.against = judged.map(|judged| clip(&judged.why, MOST_FAULTS.1));
        }
    }
    let fault =
        |fault: Fault| format!("{}: {}", fault.kind.replace('_', " "), clip(&fault.what, MOST_FAULTS.1));
    judgement.faults.into_iter().take(MOST_FAULTS.0).map(fault).collect()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::{Confidence, Finding};

    use super::*;

    #[test]
    fn verdicts_and_faults_are_read_and_silence_is_no_verdict() {
        let claim = |id: &str| Claim {
            finding: Finding {
                id: id.into(),
                parent: None,
                title: String::new(),
                claim: String::new(),
                confidence: Confidence::Unchecked,
                citations: vec![],
            },
            evidence: vec![],
        };
        let claims = [claim("c1"), claim("c2"), claim("c3")];
        let claims: Vec<&Claim> = claims.iter().collect();
        let mut found = vec![Findings::default(); 3];
        let answer = r#"{"claims":[{"id":"c1","verdict":"supported"},{"id":"c2","verdict":"contradicted","why":"It stops."}],
            "faults":[{"kind":"missing_step","what":"2 needs the schema of 1."}]}"#;
        let faults = read_into(Some(answer), &claims, &mut found);
        let verdicts: Vec<Verdict> = found.iter().map(|findings| findings.strong).collect();
        assert_eq!(verdicts, [Verdict::Supported, Verdict::Contradicted, Verdict::Insufficient]);
        assert_eq!(found[1].against.as_deref(), Some("It stops."));
        assert_eq!(faults, ["missing step: 2 needs the schema of 1."]);
        assert_eq!(read_into(None, &claims, &mut found), Vec::<String>::new());
        assert_eq!(found[0].strong, Verdict::NotAsked);
        assert_eq!(question("g", &claims, &[]).tier, Tier::Strong);
    }
}
