//! Durable facts: the same cells come of them live and on a replay.

use headwater_protocol::events::{
    ApprovalGiven, ApprovalRequested, AssistantBlock, AssistantMessage, ContextEdited, ConversationResent,
    QuestionAsked, TodosChanged, ToolReturned, TurnEnded,
};
use headwater_protocol::tool::ASK_TOOL;
use headwater_protocol::{ApprovalScope, CallId, Event, Record, StopSignal, ToolCall};
use serde_json::Value;

use super::TranscriptPane;
use super::streaming::Part;
use crate::cells::{
    ApprovalCell, Cell, EditCell, EndedCell, FailedCell, NoticeCell, QuestionCell, ResearchCell, ShellCell,
    TaskCell, TodosCell, ToolCell, UserCell,
};
use crate::parts::amount;

/// Tools whose calls merge into one line while they follow each other.
const RESEARCH: &[&str] = &["read", "list", "glob", "grep", "outline"];
/// Tools that run commands.
const SHELLS: &[&str] = &["shell", "bash"];
/// The tool that sets the todo list.
const TODOS: &str = "todos";
/// The tool that hands a task to a sub-agent.
const TASK: &str = "task";
/// Tools that change files.
const EDITS: &[&str] = &["edit", "write"];

impl TranscriptPane {
    /// Takes in a durable fact.
    #[expect(clippy::too_many_lines, reason = "a list of all events, so that a new one is looked at here")]
    pub fn apply_record(&mut self, record: &Record) {
        match &record.event {
            Event::UserMessage(message) => {
                self.mark_message(record.seq);
                self.add(UserCell::new(&message.text));
            }
            Event::Rewound(rewound) => self.rewound(record.seq, rewound),
            Event::Forked(forked) => self.forked(forked),
            Event::UserShell(shell) => self.add(ShellCell::of_person(shell)),
            Event::AssistantMessage(message) => self.answered(message),
            Event::UsageReported(report) => self.set_thinking_tokens(report.usage.reasoning.0),
            Event::ToolCalled(called) => self.called(&called.request),
            Event::ToolReturned(result) => self.returned(result),
            Event::TodosChanged(todos) => self.todos(todos),
            Event::ContractDeclared(declared) => self.contract_declared(declared),
            Event::FinalRefused(refused) => self.answer_not_accepted(refused),
            Event::FinalAccepted(_) => self.answer_accepted(),
            Event::UncertaintyNoted(noted) => self.uncertainty(noted),
            Event::ApprovalRequested(asked) => self.asked(asked),
            Event::ApprovalGiven(given) => self.given(given),
            Event::QuestionAsked(asked) => self.question(asked),
            Event::TurnEnded(ended) => self.ended(ended),
            Event::Failed(failed) => self.add(FailedCell::new(failed)),
            Event::SessionResumed(_) => self.add(NoticeCell::new("resumed")),
            Event::ModeChanged(change) => {
                let text = format!("mode {}", change.to.name().to_uppercase());
                self.add(NoticeCell::new(&text));
            }
            Event::ModelChanged(change) => {
                self.add(NoticeCell::new(&format!("model {}/{}", change.vendor, change.model.name)));
            }
            Event::SessionTitled(titled) if !titled.title.is_empty() => {
                self.add(NoticeCell::new(&format!("title \"{}\"", titled.title)));
            }
            Event::ConversationResent(resent) => self.resent(resent),
            Event::ClearingDelegated(_) => self.add(NoticeCell::detail("the server clears the old results")),
            Event::ClearingWithdrawn(withdrawn) => self.add(NoticeCell::new(&withdrawn.told())),
            Event::FellBack(other) => self.add(NoticeCell::warning(&other.told())),
            Event::AnswerCut(cut) => self.add(NoticeCell::warning(&cut.told())),
            Event::AttemptFailed(failed) => self.add(NoticeCell::warning(&failed.told())),
            Event::RuleAdded(added) => self.add(NoticeCell::new(&rule("allowed", added.scope, &added.rule))),
            Event::RuleRevoked(revoked) => {
                self.add(NoticeCell::new(&rule("no longer allowed", revoked.scope, &revoked.rule)));
            }
            Event::ReminderInjected(reminder) => {
                self.add(NoticeCell::detail(&format!(
                    "told the model ({}): {}",
                    reminder.key, reminder.text
                )));
            }
            Event::ContextEdited(edited) => self.add(NoticeCell::new(&context_edited(edited))),
            Event::Repaired(repaired) => self.add(NoticeCell::warning(&repaired.detail)),
            Event::HookRan(ran) => self.hook_ran(ran),
            Event::MissionProposed(proposed) => self.mission_proposed(proposed),
            Event::MissionApproved(approved) => self.mission_approved(approved, record.at),
            Event::MissionRevised(revised) => self.mission_revised(revised),
            Event::MissionRejected(rejected) => self.mission_rejected(rejected),
            Event::MissionAmended(amended) => self.mission_amended(amended),
            Event::MissionEnded(ended) => self.mission_ended(ended, record.at),
            Event::MissionUndone(undone) => self.mission_undone(undone),
            Event::SessionStarted(_)
            | Event::SessionTitled(_)
            | Event::ConversationKept(_)
            | Event::TurnStarted(_)
            | Event::CallAllowed(_)
            | Event::CallsGated(_)
            | Event::RequestSent(_)
            | Event::SummaryRequested(_)
            | Event::MissionStarted(_)
            | Event::Checkpointed(_)
            | Event::FilesChanged(_)
            | Event::FinalProposed(_)
            | Event::CellStarted(_)
            | Event::CellReturned(_)
            | Event::ChildStarted(_)
            | Event::ChildReturned(_)
            | Event::ReminderDropped(_)
            | Event::CoverageChanged(_)
            | Event::SubagentStarted(_)
            | Event::SubagentReturned(_)
            | Event::Migrated(_)
            | Event::Unknown(_) => {}
        }
    }

