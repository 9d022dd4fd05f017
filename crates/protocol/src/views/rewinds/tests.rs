//! Going back over random sessions: what comes out is what was, byte for byte, and taking it back too.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::context_edit::{ContextEdit, ContextEditPlan, EditKind, EditReason, Passage, Replacement};
use crate::events::{
    AssistantBlock, AssistantMessage, ClearingDelegated, ContextEdited, ReminderInjected, RequestSent,
    TodosChanged, ToolCalled, ToolReturned, TurnEnded, TurnStarted, UserMessage, UserShell,
};
use crate::views::{Clearer, View as _, fold};
use crate::{
    Block, CallId, EndReason, Message, ModeId, StopSignal, Timestamp, Todo, TodoStatus, Tokens, ToolCall,
    Transcript, invariants,
};

/// What happens in a session, as far as it matters here.
#[derive(Clone, Debug)]
enum Step {
    /// A message and its turn, of so many calls, with a todo list of so many entries.
    Turn { calls: usize, todos: usize },
    /// A command of the person.
    Shell,
    /// An edit of a kind, up to a part of the records.
    Edit { kind: usize, part: usize },
    /// Back to one of the messages.
    Back { point: usize, scope: RewindScope },
    /// The last rewind taken back.
    Redo,
}

fn step() -> impl Strategy<Value = Step> {
    let scope = prop_oneof![
        4 => Just(RewindScope::Conversation),
        1 => Just(RewindScope::Files),
        2 => Just(RewindScope::Both)
    ];
    prop_oneof![
        5 => (0usize..3, 0usize..3).prop_map(|(calls, todos)| Step::Turn { calls, todos }),
        1 => Just(Step::Shell),
        2 => (0usize..4, 0usize..10).prop_map(|(kind, part)| Step::Edit { kind, part }),
        3 => (0usize..8, scope).prop_map(|(point, scope)| Step::Back { point, scope }),
        2 => Just(Step::Redo),
    ]
}

/// A session that grows, with its state and the messages of each request.
#[derive(Default)]
struct Session {
    records: Vec<Record>,
    state: RunState,
    asked: Vec<(u64, Vec<Arc<Message>>)>,
    calls: usize,
    turns: u32,
}

impl Session {
    fn record(&mut self, event: impl Into<Event>) {
        let seq = self.records.len() as u64;
        let (at, event) = (Timestamp::default(), event.into());
        let record = Record { seq, at, session: "s".into(), parent: None, event };
        if let Event::RequestSent(_) = &record.event {
            self.asked.push((seq, self.state.conversation.messages()));
        }
        self.state.apply(&record);
        self.records.push(record);
    }

    fn turn(&mut self, calls: usize, todos: usize) {
        self.turns += 1;
        let turn = self.turns;
        self.record(UserMessage { text: format!("message {turn}") });
        self.record(TurnStarted { turn, mode: ModeId::Agent });
        self.record(ReminderInjected { key: "modes/agent".into(), text: format!("reminder {turn}") });
        self.record(RequestSent { turn, step: 1, digest: String::new(), tokens: Tokens(1) });
        let ids: Vec<CallId> =
            (0..calls).map(|call| CallId::new(format!("c{}", self.calls + call))).collect();
        self.calls += calls;
        let blocks = std::iter::once(AssistantBlock::Text { bytes: 4 })
            .chain(ids.iter().map(|call| AssistantBlock::Call { call: call.clone() }))
            .collect();
        let (text, stop) = ("text".to_owned(), StopSignal::ToolCalls);
        self.record(AssistantMessage { text, blocks, origin: "v/m".into(), stop });
        for call in &ids {
            let input = serde_json::json!({});
            let request = ToolCall { call: call.clone(), name: "read".into(), input, malformed: None };
            self.record(ToolCalled { request });
        }
        for call in &ids {
            self.record(returned(call));
        }
        let todo = |entry| Todo { text: format!("todo {turn} {entry}"), status: TodoStatus::Pending };
        self.record(TodosChanged { todos: (0..todos).map(todo).collect() });
        let (text, reason) = (String::new(), EndReason::Done);
        self.record(TurnEnded { turn, reason, text, denied: 0, steps: 1 });
    }

