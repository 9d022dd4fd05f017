//! Sub-agents as the screen knows them: who works on what, how far each is, and what came of it.
//!
//! *Invariant:* nothing of a sub-agent reaches the conversation's own views. *Not here:* drawing, and the keys.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_protocol::events::{SubagentReturned, SubagentStarted};
use headwater_protocol::update::Waiting;
use headwater_protocol::views::{Budget, View};
use headwater_protocol::{CallId, Delta, EndReason, Event, Record, SessionId};

use crate::parts::{amount, summary};
use crate::text::{sanitize, truncate};

/// Columns of what a sub-agent does, beside its title.
const DOING: usize = 28;

/// One sub-agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// How it began.
    pub started: Arc<SubagentStarted>,
    /// How it ended; absent while it works.
    pub returned: Option<Arc<SubagentReturned>>,
    /// The name of its definition, harmless.
    pub name: String,
    /// What it is to do, harmless; the first line.
    pub title: String,
    /// Its task, as far as its own records came by here.
    pub prompt: String,
    /// When it began, in milliseconds of the screen's clock.
    pub since_ms: u64,
    /// What it has spent.
    pub budget: Budget,
    doing: Doing,
}

/// What a sub-agent is at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Doing {
    /// The model answers.
    Model,
    /// A call, in a few words.
    Call(CallId, String),
    /// A call waits for the person.
    Waiting(CallId, String),
    /// The provider refused, and is asked again.
    Retry(String),
}

/// How a sub-agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentState {
    /// It works.
    Running,
    /// It waits for the person.
    Waiting,
    /// It reported.
    Done,
    /// It was cancelled, or lost.
    Stopped,
    /// It ended without a report.
    Failed,
}

impl Agent {
    fn new(started: &SubagentStarted, now_ms: u64) -> Self {
        Self {
            name: line(&started.agent),
            title: line(&started.title),
            started: Arc::new(started.clone()),
            returned: None,
            prompt: String::new(),
            since_ms: now_ms,
            budget: Budget::default(),
            doing: Doing::Model,
        }
    }

    /// How it stands.
    pub fn state(&self) -> AgentState {
        match (self.returned.as_ref().map(|returned| returned.reason), &self.doing) {
            (None, Doing::Waiting(..)) => AgentState::Waiting,
            (None, Doing::Model | Doing::Call(..) | Doing::Retry(_)) => AgentState::Running,
            (Some(EndReason::Done), _) => AgentState::Done,
            (Some(EndReason::Interrupted | EndReason::Terminated), _) => AgentState::Stopped,
            (Some(_), _) => AgentState::Failed,
        }
    }

    /// Model requests it made.
    pub fn steps(&self) -> u32 {
        self.returned.as_ref().map_or(self.budget.turn_steps, |returned| returned.steps)
    }

    /// Tokens it consumed, prompts and answers.
    pub fn tokens(&self) -> (u64, u64) {
        let usage = self.returned.as_ref().map_or(self.budget.total, |returned| returned.usage);
        (usage.input.0, usage.output.0)
    }

    /// `step 3 · grep foo`, and at the end `5 steps`.
    pub fn doing(&self) -> String {
        let step = || format!("step {}", self.steps().max(1));
        match (&self.returned, &self.doing) {
            (Some(_), _) => steps(self.steps()),
            (None, Doing::Waiting(_, what)) => format!("waits for you: {what}"),
            (None, Doing::Retry(why)) => format!("asks again: {why}"),
            (None, Doing::Model) => step(),
            (None, Doing::Call(_, what)) => format!("{} · {what}", step()),
        }
    }

    /// The same, short enough to stand beside its title, with the tokens so far.
    pub fn words(&self) -> String {
        let doing = truncate(&self.doing(), DOING).into_owned();
        let (input, output) = self.tokens();
        match input + output {
            0 => doing,
            tokens => format!("{doing} · {} tokens", amount::count(tokens)),
        }
    }

    /// Takes in a record of its own session.
    fn apply(&mut self, record: &Record) {
        self.budget.apply(record);
        if let Event::UserMessage(message) = &record.event {
            self.prompt = sanitize(&message.text).into_owned();
        } else if let Event::ToolCalled(called) = &record.event {
            let request = called.request.meant();
            let words = line(&format!("{} {}", request.name, summary(&request.input)));
            self.doing = Doing::Call(request.call.clone(), words);
        } else if let Event::ApprovalRequested(asked) = &record.event {
            let words = match &self.doing {
                Doing::Call(call, words) if *call == asked.call => words.clone(),
                Doing::Call(..) | Doing::Model | Doing::Waiting(..) | Doing::Retry(_) => line(&asked.effect),
            };
            self.doing = Doing::Waiting(asked.call.clone(), words);
        } else if let Event::ApprovalGiven(given) = &record.event {
            if let Doing::Waiting(call, words) = &self.doing
                && *call == given.call
            {
                self.doing = Doing::Call(call.clone(), words.clone());
            }
        } else if let Event::RequestSent(_) | Event::AssistantMessage(_) = &record.event {
            self.doing = Doing::Model;
        }
    }

    fn apply_delta(&mut self, delta: &Delta) {
        if let Delta::Waiting { on: Waiting::Retry { reason, .. } } = delta {
            self.doing = Doing::Retry(line(reason));
        } else if let Delta::Waiting { on: Waiting::Model } = delta {
            self.doing = Doing::Model;
        }
    }
}

/// The sub-agents of a conversation, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    list: Vec<Agent>,
    places: HashMap<SessionId, usize>,
    /// Raised with each change.
    revision: u64,
}

impl Agents {
    /// Takes in what the conversation says of one: its start, its end.
    pub fn told(&mut self, record: &Record, now_ms: u64) {
        if let Event::SubagentStarted(started) = &record.event {
            self.places.insert(started.opened.clone(), self.list.len());
            self.list.push(Agent::new(started, now_ms));
            self.revision += 1;
        } else if let Event::SubagentReturned(returned) = &record.event
            && let Some(agent) = self.get_mut(&returned.opened)
        {
            agent.returned = Some(Arc::new(returned.clone()));
            self.revision += 1;
        }
    }

    /// Takes in a record of a sub-agent's own session.
    pub fn apply(&mut self, record: &Record) {
        if let Some(agent) = self.get_mut(&record.session) {
            agent.apply(record);
            self.revision += 1;
        }
    }

    /// Takes in what passes in a sub-agent.
    pub fn apply_delta(&mut self, session: &SessionId, delta: &Delta) {
        if let Some(agent) = self.get_mut(session) {
            agent.apply_delta(delta);
            self.revision += 1;
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Agent> {
        self.list.iter()
    }

    /// Their places, in the order in which they were asked for: those of one message begin as they can.
    pub fn in_order(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.list.len()).collect();
        places.sort_by_key(|place| self.list.get(*place).map(|agent| agent.started.number));
        places
    }

    /// One by its place.
    pub fn at(&self, place: usize) -> Option<&Agent> {
        self.list.get(place)
    }

    /// One by its session.
    pub fn get(&self, session: &SessionId) -> Option<&Agent> {
        self.list.get(*self.places.get(session)?)
    }

    fn get_mut(&mut self, session: &SessionId) -> Option<&mut Agent> {
        self.list.get_mut(*self.places.get(session)?)
    }

    /// How many work.
    pub fn running(&self) -> usize {
        self.list.iter().filter(|agent| agent.returned.is_none()).count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Another number after each change.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

fn line(text: &str) -> String {
    sanitize(text.trim()).replace('\n', " ")
}

fn steps(count: u32) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}