    pub(super) fn add(&mut self, cell: impl Into<Cell>) {
        self.push(cell);
    }

    /// Nothing is wrong with the conversation, so that only the details tell it.
    fn resent(&mut self, resent: &ConversationResent) {
        self.add(NoticeCell::detail(&format!("the whole conversation was sent again: {}", resent.detail)));
    }

    fn answered(&mut self, message: &AssistantMessage) {
        let drawn = self.drawn.take();
        self.settle(with_texts(parts(message), drawn));
        match message.stop {
            StopSignal::Length => {
                self.add(NoticeCell::warning("The answer was cut at the model's output limit."));
            }
            StopSignal::Filtered => {
                self.add(NoticeCell::warning("The provider's filter cut the answer off."));
            }
            // The end of the turn says so.
            StopSignal::Interrupted | StopSignal::EndTurn | StopSignal::ToolCalls => {}
        }
    }

    fn set_thinking_tokens(&mut self, tokens: u64) {
        if let Some(index) = self.streaming.thinking.take() {
            self.change(index, |cell| {
                if let Cell::Thinking(thinking) = cell {
                    thinking.set_tokens(tokens);
                }
            });
        }
    }

    fn called(&mut self, request: &ToolCall) {
        let name = request.name.as_str();
        let index = if RESEARCH.contains(&name) {
            self.research(request)
        } else if SHELLS.contains(&name) {
            self.push(ShellCell::new(request))
        } else if EDITS.contains(&name) {
            self.push(EditCell::new(request))
        } else if name == TASK {
            self.push(TaskCell::new(request))
        } else if name == ASK_TOOL {
            self.push(QuestionCell::new(request))
        } else {
            self.push(ToolCell::new(request))
        };
        self.calls.insert(request.call.clone(), index);
        self.requests.insert(request.call.clone(), request.clone());
    }

    /// Joins the research above, when there is room, or begins another.
    fn research(&mut self, request: &ToolCall) -> usize {
        let last = self.entries.iter().rposition(|entry| !entry.is_hidden);
        let joins = |entry: &super::Entry| matches!(&entry.cell, Cell::Research(cell) if cell.has_room());
        let Some(index) = last.filter(|index| self.entries.get(*index).is_some_and(joins)) else {
            return self.push(ResearchCell::new(request));
        };
        self.change(index, |cell| {
            if let Cell::Research(research) = cell {
                research.push(request);
            }
        });
        index
    }

    fn returned(&mut self, result: &ToolReturned) {
        self.requests.remove(&result.call);
        let Some(index) = self.calls.remove(&result.call) else { return };
        let kind = result.data.get("kind").and_then(Value::as_str).unwrap_or_default();
        self.change(index, |cell| {
            // A tool this screen does not know by name may still bring a diff.
            if let ("diff", Cell::Tool(tool)) = (kind, &*cell) {
                *cell = EditCell::of(tool.call.clone()).into();
            }
            match cell {
                Cell::Tool(cell) => cell.end(result),
                Cell::Task(cell) => cell.end(result),
                Cell::Shell(cell) => cell.end(result),
                Cell::Edit(cell) => cell.end(result),
                Cell::Research(cell) => cell.end(result),
                Cell::Question(cell) => cell.end(result),
                Cell::User(_)
                | Cell::Assistant(_)
                | Cell::Thinking(_)
                | Cell::Todos(_)
                | Cell::Approval(_)
                | Cell::Mission(_)
                | Cell::Repl(_)
                | Cell::MissionEnd(_)
                | Cell::Notice(_)
                | Cell::Failed(_)
                | Cell::Ended(_) => {}
            }
        });
    }

