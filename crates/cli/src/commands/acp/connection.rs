//! The connection from its first line to its end: the client's, a signal's, or that of whoever read the answers.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agent_client_protocol_schema::v1::{Error, RequestId};
use anyhow::{Context as _, Result};
use headwater_sandbox::Probe;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::methods::{self, Desk};
use super::session::Host;
use super::sessions::Sessions;
use super::wire::{Client, Incoming, Line, Lines, Reply, read, write};
use crate::args::Globals;
use crate::output;
use crate::runtime::{Signals, Stop};

/// Bytes of the longest line that is read: a prompt with pictures in it.
const LONGEST: usize = 32 * 1024 * 1024;
/// Lines that may wait to be looked at; more than that, and the client waits.
const LINES_IN: usize = 16;
/// Lines that may wait to be written; more than that, and the sessions wait.
const LINES_OUT: usize = 1_024;
/// How long the sessions may take to write their last records and end what they started.
const LAST_RECORDS: Duration = Duration::from_secs(5);
/// How long the last lines may take to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Serves one client; the exit code of the process.
pub(super) async fn serve(globals: &Globals, probe: Probe) -> Result<u8> {
    let mut signals = Signals::listen()?;
    let mut lines = lines_in()?;
    let (out, lines_out) = mpsc::channel(LINES_OUT);
    let mut writing = lines_written(lines_out)?;
    let mut left = std::pin::pin!(told(reader_left()?));
    let client = Client::new(out);
    let host = Host { globals: globals.clone(), probe, client: client.clone(), abilities: OnceLock::new() };
    let (sessions, mut done) = Sessions::new();
    let desk = Desk { host: Arc::new(host), sessions };
    let end = loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => {
                    // The client may have left while its answer waits to be read.
                    tokio::select! {
                        () = take(&desk, line) => {}
                        _ = &mut writing => break End::Unread,
                        () = &mut left => break End::Left,
                        stop = signals.next() => break End::Stopped(stop),
                    }
                }
                None => break End::Closed,
            },
            _ = &mut writing => break End::Unread,
            () = &mut left => break End::Left,
            stop = signals.next() => break End::Stopped(stop),
        }
    };
    desk.sessions.end_all();
    drop((desk, client));
    if timeout(LAST_RECORDS, done.recv()).await.is_err() {
        output::note("warning: a session did not end in time");
    }
    if end != End::Unread {
        timeout(LAST_LINES, writing).await.ok();
    }
    Ok(end.code())
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client says no more.
    Closed,
    /// It reads no more.
    Left,
    /// It read no more when something was written.
    Unread,
    /// A signal came.
    Stopped(Stop),
}

impl End {
    fn code(self) -> u8 {
        match self {
            Self::Closed | Self::Left | Self::Unread => 0,
            Self::Stopped(Stop::Interrupt) => 130,
            Self::Stopped(Stop::Terminate) => 143,
        }
    }
}

/// The lines of the client, read on a thread of their own: nothing else ends a read that waits.
fn lines_in() -> Result<mpsc::Receiver<Line>> {
    let (lines, out) = mpsc::channel(LINES_IN);
    let reading = move || {
        for line in Lines::new(io::stdin().lock(), LONGEST) {
            match line {
                Ok(line) => {
                    if lines.blocking_send(line).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the client cannot be read");
                    return;
                }
            }
        }
    };
    std::thread::Builder::new().name("acp-in".into()).spawn(reading).context("no thread can be started")?;
    Ok(out)
}

/// Writes the lines on a thread of its own; what is given back resolves when nothing more can be written.
fn lines_written(lines: mpsc::Receiver<Vec<u8>>) -> Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel();
    let writing = move || {
        if let Err(error) = write(io::stdout().lock(), lines) {
            tracing::debug!(%error, "the client has left");
        }
        // Whoever waited may be gone.
        ended.send(()).ok();
    };
    std::thread::Builder::new().name("acp-out".into()).spawn(writing).context("no thread can be started")?;
    Ok(end)
}

/// Resolves when something is told; never where nothing ever will be.
async fn told(told: oneshot::Receiver<()>) {
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits on a thread of its own until nobody reads standard output: without it, that would be seen at the next write only.
fn reader_left() -> Result<oneshot::Receiver<()>> {
    let (left, told) = oneshot::channel();
    let watching = move || {
        let stdout = io::stdout();
        loop {
            // Nothing is waited for but what is always told: that the other end is gone.
            let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
            match poll(&mut ends, None) {
                Ok(_) => break,
                Err(Errno::INTR) => {}
                // Never told, then: a write will see it.
                Err(_) => return,
            }
        }
        // The connection may have ended first.
        left.send(()).ok();
    };
    std::thread::Builder::new()
        .name("acp-watch".into())
        .spawn(watching)
        .context("no thread can be started")?;
    Ok(told)
}

/// Takes in one line.
async fn take(desk: &Desk, line: Line) {
    let client = &desk.host.client;
    let line = match line {
        Line::Whole(line) if line.trim_ascii().is_empty() => return,
        Line::Whole(line) => line,
        Line::TooLong => {
            let why = Value::from(format!("a message of more than {LONGEST} bytes"));
            return client.answer(RequestId::Null, Err(Error::invalid_request().data(why))).await;
        }
    };
    match read(&line) {
        Ok(Incoming::Request { id, method, params }) => {
            methods::call(desk, &method, &params, Reply::new(client.clone(), id)).await;
        }
        Ok(Incoming::Notification { method, params }) => methods::hear(desk, &method, params).await,
        Ok(Incoming::Response { id, outcome }) => client.settle(&id, outcome),
        Err(unreadable) => client.answer(unreadable.id, Err(unreadable.error)).await,
    }
}
