//! The policy from outside: the table of commands, rules, files, and properties.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up has failed")]

mod commands;
mod deleting;
mod files;
mod properties;
mod rules;
mod secrets;
mod setting;
mod taint;
mod touches;
mod withheld;
