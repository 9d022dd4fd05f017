//! Reads a shell script into the simple commands it may run, and says when it cannot.

mod ansi;
mod directories;
mod heredoc;
mod integrity;
mod mentions;
mod script;
mod simple;
mod unit;
mod unwrap;
mod walk;
mod word;

pub(crate) use directories::Directories;
pub(crate) use mentions::{catastrophic_mention, deletion_mention, loose_words};
pub(crate) use script::read;
pub(crate) use simple::{Assignment, Redirect, RedirectKind, Stdin};
pub(crate) use unit::{Unit, units};
pub(crate) use unwrap::is_runner;
pub(crate) use word::Word;
