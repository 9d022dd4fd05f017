//! Tools that fail for a while: attempts, waits, the breaker, and what a tool may take of a turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use headwater_engine::{Start, ToolBounds, ToolLimits, replay};
use headwater_protocol::events::{AttemptFailed, ResultStatus, ToolReturned};
use headwater_protocol::{
    Access, ApprovalDecision, Capability, EndReason, Event, Op, Record, SessionId, Tool, ToolContext,
    ToolOutcome, Transient, Update,
};
use headwater_testkit::{DEADLINE, Script, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use crate::rig::{Rig, end, turn};

/// Does what it is told at each of its runs, counted from 1.
struct Faulty {
    capability: Capability,
    runs: AtomicU32,
    behaviour: fn(u32, &ToolContext) -> ToolOutcome,
}

impl Faulty {
    fn new(capability: Capability, behaviour: fn(u32, &ToolContext) -> ToolOutcome) -> Arc<Self> {
        Arc::new(Self { capability, runs: AtomicU32::new(0), behaviour })
    }

    fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// Tells calls apart.
    #[serde(default)]
    n: u32,
    /// Whether it goes on until it is stopped.
    #[serde(default)]
    endless: bool,
}

struct Shared(Arc<Faulty>);

impl Tool for Shared {
    type Input = Input;

    fn name(&self) -> &'static str {
        "far"
    }

    fn description(&self) -> &'static str {
        "Reaches something far away."
    }

    fn capability(&self) -> Capability {
        self.0.capability
    }

    fn access(&self, input: &Input) -> Access {
        match self.0.capability {
            Capability::Write => Access::Write(vec![format!("file-{}", input.n).into()]),
            _ => Access::Nothing,
        }
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        if input.endless {
            context.cancel.cancelled().await;
            return ToolOutcome::error("It was stopped.");
        }
        (self.0.behaviour)(self.0.runs.fetch_add(1, Ordering::SeqCst) + 1, &context)
    }
}

fn down() -> ToolOutcome {
    ToolOutcome::for_now("The far end is restarting.", Transient::default())
}

/// A session in which the model makes these calls, message by message, until they are used up.
struct Played {
    rig: Rig,
    session: SessionId,
    records: Vec<Record>,
}

impl Played {
    async fn new(tool: &Arc<Faulty>, limits: ToolLimits, messages: Vec<Vec<serde_json::Value>>) -> Self {
        let turns = messages
            .into_iter()
            .map(|calls| calls.into_iter().fold(Turn::text(""), |turn, input| turn.call("far", input)));
        let script = turns.fold(Script::new(), Script::turn).turn(Turn::text("Done."));
        let rig = Rig::new(script);
        let mut setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
        setup.tools.push(Arc::new(Shared(Arc::clone(tool))));
        setup.tool_bounds = ToolBounds::new([("far".to_owned(), limits)]);
        let mut running = headwater_engine::start(setup).unwrap();
        let ended = turn(&mut running, "go", &ApprovalDecision::Allow).await;
        assert_eq!(ended.reason, EndReason::Done, "{}", ended.text);
        let session = running.session.clone();
        end(&mut running).await;
        let records = rig.records(&session);
        let report = replay(&records);
        assert_eq!((report.mismatches, report.violations), (vec![], vec![]));
        Self { rig, session, records }
    }

    fn attempts(&self) -> Vec<AttemptFailed> {
        attempts(&self.records)
    }

    fn results(&self) -> Vec<ToolReturned> {
        let returned = self.records.iter().filter_map(|record| match &record.event {
            Event::ToolReturned(returned) => Some(returned.clone()),
            _ => None,
        });
        returned.collect()
    }

    /// How each call ended, and the first words of its result, in the order of the calls.
    fn told(&self) -> Vec<(ResultStatus, bool, String)> {
        let results = self.results();
        let calls = self.records.iter().filter_map(|record| match &record.event {
            Event::ToolCalled(called) => results.iter().find(|one| one.call == called.request.call),
            _ => None,
        });
        calls.map(|one| (one.status, one.is_error, one.text.chars().take(30).collect())).collect()
    }
}

fn attempts(records: &[Record]) -> Vec<AttemptFailed> {
    let failed = records.iter().filter_map(|record| match &record.event {
        Event::AttemptFailed(failed) => Some(failed.clone()),
        _ => None,
    });
    failed.collect()
}

