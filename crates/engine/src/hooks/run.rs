//! Runs the hooks of a point: all at once, each a record, and what they say put together.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;
use headwater_protocol::events::{HookRan, ReminderInjected};
use headwater_protocol::{Cancel, Event, HookPoint, ModeId, Record};
use serde_json::{Map, Value, json};

use super::book::Hook;
use super::occasion::Occasion;
use super::outcome::{Outcome, Reasoned, status};
use super::output::interpret;
use super::process::{Ended, Job};
use super::shelf::{HookSetup, Late};
use super::transcript;
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;

/// Characters of a command by which a person knows a hook.
const SHOWN: usize = 80;

/// Where hooks run: a session, and what ends them with it.
pub(crate) struct Seat<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) parts: &'a Parts,
    pub(crate) cancel: &'a Cancel,
}

impl Seat<'_> {
    /// Runs the hooks of a point, records their runs, and tells the model what they say to it.
    pub(crate) async fn run(&mut self, occasion: Occasion) -> Result<Outcome, LedgerError> {
        let mut outcome = Box::pin(self.run_silently(occasion.clone())).await?;
        for text in std::mem::take(&mut outcome.told) {
            self.remind(occasion.point(), text).await?;
        }
        Ok(outcome)
    }

    /// The same, but leaves it to the caller to tell the model what they say to it.
    pub(crate) async fn run_silently(&mut self, occasion: Occasion) -> Result<Outcome, LedgerError> {
        self.gather().await?;
        let hooks = self.parts.hooks.clone();
        let Some(setup) = hooks.setup() else { return Ok(Outcome::default()) };
        let chosen = self.chosen(&occasion);
        if chosen.is_empty() {
            return Ok(Outcome::default());
        }
        let input = self.input(&occasion).to_string();
        let (later, now): (Vec<Hook>, Vec<Hook>) =
            chosen.into_iter().partition(|hook| hook.definition.is_async);
        for hook in &later {
            self.leave_behind(hook, &occasion, &input);
        }
        let runs = now.iter().map(|hook| run_one(setup, hook, &input, self.cancel));
        let ended = join_all(runs).await;
        let mut outcome = Outcome::default();
        for (hook, ended) in now.iter().zip(ended) {
            let late = Late {
                point: occasion.point(),
                command: hook.definition.script.clone(),
                call: occasion.call.clone(),
                ended,
            };
            self.keep(late, &mut outcome).await?;
        }
        if let Some(halt) = &outcome.halt {
            hooks.halt(halt.clone());
        }
        self.ledger.commit();
        Ok(outcome)
    }

    /// Starts the hooks of a point that decides nothing, and waits for none of them.
    pub(crate) fn start(&self, occasion: &Occasion) {
        let chosen = self.chosen(occasion);
        if chosen.is_empty() {
            return;
        }
        let input = self.input(occasion).to_string();
        for hook in &chosen {
            self.leave_behind(hook, occasion, &input);
        }
    }

    /// Records the hooks that nothing waited for and that have ended since.
    pub(crate) async fn gather(&mut self) -> Result<(), LedgerError> {
        for late in self.parts.hooks.take_late() {
            let (point, mut outcome) = (late.point, Outcome::default());
            self.keep(late, &mut outcome).await?;
            for text in outcome.told {
                self.remind(point, text).await?;
            }
        }
        Ok(())
    }

    async fn keep(&mut self, late: Late, outcome: &mut Outcome) -> Result<(), LedgerError> {
        let Late { point, command, call, ended } = late;
        let said = interpret(point, &ended);
        let (status, text) = (status(&said), said.text.clone());
        outcome.take(&shown(&command), said);
        self.ledger.record(HookRan { point, command, call, status, text, millis: ended.millis }).await
    }

    async fn remind(&mut self, point: HookPoint, text: String) -> Result<(), LedgerError> {
        self.ledger.record(ReminderInjected { key: format!("hooks/{point:?}"), text }).await
    }

    /// The hooks that are for this, each command once.
    fn chosen(&self, occasion: &Occasion) -> Vec<Hook> {
        let book = self.parts.hooks.book();
        let mut chosen: Vec<Hook> = Vec::new();
        for hook in book.hooks.iter().filter(|hook| hook.is_enabled() && self.is_for(hook, occasion)) {
            let is_twin = |other: &Hook| {
                other.definition.script == hook.definition.script && other.root() == hook.root()
            };
            if !chosen.iter().any(is_twin) {
                chosen.push(hook.clone());
            }
        }
        chosen
    }

    fn is_for(&self, hook: &Hook, occasion: &Occasion) -> bool {
        let definition = &hook.definition;
        if definition.point != occasion.point() || !occasion.is_for(&definition.matcher) {
            return false;
        }
        let looked = occasion.looked(&self.parts.workspace, self.parts.home.as_deref());
        let holds = definition
            .condition
            .as_ref()
            .is_none_or(|condition| looked.is_none_or(|looked| condition.holds(looked)));
        holds && !(definition.is_once && has_run(self.ledger.records(), occasion.point(), &definition.script))
    }

    fn leave_behind(&self, hook: &Hook, occasion: &Occasion, input: &str) {
        let hooks = self.parts.hooks.clone();
        let (hook, input) = (hook.clone(), input.to_owned());
        let (point, call) = (occasion.point(), occasion.call.clone());
        tokio::spawn(async move {
            let Some(setup) = hooks.setup() else { return };
            let ended = run_one(setup, &hook, &input, &hooks.leaving()).await;
            hooks.ended_late(Late { point, command: hook.definition.script, call, ended });
        });
    }

    /// What hooks read: who asks, where, and what about.
    fn input(&self, occasion: &Occasion) -> Value {
        let path = self.transcript();
        let mut input: Map<String, Value> = Map::new();
        let mut tell = |name: &str, value: Value| drop(input.insert(name.to_owned(), value));
        tell("session_id", json!(self.ledger.session().as_str()));
        tell("transcript_path", json!(path.to_string_lossy()));
        tell("cwd", json!(self.parts.workspace.to_string_lossy()));
        tell("permission_mode", json!(permission_mode(self.ledger.state().session.mode)));
        tell("hook_event_name", json!(occasion.point()));
        if let Some(agent) = self.parts.hooks.agent() {
            tell("agent_id", json!(agent.id));
            tell("agent_type", json!(agent.kind));
        }
        occasion.facts.iter().for_each(|(name, value)| tell(name, value.clone()));
        Value::Object(input)
    }

    /// Brings the transcript for hooks up to date. One that cannot be written is no reason not to run them.
    fn transcript(&self) -> PathBuf {
        let path = self.parts.blobs.with_file_name("transcript-for-hooks.jsonl");
        let records: &[Arc<Record>] = self.ledger.records();
        let write = |known| transcript::keep_up(&path, records, known, &self.parts.workspace);
        if let Err(error) = self.parts.hooks.keep_up(records.len(), write) {
            tracing::warn!(%error, path = %path.display(), "the transcript for hooks cannot be written");
        }
        path
    }
}

