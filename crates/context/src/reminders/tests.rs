//! Each reminder at its condition, and again at that under which it comes again.

use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::events::{
    AnswerCut, AssistantBlock, AssistantMessage, ContextEdited, ContractDeclared, Header, ReminderInjected,
    RequestSent, SessionStarted, TodosChanged, ToolCalled, ToolReturned, TurnStarted, UsageReported,
    UserMessage,
};
use headwater_protocol::{
    Capability, Conductor, Confinement, ContextEditPlan, ContractSource, EditKind, EditReason, Event, Limit,
    ModeId, ModeSpec, ModelInfo, Posture, Predicate, Record, RunState, StopSignal, TaskContract, Timestamp,
    Todo, TodoStatus, Tokens, ToolCall, ToolSpec, Usage, Usd, View as _,
};

use super::{ChangedFile, Facts, ResultFacts, behind_result, due};
use crate::injection::{Priority, reminder_room};
use crate::pressure::Thresholds;

static PLAN: ModeSpec = ModeSpec {
    id: ModeId::Plan,
    label: "PLAN",
    summary: "Plans.",
    prompt: "Only plan.\n",
    tools: &[Capability::Read],
    ceiling: Confinement::ReadOnly,
    posture: Posture::Never,
    conductor: Conductor::Turns,
};

/// A run to which things happen.
struct Run {
    state: RunState,
    seq: u64,
    limit: Limit,
    now: i64,
    changed: Vec<ChangedFile>,
}

impl Run {
    /// In the first turn of a session whose mode is told, before its first request.
    fn new() -> Self {
        let tool = ToolSpec {
            name: "todos".into(),
            description: String::new(),
            input_schema: serde_json::json!({}),
            capability: Capability::State,
        };
        let mut run =
            Self { state: RunState::default(), seq: 0, limit: Limit::default(), now: 0, changed: Vec::new() };
        run.apply(SessionStarted {
            schema: 2,
            version: String::new(),
            workspace: String::new(),
            vendor: "v".into(),
            model: ModelInfo { window: Tokens(10_000), ..ModelInfo::unknown("m") },
            mode: ModeId::Plan,
            header: Header { system: "s".into(), tools: [tool].into() },
        });
        run.apply(UserMessage { text: "go".into() });
        run.apply(TurnStarted { turn: 1, mode: ModeId::Plan });
        run.apply(ReminderInjected { key: "modes/plan".into(), text: "Only plan.".into() });
        run
    }

    fn apply(&mut self, event: impl Into<Event>) {
        let at = Timestamp::from_millis(self.now);
        let record = Record { seq: self.seq, at, session: "s".into(), parent: None, event: event.into() };
        self.state.apply(&record);
        self.seq += 1;
    }

    fn sent(&mut self) {
        self.apply(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(0) });
    }

    fn says(&mut self, text: &str, stop: StopSignal) {
        let blocks = vec![AssistantBlock::Text { bytes: text.len() }];
        self.apply(AssistantMessage { text: text.into(), blocks, origin: "v/m".into(), stop });
    }

    /// A request, and a call that comes to this.
    fn step(&mut self, is_error: bool) {
        self.sent();
        let call: headwater_protocol::CallId = self.seq.to_string().as_str().into();
        let blocks = vec![AssistantBlock::Call { call: call.clone() }];
        let stop = StopSignal::ToolCalls;
        self.apply(AssistantMessage { text: String::new(), blocks, origin: "v/m".into(), stop });
        let input = serde_json::json!({ "n": self.seq });
        self.apply(ToolCalled {
            request: ToolCall { call: call.clone(), name: "read".into(), input, malformed: None },
        });
        self.apply(ToolReturned { is_error, ..ToolReturned::ran(call, "read".into(), "r".into()) });
    }

    /// The conversation was made smaller, whether it was enough or not.
    fn edited(&mut self) {
        let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![] };
        self.apply(ContextEdited { kind: EditKind::ClearResults, before: Tokens(2), after: Tokens(1), plan });
    }

    fn todos(&mut self, status: TodoStatus) {
        self.apply(TodosChanged { todos: vec![Todo { text: "write".into(), status }] });
    }

    /// What is due, by key and text; it is told then.
    fn told(&mut self) -> Vec<(String, String)> {
        let said = due(&self.facts()).flush(reminder_room(&self.state), 1.0).said;
        for reminder in &said {
            self.apply(ReminderInjected { key: reminder.key.clone(), text: reminder.text.clone() });
        }
        said.into_iter().map(|reminder| (reminder.key, reminder.text)).collect()
    }

    fn keys(&mut self) -> Vec<String> {
        self.told().into_iter().map(|(key, _)| key).collect()
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            state: &self.state,
            mode: &PLAN,
            limit: &self.limit,
            thresholds: Thresholds::default(),
            now: Timestamp::from_millis(self.now),
            changed: &self.changed,
        }
    }
}

