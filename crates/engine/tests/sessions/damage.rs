//! Any line of a log may be lost: the session goes on, and its log is whole again.

use std::collections::HashSet;

use headwater_engine::{Start, replay};
use headwater_protocol::events::{RepairKind, RuleAdded, RuleRevoked, SessionResumed};
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Block, Delta, Event, Message, ModeId, Op, Record, RunState, SessionId,
    Update,
};
use headwater_testkit::{DEADLINE, Script, Turn};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::json;
use tokio::time::timeout;

use crate::rig::{Rig, end, turn};

/// What can happen to a line.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Deleted,
    Doubled,
    /// Bytes that are no JSON.
    Garbled,
    /// A record that still reads, of another type.
    Retyped,
    /// The line ends in its middle, and swallows the next.
    Torn,
}

const DAMAGES: [Damage; 5] =
    [Damage::Deleted, Damage::Doubled, Damage::Garbled, Damage::Retyped, Damage::Torn];

impl Damage {
    fn of(self, line: &str) -> String {
        match self {
            Self::Deleted => String::new(),
            Self::Doubled => format!("{line}\n{line}\n"),
            Self::Garbled => format!("{}\n", line.replace('"', "\u{fffd}")),
            Self::Retyped => format!("{}\n", line.replacen("\"type\":\"", "\"type\":\"x", 1)),
            Self::Torn => line.chars().take(line.chars().count() / 2).collect(),
        }
    }
}

/// The log with the damages done to the lines of these numbers.
fn damaged(log: &str, damages: &[(usize, Damage)]) -> String {
    let line = |(number, line): (usize, &str)| {
        let damage = damages.iter().find(|(damaged, _)| *damaged == number);
        damage.map_or_else(|| format!("{line}\n"), |(_, damage)| damage.of(line))
    };
    log.lines().enumerate().map(line).collect()
}

fn script() -> Script {
    let shell = |command: &str| Turn::empty().call("shell", json!({ "command": command }));
    Script::new()
        .turn(
            Turn::text("I look first.")
                .call("read", json!({"path": "a.txt"}))
                .call("read", json!({"path": "b.txt"}))
                .call("shell", json!({"command": "touch approved"})),
        )
        .turn(Turn::empty().call("ask_user", json!({"question": "Which colour?"})))
        .turn(Turn::text("Blue it is."))
        .turn(shell("touch denied").call("read", json!({"path": "a.txt"})))
        .turn(Turn::text("Then not."))
}

/// A session of two turns: parallel calls, an approval, a question, a denial.
async fn record(rig: &Rig) -> SessionId {
    std::fs::write(rig.workspace().join("a.txt"), "a").unwrap();
    std::fs::write(rig.workspace().join("b.txt"), "b").unwrap();
    let mut running = rig.start(Start::New { parent: None });
    assert_eq!(turn(&mut running, "paint", &ApprovalDecision::Allow).await.text, "Blue it is.");
    let no = ApprovalDecision::Deny { reason: "not now".to_owned() };
    assert_eq!(turn(&mut running, "and more", &no).await.text, "Then not.");
    end(&mut running).await;
    assert!(rig.workspace().join("approved").exists() && !rig.workspace().join("denied").exists());
    let tags: HashSet<String> =
        rig.records(&running.session).iter().map(|record| record.event.tag().to_owned()).collect();
    for tag in ["approval_requested", "approval_given", "question_asked", "tool_returned", "turn_ended"] {
        assert!(tags.contains(tag), "{tag} is missing");
    }
    running.session
}

