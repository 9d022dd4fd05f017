//! What relief costs: a plan over a long conversation, and the projection behind it.

use headwater_context::strategies::{Caps, Scene, relieve};
use headwater_context::{Pressure, Thresholds, project};
use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, ContextEdited, Header, RequestSent, SessionStarted, ToolCalled,
    ToolReturned, UserMessage,
};
use headwater_protocol::{
    EditReason, Event, ModeId, ModelInfo, Record, RunState, StopSignal, Timestamp, Tokens, ToolCall,
    View as _,
};

/// Steps of the conversation, three messages each.
const STEPS: u64 = 3_000;

fn main() {
    divan::main();
}

/// A session of many steps with results of 2 KB, as a model with a window of a million tokens may have.
fn session() -> RunState {
    let mut state = RunState::default();
    let mut seq = 0;
    let mut apply = |state: &mut RunState, event: Event| {
        state.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
        seq += 1;
    };
    let started = SessionStarted {
        schema: 1,
        version: String::new(),
        workspace: String::new(),
        vendor: "v".into(),
        model: ModelInfo { window: Tokens(1_000_000), ..ModelInfo::unknown("m") },
        mode: ModeId::Agent,
        header: Header { system: "s".repeat(8_000).into(), tools: [].into() },
    };
    apply(&mut state, started.into());
    apply(&mut state, UserMessage { text: "go".into() }.into());
    for step in 0..STEPS {
        let call = format!("c{step}");
        let blocks =
            vec![AssistantBlock::Text { bytes: 2 }, AssistantBlock::Call { call: call.as_str().into() }];
        let stop = StopSignal::ToolCalls;
        let request = ToolCall {
            call: call.as_str().into(),
            name: "read".into(),
            input: serde_json::json!({"path": "src/main.rs"}),
            malformed: None,
        };
        let sent = RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(0) };
        let said = AssistantMessage { text: "ok".into(), blocks, origin: "v/m".into(), stop };
        let returned =
            ToolReturned::ran(call.as_str().into(), "read".into(), "a line of the file\n".repeat(105));
        for event in [Event::from(sent), said.into(), ToolCalled { request }.into(), returned.into()] {
            apply(&mut state, event);
        }
    }
    state
}

fn scene(state: &RunState) -> Scene<'_> {
    let Some(pressure) = Pressure::of(state, Thresholds::default()) else {
        unreachable!("the session has begun")
    };
    let caps = Caps { has_reader: true, may_summarize: true };
    Scene { state, pressure, caps, reason: EditReason::Pressure }
}

#[divan::bench]
fn plan(bencher: divan::Bencher<'_, '_>) {
    let state = session();
    bencher.bench_local(|| relieve(&scene(divan::black_box(&state))));
}

#[divan::bench]
fn projection_before(bencher: divan::Bencher<'_, '_>) {
    let state = session();
    bencher.bench_local(|| project(divan::black_box(&state)));
}

#[divan::bench]
fn projection_after(bencher: divan::Bencher<'_, '_>) {
    let mut state = session();
    let scene = scene(&state);
    let (before, Some(relieved)) = (scene.pressure.size, relieve(&scene)) else { unreachable!("it is full") };
    let after = Tokens(before.0 - relieved.plan.estimate.0);
    let event = ContextEdited { kind: relieved.kind, before, after, plan: relieved.plan }.into();
    state.apply(&Record {
        seq: u64::MAX,
        at: Timestamp::default(),
        session: "s".into(),
        parent: None,
        event,
    });
    bencher.bench_local(|| project(divan::black_box(&state)));
}