    fn edit(&mut self, kind: usize, part: usize) {
        let before = self.records.len() as u64 * part as u64 / 10;
        let (text, keep) = (format!("summary {before}"), vec![]);
        let (kind, edit) = match kind {
            0 => (EditKind::Summarize, ContextEdit::Summarize { before, text, keep }),
            1 => (EditKind::Drop, ContextEdit::Drop { before, text, keep: vec![1] }),
            _clears => {
                let results = (0..self.calls).map(|call| Passage::Result(CallId::new(format!("c{call}"))));
                let cleared = results
                    .skip(part)
                    .map(|passage| Replacement { passage, text: format!("gone {before}") })
                    .collect();
                (EditKind::ClearResults, ContextEdit::ClearResults { cleared })
            }
        };
        let plan = ContextEditPlan { reason: EditReason::Asked, estimate: Tokens(1), edits: vec![edit] };
        self.record(ContextEdited { kind, before: Tokens(2), after: Tokens(1), plan });
    }

    fn rewind(&mut self, to: u64, scope: RewindScope, redoes: Option<u64>) {
        let rewound = Rewound { to, scope, redoes, restored: vec![], kept: vec![], uncovered: vec![] };
        assert!(self.state.rewinds.accepts(&rewound));
        self.record(rewound);
    }

    fn live(&self) -> RunState {
        let mut transcript = Transcript::default();
        self.records.iter().for_each(|record| transcript.append(Arc::new(record.clone())).unwrap());
        fold(transcript.live().into_iter().map(Arc::as_ref))
    }
}

fn returned(call: &CallId) -> ToolReturned {
    ToolReturned {
        reminders: vec!["look".into()],
        ..ToolReturned::ran(call.clone(), "read".into(), format!("result of {call}"))
    }
}

/// What a request is made of, and the other things that go back.
fn shown(state: &RunState) -> (Vec<Arc<Message>>, Vec<Todo>, Option<u64>, Relief, Tokens) {
    let (session, budget) = (&state.session, &state.budget);
    let messages = state.conversation.messages();
    (messages, state.todos.items.clone(), session.announced_by, state.relief.clone(), budget.last_estimate)
}

/// Whether a request begins with these messages; the last one may have been extended.
fn begins_with(request: &[Arc<Message>], messages: &[Arc<Message>]) -> bool {
    let Some((last, rest)) = messages.split_last() else { return true };
    let is_extended = match (request.get(rest.len()).map(Arc::as_ref), last.as_ref()) {
        (Some(Message::User { parts }), Message::User { parts: before }) => parts.starts_with(before),
        (Some(other), last) => other == last,
        (None, _) => false,
    };
    request.starts_with(rest) && is_extended
}

