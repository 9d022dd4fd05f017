//! The helpers of `repl` blocks, one file each (RECURSIVE §4): a Python part, and a part in the host where the text is
//! too large or the work too slow for Python.

mod between;
mod budget;
mod chunk;
mod count;
mod coverage;
mod dedupe;
mod diff;
mod extract;
mod freq;
mod grep;
mod head;
mod info;
mod lines;
mod outline;
mod parse;
mod peek;
mod quote;
mod records;
mod sample;
mod search;
mod split_by;
mod vars;

use crate::entry::HelperEntry;

/// All helpers, in the order in which the prompt lists them.
pub static HELPERS: &[HelperEntry] = &[
    info::HELPER,
    peek::HELPER,
    lines::HELPER,
    head::HELPER,
    outline::HELPER,
    grep::HELPER,
    count::HELPER,
    search::HELPER,
    chunk::HELPER,
    coverage::HELPER,
    between::HELPER,
    split_by::HELPER,
    extract::HELPER,
    records::HELPER,
    freq::HELPER,
    dedupe::HELPER,
    diff::HELPER,
    sample::HELPER,
    quote::HELPER,
    budget::HELPER,
    parse::HELPER,
    vars::HELPER,
];

#[cfg(test)]
mod tests;
