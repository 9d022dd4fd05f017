//! The permission rules in force: settings, what this project was given, what this session was given.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headwater_policy::{Decision, Effect, Layer, Policy, Question, Source, Withheld, Withholding};
use headwater_protocol::op::PermissionRule;
use headwater_protocol::secret_files::is_environment_file;
use headwater_protocol::{Access, ApprovalScope, Capability, ModeId};

use crate::modes;
use crate::sessions::ProjectRules;
use crate::withheld::Memory;

/// The rules; shared between a running turn and the front end's questions.
pub(crate) struct Rulebook {
    inner: Mutex<Inner>,
    /// What the searches for withheld files remember.
    memory: Memory,
}

struct Inner {
    policy: Policy,
    project: ProjectRules,
}

impl Rulebook {
    /// The rules of the settings and those given to the project. A stored rule that cannot be read any more
    /// allows nothing.
    pub(crate) fn new(settings: Vec<Layer>, project: ProjectRules) -> Self {
        let mut policy = Policy::new(settings);
        for rule in project.rules() {
            if let Err(error) = policy.add(Source::Project, Effect::Allow, rule) {
                tracing::warn!(%error, rule, "a stored rule is ignored");
            }
        }
        Self { inner: Mutex::new(Inner { policy, project }), memory: Memory::default() }
    }

    /// What the searches for withheld files remember.
    pub(crate) fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// What the rules say.
    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        self.lock().policy.decide(question)
    }

    /// Asks the rules something else.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Policy) -> T) -> T {
        question(&self.lock().policy)
    }

    /// Whether no rule of the person withholds a file from reading.
    pub(crate) fn may_read(&self, path: &Path, workspace: &Path, home: Option<&Path>) -> bool {
        may_read(&self.lock().policy, path, workspace, home)
    }

    /// What is withheld from every tool that reads.
    pub(crate) fn withholding(&self, workspace: &Path, home: Option<&Path>) -> Withholding {
        self.lock().policy.withholding(&reading(&Access::Nothing, workspace, home))
    }

    /// Whether a model may learn without a yes what stands in a file: no rule withholds it, and it holds no secrets of a
    /// program that no rule shares.
    pub(crate) fn may_look_into(&self, path: &Path, workspace: &Path, home: Option<&Path>) -> bool {
        let is_secret = path.file_name().is_some_and(|name| is_environment_file(&name.to_string_lossy()));
        let secrets = is_secret.then(|| workspace.join(path)).into_iter().collect();
        let access = Access::Read(Vec::new());
        let are_shared =
            |policy: &Policy| policy.withheld(&reading(&access, workspace, home), secrets).is_empty();
        self.may_read(path, workspace, home) && self.ask(are_shared)
    }

    /// Whether this rule is one by which a person wants to be asked.
    pub(crate) fn is_asked_by_person(&self, rule: &str) -> bool {
        let inner = self.lock();
        let mut asking = inner.policy.rules().filter(|listed| listed.effect == Effect::Ask);
        asking.any(|listed| listed.source != Source::BuiltIn && listed.text == rule)
    }

    /// Adds an allow rule at once. The error is a sentence: what could not be kept, and what holds now.
    pub(crate) fn add(&self, rule: &str, scope: ApprovalScope) -> Result<(), String> {
        let mut inner = self.lock();
        let Some(source) = source_of(scope) else { return Ok(()) };
        inner.policy.add(source, Effect::Allow, rule).map_err(|error| error.to_string())?;
        if source == Source::Project {
            inner
                .project
                .add(rule)
                .map_err(|error| format!("The rule holds for this session only: {error}."))?;
        }
        Ok(())
    }

    /// Withdraws a rule that a person gave. The error is a sentence, as with [`Rulebook::add`].
    pub(crate) fn revoke(&self, rule: &str, scope: ApprovalScope) -> Result<(), String> {
        let mut inner = self.lock();
        let Some(source) = source_of(scope) else { return Ok(()) };
        if !inner.policy.revoke(source, rule) {
            return Err(format!("There is no rule {rule} to withdraw."));
        }
        if source == Source::Project {
            let kept = inner.project.revoke(rule);
            kept.map_err(|error| format!("The rule is withdrawn for this session only: {error}."))?;
        }
        Ok(())
    }

    /// The rules for `/permissions`; `foreign` is what foreign text the session has read, which asks like a rule.
    pub(crate) fn list(&self, foreign: Option<&str>) -> Vec<PermissionRule> {
        let inner = self.lock();
        let listed = inner.policy.rules().filter(|rule| rule.source != Source::BuiltIn);
        let tainted = foreign.map(|source| PermissionRule {
            effect: "ask",
            rule: format!("every call that reaches the network, since {source} was read"),
            source: Source::BuiltIn.name(),
            is_revocable: false,
        });
        let listed = listed.map(|rule| PermissionRule {
            effect: rule.effect.name(),
            rule: rule.text.to_owned(),
            source: rule.source.name(),
            is_revocable: rule.source == Source::Session
                || inner.project.rules().iter().any(|given| given == rule.text),
        });
        tainted.into_iter().chain(listed).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no rule of `policy` withholds a file from reading.
pub fn may_read(policy: &Policy, path: &Path, workspace: &Path, home: Option<&Path>) -> bool {
    let access = Access::Read(vec![path.to_owned()]);
    !policy.withholds(&reading(&access, workspace, home))
}

/// What a policy withholds from every command that names nothing.
pub fn withholding(policy: &Policy, workspace: &Path, home: Option<&Path>) -> Withholding {
    policy.withholding(&reading(&Access::Run { command: String::new() }, workspace, home))
}

fn reading<'q>(access: &'q Access, workspace: &'q Path, home: Option<&'q Path>) -> Question<'q> {
    Question {
        tool: "read",
        capability: Capability::Read,
        access,
        mode: modes::spec(ModeId::Recursive),
        workspace,
        home,
        is_sandboxed: true,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    }
}

fn source_of(scope: ApprovalScope) -> Option<Source> {
    match scope {
        ApprovalScope::Once => None,
        ApprovalScope::Session => Some(Source::Session),
        ApprovalScope::Project => Some(Source::Project),
    }
}