/// What the model would be sent: each result stands behind its call, and each call has one.
#[track_caller]
fn assert_paired(state: &RunState, case: &str) {
    let mut open: Vec<String> = Vec::new();
    for message in state.conversation.messages() {
        match message.as_ref() {
            Message::Assistant { blocks, .. } => {
                assert!(open.is_empty(), "{case}: {open:?} had no result");
                let call = |block: &Block| match block {
                    Block::Call(call) => Some(call.call.to_string()),
                    Block::Text { .. } | Block::Thinking { .. } => None,
                };
                open.extend(blocks.iter().filter_map(call));
            }
            Message::ToolResult { call, .. } => {
                let at = open.iter().position(|open| *open == call.to_string());
                open.remove(at.unwrap_or_else(|| panic!("{case}: a result for {call} without its call")));
            }
            Message::User { .. } => assert!(open.is_empty(), "{case}: {open:?} had no result"),
        }
    }
    assert!(open.is_empty(), "{case}: {open:?} had no result");
}

#[track_caller]
fn assert_whole(records: &[Record], case: &str) {
    let report = replay(records);
    assert_eq!(report.violations, [], "{case}");
    assert!(!report.state.phase.is_running(), "{case}: a turn still runs");
    assert!(report.state.approvals.waiting.is_empty(), "{case}: an approval still waits");
    assert_paired(&report.state, case);
}

fn quarantined(records: &[Record]) -> usize {
    let is_quarantine = |record: &&Record| matches!(&record.event, Event::Repaired(repaired) if repaired.kind == RepairKind::Quarantined);
    records.iter().filter(is_quarantine).count()
}

#[tokio::test]
async fn any_one_line_may_be_lost_and_every_result_still_has_its_call() {
    let rig = Rig::new(script());
    let id = record(&rig).await;
    let sound = rig.log(&id);
    for number in 0..sound.lines().count() {
        for damage in DAMAGES {
            let case = format!("line {} was {damage:?}", number + 1);
            let broken = damaged(&sound, &[(number, damage)]);
            std::fs::write(rig.store().transcript(&id), &broken).unwrap();
            assert_whole(&rig.resume(&id).await, &case);
        }
    }
}

#[tokio::test]
async fn a_mended_log_is_not_mended_again() {
    let rig = Rig::new(script());
    let id = record(&rig).await;
    let sound = rig.log(&id);
    let called = sound.lines().position(|line| line.contains("\"type\":\"tool_called\"")).unwrap();
    std::fs::write(rig.store().transcript(&id), damaged(&sound, &[(called, Damage::Deleted)])).unwrap();
    let mended = rig.resume(&id).await;
    assert_eq!(quarantined(&mended), 2, "the result in its place, and the log as a whole");
    assert_eq!(quarantined(&rig.resume(&id).await), 2);
    let aside =
        |number: u32| rig.store().directory(&id).join(format!("transcript.quarantine-{number}.jsonl"));
    assert!(aside(1).exists() && !aside(2).exists());
}

#[tokio::test]
async fn a_lost_yes_is_never_made_up() {
    let rig = Rig::new(script());
    let id = record(&rig).await;
    let sound = rig.log(&id);
    let given = sound.lines().position(|line| line.contains("\"type\":\"approval_given\"")).unwrap();
    std::fs::write(rig.store().transcript(&id), damaged(&sound, &[(given, Damage::Deleted)])).unwrap();
    let mended = rig.resume(&id).await;
    let answers = mended.iter().filter(|record| matches!(record.event, Event::ApprovalGiven(_))).count();
    assert_eq!(answers, 1, "only the denial of the second turn is left");
    let says_so = |record: &Record| matches!(&record.event, Event::Repaired(repaired) if repaired.detail == "approval_requested was set aside: its answer is lost");
    assert!(mended.iter().any(says_so));
}

/// The mode and the rules of the session after a resume, and the notices of it.
async fn resumed(rig: &Rig, id: &SessionId) -> (ModeId, Vec<String>, Vec<String>) {
    let mut running = rig.start(Start::Resume(id.clone()));
    running.ops.send(Op::Shutdown).await.unwrap();
    let mut notices = Vec::new();
    while let Some(update) = timeout(DEADLINE, running.updates.recv()).await.unwrap() {
        if let Update::Delta(Delta::Notice { text }) = update {
            notices.push(text);
        }
    }
    let state = replay(&rig.records(id)).state;
    (state.session.mode, state.approvals.session_rules, notices)
}