    /// The new list takes the place of the call that set it: the one that came back last.
    fn todos(&mut self, changed: &TodosChanged) {
        let cell = TodosCell::new(&changed.todos);
        let is_call = |entry: &super::Entry| match &entry.cell {
            Cell::Tool(tool) => tool.call.name == TODOS && tool.call.state.is_done(),
            _other => false,
        };
        match self.entries.iter().rposition(is_call) {
            Some(index) => {
                self.change(index, |place| *place = cell.into());
            }
            None => self.add(cell),
        }
    }

    pub(super) fn asked(&mut self, asked: &ApprovalRequested) {
        let index = self.push(ApprovalCell::new(asked, self.requests.get(&asked.call)));
        self.approvals.insert(asked.call.clone(), index);
    }

    pub(super) fn given(&mut self, given: &ApprovalGiven) {
        if let Some(index) = self.approvals.remove(&given.call) {
            self.change(index, |cell| {
                if let Cell::Approval(approval) = cell {
                    approval.answer(given);
                }
            });
        }
        for allowed in &given.rules {
            self.add(NoticeCell::new(&rule("allowed", given.scope, allowed)));
        }
    }

    fn question(&mut self, asked: &QuestionAsked) {
        if let Some(index) = self.calls.get(&asked.question.call).copied() {
            self.change(index, |cell| {
                if let Cell::Question(question) = cell {
                    question.ask(&asked.question);
                }
            });
        }
    }

    /// Nothing stays open beyond its turn.
    fn ended(&mut self, ended: &TurnEnded) {
        self.stop_streaming();
        let mut open: Vec<usize> =
            self.calls.drain().chain(self.approvals.drain()).map(|(_, index)| index).collect();
        open.extend(self.mission.open_blocks());
        self.requests.clear();
        for index in open {
            self.change(index, abandon);
        }
        if let Some(cell) = EndedCell::new(ended) {
            self.add(cell);
        }
    }

    /// Whether a call is still open.
    pub fn is_open(&self, call: &CallId) -> bool {
        self.calls.contains_key(call)
    }
}

fn abandon(cell: &mut Cell) {
    match cell {
        Cell::Tool(cell) => cell.call.abandon(),
        Cell::Task(cell) => cell.call.abandon(),
        Cell::Shell(cell) => cell.call.abandon(),
        Cell::Edit(cell) => cell.call.abandon(),
        Cell::Research(cell) => cell.abandon(),
        Cell::Question(cell) => cell.abandon(),
        Cell::Approval(cell) => cell.abandon(),
        Cell::Repl(cell) => cell.abandon(),
        Cell::User(_)
        | Cell::Assistant(_)
        | Cell::Thinking(_)
        | Cell::Todos(_)
        | Cell::Mission(_)
        | Cell::MissionEnd(_)
        | Cell::Notice(_)
        | Cell::Failed(_)
        | Cell::Ended(_) => {}
    }
}

/// `context: cleared old results (3), −22k tokens`.
fn context_edited(edited: &ContextEdited) -> String {
    let count = match edited.plan.replaced() {
        0 => String::new(),
        count => format!(" ({count})"),
    };
    let saved = edited.before.0.saturating_sub(edited.after.0);
    format!("context: {}{count}, −{} tokens", edited.kind.past(), amount::count(saved))
}

fn rule(what: &str, scope: ApprovalScope, rule: &str) -> String {
    let place = match scope {
        ApprovalScope::Once => "once",
        ApprovalScope::Session => "in this session",
        ApprovalScope::Project => "in this project",
    };
    format!("{what} {place}: {rule}")
}

/// The same with what hooks want to be drawn for the texts; where that is nothing, nothing is.
fn with_texts(parts: Vec<Part>, drawn: Option<Vec<String>>) -> Vec<Part> {
    let Some(drawn) = drawn else { return parts };
    let mut drawn = drawn.into_iter();
    let replaced = parts.into_iter().map(|part| match part {
        Part::Text(text) => Part::Text(drawn.next().unwrap_or(text)),
        Part::Thinking(_) => part,
    });
    replaced.filter(|part| !matches!(part, Part::Text(text) if text.trim().is_empty())).collect()
}

/// Texts and reasoning of a message in order; neighbours of a kind are one part, blank ones none.
fn parts(message: &AssistantMessage) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = message.text.as_str();
    for block in &message.blocks {
        match block {
            AssistantBlock::Call { .. } => {}
            AssistantBlock::Thinking { text, .. } => match parts.last_mut() {
                Some(Part::Thinking(before)) => before.push_str(text),
                _ => parts.push(Part::Thinking(text.clone())),
            },
            AssistantBlock::Text { bytes } => {
                let (text, after) = rest.split_at_checked(*bytes).unwrap_or((rest, ""));
                rest = after;
                match parts.last_mut() {
                    Some(Part::Text(before)) => before.push_str(text),
                    _ => parts.push(Part::Text(text.to_owned())),
                }
            }
        }
    }
    parts.retain(|part| match part {
        Part::Text(text) | Part::Thinking(text) => !text.trim().is_empty(),
    });
    parts
}
