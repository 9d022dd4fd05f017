//! The question that is put to the policy, and its three answers.

use std::path::{Path, PathBuf};

use headwater_protocol::views::Taint;
use headwater_protocol::{Access, Capability, Confinement, ModeSpec};

use crate::withheld::Withheld;

/// One call, and the circumstances it is judged in.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The tool's name as the model calls it.
    pub tool: &'a str,
    /// The tool's class.
    pub capability: Capability,
    /// What the call would touch.
    pub access: &'a Access,
    /// The mode that holds.
    pub mode: &'a ModeSpec,
    /// The root of the workspace, absolute.
    pub workspace: &'a Path,
    /// The person's home directory, when known.
    pub home: Option<&'a Path>,
    /// Whether some mechanism of the operating system really confines commands.
    pub is_sandboxed: bool,
    /// What the session has read that may be foreign; absent while it has not.
    pub taint: Option<Foreign<'a>>,
    /// What is known of withheld files that nothing hides from a command.
    pub withheld: Withheld<'a>,
    /// Of the files that a command names to delete ([`crate::Policy::going`]), those that are there and that the session did
    /// not make; absent where nobody has looked.
    pub at_stake: Option<&'a [PathBuf]>,
}

/// Foreign text that a session has read: whoever wrote it may want something to be sent somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign<'a> {
    /// What was read, in a few words.
    pub source: &'a str,
    /// The allow rules which a person gave knowing that: those given since.
    pub rules: &'a [String],
    /// The server of tools that all of it came from, if it came from one alone.
    pub server: Option<&'a str>,
}

impl<'a> Foreign<'a> {
    /// What the log tells of it; `None` while nothing was read.
    pub fn of(taint: &'a Taint) -> Option<Self> {
        let source = taint.source.as_deref()?;
        Some(Self { source, rules: &taint.rules, server: taint.server.as_deref() })
    }
}

impl Question<'_> {
    /// Whether a command without an explicit yes is held inside the workspace by the operating system.
    pub(crate) fn is_confined(&self) -> bool {
        self.is_sandboxed && self.mode.ceiling < Confinement::Unconfined
    }

    /// The confinement which really applies when `wanted` is wanted: none, where no mechanism is there.
    pub(crate) fn applied(&self, wanted: Confinement) -> Confinement {
        if self.is_sandboxed { wanted } else { Confinement::Unconfined }
    }
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It runs.
    Allow {
        /// The rule that let it pass: as a person wrote it, or a built-in one.
        rule: String,
        /// What a command runs under; [`Confinement::Unconfined`] when no mechanism is there to apply another.
        confinement: Confinement,
    },
    /// A person decides; headless, it is denied.
    Ask {
        /// The rule that asks.
        rule: String,
        /// Why, in words for the person.
        why: String,
        /// The rules which an approval for the session or the project would save: exactly these let the same call
        /// pass afterwards. Empty when no rule can be saved.
        offers: Vec<String>,
        /// Whether it belongs to the set that stops even in YOLO.
        is_catastrophic: bool,
        /// What a command would run under after a yes.
        confinement: Confinement,
        /// What it would do, in a few words.
        effect: String,
    },
    /// It does not run.
    Deny {
        /// The rule that denies.
        rule: String,
        /// Why, in words for the model and the person.
        why: String,
    },
}

impl Decision {
    /// `allow`, `ask` or `deny`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Ask { .. } => "ask",
            Self::Deny { .. } => "deny",
        }
    }

    /// The rule that decided.
    pub fn rule(&self) -> &str {
        match self {
            Self::Allow { rule, .. } | Self::Ask { rule, .. } | Self::Deny { rule, .. } => rule,
        }
    }
}
