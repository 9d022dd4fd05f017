//! The directive dialect (RECURSIVE.md, head): a line a step, run in the host, on the variables that Python has too.

mod calls;
mod evaluation;
mod host_variables;
mod interpreter;
mod js;
mod nearness;
mod parser;
mod place;
mod printed;
mod references;
mod runner;
mod scanner;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;

pub(crate) use interpreter::Bilingual;
pub(crate) use parser::{Dialect, dialect, parse};
