//! Judges one command by the tables of known programs.

mod classify;
mod entry;
mod environment;
mod going;
mod history;
mod history_limits;
mod invocation;
mod part;
mod program;
mod reach;
mod risk;
mod secrets;
mod targets;

pub(crate) use classify::first_operand;
pub(crate) use entry::{Entry, Flag, Targets, entry, group};
pub(crate) use environment::file_words;
pub use going::Going;
pub(crate) use going::{going, weigh};
pub(crate) use history::{is_git, shown_by_history};
pub(crate) use invocation::Invocation;
pub(crate) use part::{Part, judge_unit};
pub(crate) use program::{base_name, program_name};
pub(crate) use reach::{Reach, reached};
pub(crate) use risk::{Finding, Goes, Manner, Risk};
pub(crate) use secrets::{may_be_secret, secret_files};
pub(crate) use targets::{delete_finding, write_finding};