#[test]
fn b3_a_mode_is_told_once_and_before_all_else() {
    let mut run = Run::new();
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.apply(ReminderInjected { key: "modes/agent".into(), text: "All tools.".into() });
    run.says("", StopSignal::Length);
    let told = run.told();
    assert_eq!(told[0], ("modes/plan".to_owned(), "Only plan.".to_owned()));
    assert_eq!(told[1].0, "output_limit");
    run.sent();
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.apply(ReminderInjected { key: "modes/agent".into(), text: "All tools.".into() });
    run.state.session.is_subagent = true;
    assert_eq!(run.keys(), <[&str; 0]>::default(), "a sub-agent knows it from its head");
}

#[test]
fn b3_an_idle_answer_is_answered_once() {
    for (text, stop, key) in
        [("so far", StopSignal::Length, "output_limit"), (" ", StopSignal::EndTurn, "empty_reply")]
    {
        let mut run = Run::new();
        run.says(text, stop);
        assert_eq!(run.keys(), [key]);
        run.sent();
        assert_eq!(run.keys(), <[&str; 0]>::default());
        run.says(text, stop);
        assert_eq!(run.keys(), [key], "the next one too");
    }
}

#[test]
fn s10_an_answer_that_broke_off_is_gone_on_with_and_is_no_empty_one() {
    for text in ["so far", ""] {
        let mut run = Run::new();
        run.says(text, StopSignal::Interrupted);
        assert_eq!(run.keys(), <[&str; 0]>::default(), "the person stopped it");
        run.apply(AnswerCut { times: 1, kind: "cut".into(), message: "it ended".into() });
        assert_eq!(run.keys(), ["answer_cut"]);
        run.sent();
        assert_eq!(run.keys(), <[&str; 0]>::default());
    }
}

#[test]
fn b3_stale_todos_are_told_of_every_ten_steps_while_work_goes_on() {
    let mut run = Run::new();
    run.todos(TodoStatus::InProgress);
    let steps = |run: &mut Run, count: u32| -> Vec<u32> {
        (1..=count)
            .filter(|_| {
                let is_told = !run.keys().is_empty();
                run.step(false);
                is_told
            })
            .collect()
    };
    // Before the 11th request ten have gone out without a change.
    assert_eq!(steps(&mut run, 35), [11, 21, 31]);
    run.todos(TodoStatus::InProgress);
    assert_eq!(steps(&mut run, 12), [11], "a change begins the count anew");
}

#[test]
fn b3_a_finished_list_and_a_new_turn_are_not_stale() {
    let mut run = Run::new();
    run.todos(TodoStatus::Completed);
    (0..15).for_each(|_| run.step(false));
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.todos(TodoStatus::Pending);
    (0..9).for_each(|_| run.step(false));
    run.apply(TurnStarted { turn: 2, mode: ModeId::Plan });
    (0..9).for_each(|_| run.step(false));
    assert_eq!(run.keys(), <[&str; 0]>::default(), "the steps of the turn before do not count");
    run.step(false);
    assert_eq!(run.keys(), ["todos_stale"]);
}