fn said(state: &RunState, seq: u64) -> RunState {
    let mut state = state.clone();
    let event = UserMessage { text: "and now".into() }.into();
    state.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn s6_a_rewind_gives_the_request_that_was_and_a_redo_the_one_before_it(
        steps in prop::collection::vec(step(), 1..14),
    ) {
        let mut session = Session::default();
        let mut before: Vec<(u64, RunState)> = Vec::new();
        for step in steps {
            match step {
                Step::Turn { calls, todos } => session.turn(calls, todos),
                Step::Shell => {
                    session.record(UserShell { command: "ls".into(), output: "a".into(), is_error: false });
                }
                Step::Edit { kind, part } => session.edit(kind, part),
                Step::Back { point, scope } => {
                    let points: Vec<u64> = session.state.rewinds.points().collect();
                    let Some(to) = points.get(point % points.len().max(1)).copied() else { continue };
                    let seq = session.records.len() as u64;
                    before.push((seq, session.state.clone()));
                    session.rewind(to, scope, None);
                    if !scope.has_conversation() { continue }
                    let then: RunState = fold(&session.records[..usize::try_from(to).unwrap()]);
                    prop_assert_eq!(shown(&session.state), shown(&then));
                    // What comes next is the same too: an open message is extended, and a closed one is not.
                    prop_assert_eq!(shown(&said(&session.state, seq + 1)), shown(&said(&then, seq + 1)));
                    let messages = session.state.conversation.messages();
                    let next = session.asked.iter().find(|(asked, _)| *asked > to);
                    prop_assert!(next.is_none_or(|(_, request)| begins_with(request, &messages)));
                }
                Step::Redo => {
                    let Some(last) = session.state.rewinds.redoable() else { continue };
                    session.rewind(last.to, last.scope, Some(last.seq));
                    let (_, was) = before.iter().rfind(|(seq, _)| *seq == last.seq).unwrap();
                    if last.scope.has_conversation() {
                        prop_assert_eq!(shown(&session.state), shown(was));
                    }
                }
            }
            // All at once, step by step, and of what still counts: one state.
            prop_assert_eq!(&fold::<RunState>(&session.records), &session.state);
            prop_assert_eq!(shown(&session.live()), shown(&session.state));
            let broken = invariants::check(&session.records);
            prop_assert!(!broken.iter().any(|one| matches!(one, invariants::Violation::Rewind { .. })), "{:?}", broken);
            // Every call that is shown has its result behind it.
            let messages = session.state.conversation.messages();
            let calls = messages.iter().map(|message| match message.as_ref() {
                Message::Assistant { blocks, .. } => blocks.iter().filter(|b| matches!(b, Block::Call(_))).count(),
                Message::User { .. } | Message::ToolResult { .. } => 0,
            });
            let results = messages.iter().filter(|message| matches!(message.as_ref(), Message::ToolResult { .. }));
            prop_assert_eq!(calls.sum::<usize>(), results.count());
        }
    }
}

#[test]
fn s6_of_files_that_went_back_and_came_again_meanwhile_nothing_is_left() {
    let mut session = Session::default();
    session.turn(0, 0);
    session.turn(0, 0);
    let was = shown(&session.state);
    let points: Vec<u64> = session.state.rewinds.points().collect();
    for (to, scope) in [(points[1], RewindScope::Both), (points[0], RewindScope::Files)] {
        session.rewind(to, scope, None);
    }
    for _ in 0..2 {
        let last = session.state.rewinds.redoable().unwrap();
        session.rewind(last.to, last.scope, Some(last.seq));
    }
    assert_eq!(shown(&session.state), was);
    assert_eq!(shown(&session.live()), was);
}

/// Who clears is as it was then, and as it was before when that is taken back.
#[test]
fn s5_s6_a_rewind_goes_back_to_who_cleared_results_then() {
    let mut session = Session::default();
    session.turn(2, 0);
    session.edit(2, 0);
    session.record(ClearingDelegated { results: 1 });
    let to = session.records.len() as u64;
    session.turn(1, 0);
    session.edit(0, 1);
    let is_delegated = |session: &Session| session.state.conversation.is_delegated();
    assert!(!is_delegated(&session), "another edit is made here");
    let rewound = session.records.len() as u64;
    session.rewind(to, RewindScope::Conversation, None);
    assert!(is_delegated(&session));
    session.rewind(to, RewindScope::Conversation, Some(rewound));
    assert!(!is_delegated(&session));
    session.rewind(0, RewindScope::Conversation, None);
    assert!(!is_delegated(&session), "nothing was cleared yet");
}

