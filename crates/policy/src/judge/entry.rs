//! The shape of a table row: programs, their flags and sub-commands, and what their operands are.

use super::invocation::Invocation;
use super::risk::{Finding, Risk};

/// What the operands of a program are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Targets {
    /// Nothing it writes.
    None,
    /// Files it creates or changes.
    Written,
    /// The last one is written, the others are read.
    LastWritten,
    /// Files it deletes.
    Deleted,
}

/// An option that changes what a program does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// The option: `--long`, `-s`, or `-word`.
    pub(crate) spelling: &'static str,
    /// What it makes of the command.
    pub(crate) risk: Risk,
    /// Why, in words for the person.
    pub(crate) why: &'static str,
}

/// Looks closer than a table can; adds what it finds.
pub(crate) type Judge = fn(&Invocation<'_>, &mut Vec<Finding>);

/// One row: programs (or sub-commands) which are judged alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The names it goes by.
    pub(crate) names: &'static [&'static str],
    /// What it does when no flag and no sub-command says otherwise.
    pub(crate) risk: Risk,
    /// Why, in words for the person.
    pub(crate) why: &'static str,
    /// Options that make it worse.
    pub(crate) flags: &'static [Flag],
    /// Its sub-commands.
    pub(crate) subcommands: &'static [Entry],
    /// Options before the sub-command which take the next word as their value.
    pub(crate) valued: &'static [&'static str],
    /// What its operands are.
    pub(crate) targets: Targets,
    /// A closer look.
    pub(crate) judge: Option<Judge>,
}

/// A row of programs that are judged alike.
pub(crate) const fn entry(risk: Risk, names: &'static [&'static str], why: &'static str) -> Entry {
    Entry { names, risk, why, flags: &[], subcommands: &[], valued: &[], targets: Targets::None, judge: None }
}

/// A program whose sub-commands decide.
pub(crate) const fn group(names: &'static [&'static str], subcommands: &'static [Entry]) -> Entry {
    Entry { subcommands, ..entry(Risk::Local, names, "it may change files") }
}

impl Entry {
    /// With options that make it worse.
    pub(crate) const fn flags(self, flags: &'static [Flag]) -> Self {
        Self { flags, ..self }
    }

    /// With options before the sub-command which take a value.
    pub(crate) const fn valued(self, valued: &'static [&'static str]) -> Self {
        Self { valued, ..self }
    }

    /// With sub-commands.
    pub(crate) const fn subcommands(self, subcommands: &'static [Self]) -> Self {
        Self { subcommands, ..self }
    }

    /// With operands that are written or deleted.
    pub(crate) const fn targets(self, targets: Targets) -> Self {
        Self { targets, ..self }
    }

    /// With a closer look.
    pub(crate) const fn judge(self, judge: Judge) -> Self {
        Self { judge: Some(judge), ..self }
    }
}

impl Flag {
    /// A flag that makes the command worse.
    pub(crate) const fn new(spelling: &'static str, risk: Risk, why: &'static str) -> Self {
        Self { spelling, risk, why }
    }
}
