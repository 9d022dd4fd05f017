//! Signals as events: end, stop, another size, and the terminal going away.

use anyhow::Context as _;
use rustix::process::{Signal, kill_current_process_group};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::setup::Exit;

/// What a signal means for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notable {
    /// SIGINT: what Ctrl+C sends while the terminal is not in raw mode.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal went away.
    Hangup,
    /// SIGTSTP: give the terminal back and stop.
    Stop,
    /// SIGWINCH: the terminal has another size, or had one in between.
    Resize,
}

impl Notable {
    /// How a screen ends that this ends.
    pub(crate) fn exit(self) -> Option<Exit> {
        match self {
            Self::Interrupt => Some(Exit::Signal(SignalKind::interrupt().as_raw_value())),
            Self::Terminate => Some(Exit::Signal(SignalKind::terminate().as_raw_value())),
            Self::Hangup => Some(Exit::Hangup),
            Self::Stop | Self::Resize => None,
        }
    }
}

/// The signals that concern the screen.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
    stop: Stream,
    resize: Stream,
}

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let open = |kind| signal(kind).context("signals cannot be received");
        Ok(Self {
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
            hangup: open(SignalKind::hangup())?,
            stop: open(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            resize: open(SignalKind::window_change())?,
        })
    }

    /// Waits for the next one. Cancellation safe.
    pub(crate) async fn next(&mut self) -> Notable {
        tokio::select! {
            _ = self.interrupt.recv() => Notable::Interrupt,
            _ = self.terminate.recv() => Notable::Terminate,
            _ = self.hangup.recv() => Notable::Hangup,
            _ = self.stop.recv() => Notable::Stop,
            _ = self.resize.recv() => Notable::Resize,
        }
    }
}

/// Stops this process and its group (a wrapper such as `cargo run` must stop with it) until `fg`.
///
/// SIGSTOP and not SIGTSTP: the latter is caught above and would come back after the stop.
pub(crate) fn stop_process_group() -> anyhow::Result<()> {
    kill_current_process_group(Signal::STOP).context("the program cannot be suspended")
}