/// A session of one turn which these ops begin, with these lines of its log lost.
async fn with_lost(is_lost: impl Fn(&str) -> bool, ops: &[Op]) -> (Rig, SessionId) {
    let rig = Rig::new(Script::new().turn(Turn::text("Hi.")));
    let mut running = rig.start(Start::New { parent: None });
    for op in ops {
        running.ops.send(op.clone()).await.unwrap();
    }
    turn(&mut running, "hello", &ApprovalDecision::Allow).await;
    end(&mut running).await;
    let id = running.session;
    let log = rig.log(&id);
    let kept: Vec<&str> = log.lines().filter(|line| !is_lost(line)).collect();
    std::fs::write(rig.store().transcript(&id), kept.join("\n") + "\n").unwrap();
    (rig, id)
}

#[tokio::test]
async fn a_lost_mode_changed_brings_no_freer_mode_back() {
    let table = [
        (vec![ModeId::Yolo, ModeId::Agent], ModeId::Agent),
        (vec![ModeId::Yolo, ModeId::Plan], ModeId::Agent),
        (vec![ModeId::Plan, ModeId::Yolo], ModeId::Plan),
    ];
    for (modes, expected) in table {
        let ops: Vec<Op> = modes.iter().copied().map(Op::SetMode).collect();
        let last = format!("\"to\":\"{}\"", modes[1].name());
        let (rig, id) =
            with_lost(|line| line.contains("\"mode_changed\"") && line.contains(&last), &ops).await;
        let (mode, _, notices) = resumed(&rig, &id).await;
        assert_eq!(mode, expected, "{modes:?}");
        let is_told = notices.iter().any(|text| text.ends_with("so the mode is agent."));
        assert_eq!(is_told, modes[0] == ModeId::Yolo, "{notices:?}");
        assert_eq!(resumed(&rig, &id).await.0, expected, "and it stays so");
    }
}

#[tokio::test]
async fn a_lost_rule_revoked_brings_no_rule_back() {
    let (rig, id) = with_lost(|_| false, &[]).await;
    let mut records = rig.records(&id);
    let (rule, scope) = ("Bash(npm test *)".to_owned(), ApprovalScope::Session);
    let added = RuleAdded { rule: rule.clone(), scope };
    for event in [
        Event::from(added),
        RuleRevoked { rule, scope }.into(),
        SessionResumed { version: String::new() }.into(),
    ] {
        let last = records.last().unwrap();
        records.push(Record { seq: last.seq + 1, event, ..last.clone() });
    }
    let is_kept = |record: &&Record| !matches!(record.event, Event::RuleRevoked(_));
    let kept = records.iter().filter(is_kept).map(|record| record.to_line().unwrap() + "\n");
    std::fs::write(rig.store().transcript(&id), kept.collect::<String>()).unwrap();
    let (mode, rules, notices) = resumed(&rig, &id).await;
    assert_eq!((mode, rules), (ModeId::Agent, vec![]));
    let told = "What was lost may have taken a permission back, so the rule that was given for this session holds no more.";
    assert!(notices.iter().any(|text| text == told), "{notices:?}");
}

#[tokio::test]
async fn any_lines_may_be_lost_together() {
    let rig = Rig::new(script());
    let id = record(&rig).await;
    let sound = rig.log(&id);
    let lines = sound.lines().count();
    let one = (1..lines, proptest::sample::select(&DAMAGES[..]));
    let some = proptest::collection::vec(one, 2..lines / 2);
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(7), ..Config::default() });
    for _ in 0..100 {
        let damages = some.new_tree(&mut runner).unwrap().current();
        std::fs::write(rig.store().transcript(&id), damaged(&sound, &damages)).unwrap();
        assert_whole(&rig.resume(&id).await, &format!("{damages:?}"));
    }
}
