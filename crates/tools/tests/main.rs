//! Behaviour of the built-in tools, called as the engine calls them, with real files and processes.

mod ask_and_todos;
mod editing;
mod escapes;
mod finding;
mod jobs;
mod output;
mod reading;
mod shell;
mod specifications;
mod stage;
mod writing;