/// What a person is told of it too, and of a model whose servers cannot.
#[test]
fn s5_s6_who_clears_results_is_told_as_it_is_after_a_rewind_and_for_another_model() {
    let mut session = Session::default();
    session.turn(2, 0);
    session.edit(2, 0);
    session.record(ClearingDelegated { results: 1 });
    let to = session.records.len() as u64;
    session.turn(1, 0);
    session.record(ClearingDelegated { results: 2 });
    let clearing = |session: &Session, can_clear| session.state.server.clearing(can_clear);
    let by_server = |results| Clearer::Server(results, Tokens(0));
    assert_eq!(clearing(&session, true), by_server(2));
    assert_eq!(clearing(&session, false), Clearer::Here, "another model's servers do not");
    let rewound = session.records.len() as u64;
    session.rewind(to, RewindScope::Conversation, None);
    assert_eq!(clearing(&session, true), by_server(1));
    session.rewind(to, RewindScope::Conversation, Some(rewound));
    assert_eq!(clearing(&session, true), by_server(2));
    session.rewind(0, RewindScope::Conversation, None);
    assert_eq!(clearing(&session, true), Clearer::Nobody);
}

#[test]
fn s6_what_was_spent_and_allowed_is_not_taken_back() {
    let mut session = Session::default();
    session.turn(1, 1);
    session.turn(2, 0);
    let spent = session.state.budget.requests;
    session.rewind(0, RewindScope::Both, None);
    assert_eq!((session.state.budget.requests, session.state.budget.turns), (spent, 2));
    assert!(session.state.open_calls.is_known(&"c2".into()), "an id would be given twice");
    assert_eq!(session.state.conversation.messages(), []);
    assert_eq!(session.state.session.title, "", "the first message is gone, and its title with it");
}

#[test]
fn s6_what_passed_on_the_way_shows_nothing_after_a_rewind() {
    let mut session = Session::default();
    session.turn(1, 0);
    session.turn(1, 0);
    let to = session.state.rewinds.points().nth(1).unwrap();
    let before = session.state.results.of_tool("read").unwrap().seq;
    let rewound = |restored: Vec<String>| {
        let scope = RewindScope::Both;
        Rewound { to, scope, redoes: None, restored, kept: vec![], uncovered: vec![] }
    };
    session.record(rewound(vec!["a".into()]));
    let last = session.state.results.of_tool("read").unwrap().seq;
    assert!(last < to && to < before, "what was found before the message still counts");
    assert!(session.state.results.has_changed_since(last), "files were put back");
}

#[test]
fn s6_a_rewind_can_be_taken_back_until_the_session_goes_on() {
    let mut session = Session::default();
    session.turn(0, 0);
    session.turn(0, 0);
    let points: Vec<u64> = session.state.rewinds.points().collect();
    session.rewind(points[1], RewindScope::Conversation, None);
    session.rewind(points[0], RewindScope::Both, None);
    assert_eq!(session.state.rewinds.redoable().unwrap().to, points[0]);
    let (last, scope) = (session.state.rewinds.redoable().unwrap().seq, RewindScope::Both);
    session.rewind(points[0], scope, Some(last));
    assert_eq!(session.state.rewinds.redoable().unwrap().to, points[1], "the one before it is next");
    session.turn(0, 0);
    assert_eq!(session.state.rewinds.redoable(), None);
}

#[test]
fn s6_a_rewind_that_cannot_be_is_a_violation_and_changes_nothing() {
    let mut session = Session::default();
    session.turn(1, 1);
    let rewound = |to, redoes| {
        let scope = RewindScope::Conversation;
        Rewound { to, scope, redoes, restored: vec![], kept: vec![], uncovered: vec![] }
    };
    let was = shown(&session.state);
    for (to, redoes) in [(1, None), (99, None), (0, Some(3))] {
        session.record(rewound(to, redoes));
        assert_eq!(shown(&session.state), was);
    }
    session.record(TurnStarted { turn: 9, mode: ModeId::Agent });
    session.record(rewound(0, None));
    let is_rewind = |one: &invariants::Violation| matches!(one, invariants::Violation::Rewind { .. });
    assert_eq!(invariants::check(&session.records).into_iter().filter(is_rewind).count(), 4);
}
