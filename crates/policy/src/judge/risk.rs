//! What a command may do, in the order of how much it takes to let it pass.

use std::borrow::Cow;
use std::path::PathBuf;

use headwater_protocol::Confinement;

/// The kind of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Risk {
    /// Provably only reads.
    ReadOnly,
    /// Writes at most what the sandbox lets it write.
    Local,
    /// Needs the network.
    Network,
    /// Ends or changes other processes.
    Process,
    /// Shows something to the world.
    Publish,
    /// Deletes files of the workspace.
    Deletion,
    /// Destroys work inside the workspace.
    Destructive,
    /// Reaches outside the workspace.
    Outside,
    /// Changes the machine.
    Privilege,
    /// Was not understood.
    Opaque,
    /// Cannot be made good again: stops in every mode.
    Catastrophic,
}

impl Risk {
    /// The name of the built-in rule.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::ReadOnly => "built-in: read-only",
            Self::Local => "built-in: confined to the workspace",
            Self::Network => "built-in: network",
            Self::Process => "built-in: processes",
            Self::Publish => "built-in: publishing",
            Self::Deletion => "built-in: deletes files",
            Self::Destructive => "built-in: destructive",
            Self::Outside => "built-in: outside the workspace",
            Self::Privilege => "built-in: changes the machine",
            Self::Opaque => "built-in: not understood",
            Self::Catastrophic => "built-in: catastrophic",
        }
    }

    /// What happens, in a few words for the person.
    pub(crate) fn effect(self) -> &'static str {
        match self {
            Self::ReadOnly => "reads only",
            Self::Local => "may change files of the workspace",
            Self::Network => "reaches the network",
            Self::Process => "ends or changes other processes",
            Self::Publish => "publishes to others",
            Self::Deletion => "deletes files that this session did not make",
            Self::Destructive => "destroys work that may not be recoverable",
            Self::Outside => "reaches outside the workspace",
            Self::Privilege => "changes this machine",
            Self::Opaque => "cannot be told before it runs",
            Self::Catastrophic => "cannot be undone",
        }
    }

    /// The narrowest confinement under which it can succeed.
    pub(crate) fn needs(self) -> Confinement {
        match self {
            Self::ReadOnly => Confinement::ReadOnly,
            Self::Local | Self::Deletion | Self::Destructive | Self::Opaque => Confinement::WorkspaceWrite,
            Self::Network | Self::Publish => Confinement::WorkspaceWriteNetwork,
            Self::Process | Self::Outside | Self::Privilege | Self::Catastrophic => Confinement::Unconfined,
        }
    }
}

/// One reason for caution about a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The kind.
    pub(crate) risk: Risk,
    /// Why, in words for the person.
    pub(crate) why: Cow<'static, str>,
    /// What it takes to succeed.
    pub(crate) needs: Confinement,
    /// Whether an allow rule for the command covers it: not what stands around the command.
    pub(crate) is_coverable: bool,
    /// The files that go, where it names them.
    pub(crate) goes: Option<Goes>,
}

/// Files that a command makes go. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goes {
    /// Each path that may be meant.
    pub(crate) paths: Vec<PathBuf>,
    /// How.
    pub(crate) manner: Manner,
    /// Patterns of what is moved, each with the directory that it is moved into.
    pub(crate) moved: Vec<(PathBuf, PathBuf)>,
}

impl Goes {
    /// Whether the files are named, and none of them only by a pattern.
    pub(crate) fn is_named(&self) -> bool {
        self.moved.is_empty()
    }
}

/// How files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They are deleted by their names.
    Deleted,
    /// Something else is put in their place, if they are there.
    Replaced,
}

impl Finding {
    /// A finding about the command itself.
    pub(crate) fn new(risk: Risk, why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            risk,
            why: why.into(),
            needs: risk.needs(),
            is_coverable: risk < Risk::Catastrophic,
            goes: None,
        }
    }

    /// A finding about what stands around the command: redirects, variables, secrets.
    pub(crate) fn around(risk: Risk, why: impl Into<Cow<'static, str>>) -> Self {
        Self { is_coverable: false, ..Self::new(risk, why) }
    }

    /// The same, naming the files that go.
    pub(crate) fn of(self, paths: Vec<PathBuf>, manner: Manner) -> Self {
        Self { goes: Some(Goes { paths, manner, moved: Vec::new() }), ..self }
    }

    /// The same, needing something else than its kind usually does.
    pub(crate) fn needing(self, needs: Confinement) -> Self {
        Self { needs, ..self }
    }
}