async fn run_one(setup: &HookSetup, hook: &Hook, input: &str, cancel: &Cancel) -> Ended {
    if !hook.is_as_approved(setup.workspace()) {
        return Ended::not_run(
            "a script that it names was changed since you said yes to it; look at /hooks".to_owned(),
        );
    }
    let declared = hook.definition.variables.iter();
    let declared = declared.filter_map(|name| std::env::var(name).ok().map(|value| (name.clone(), value)));
    let job = Job {
        script: hook.definition.script.clone(),
        timeout: hook.definition.timeout,
        env: setup.env.iter().cloned().chain(declared).collect(),
        workspace: setup.workspace().to_owned(),
        root: hook.root().to_owned(),
        input: input.to_owned(),
    };
    job.run(&setup.runner, cancel).await
}

/// Whether the log holds a run of this hook.
fn has_run(records: &[Arc<Record>], point: HookPoint, script: &str) -> bool {
    records.iter().any(
        |record| matches!(&record.event, Event::HookRan(ran) if ran.point == point && ran.command == script),
    )
}

/// What the mode is called in the hooks of other agents.
fn permission_mode(mode: ModeId) -> &'static str {
    match mode {
        ModeId::Plan => "plan",
        ModeId::Agent | ModeId::Recursive => "default",
        ModeId::Yolo => "bypassPermissions",
    }
}

/// How a person knows a hook: its command in one line, shortened.
fn shown(command: &str) -> String {
    let line = command.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

impl Reasoned {
    /// Says whose word it is, for the model.
    pub(crate) fn told(&self) -> String {
        if self.reason.is_empty() {
            format!("the hook `{}`", self.hook)
        } else {
            format!("the hook `{}`: {}", self.hook, self.reason)
        }
    }
}