fn limits() -> ToolLimits {
    ToolLimits::default()
}

fn one_by_one(calls: u32) -> Vec<Vec<serde_json::Value>> {
    (1..=calls).map(|n| vec![json!({"n": n})]).collect()
}

fn at_once(calls: u32) -> Vec<serde_json::Value> {
    (1..=calls).map(|n| json!({"n": n})).collect()
}

#[tokio::test]
async fn a2_l2_a_call_that_fails_for_now_is_made_again_with_growing_waits_and_has_one_result() {
    let tool =
        Faulty::new(Capability::Read, |run, _| if run < 3 { down() } else { ToolOutcome::text("back") });
    let played = Played::new(&tool, limits(), one_by_one(1)).await;
    assert_eq!(tool.runs(), 3);
    assert_eq!(played.told(), [(ResultStatus::Ran, false, "back".to_owned())]);
    let attempts = played.attempts();
    let numbers: Vec<u32> = attempts.iter().map(|failed| failed.attempt).collect();
    assert_eq!(numbers, [1, 2]);
    let waits: Vec<u64> = attempts.iter().filter_map(|failed| failed.delay_millis).collect();
    assert!((375..=625).contains(&waits[0]) && (750..=1_250).contains(&waits[1]), "{waits:?}");
    assert!(attempts.iter().all(|failed| failed.text == "The far end is restarting."));
    let at = |wanted: &dyn Fn(&Event) -> bool| {
        played.records.iter().find(|record| wanted(&record.event)).unwrap().at
    };
    let last = at(&|event| matches!(event, Event::AttemptFailed(failed) if failed.attempt == 2));
    let back = at(&|event| matches!(event, Event::ToolReturned(_)));
    assert!(back.millis_since(last) >= waits[1], "the wait that is recorded was kept");

    let again =
        Faulty::new(Capability::Read, |run, _| if run < 3 { down() } else { ToolOutcome::text("back") });
    let again = Played::new(&again, limits(), one_by_one(1)).await;
    assert_eq!(again.attempts(), attempts, "the same call waits as long in every session");
}

#[tokio::test]
async fn a2_attempts_end_as_configured_and_what_may_have_happened_is_not_done_twice() {
    let no_effect = |_: u32, _: &ToolContext| ToolOutcome::for_now("busy", Transient::without_effect());
    let maybe = |_: u32, _: &ToolContext| down();
    let (read, write) = (Capability::Read, Capability::Write);
    let table = [
        ("the usual bound", read, maybe as fn(u32, &ToolContext) -> ToolOutcome, None, 3),
        ("one attempt", read, maybe, Some(1), 1),
        ("two attempts", read, maybe, Some(2), 2),
        ("a change that may have taken effect", write, maybe, None, 1),
        ("a change that has not", write, no_effect, None, 3),
    ];
    for (name, capability, behaviour, attempts, runs) in table {
        let tool = Faulty::new(capability, behaviour);
        let played = Played::new(&tool, ToolLimits { attempts, ..limits() }, one_by_one(1)).await;
        assert_eq!(tool.runs(), runs, "{name}");
        let failed = played.attempts();
        assert_eq!(failed.len(), usize::try_from(runs).unwrap(), "{name}");
        assert!(failed.last().unwrap().delay_millis.is_none(), "{name}: nothing follows the last");
        let results = played.results();
        assert!(results.len() == 1 && results[0].is_error, "{name}");
        assert_eq!(results[0].text.contains("attempted"), runs > 1, "{name}: {}", results[0].text);
        let kept = played.records.iter().filter(|record| matches!(record.event, Event::Checkpointed(_)));
        let acts = usize::from(capability == write);
        assert_eq!(kept.count(), acts, "{name}: one checkpoint an act, however often it was attempted");
    }
}

#[tokio::test]
async fn a2_a_tool_that_goes_on_failing_is_left_alone_and_the_turn_goes_on() {
    let tool = Faulty::new(Capability::Read, |_, _| down());
    let limits =
        ToolLimits { attempts: Some(1), breaker: Some(3), rest: Some(Duration::from_hours(1)), ..limits() };
    let played = Played::new(&tool, limits, one_by_one(5)).await;
    assert_eq!(tool.runs(), 3, "the breaker opens behind the third");
    let told = played.told();
    assert!(told[..3].iter().all(|one| one.0 == ResultStatus::Ran));
    for refused in &told[3..] {
        assert_eq!(refused.0, ResultStatus::Refused);
        assert!(refused.2.starts_with("Not run: far failed for now 3"), "{}", refused.2);
    }
    let resumed = played.rig.resume(&played.session).await;
    assert!(resumed.len() > played.records.len(), "a log with attempts can be carried on");
}

