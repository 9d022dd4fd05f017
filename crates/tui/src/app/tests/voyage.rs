//! A mission from its first probe to its report, as the engine would record it.

use headwater_protocol::card::{
    Confidence, DoneCheck, Estimate, Finding, MissionBudget, MissionCard, ResearchSummary, SubTask, Tier,
};
use headwater_protocol::contract::{Predicate, RequiredOutput, TaskContract};
use headwater_protocol::corpus::{CorpusPartSummary, CorpusShape, CorpusSummary, PromptPiece};
use headwater_protocol::events::{
    CellReturned, CellStarted, ChildReturned, ChildStarted, ChildStatus, MissionApproved, MissionEnded,
    MissionProposed, MissionStarted, ModeChanged,
};
use headwater_protocol::repl::{CellError, ChildKind};
use headwater_protocol::{Approver, Delta, EndReason, ModeId, Tokens, Usage, Usd};

use super::stage::Stage;

/// The session of the mission.
pub(crate) const MISSION: &str = "m1";
/// The session of its recursive child.
pub(crate) const BELOW: &str = "m2";
/// Bytes of the log that the mission is about.
pub(crate) const LOG_BYTES: u64 = 10 << 20;

fn task(n: u32, title: &str) -> SubTask {
    SubTask {
        n,
        title: title.into(),
        looks_at: vec!["logs/**".into()],
        expected_output: "a table".into(),
        done_check: DoneCheck::Human,
        writes: vec![],
        tools: vec![],
        tier: Tier::Cheap,
        depends_on: vec![],
        claims: vec!["f2".into()],
        on: true,
    }
}

fn finding(id: &str, parent: Option<&str>, title: &str, claim: &str, confidence: Confidence) -> Finding {
    let citations = if claim.is_empty() { vec![] } else { vec!["app.log:812".into()] };
    Finding {
        id: id.into(),
        parent: parent.map(Into::into),
        title: title.into(),
        claim: claim.into(),
        confidence,
        citations,
    }
}

fn findings() -> Vec<Finding> {
    vec![
        finding("f1", None, "Failed requests", "", Confidence::Unchecked),
        finding("f2", Some("f1"), "Gateway timeouts", "31 of 40 failures are timeouts.", Confidence::High),
        finding("f3", Some("f1"), "Broken tokens", "Auth rejects old tokens.", Confidence::Disputed),
        finding("f4", Some("f2"), "Only at night", "All of them happen after 01:00.", Confidence::Refuted),
        finding("f5", None, "Deploys", "Errors rise after each deploy.", Confidence::Unsupported),
    ]
}

/// The card.
pub(crate) fn card() -> MissionCard {
    let mut write = task(2, "Write the table of causes");
    write.writes = vec!["out/causes.md".into()];
    write.tier = Tier::Strong;
    write.depends_on = vec![1];
    write.done_check = DoneCheck::Command { command: "test -s out/causes.md".into() };
    let mut graph = task(3, "Draw a graph of failures by hour");
    graph.on = false;
    let output = RequiredOutput {
        id: "table".into(),
        what: "a table of causes by component".into(),
        predicate: Predicate::FileExists { path: "out/causes.md".into() },
    };
    MissionCard {
        goal: "Find which requests failed, why, and in which component.".into(),
        findings: findings(),
        subtasks: vec![task(1, "Label every failed request"), write, graph],
        confidence_notes: vec!["f3 is disputed: one window shows valid tokens.".into()],
        not_doing: vec!["No fix is made.".into()],
        risks: vec!["Cut lines may hide a cause.".into()],
        contract: TaskContract { required_outputs: vec![output], ..TaskContract::default() },
        estimate: Estimate {
            calls: (22, 40),
            tokens: Tokens(600_000),
            cost_usd: Some((Usd(0.11), Usd(0.19))),
            seconds: 90,
        },
        budget: MissionBudget {
            calls: 40,
            tokens: Some(Tokens(600_000)),
            cost_usd: Some(Usd(0.5)),
            depth: 2,
            seconds: 300,
            iterations: 20,
        },
        research: ResearchSummary {
            calls: (12, 1),
            cost_usd: Usd(0.008),
            novelty: vec![1.0, 0.8, 0.6, 0.7, 0.4, 0.3, 0.1, 0.05],
            coverage: (LOG_BYTES / 3, LOG_BYTES),
        },
        seed: 7,
    }
}

/// A proposal of a card.
pub(crate) fn proposed(revision: u32, card: MissionCard) -> MissionProposed {
    let hash = card.hash();
    MissionProposed { mission: MISSION.into(), revision, card: Box::new(card), hash, lint: vec![] }
}

impl Stage {
    /// A turn in Recursive mode whose mission has begun.
    pub(crate) fn mission(&mut self) -> &mut Self {
        self.session().record(ModeChanged { from: ModeId::Agent, to: ModeId::Recursive });
        self.turn("which requests failed, why, by component?");
        self.opened(MISSION, "s1", 0)
    }