#[test]
fn b3_failures_in_a_row_are_told_of_at_the_third_and_each_third_after() {
    let mut run = Run::new();
    let mut heard = Vec::new();
    for step in 1..=10 {
        run.step(true);
        heard.extend(run.told().into_iter().map(|(key, text)| (step, key, text)));
    }
    let steps: Vec<i32> = heard.iter().map(|(step, ..)| *step).collect();
    assert_eq!(steps, [3, 6, 9]);
    assert!(heard[1].1 == "repeated_failure" && heard[1].2.contains("the last 6 steps failed"), "{heard:?}");
    run.step(false);
    run.step(true);
    run.step(true);
    assert_eq!(run.keys(), <[&str; 0]>::default(), "a success begins a new row");
}

#[test]
fn b3_each_limit_is_told_of_once_a_turn_from_four_fifths_on() {
    let mut run = Run::new();
    run.limit = Limit {
        max_steps: Some(10),
        max_cost_usd: Some(1.0),
        max_seconds: Some(100),
        max_failures: None,
        max_approval_seconds: None,
    };
    (0..7).for_each(|_| run.step(false));
    run.now = 79_000;
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.step(false);
    assert_eq!(
        run.told()[0].1,
        "8 of the 10 steps that this turn may take are used. At the limit the turn is ended, whatever is under way. Finish what matters most, and say what is left."
    );
    run.now = 80_000;
    assert_eq!(run.keys(), ["budget/time"]);
    let usage = Usage { input: Tokens(1), ..Usage::default() };
    run.apply(UsageReported { usage, cost_usd: Some(Usd(0.8)), millis: 1 });
    let told = run.told();
    assert!(told[0].1.starts_with("$0.80 of the $1.00"), "{told:?}");
    run.step(false);
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.apply(TurnStarted { turn: 2, mode: ModeId::Plan });
    assert_eq!(run.keys(), ["budget/cost"], "the session's money is as scarce in the next turn");
}

#[test]
fn b3_a_full_window_is_told_of_once_until_it_was_emptied() {
    let mut run = Run::new();
    run.says(&"a b ".repeat(6_400), StopSignal::ToolCalls);
    assert_eq!(run.keys(), <[&str; 0]>::default(), "69 %");
    run.says(&"a b ".repeat(100), StopSignal::ToolCalls);
    let told = run.told();
    assert!(told[0].1.starts_with("70 % of your context window is used. From 85 % on"), "{told:?}");
    (0..12).for_each(|_| run.step(false));
    assert_eq!(run.keys(), <[&str; 0]>::default());
    run.edited();
    run.sent();
    assert_eq!(run.keys(), ["context_pressure"]);
    run.says(&"a b ".repeat(1_500), StopSignal::ToolCalls);
    run.edited();
    (0..12).for_each(|_| run.step(false));
    assert_eq!(run.keys(), <[&str; 0]>::default(), "beyond the limit it is relieved instead");
}

#[test]
fn b3_a_window_that_long_answers_make_smaller_is_told_of_before_it_is_full() {
    let mut run = Run::new();
    let max_output = Some(Tokens(3_200));
    run.state.session.model =
        Some(ModelInfo { window: Tokens(10_000), max_output, ..ModelInfo::unknown("m") });
    run.says(&"a b ".repeat(5_000), StopSignal::ToolCalls);
    assert_eq!(run.keys(), <[&str; 0]>::default(), "54 %");
    run.says(&"a b ".repeat(300), StopSignal::ToolCalls);
    let told = run.told();
    assert!(told[0].1.starts_with("57 % of your context window is used. From 68 % on"), "{told:?}");
}