#[tokio::test]
async fn a2_when_it_has_rested_one_of_many_calls_tries_it_and_closes_the_breaker() {
    let tool =
        Faulty::new(Capability::Read, |run, _| if run < 4 { down() } else { ToolOutcome::text("back") });
    let limits = ToolLimits { attempts: Some(1), breaker: Some(2), rest: Some(Duration::ZERO), ..limits() };
    let messages = vec![at_once(2), at_once(3), at_once(3), at_once(3)];
    let played = Played::new(&tool, limits, messages).await;
    let ran: Vec<bool> = played.told().iter().map(|one| one.0 == ResultStatus::Ran).collect();
    let expected = [
        [true, true].as_slice(),
        // Half open: one tries and fails.
        &[true, false, false],
        // One tries and succeeds; the others were refused while it did.
        &[true, false, false],
        &[true, true, true],
    ];
    assert_eq!(ran, expected.concat());
    assert_eq!(tool.runs(), 7);
    let refused = played.results().into_iter().find(|one| one.status == ResultStatus::Refused).unwrap();
    assert!(refused.text.contains("another call tries just now"), "{}", refused.text);
}

#[tokio::test]
async fn a2_a_mistake_in_a_call_is_no_failure_of_the_tool() {
    let tool = Faulty::new(Capability::Read, |run, _| {
        if run % 3 == 0 { ToolOutcome::error("no such thing") } else { down() }
    });
    let limits =
        ToolLimits { attempts: Some(1), breaker: Some(3), rest: Some(Duration::from_hours(1)), ..limits() };
    let played = Played::new(&tool, limits, one_by_one(6)).await;
    assert_eq!(tool.runs(), 6, "the row ends with every third result");
    assert!(played.told().iter().all(|one| one.0 == ResultStatus::Ran));
}

#[tokio::test]
async fn a2_calls_that_are_used_up_are_a_result_and_the_next_turn_has_them_again() {
    let tool = Faulty::new(Capability::Read, |run, _| ToolOutcome::text(format!("run {run}")));
    let limits = ToolLimits { max_calls: Some(2), ..limits() };
    let script = Script::new()
        .turn(
            Turn::text("")
                .call("far", json!({"n": 1}))
                .call("far", json!({"n": 2}))
                .call("far", json!({"n": 3})),
        )
        .turn(Turn::text("").call("far", json!({"n": 4})))
        .turn(Turn::text("Done."))
        .turn(Turn::text("").call("far", json!({"n": 5})))
        .turn(Turn::text("Done."));
    let rig = Rig::new(script);
    let mut setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
    setup.tools.push(Arc::new(Shared(Arc::clone(&tool))));
    setup.tool_bounds = ToolBounds::new([("fa*".to_owned(), limits)]);
    let mut running = headwater_engine::start(setup).unwrap();
    for _ in 0..2 {
        let ended = turn(&mut running, "go", &ApprovalDecision::Allow).await;
        assert_eq!(ended.reason, EndReason::Done);
    }
    let session = running.session.clone();
    end(&mut running).await;
    let results: BTreeMap<u64, (ResultStatus, String)> = rig
        .records(&session)
        .into_iter()
        .filter_map(|record| match record.event {
            Event::ToolReturned(returned) => Some((record.seq, (returned.status, returned.text))),
            _ => None,
        })
        .collect();
    let results: Vec<_> = results.into_values().collect();
    let (ran, refused) = (ResultStatus::Ran, ResultStatus::Refused);
    let statuses: Vec<ResultStatus> = results.iter().map(|(status, _)| *status).collect();
    // The third of the first message is refused by the gate, before the others have run.
    assert_eq!(statuses.iter().filter(|status| **status == ran).count(), 3, "{results:?}");
    assert_eq!(statuses.iter().filter(|status| **status == refused).count(), 2, "{results:?}");
    assert_eq!(statuses.last(), Some(&ran), "the next turn may call it again");
    assert!(
        results.iter().any(|(_, text)| text.contains("far may be called 2 times in a turn")),
        "{results:?}"
    );
}

