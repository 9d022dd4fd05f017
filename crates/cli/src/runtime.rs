//! The async runtimes, and the signals that end a run.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// For a run without a screen: one thread is quickest to start and smallest.
pub(crate) fn single_threaded() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(8)
        .build()
        .context("no runtime can be started")
}

/// For the screen: it draws on the calling thread, the engine works on another, so that neither waits for the other.
pub(crate) fn for_screen() -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(1)
        .max_blocking_threads(8)
        .enable_all()
        .build()
        .context("no runtime can be started")
}

/// For many sessions at once, without a screen.
pub(crate) fn for_many(threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .enable_all()
        .build()
        .context("no runtime can be started")
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// SIGINT: the turn.
    Interrupt,
    /// SIGTERM or SIGHUP: the process.
    Terminate,
}

/// The signals that end a run.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// How long a run may take to end after a signal. Its last records are written well before, unless whoever reads its
/// output has stopped reading: a write then waits for ever, and everything on its thread with it.
const LAST_RESORT: Duration = Duration::from_secs(8);

impl Signals {
    /// Listens from now on; the default action of these signals no longer holds. A run that has not ended by itself some
    /// time after one is ended.
    pub(crate) fn listen() -> Result<Self> {
        let watch = std::thread::Builder::new().name("last-resort".into()).spawn(end_at_last);
        watch.context("signals cannot be watched")?;
        Self::subscribe()
    }

    fn subscribe() -> Result<Self> {
        let on = |kind| signal(kind).context("signals cannot be listened to");
        Ok(Self {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    /// The next one. Cancellation safe.
    pub(crate) async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
            _ = self.hangup.recv() => Stop::Terminate,
        }
    }
}

/// Waits for a signal on a thread that nothing else can hold up, and ends the process when it is still there then.
fn end_at_last() {
    let waited = single_threaded().and_then(|runtime| {
        runtime.block_on(async {
            let stop = Signals::subscribe()?.next().await;
            tokio::time::sleep(LAST_RESORT).await;
            Ok(stop)
        })
    });
    match waited {
        Ok(Stop::Interrupt) => std::process::exit(130),
        Ok(Stop::Terminate) => std::process::exit(143),
        Err(error) => tracing::warn!(%error, "a run whose output nobody reads would not end"),
    }
}
