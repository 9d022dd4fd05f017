//! Whether what a mission would touch lies within the grant of its card, and the card that would allow it
//! (RECURSIVE §7.9).
//!
//! *Invariants:* what a grant does not name is outside of it; reading everything is the only thing that an empty list
//! grants. *Not here:* symbolic links, which the file tools resolve before they ask.

mod amendment;
mod globs;

use std::path::Path;

use headwater_protocol::{Access, Capability, Grant};

pub use self::amendment::{Amendment, amend, over_budget};
pub use self::globs::PathGlobs;
use self::globs::relative;

/// A grant, ready to be asked.
#[derive(Clone, Debug)]
pub struct GrantRules {
    reads: Option<PathGlobs>,
    writes: PathGlobs,
    tools: Vec<String>,
    commands: Vec<String>,
}

/// Something that lies outside of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Reading this path, relative to the workspace where it lies there.
    Read(String),
    /// Writing this path.
    Write(String),
    /// Calling this tool.
    Tool(String),
    /// Running this command.
    Command(String),
    /// More calls than the card allows: as many as these.
    Calls(u32),
    /// More money than the card allows: as much as this, in thousandths of a dollar.
    Cost(u64),
}

/// A call as the grant judges it.
#[derive(Clone, Copy, Debug)]
pub struct GrantedCall<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Its class.
    pub capability: Capability,
    /// What the call would touch.
    pub access: &'a Access,
}

impl GrantRules {
    /// Reads a grant. The error is a sentence: a glob that is none.
    pub fn new(grant: &Grant) -> Result<Self, String> {
        let reads = if grant.reads.is_empty() { None } else { Some(PathGlobs::new(&grant.reads)?) };
        let (tools, commands) = (grant.tools.clone(), grant.commands.clone());
        Ok(Self { reads, writes: PathGlobs::new(&grant.writes)?, tools, commands })
    }

    /// Whether a call lies within the grant; otherwise what lies beyond it.
    pub fn judge(&self, call: &GrantedCall<'_>, workspace: &Path) -> Result<(), Beyond> {
        self.tool(call)?;
        match call.access {
            Access::Nothing | Access::Ask => Ok(()),
            Access::Read(paths) => paths.iter().try_for_each(|path| self.read(path, workspace)),
            Access::Write(paths) => paths.iter().try_for_each(|path| self.write(path, workspace)),
            Access::Run { command } => self.command(command),
        }
    }

    /// Tools that only read, or change only the session, need no word of the card. Commands are granted one by one.
    fn tool(&self, call: &GrantedCall<'_>) -> Result<(), Beyond> {
        let needs_no_word = match call.capability {
            Capability::Read | Capability::State | Capability::Ask | Capability::Shell => true,
            // What a sub-agent would do stands in no card.
            Capability::Write | Capability::Delegate => false,
        };
        let is_granted = needs_no_word || self.tools.iter().any(|tool| tool == call.tool);
        if is_granted { Ok(()) } else { Err(Beyond::Tool(call.tool.to_owned())) }
    }

    /// Whether a path may be read.
    pub fn read(&self, path: &Path, workspace: &Path) -> Result<(), Beyond> {
        let inside = relative(path, workspace);
        let is_granted = match (&self.reads, &inside) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(globs), Some(inside)) => globs.holds(inside) || self.writes.holds(inside),
        };
        if is_granted {
            Ok(())
        } else {
            Err(Beyond::Read(inside.unwrap_or_else(|| path.display().to_string())))
        }
    }

    /// Whether a path may be written.
    pub fn write(&self, path: &Path, workspace: &Path) -> Result<(), Beyond> {
        match relative(path, workspace) {
            Some(inside) if self.writes.holds(&inside) => Ok(()),
            Some(inside) => Err(Beyond::Write(inside)),
            None => Err(Beyond::Write(path.display().to_string())),
        }
    }

    /// What may be written.
    pub fn writes(&self) -> &PathGlobs {
        &self.writes
    }

    /// Whether a command may run: exactly as the card has it, but for white space at its ends.
    pub fn command(&self, command: &str) -> Result<(), Beyond> {
        let is_granted = self.commands.iter().any(|granted| granted.trim() == command.trim());
        if is_granted { Ok(()) } else { Err(Beyond::Command(command.to_owned())) }
    }
}

impl std::fmt::Display for Beyond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(path) => write!(f, "read {path}"),
            Self::Write(path) => write!(f, "write {path}"),
            Self::Tool(tool) => write!(f, "call {tool}"),
            Self::Command(command) => write!(f, "run `{command}`"),
            Self::Calls(calls) => write!(f, "make {calls} calls"),
            Self::Cost(thousandths) => write!(f, "spend ${:.3}", *thousandths as f64 / 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests;
