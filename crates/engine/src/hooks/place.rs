//! The place at which hooks run: which of them are for an occasion, what they read, and how they are run.

use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use headwater_protocol::events::HookRan;
use headwater_protocol::{Cancel, HookPoint, ModeId};
use serde_json::{Map, Value, json};

use super::book::Hook;
use super::form::Definition;
use super::occasion::Occasion;
use super::outcome::Outcome;
use super::output::{Said, interpret};
use super::process::{Ended, Job};
use super::shelf::{HookSetup, Hooks, Late};

/// Characters of a command by which a person knows a hook.
const SHOWN: usize = 80;

/// The place at which hooks run.
pub(super) struct Place<'a> {
    pub(super) hooks: &'a Hooks,
    /// The session that they are told of.
    pub(super) session: String,
    /// Its transcript in their form.
    pub(super) transcript: PathBuf,
    pub(super) mode: ModeId,
    pub(super) workspace: &'a Path,
    pub(super) home: Option<&'a Path>,
}

/// A hook that changes a drawing.
pub(super) struct Drawer {
    /// How a person knows it.
    pub(super) name: String,
    pub(super) script: String,
    /// Columns left free beside what it has drawn.
    pub(super) padding: u16,
}

impl Place<'_> {
    /// The hooks that are for this, each command once. `has_run` says which have run in this session.
    pub(super) fn chosen(&self, occasion: &Occasion, has_run: impl Fn(&str) -> bool) -> Vec<Hook> {
        let book = self.hooks.book();
        let mut chosen: Vec<Hook> = Vec::new();
        for hook in book.hooks.iter().filter(|hook| hook.is_enabled() && self.is_for(hook, occasion)) {
            let is_twin = |other: &Hook| {
                other.definition.script == hook.definition.script && other.root() == hook.root()
            };
            let script = &hook.definition.script;
            // What has begun may not be on record yet.
            let may_begin = || {
                !hook.definition.is_once
                    || (!has_run(script) && self.hooks.is_first_start(occasion.point(), script))
            };
            if !chosen.iter().any(is_twin) && may_begin() {
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
        let looked = occasion.looked(self.workspace, self.home);
        let condition = definition.condition.as_ref();
        condition.is_none_or(|condition| looked.is_none_or(|looked| condition.holds(looked)))
    }

    /// Runs hooks at once and waits for all but those that nothing waits for; what is to be recorded, in their order.
    pub(super) async fn run(&self, chosen: Vec<Hook>, occasion: &Occasion, cancel: &Cancel) -> Vec<Late> {
        let Some(setup) = self.hooks.setup() else { return Vec::new() };
        let input = self.input(occasion);
        let (later, now): (Vec<Hook>, Vec<Hook>) =
            chosen.into_iter().partition(|hook| hook.definition.is_async);
        for hook in &later {
            self.leave_behind(hook, occasion, &input);
        }
        let ended = join_all(now.iter().map(|hook| run_one(setup, hook, &input, cancel))).await;
        let late = |(hook, ended): (Hook, Ended)| Late {
            point: occasion.point(),
            command: hook.definition.script,
            call: occasion.call.clone(),
            is_awaited: true,
            ended,
        };
        now.into_iter().zip(ended).map(late).collect()
    }

    /// Runs the hooks that change a drawing, all at once, and waits for all of them; what each said, in their order.
    pub(super) async fn run_to_draw(&self, occasion: &Occasion, cancel: &Cancel) -> Vec<(Drawer, Said)> {
        let Some(setup) = self.hooks.setup() else { return Vec::new() };
        let mut chosen = self.chosen(occasion, |_| false);
        if occasion.point() == HookPoint::StatusLine {
            // There is one line: the person's own goes before the project's.
            chosen.truncate(1);
        }
        let input = self.input(occasion);
        let ended = join_all(chosen.iter().map(|hook| run_one(setup, hook, &input, cancel))).await;
        let said = |(hook, ended): (&Hook, Ended)| {
            let Definition { script, padding, .. } = &hook.definition;
            let drawer = Drawer { name: shown(script), script: script.clone(), padding: *padding };
            (drawer, interpret(occasion.point(), &ended))
        };
        chosen.iter().zip(ended).map(said).collect()
    }

    /// Starts hooks, and waits for none of them.
    pub(super) fn start(&self, chosen: &[Hook], occasion: &Occasion) {
        let input = self.input(occasion);
        for hook in chosen {
            self.leave_behind(hook, occasion, &input);
        }
    }

    fn leave_behind(&self, hook: &Hook, occasion: &Occasion, input: &str) {
        let hooks = self.hooks.clone();
        let (hook, input) = (hook.clone(), input.to_owned());
        let (point, call) = (occasion.point(), occasion.call.clone());
        tokio::spawn(async move {
            let Some(setup) = hooks.setup() else { return };
            let ended = run_one(setup, &hook, &input, &hooks.leaving()).await;
            let (command, is_awaited) = (hook.definition.script, false);
            hooks.ended_late(Late { point, command, call, is_awaited, ended });
        });
    }

    /// What hooks read: who asks, where, and what about.
    fn input(&self, occasion: &Occasion) -> String {
        let mut input: Map<String, Value> = Map::new();
        let mut tell = |name: &str, value: Value| drop(input.insert(name.to_owned(), value));
        tell("session_id", json!(self.session));
        tell("transcript_path", json!(self.transcript.to_string_lossy()));
        tell("cwd", json!(self.workspace.to_string_lossy()));
        tell("permission_mode", json!(permission_mode(self.mode)));
        tell("hook_event_name", json!(occasion.point()));
        if let Some(agent) = self.hooks.agent() {
            tell("agent_id", json!(agent.id));
            tell("agent_type", json!(agent.kind));
        }
        occasion.facts.iter().for_each(|(name, value)| tell(name, value.clone()));
        Value::Object(input).to_string()
    }
}

impl Late {
    /// Adds what it said to `outcome`; its record.
    pub(super) fn taken(self, outcome: &mut Outcome) -> HookRan {
        let Self { point, command, call, is_awaited, ended } = self;
        let said = interpret(point, &ended);
        let said = if is_awaited { said } else { said.unheeded() };
        let (status, mut text) = (said.status(), said.text.clone());
        if !outcome.take(&shown(&command), said) {
            text = format!("{text} (its words are left out: the hooks of this point said too much)");
        }
        HookRan { point, command, call, status, text, millis: ended.millis }
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
