//! `headwater mcp …`: one file each.

mod add;
mod approve;
mod list;
mod login;
mod logout;
mod probe;
mod remove;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::args::Globals;
use crate::mcp::{Survey, Surveyed};
use crate::premises::Premises;
use crate::user_error::UserError;

/// What to do with MCP servers.
#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the servers of yours and of this project.
    List(list::ListArguments),
    /// Add a server to your settings.
    Add(add::AddArguments),
    /// Remove a server from your settings.
    Remove(remove::RemoveArguments),
    /// Connect to servers and say what they bring, or why they do not.
    Probe(probe::ProbeArguments),
    /// Say yes to a server that this project brings.
    Approve(approve::ApproveArguments),
    /// Log in to a server over HTTP.
    Login(login::LoginArguments),
    /// Remove what a login to a server left here.
    Logout(logout::LogoutArguments),
}

pub(super) fn run(own: &McpArguments, globals: &Globals) -> Result<u8> {
    let premises = Premises::find_unattended(globals)?;
    match &own.action {
        Action::List(arguments) => list::run(arguments, &premises),
        Action::Add(arguments) => add::run(arguments, &premises),
        Action::Remove(arguments) => remove::run(arguments, &premises),
        Action::Probe(arguments) => probe::run(arguments, &premises),
        Action::Approve(arguments) => approve::run(arguments, &premises),
        Action::Login(arguments) => login::run(arguments, &premises),
        Action::Logout(arguments) => logout::run(arguments, &premises),
    }
}

/// The server of this name; the error names those that there are.
fn named(survey: &Survey, name: &str) -> Result<Surveyed> {
    survey.find(name).cloned().ok_or_else(|| {
        let names: Vec<&str> = survey.servers.iter().map(|server| server.definition.name.as_str()).collect();
        let error = UserError::usage(format!("there is no MCP server \"{name}\""));
        let hint = if names.is_empty() {
            "`headwater mcp add` adds one.".to_owned()
        } else {
            format!("There are {}.", names.join(", "))
        };
        error.hint(hint).into()
    })
}
