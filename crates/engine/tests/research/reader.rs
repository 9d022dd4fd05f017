//! A model as a function of its prompt: it notes what is marked in a text, names groups, judges claims, writes a card.

use headwater_testkit::{Recorded, Turn};
use serde_json::{Value, json};

/// What a text has where something is to be noted.
pub(crate) const MARK: &str = "// MARK ";

/// What is answered to a question.
type Reply = fn(&str) -> Value;

/// Answers any question of the research.
pub(crate) fn answer(request: &Recorded) -> Turn {
    let asked = request.last_text("user").unwrap();
    let table: [(&str, Reply); 7] = [
        ("Note at most eight things", note),
        ("Name each group", name),
        ("at most three hypotheses", suppose),
        ("what is predicted", |_| json!({"verdict": "unknown", "quote": ""})),
        ("by its own stretches alone", verify),
        ("Judge first each claim", judge),
        ("You write the card", card),
    ];
    let reply = table.iter().find(|(words, _)| asked.contains(words)).map(|(_, reply)| reply(&asked));
    Turn::text(reply.unwrap().to_string())
}

/// The marked sentences of a text.
fn marks(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split_once(MARK)).map(|(_, mark)| mark).collect()
}

fn note(asked: &str) -> Value {
    let observed = |mark: &&str| json!({"text": mark, "quote": mark, "line": 1, "kind": "risk", "importance": 3, "surprise": 2});
    let observed: Vec<Value> = marks(asked).iter().map(observed).collect();
    json!({"obs": observed, "zoom": [], "empty": observed.is_empty()})
}

fn name(asked: &str) -> Value {
    let mut clusters: Vec<Value> = Vec::new();
    for group in asked.split("\nCluster ").skip(1) {
        let (id, notes) = group.split_once('\n').unwrap();
        let notes: Vec<(&str, &str)> =
            notes.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": ")).collect();
        let first = notes.first().unwrap().1;
        let supports: Vec<&str> = notes.iter().map(|(id, _)| *id).collect();
        clusters
            .push(json!({"id": id, "title": format!("About {id}"), "claim": first, "supports": supports}));
    }
    json!({"clusters": clusters, "themes": []})
}

fn suppose(_: &str) -> Value {
    let search = |pattern: &str, disconfirming: bool| json!({"if": "", "then": "seen", "where": "src/**", "check": "code", "pattern": pattern, "disconfirming": disconfirming});
    json!({"hypotheses": [
        {"id": "", "claim": "The pool never gives up.", "predictions": [search("retry_forever", false), search("give_up", true)]},
        {"id": "", "claim": "The log is never written.", "predictions": [search("write_log", true)]},
    ]})
}

fn verify(asked: &str) -> Value {
    let mut verdicts = Vec::new();
    for (number, claim) in (1..).zip(asked.split("\nClaim ").skip(1)) {
        let text = claim.split_once(": ").unwrap().1.lines().next().unwrap();
        let shown = marks(claim).into_iter().any(|mark| mark == text);
        let verdict = if shown { "supported" } else { "insufficient" };
        verdicts.push(json!({"claim": number, "verdict": verdict, "quote": if shown { text } else { "" }}));
    }
    json!({"verdicts": verdicts})
}

fn judge(asked: &str) -> Value {
    let claims = asked.split("Claims:\n").nth(1).unwrap().split("\nSub-tasks:").next().unwrap();
    let ids = claims.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(": "));
    let claims: Vec<Value> =
        ids.map(|(id, _)| json!({"id": id, "verdict": "supported", "why": "It says so."})).collect();
    json!({"claims": claims, "faults": [{"kind": "order", "what": "2 needs what 1 makes."}]})
}

fn card(asked: &str) -> Value {
    let findings = asked.split("Findings:\n").nth(1).unwrap();
    let ids: Vec<&str> = findings
        .lines()
        .filter(|line| line.starts_with('c'))
        .filter_map(|line| line.split(' ').next())
        .collect();
    json!({
        "goal": "Say why the pool never gives up.",
        "subtasks": [
            {"n": 1, "title": "Read the pool", "looks_at": ["src/**"], "expected_output": "each retry with its place",
             "done_check": {"kind": "matches", "pattern": "src/", "path": null}, "writes": [], "tier": "cheap", "claims": ids},
            {"n": 2, "title": "Write it down", "looks_at": ["src/pool.rs"], "expected_output": "a report",
             "done_check": {"kind": "human"}, "writes": ["docs/report.md"], "tier": "strong", "depends_on": [1], "claims": []},
        ],
        "confidence_notes": [], "not_doing": ["changing the pool"], "risks": ["a retry may be hidden in a macro"],
        "contract": {"goal": "", "required_outputs": [
            {"id": "report", "what": "the report", "predicate": {"kind": "file_exists", "path": "docs/report.md"}},
            {"id": "answer", "what": "the answer", "predicate": {"kind": "answer_nonempty"}}]},
    })
}
