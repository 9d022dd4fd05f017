//! Whether the work gets anywhere: the fingerprint of what it has come to, step by step (HARNESS Z6).
//!
//! The *fingerprint* is a hash of the coverage of the contract, the files that tools changed, and the open todos. A step
//! moves when the fingerprint is one that the turn has not had before; going back to an earlier one is no movement.
//! Looking around is not standing still: a step also counts when it brings something that was not known.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::View;
use crate::digest;
use crate::event::Event;
use crate::events::{Coverage, FilesChanged, ResultStatus, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::TouchKind;

/// The key of the reminder that asks for another plan.
const REPLAN: &str = "replan";

/// How the steps of the turn move the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headway {
    coverage: u64,
    todos: u64,
    /// The files that tools changed, as they were left; these are the session's, all else is the turn's.
    artifacts: BTreeMap<String, u64>,
    had: HashSet<u64>,
    pairs: HashSet<(u64, u64)>,
    texts: HashSet<u64>,
    /// How often a call failed the same way while the files were the same.
    failures: HashMap<(u64, u64, u64), u32>,
    /// How each call failed last.
    failed: HashMap<u64, (u64, u64, u64)>,
    inputs: HashMap<CallId, u64>,
    /// What commands without a result changed that nobody keeps, by where it is.
    left: HashMap<CallId, (String, u64)>,
    is_checking: bool,
    step: Step,
    still: u32,
    dull: u32,
    unmoved: u32,
    /// Whether the model was asked for another plan since the work moved last.
    pub is_replanned: bool,
}

/// The step under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Step {
    results: u32,
    /// Pairs of call and result that are new, and no failures that are known.
    news: u32,
    /// Texts that no call has brought before.
    texts: u32,
    has_moved: bool,
}

impl Step {
    /// Whether it called something, moved nothing, and brought none of what is counted.
    fn is_without(self, brought: u32) -> bool {
        self.results > 0 && brought == 0 && !self.has_moved
    }
}

impl Headway {
    /// The fingerprint as it is.
    pub fn fingerprint(&self) -> u64 {
        digest::of(&(self.coverage, self.todos, &self.artifacts))
    }

    /// Steps in a row that moved nothing and brought nothing, the running one included: the same results again, or
    /// other calls that fail as before.
    pub fn still_steps(&self) -> u32 {
        self.still + u32::from(self.step.is_without(self.step.news))
    }

    /// Steps in a row that moved nothing and brought no text that was not known, whatever was called.
    pub fn dull_steps(&self) -> u32 {
        self.dull + u32::from(self.step.is_without(self.step.texts))
    }

    /// Steps in a row that left the fingerprint what it was.
    pub fn unmoved_steps(&self) -> u32 {
        self.unmoved + u32::from(self.step.is_without(0))
    }

    /// How often one call has failed in the same way with the files in the same state, whatever happened between.
    pub fn recurring_failures(&self) -> u32 {
        self.failures.values().copied().max().unwrap_or(0)
    }

    /// How often this call has failed as it did last, with the files as they are now.
    pub fn failures(&self, call: u64) -> u32 {
        let now = digest::of(&self.artifacts);
        let last = self.failed.get(&call).filter(|(_, _, artifacts)| *artifacts == now);
        last.and_then(|failure| self.failures.get(failure)).copied().unwrap_or(0)
    }

    fn moved(&mut self) {
        if self.had.insert(self.fingerprint()) {
            self.step.has_moved = true;
            self.is_replanned = false;
        }
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let left = self.left.remove(&returned.call);
        let Some(call) = self.inputs.remove(&returned.call) else { return };
        self.step.results += 1;
        // What a failed command left behind beside the files that are kept is no work: reports, caches, logs.
        if let Some((place, left)) = left.filter(|_| !returned.is_error) {
            self.artifacts.insert(place, left);
        }
        let text = digest::of_result(&returned.text);
        let is_new_text = self.texts.insert(text);
        self.step.texts += u32::from(is_new_text);
        if returned.status == ResultStatus::Ran {
            let is_new = self.pairs.insert((call, text));
            self.step.news += u32::from(is_new && (is_new_text || !returned.is_error));
            if returned.is_error {
                let failure = (call, text, digest::of(&self.artifacts));
                *self.failures.entry(failure).or_default() += 1;
                self.failed.insert(call, failure);
            } else {
                self.failed.remove(&call);
            }
        } else if returned.status == ResultStatus::Repeated {
            // Asking for it once more is no better than running it once more.
            if let Some(failure) = self.failed.get(&call) {
                *self.failures.entry(*failure).or_default() += 1;
            }
        }
        let changed = returned.files.iter().filter(|touch| touch.kind != TouchKind::Read);
        for touch in changed {
            self.artifacts.insert(touch.path.clone(), digest::of(&touch.sha256));
        }
        self.moved();
    }

    /// Files that a command left other than it found them.
    fn files_changed(&mut self, changed: &FilesChanged) {
        for file in &changed.files {
            self.artifacts.insert(file.path.clone(), digest::of(&file.sha256));
        }
        let uncovered = changed.uncovered.iter().flat_map(|one| &one.paths);
        let places: Vec<&str> = uncovered.map(String::as_str).collect();
        if !places.is_empty() {
            let left = (places.join("\n"), digest::of(&changed.call.as_str()));
            self.left.insert(changed.call.clone(), left);
        }
        self.moved();
    }

    fn step_ended(&mut self) {
        if self.step.results > 0 {
            let has_moved = self.step.has_moved;
            self.still = if has_moved || self.step.news > 0 { 0 } else { self.still_steps() };
            self.dull = if has_moved || self.step.texts > 0 { 0 } else { self.dull_steps() };
            self.unmoved = if has_moved { 0 } else { self.unmoved_steps() };
        }
        self.step = Step::default();
    }

    fn turn_started(&mut self) {
        let artifacts = std::mem::take(&mut self.artifacts);
        *self = Self { coverage: self.coverage, todos: self.todos, artifacts, ..Self::default() };
        self.had.insert(self.fingerprint());
    }
}

impl View for Headway {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) = &record.event {
            self.turn_started();
        } else if let Event::ToolCalled(called) = &record.event {
            if !self.is_checking {
                let digest = digest::of_call(&called.request.name, &called.request.input);
                self.inputs.insert(called.request.call.clone(), digest);
            }
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        } else if let Event::FilesChanged(changed) = &record.event {
            self.files_changed(changed);
        } else if let Event::TodosChanged(changed) = &record.event {
            let open: Vec<_> = changed.todos.iter().filter(|todo| todo.status.is_open()).collect();
            self.todos = digest::of(&open);
            self.moved();
        } else if let Event::CoverageChanged(changed) = &record.event {
            self.coverage = hash_coverage(&changed.coverage);
            self.moved();
        } else if let Event::RequestSent(_) = &record.event {
            self.step_ended();
            self.is_checking = false;
        } else if let Event::FinalProposed(_) = &record.event {
            self.is_checking = true;
        } else if let Event::FinalAccepted(_) | Event::FinalRefused(_) = &record.event {
            self.is_checking = false;
        } else if let Event::ReminderInjected(reminder) = &record.event {
            self.is_replanned |= reminder.key == REPLAN;
        }
    }
}

/// What is met, and by which requirement; evidence and words change without anything being gained.
fn hash_coverage(coverage: &[Coverage]) -> u64 {
    digest::of(&coverage.iter().map(|one| (one.id.as_str(), one.is_met)).collect::<Vec<_>>())
}
