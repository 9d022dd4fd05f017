//! The known programs, one file for each family. A program in no family may change files, nothing else is known.

mod builds;
mod builtins;
mod clouds;
mod containers;
mod deleting;
mod disks;
mod files;
mod git;
mod languages;
mod network;
mod packages;
mod privilege;
mod processes;
mod reading;
mod shells;
mod wrappers;

pub(crate) use languages::{is_interpreter, take_program};
pub(crate) use shells::SHELLS;
pub(crate) use wrappers::{PLAIN, WRAPPERS, Wrapper};

use crate::judge::Entry;

/// Every family; the first row that has a name is the one.
const FAMILIES: &[&[Entry]] = &[
    builtins::FAMILY,
    reading::FAMILY,
    deleting::FAMILY,
    files::FAMILY,
    git::FAMILY,
    builds::FAMILY,
    shells::FAMILY,
    languages::FAMILY,
    packages::FAMILY,
    network::FAMILY,
    clouds::FAMILY,
    processes::FAMILY,
    containers::FAMILY,
    privilege::FAMILY,
    disks::FAMILY,
];

/// The row of a program.
pub(crate) fn find(program: &str) -> Option<&'static Entry> {
    FAMILIES.iter().copied().flatten().find(|entry| entry.names.contains(&program))
}