    /// A mission's session begins below another session.
    pub(crate) fn opened(&mut self, session: &str, parent: &str, depth: u32) -> &mut Self {
        let part = CorpusPartSummary { name: "app.log".into(), sha256: "abc".into(), bytes: LOG_BYTES };
        let started = MissionStarted {
            question: "which requests failed, why, by component?".into(),
            corpus: CorpusSummary { shape: CorpusShape::Text, parts: vec![part] },
            budget: MissionBudget::default(),
            child_model: "local/tiny".into(),
            seed: 7,
            depth,
        };
        self.record_of(session, Some(parent), started)
    }

    /// The card waits.
    pub(crate) fn proposes(&mut self, revision: u32, card: MissionCard) -> &mut Self {
        self.record(proposed(revision, card))
    }

    /// The card was approved.
    pub(crate) fn approved(&mut self) -> &mut Self {
        let card = card();
        let (hash, grant, budget) = (card.hash(), card.grant(), card.budget);
        self.record(MissionApproved { mission: MISSION.into(), hash, grant, budget, by: Approver::Person })
    }

    /// A block begins in a session.
    pub(crate) fn block(&mut self, session: &str, cell: u32, code: &str) -> &mut Self {
        self.record_of(session, None, CellStarted { cell, code: code.into() })
    }

    /// A block ends.
    pub(crate) fn block_ends(
        &mut self,
        session: &str,
        cell: u32,
        stdout: &str,
        error: Option<&str>,
    ) -> &mut Self {
        let error = error.map(|message| CellError { line: Some(2), message: message.into() });
        let returned = CellReturned {
            cell,
            stdout: stdout.into(),
            stdout_bytes: stdout.len() as u64,
            shown: None,
            error,
            answer: None,
            variables: vec![],
            text: String::new(),
            millis: 300,
            waited_millis: 3_800,
        };
        self.record_of(session, None, returned)
    }

    /// A child is asked about a window of the log.
    pub(crate) fn asks_child(&mut self, session: &str, number: u64, cell: Option<u32>) -> &mut Self {
        let window = LOG_BYTES / 100;
        let prompt = vec![
            PromptPiece::text("Label each failed request with its cause.\n"),
            PromptPiece::Span { source: "abc".into(), start: number * window, end: (number + 1) * window },
        ];
        let kind = if cell.is_some() { ChildKind::Llm } else { ChildKind::Probe };
        self.record_of(session, None, child(number, cell, kind, prompt))
    }

    /// A recursive child is asked, and its session begins.
    pub(crate) fn recurses(&mut self, number: u64, cell: u32) -> &mut Self {
        let prompt = vec![PromptPiece::text("Why do tokens break?")];
        let mut started = child(number, Some(cell), ChildKind::Rlm, prompt);
        started.opened = Some(BELOW.into());
        self.record_of(MISSION, None, started);
        self.opened(BELOW, MISSION, 1)
    }

    /// A child answers.
    pub(crate) fn child_answers(&mut self, session: &str, number: u64, text: &str) -> &mut Self {
        self.record_of(session, None, back(number, text, ChildStatus::Ok, 1))
    }

    /// A child comes back without an answer, or with one that the log had.
    pub(crate) fn child_ends(
        &mut self,
        session: &str,
        number: u64,
        status: ChildStatus,
        attempts: u32,
    ) -> &mut Self {
        let text = if status == ChildStatus::Ok { "timeout" } else { "429: too many requests" };
        self.record_of(session, None, back(number, text, status, attempts))
    }

    /// The mission ends with a report.
    pub(crate) fn mission_ends(&mut self, reason: EndReason) -> &mut Self {
        let usage = Usage { input: Tokens(48_000), output: Tokens(2_000), ..Usage::default() };
        self.record(MissionEnded {
            mission: MISSION.into(),
            reason,
            report: "31 requests failed by **timeouts**.\n\n| task | got |\n|---|---|\n| 1 | 40 labels |\n"
                .into(),
            calls: 37,
            usage,
            cost_usd: Usd(0.12),
        })
    }

    /// Research goes on.
    pub(crate) fn researches(&mut self, phase: &'static str, cheap: u32) -> &mut Self {
        self.delta(Delta::Research {
            phase,
            calls: [cheap, 24, 0, 2],
            novelty: vec![1.0, 0.7, 0.5, 0.2],
            coverage: (LOG_BYTES / 5, LOG_BYTES),
            cost_usd: 0.004,
        })
    }
}

fn child(number: u64, cell: Option<u32>, kind: ChildKind, prompt: Vec<PromptPiece>) -> ChildStarted {
    ChildStarted {
        child: format!("c{number}").as_str().into(),
        cell,
        kind,
        depth: 1,
        model: "local/tiny-1b".into(),
        prompt,
        key: format!("k{number}"),
        opened: None,
    }
}

fn back(number: u64, text: &str, status: ChildStatus, attempts: u32) -> ChildReturned {
    let is_error = !matches!(status, ChildStatus::Ok | ChildStatus::Truncated);
    let is_paid = attempts > 0 && !is_error;
    let usage = Usage { input: Tokens(1_240), output: Tokens(84), ..Usage::default() };
    ChildReturned {
        child: format!("c{number}").as_str().into(),
        status,
        text: text.into(),
        usage: if is_paid { usage } else { Usage::default() },
        cost_usd: is_paid.then_some(Usd(0.0004)),
        is_error,
        attempts,
        millis: 1_900,
    }
}