#[tokio::test]
async fn a2_time_that_is_used_up_ends_the_call_and_is_a_result() {
    let tool = Faulty::new(Capability::Read, |_, _| ToolOutcome::text("quick"));
    let limits = ToolLimits { max_time: Some(Duration::from_millis(200)), ..limits() };
    let messages = vec![vec![json!({"endless": true})], vec![json!({"n": 2})]];
    let played = Played::new(&tool, limits, messages).await;
    let results = played.results();
    assert_eq!((results[0].status, results[1].status), (ResultStatus::Ran, ResultStatus::Refused));
    assert!(results[0].is_error && results[0].text.contains("have used up the time"), "{}", results[0].text);
    assert!(results[0].text.contains("It was stopped."), "what it said at last is kept");
    assert!(results[1].text.contains("may take 0.2 s in a turn"), "{}", results[1].text);
    assert_eq!(tool.runs(), 0);
}

#[tokio::test]
async fn a2_a_call_takes_its_own_time_and_not_that_of_those_beside_it() {
    let tool = Faulty::new(Capability::Read, |_, _| ToolOutcome::text("quick"));
    let most = Duration::from_secs(5);
    let messages = vec![vec![json!({"endless": true}), json!({"n": 1})]];
    let played = Played::new(&tool, ToolLimits { max_time: Some(most), ..limits() }, messages).await;
    let (ended, quick): (Vec<_>, Vec<_>) = played.results().into_iter().partition(|one| one.is_error);
    assert!(u128::from(ended[0].millis) >= most.as_millis(), "{ended:?}");
    assert!(u128::from(quick[0].millis) < most.as_millis(), "it did not wait for the other: {quick:?}");
}

#[tokio::test]
async fn a2_an_interrupt_ends_the_wait_for_the_next_attempt() {
    let tool = Faulty::new(Capability::Read, |_, _| {
        ToolOutcome::for_now("later", Transient::default().after(Some(Duration::from_secs(25))))
    });
    let rig =
        Rig::new(Script::new().turn(Turn::text("").call("far", json!({"n": 1}))).turn(Turn::text("Done.")));
    let mut setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
    setup.tools.push(Arc::new(Shared(Arc::clone(&tool))));
    let mut running = headwater_engine::start(setup).unwrap();
    running.ops.send(Op::Submit { text: "go".to_owned() }).await.unwrap();
    let ended = loop {
        let Update::Record(record) = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap() else {
            continue;
        };
        if let Event::AttemptFailed(failed) = &record.event {
            assert!(failed.delay_millis.is_some_and(|millis| millis >= 25_000), "{failed:?}");
            running.ops.send(Op::Interrupt).await.unwrap();
        } else if let Event::TurnEnded(ended) = &record.event {
            break ended.clone();
        }
    };
    assert_eq!(ended.reason, EndReason::Interrupted);
    let session = running.session.clone();
    end(&mut running).await;
    let records = rig.records(&session);
    let returned = records.iter().find_map(|record| match &record.event {
        Event::ToolReturned(returned) => Some(returned.clone()),
        _ => None,
    });
    let returned = returned.unwrap();
    assert_eq!((returned.status, tool.runs()), (ResultStatus::Cancelled, 1));
    assert!(returned.millis < 20_000, "the wait was not sat out");
}

#[tokio::test]
async fn p3_a_tool_that_panics_is_a_result_and_the_session_goes_on() {
    for capability in [Capability::Read, Capability::Write] {
        let tool = Faulty::new(capability, |run, _| {
            assert_ne!(run, 2, "a fault for the test");
            ToolOutcome::text("well")
        });
        // Beside others, and followed by the same tool.
        let played = Played::new(&tool, limits(), vec![at_once(3), vec![json!({"n": 4})]]).await;
        let told = played.told();
        assert_eq!(told.iter().filter(|one| one.1).count(), 1, "{told:?}");
        let crashed = played.results().into_iter().find(|one| one.is_error).unwrap();
        assert!(crashed.text.starts_with("The tool crashed"), "{}", crashed.text);
        assert_eq!((crashed.status, tool.runs()), (ResultStatus::Ran, 4), "it is not attempted again");
    }
}
