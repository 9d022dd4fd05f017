//! Follows a running command to its end: output, deadline, cancellation, reports, and what is left to put back.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::time::{Instant as Moment, sleep, sleep_until};

use crate::capture::{Capture, Captured};
use crate::error::SandboxError;
use crate::filter::{OutputFilter, OutputFilters};
use crate::outcome::{Exit, Outcome};
use crate::platform::{Aftermath, Child, Output, Report, Started, exit_of};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long output is still read after the end: a process outside may hold the pipe.
const DRAIN: Duration = Duration::from_millis(100);
/// How long the supervising process may take to kill everything before it is left alone with it. Only a process that the
/// kernel cannot interrupt, or a machine without any time to spare, takes longer than the grace of 80 ms.
const PATIENCE: Duration = Duration::from_secs(5);

/// The bounds of one command.
pub(crate) struct Bounds {
    /// When the command was asked for.
    pub(crate) began: Instant,
    /// How long it may take from there.
    pub(crate) timeout: Duration,
    /// What is kept of its output.
    pub(crate) capture: Capture,
    /// What is kept of its standard error, where that is apart.
    pub(crate) errors: Capture,
    /// What changes both before anybody sees them.
    pub(crate) filters: Option<OutputFilters>,
}

/// What can happen while a command runs.
enum Happening {
    Reported(Option<Report>),
    Wrote(io::Result<usize>),
    Complained(io::Result<usize>),
    MustEnd(Exit),
    Stuck,
}

/// Follows `started` to its end.
pub(crate) async fn drive(
    started: Started,
    bounds: Bounds,
    cancelled: impl Future<Output = ()>,
    on_output: impl FnMut(&[u8]),
) -> Result<Outcome, SandboxError> {
    let Started { mut child, mut output, mut errors, aftermath, origin } = started;
    let Bounds { began, timeout, capture, errors: kept, filters } = bounds;
    let mut sink = Sink::new(capture, filters.as_ref(), on_output);
    let mut complaints = Sink::new(kept, filters.as_ref(), |_: &[u8]| {});
    let mut end = End::default();
    let mut cancelled = pin!(cancelled);
    let mut deadline = pin!(sleep(timeout.saturating_sub(began.elapsed())));
    let mut patience: Option<Moment> = None;
    let is_reaped = loop {
        let may_end = !end.is_near();
        let happening = tokio::select! {
            report = child.report() => Happening::Reported(report),
            read = output.read(&mut sink.buffer), if sink.is_open => Happening::Wrote(read),
            read = read_errors(&mut errors, &mut complaints.buffer), if complaints.is_open => Happening::Complained(read),
            () = &mut cancelled, if may_end => Happening::MustEnd(Exit::Cancelled),
            () = &mut deadline, if may_end => Happening::MustEnd(Exit::TimedOut),
            () = reached(patience) => Happening::Stuck,
        };
        match happening {
            Happening::Reported(Some(report)) => match origin.error_of(report) {
                Some(error) => return Err(error),
                None => end.note(report),
            },
            Happening::Reported(None) => break true,
            Happening::Wrote(read) => sink.take(read).await,
            Happening::Complained(read) => complaints.take(read).await,
            Happening::MustEnd(exit) => end.forced = Some(exit),
            Happening::Stuck => break false,
        }
        // The failure itself is what the caller is told.
        end.forced = end.forced.or(sink.failure.as_ref().map(|_| Exit::Cancelled));
        if may_end && end.forced.is_some() {
            child.terminate();
            patience = Some(Moment::now() + PATIENCE);
        }
    };
    release(child, is_reaped).await;
    // Past the deadline whatever a stranger still writes is not ours to wait for.
    drop(tokio::time::timeout(DRAIN, sink.drain(&mut output)).await);
    drop(tokio::time::timeout(DRAIN, drain_errors(&mut complaints, &mut errors)).await);
    let written = Written { output: sink.finish().await?, errors: complaints.finish().await? };
    end.conclude(began, written, &aftermath)
}

