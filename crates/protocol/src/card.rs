//! The mission card: contract, capability grant and budget in one, approved once (RECURSIVE §7.8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::contract::TaskContract;
use crate::projection::hex;
use crate::units::{Tokens, Usd};

/// What a mission would do, as the person approves it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionCard {
    /// One sentence.
    pub goal: String,
    /// What research found, as a tree.
    pub findings: Vec<Finding>,
    /// What would be done.
    pub subtasks: Vec<SubTask>,
    /// What is only half known; names every claim that is disputed or unsupported.
    pub confidence_notes: Vec<String>,
    /// What is left out on purpose.
    pub not_doing: Vec<String>,
    /// What may go wrong.
    pub risks: Vec<String>,
    /// What must hold before "done" is believed.
    pub contract: TaskContract,
    /// What it will take, computed by the engine.
    pub estimate: Estimate,
    /// What it may take at most, enforced by the engine.
    pub budget: MissionBudget,
    /// How research went.
    pub research: ResearchSummary,
    /// The seed of everything random.
    pub seed: u64,
}

impl MissionCard {
    /// SHA-256 over the card's JSON, in hexadecimal: an approval is bound to it.
    pub fn hash(&self) -> String {
        // Every part of a card serializes; were it not so, no hash would ever match and nothing would run.
        serde_json::to_vec(self).map(|json| hex(&Sha256::digest(json))).unwrap_or_default()
    }

    /// What the sub-tasks that are switched on may touch, together.
    pub fn grant(&self) -> Grant {
        let mut grant = Grant::default();
        for task in self.subtasks.iter().filter(|task| task.on) {
            grant.reads.extend(task.looks_at.iter().cloned());
            grant.writes.extend(task.writes.iter().cloned());
            grant.tools.extend(task.tools.iter().cloned());
            if let DoneCheck::Command { command } = &task.done_check {
                grant.commands.push(command.clone());
            }
        }
        for list in [&mut grant.reads, &mut grant.writes, &mut grant.tools, &mut grant.commands] {
            list.sort();
            list.dedup();
        }
        grant
    }
}

/// A node of the findings: mission, theme, cluster or observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Unique within the card; sub-tasks and notes name it.
    pub id: String,
    /// The node above, if any.
    pub parent: Option<String>,
    /// At most eight words.
    pub title: String,
    /// One sentence.
    pub claim: String,
    /// How far it is believed.
    pub confidence: Confidence,
    /// Where it can be read, as `name:line`.
    pub citations: Vec<String>,
}

/// How far a claim is believed, after the three detectors (RECURSIVE §7.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// All detectors agree.
    High,
    /// One could not tell.
    Medium,
    /// Not checked beyond its quote.
    #[default]
    Unchecked,
    /// One contradicts it; both quotes are shown.
    Disputed,
    /// Its quote or its place could not be found.
    Unsupported,
    /// A hypothesis that was refuted.
    Refuted,
}

/// One sub-task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SubTask {
    /// Its number, from 1.
    pub n: u32,
    /// What it does.
    pub title: String,
    /// Globs of what it reads; handles of stored texts.
    #[serde(default)]
    pub looks_at: Vec<String>,
    /// What must come out.
    pub expected_output: String,
    /// How "done" is checked.
    pub done_check: DoneCheck,
    /// Globs of what it may write.
    #[serde(default)]
    pub writes: Vec<String>,
    /// Tools it may call beyond reading.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Which model does it.
    #[serde(default)]
    pub tier: Tier,
    /// Sub-tasks that come first.
    #[serde(default)]
    pub depends_on: Vec<u32>,
    /// Findings it rests on.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Whether it is to run.
    #[serde(default = "yes")]
    pub on: bool,
}

fn yes() -> bool {
    true
}

/// How the end of a sub-task is checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DoneCheck {
    /// A command ends with code 0.
    Command {
        /// The script.
        command: String,
    },
    /// A pattern is found in the answer or in a file.
    Matches {
        /// The pattern.
        pattern: String,
        /// The file; absent means the sub-task's answer.
        path: Option<String>,
    },
    /// A person looks.
    #[default]
    Human,
}

/// Which of the two models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The child model.
    #[default]
    Cheap,
    /// The session's own model.
    Strong,
}

/// What an approved card lets a mission touch. Globs are relative to the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// Globs that may be read; empty means the whole workspace.
    pub reads: Vec<String>,
    /// Globs that may be written.
    pub writes: Vec<String>,
    /// Tools that may be called beyond reading.
    pub tools: Vec<String>,
    /// Commands that may run, exactly as written.
    pub commands: Vec<String>,
}

/// What a mission may take at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissionBudget {
    /// Calls of child models.
    pub calls: u32,
    /// Tokens, prompts and answers together; absent means no limit of its own.
    pub tokens: Option<Tokens>,
    /// US dollars; absent means no limit of its own.
    pub cost_usd: Option<Usd>,
    /// Levels below the root.
    pub depth: u32,
    /// Seconds from the approval.
    pub seconds: u64,
    /// Answers of the root.
    pub iterations: u32,
}

impl Default for MissionBudget {
    /// The defaults of `[recursive]` (INTERFACE).
    fn default() -> Self {
        Self { calls: 200, tokens: None, cost_usd: None, depth: 1, seconds: 900, iterations: 20 }
    }
}

/// What a mission will take, from low to high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Calls of child models, at least and at most.
    pub calls: (u32, u32),
    /// Tokens, at most.
    pub tokens: Tokens,
    /// US dollars, at least and at most; absent when a price is unknown.
    pub cost_usd: Option<(Usd, Usd)>,
    /// Seconds, about.
    pub seconds: u64,
}

/// How research went, for the card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResearchSummary {
    /// Calls of the cheap and of the strong model.
    pub calls: (u32, u32),
    /// What it cost, as far as known.
    pub cost_usd: Usd,
    /// Novelty of each call's answer, 0 to 1, in order.
    pub novelty: Vec<f64>,
    /// Bytes of the corpus that were read, and all of them.
    pub coverage: (u64, u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(n: u32, writes: &[&str], on: bool) -> SubTask {
        SubTask {
            n,
            title: String::new(),
            looks_at: vec!["src/**".into()],
            expected_output: String::new(),
            done_check: DoneCheck::Command { command: "cargo test".into() },
            writes: writes.iter().map(|glob| (*glob).to_owned()).collect(),
            tools: vec!["edit".into()],
            tier: Tier::Cheap,
            depends_on: vec![],
            claims: vec![],
            on,
        }
    }

    #[test]
    fn the_grant_is_what_the_ticked_subtasks_name() {
        let subtasks = vec![task(1, &["b", "a"], true), task(2, &["a"], true), task(3, &["secret"], false)];
        let card = MissionCard { subtasks, ..MissionCard::default() };
        let grant = card.grant();
        assert_eq!(grant.writes, ["a", "b"]);
        assert_eq!(grant.reads, ["src/**"]);
        assert_eq!(grant.commands, ["cargo test"]);
    }

    #[test]
    fn any_change_changes_the_hash() {
        let card = MissionCard { subtasks: vec![task(1, &[], true)], ..MissionCard::default() };
        let mut toggled = card.clone();
        toggled.subtasks[0].on = false;
        let mut dearer = card.clone();
        dearer.budget.calls += 1;
        assert_eq!(card.hash().len(), 64);
        assert_ne!(card.hash(), toggled.hash());
        assert_ne!(card.hash(), dearer.hash());
        let again: MissionCard = serde_json::from_str(&serde_json::to_string(&card).unwrap()).unwrap();
        assert_eq!(again.hash(), card.hash());
    }
}