#[test]
fn z2_what_the_person_asks_for_is_told_once_and_again_when_they_change_it() {
    let output = |id: &str| RequiredOutput {
        id: id.into(),
        what: id.into(),
        predicate: Predicate::FileExists { path: format!("{id}.md") },
    };
    let declare = |run: &mut Run, ids: &[&str], by| {
        let required_outputs = ids.iter().map(|id| output(id)).collect();
        let contract = TaskContract { required_outputs, ..Default::default() };
        run.apply(ContractDeclared { contract, by, left_to_model: vec![] });
    };
    let mut run = Run::new();
    declare(&mut run, &["own"], ContractSource::Model);
    assert_eq!(run.keys(), <[&str; 0]>::default(), "the model knows what it declared");
    declare(&mut run, &["notes"], ContractSource::Person);
    let told = run.told();
    assert!(told[0].1.contains("\n- notes: notes.md exists") && told.len() == 1, "{told:?}");
    declare(&mut run, &["notes", "own"], ContractSource::Model);
    run.step(false);
    assert_eq!(run.keys(), <[&str; 0]>::default());
    let many: Vec<String> = (0..40).map(|number| format!("output-{number:02}")).collect();
    declare(&mut run, &many.iter().map(String::as_str).collect::<Vec<_>>(), ContractSource::Person);
    let told = run.told();
    assert!(told[0].1.contains("- output-00: ") && told[0].1.contains(" more, told when"), "{told:?}");
}

#[test]
fn b3_changed_files_are_named_ten_at_a_time() {
    let mut run = Run::new();
    let file = |n: usize| ChangedFile { path: format!("src/{n:02}.rs"), is_gone: n == 1 };
    run.changed = (0..12).map(file).collect();
    let told = run.told();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].1.starts_with("Changed on disk since you last saw them:\n- src/00.rs\n- src/02.rs\n"),
        "{told:?}"
    );
    assert!(told[0].1.contains("\nNo longer there:\n- src/01.rs\nWhat you know of them is old."), "{told:?}");
    let is_told = |path: &str| run.state.reminders.told_of_file(path).is_some();
    assert_eq!((is_told("src/09.rs"), is_told("src/10.rs")), (true, false));
}

#[test]
fn b3_what_stands_behind_a_result_is_about_that_call() {
    assert_eq!(behind_result(&ResultFacts::default()), <[&str; 0]>::default());
    let input = serde_json::json!({"command": "ls"});
    let told = behind_result(&ResultFacts { is_last_round: true, ran_instead: Some(&input) });
    assert!(
        told[0].starts_with("This was the third time") && told[1].ends_with("What ran: {\"command\":\"ls\"}")
    );
}

#[test]
fn b6_all_reminders_together_have_room_in_one_request() {
    let mut run = Run::new();
    run.limit = Limit {
        max_steps: Some(13),
        max_cost_usd: None,
        max_seconds: None,
        max_failures: None,
        max_approval_seconds: None,
    };
    run.todos(TodoStatus::Pending);
    (0..12).for_each(|_| run.step(true));
    run.changed = (0..10)
        .map(|n| ChangedFile { path: format!("a/path/of/usual/length/{n}.rs"), is_gone: false })
        .collect();
    run.state.session.model = Some(ModelInfo { window: Tokens(20_000), ..ModelInfo::unknown("m") });
    run.says(&"a b ".repeat(13_200), StopSignal::Length);
    let flushed = due(&run.facts()).flush(reminder_room(&run.state), 1.0);
    assert_eq!(flushed.dropped, []);
    let keys: Vec<&str> = flushed.said.iter().map(|reminder| reminder.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "output_limit",
            "repeated_failure",
            "file_changed",
            "budget/steps",
            "context_pressure",
            "todos_stale"
        ]
    );
    assert!(flushed.said.is_sorted_by_key(|reminder| reminder.priority));
    assert_eq!(flushed.said[0].priority, Priority::Correction);
}
