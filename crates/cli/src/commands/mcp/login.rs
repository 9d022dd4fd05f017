//! `headwater mcp login NAME`: the person logs in with a browser; what comes of it is kept beside the keys.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use headwater_tools::mcp::{Login, LoginError};
use hyper::StatusCode;
use tokio::sync::mpsc;

use super::named;
use crate::mcp::{Callback, Came, Definition, Survey, Tokens, Way, filled_url};
use crate::output;
use crate::premises::Premises;
use crate::runtime;
use crate::user_error::UserError;

/// Which server, and how.
#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// Print the page to log in at, and open no browser.
    #[arg(long = "no-browser")]
    is_without_browser: bool,
}

/// How long a person may take in the browser.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) fn run(own: &LoginArguments, premises: &Premises) -> Result<u8> {
    let server = named(&Survey::of(premises), &own.name)?;
    if server.asks.is_some() {
        let error = UserError::usage(format!("the MCP server \"{}\" waits for your yes", own.name));
        return Err(error.hint(format!("Look at it first: headwater mcp approve {}", own.name)).into());
    }
    let url = address_of(&server.definition)?;
    let runtime = runtime::single_threaded()?;
    let made = runtime.block_on(async {
        tokio::select! {
            made = tokio::time::timeout(PATIENCE, log_in(own, &url, premises)) => made.unwrap_or_else(|_| {
                Err(UserError::failed("nobody came back from the login").hint("Try again.").into())
            }),
            _ = tokio::signal::ctrl_c() => Ok(130),
        }
    });
    // A thread that waits for a line of the terminal is not waited for.
    runtime.shutdown_background();
    made
}

/// Where a server answers that one can log in to.
pub(super) fn address_of(definition: &Definition) -> Result<String> {
    match definition.way() {
        Ok(Way::Url(url)) => filled_url(url).map_err(|why| UserError::usage(why).into()),
        Ok(Way::Command(_)) => {
            let message =
                format!("the MCP server \"{}\" is a program, which knows no login", definition.name);
            Err(UserError::usage(message).hint("What it needs is in its environment.").into())
        }
        Err(why) => Err(UserError::usage(format!("the MCP server \"{}\": {why}", definition.name)).into()),
    }
}

async fn log_in(own: &LoginArguments, url: &str, premises: &Premises) -> Result<u8> {
    let mut callback = Callback::open().await?;
    let keeper = Arc::new(Tokens::of(&premises.paths, url));
    let begun = Login::begin(url, callback.redirect(), None, keeper).await;
    let login = begun.map_err(|why| {
        UserError::failed(format!("there is no way to log in to {url}: {}", output::one_line(&why, 400)))
            .hint("Servers with a key of their own take it as a header: `headwater mcp add --header`.")
    })?;
    output::note(&format!("Log in to {} at:", own.name));
    output::note(&output::without_controls(login.page()));
    if !own.is_without_browser && has_browser() {
        open_browser(login.page());
    }
    let mut pasted = lines();
    if std::io::stdin().is_terminal() {
        output::note("Or paste the address here that the browser ends at.");
    }
    loop {
        let (came, line) = tokio::select! {
            came = callback.next() => (came, None),
            Some(line) = pasted.recv() => (None, Some(line)),
        };
        let address = match (&came, &line) {
            (Some(came), _) => came.address.as_str(),
            (None, Some(line)) => line.as_str(),
            (None, None) => return Err(UserError::failed("the page of the login is gone").into()),
        };
        let finished = login.finish(address).await;
        tell_browser(came, &finished);
        match finished {
            Ok(()) => break,
            Err(LoginError::Stray) => {
                output::note("An answer came that is not to this login; it was left alone.");
            }
            Err(LoginError::Failed(why)) => {
                callback.close().await;
                let message = format!("the login to {} failed: {}", own.name, output::one_line(&why, 400));
                return Err(UserError::failed(message).hint("Try again.").into());
            }
        }
    }
    callback.close().await;
    output::print(&format!("Logged in to {}.\n", own.name))?;
    Ok(0)
}

fn tell_browser(came: Option<Came>, finished: &Result<(), LoginError>) {
    let Some(Came { reply, .. }) = came else { return };
    let shown = match finished {
        Ok(()) => (StatusCode::OK, "Logged in. This page can be closed.".to_owned()),
        Err(error) => (StatusCode::BAD_REQUEST, output::one_line(&error.to_string(), 400)),
    };
    // A browser that has left needs to be shown nothing.
    reply.send(shown).ok();
}

/// Lines that are typed, where somebody can type.
fn lines() -> mpsc::Receiver<String> {
    let (told, lines) = mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if told.blocking_send(line.trim().to_owned()).is_err() {
                    return;
                }
            }
        });
    }
    lines
}

/// Whether a browser could be seen by the person here.
fn has_browser() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WSL_DISTRO_NAME")
}

fn open_browser(page: &str) {
    if let Err(error) = open::that_detached(page) {
        output::note(&format!("note: no browser could be opened: {error}"));
    }
}