/// Resolves at a moment; never where none is set.
async fn reached(moment: Option<Moment>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Collects a child that has ended. Another is let go of: its supervising process goes on killing, and killed itself it would
/// leave the rest to nobody.
async fn release(child: Child, is_reaped: bool) {
    if is_reaped {
        child.reap().await;
    }
}

/// Reads its standard error; never ready where that is part of the output.
async fn read_errors(errors: &mut Option<Output>, buffer: &mut [u8]) -> io::Result<usize> {
    match errors {
        Some(errors) => errors.read(buffer).await,
        None => std::future::pending().await,
    }
}

/// Reads the rest of its standard error, where that is apart.
async fn drain_errors<F: FnMut(&[u8])>(complaints: &mut Sink<F>, errors: &mut Option<Output>) {
    if let Some(errors) = errors {
        complaints.drain(errors).await;
    }
}

/// What was kept of what it wrote.
struct Written {
    output: Captured,
    errors: Captured,
}

/// What is known of the end so far.
#[derive(Default)]
struct End {
    /// How we end it ourselves.
    forced: Option<Exit>,
    /// How its own process ended.
    own: Option<Exit>,
    violated: Vec<u16>,
}

impl End {
    fn is_near(&self) -> bool {
        self.forced.is_some() || self.own.is_some()
    }

    fn note(&mut self, report: Report) {
        match report {
            Report::Started => {}
            #[cfg(target_os = "linux")]
            Report::Failed(..) | Report::Over => {}
            Report::Ended(status) => self.own = Some(exit_of(status)),
            Report::Violated(index) => self.violated.push(index),
        }
    }

    fn conclude(
        self,
        began: Instant,
        written: Written,
        aftermath: &Aftermath,
    ) -> Result<Outcome, SandboxError> {
        let stopped = (!self.violated.is_empty()).then_some(Exit::Stopped);
        let exit = self.forced.or(stopped).or(self.own).ok_or(SandboxError::SupervisorLost)?;
        let violations = aftermath.settle(&self.violated);
        let Written { output, errors } = written;
        Ok(Outcome { exit, output, errors, duration: began.elapsed(), violations })
    }
}

/// Where output goes.
struct Sink<F> {
    capture: Capture,
    filter: Option<Box<dyn OutputFilter>>,
    on_output: F,
    buffer: Vec<u8>,
    is_open: bool,
    failure: Option<SandboxError>,
}

impl<F: FnMut(&[u8])> Sink<F> {
    fn new(capture: Capture, filters: Option<&OutputFilters>, on_output: F) -> Self {
        let filter = filters.map(OutputFilters::make);
        Self { capture, filter, on_output, buffer: vec![0; CHUNK_BYTES], is_open: true, failure: None }
    }

    /// Takes what was read into the buffer. After a failure output is read on, so that the command is not blocked, and dropped.
    async fn take(&mut self, read: io::Result<usize>) {
        let chunk = self.buffer.get(..read.unwrap_or(0)).unwrap_or_default();
        self.is_open = !chunk.is_empty();
        if self.failure.is_some() {
            return;
        }
        let filtered = self.filter.as_mut().map(|filter| filter.push(chunk));
        let chunk = filtered.as_deref().unwrap_or(chunk);
        (self.on_output)(chunk);
        self.failure = self.capture.take(chunk).await.err();
    }

    async fn drain(&mut self, output: &mut Output) {
        while self.is_open {
            let read = output.read(&mut self.buffer).await;
            self.take(read).await;
        }
    }

    async fn finish(mut self) -> Result<Captured, SandboxError> {
        let rest = self.filter.as_mut().map(|filter| filter.finish()).unwrap_or_default();
        if !rest.is_empty() && self.failure.is_none() {
            (self.on_output)(&rest);
            self.failure = self.capture.take(&rest).await.err();
        }
        match self.failure {
            Some(failure) => Err(failure),
            None => self.capture.finish().await,
        }
    }
}
