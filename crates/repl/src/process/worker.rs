//! A running worker: its pipes, and what is heard of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use headwater_protocol::repl::ReplOpening;
use headwater_sandbox::{Exit, Probe, Worker, WorkerCommand, WorkerLimits};
use serde::Serialize;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::{self, Receiver, Sender};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

use super::find::Python;
use super::frames::{LARGEST_FRAME, Outgoing, spawn_writer};
use super::incoming::Incoming;
use super::messages::FromWorker;
use super::passing;
use crate::helpers::HELPERS;
use crate::python::{MODULES, START};

/// Descriptors a worker may have, those it starts with among them (RECURSIVE §6.3).
const MOST_FILES: u64 = 16;
/// Memory beyond the context and the limit of blocks, in bytes: the interpreter itself (RECURSIVE §6.3).
const OWN_MEMORY: u64 = 256 << 20;
/// A text of the context can take six times its bytes, when one character widens it and it is copied (RECURSIVE §6.3).
const MEMORY_PER_BYTE: u64 = 6;
/// Processor time in the life of a worker: a stop for what spins between blocks.
const LONGEST_LIFE: Duration = Duration::from_hours(4);
/// Bytes of what it writes past all frames that are remembered, for the log.
const LAST_WORDS: usize = 4096;
/// Room in the pipes, in bytes.
const PIPE_BYTES: usize = 1 << 20;
/// How long a worker may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a worker is started from.
#[derive(Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) python: &'static Python,
    pub(crate) probe: &'a Probe,
    pub(crate) opening: &'a ReplOpening,
}

/// A running worker. Dropping it kills it.
pub(crate) struct Process {
    worker: Worker,
    /// How often it was interrupted.
    interrupts: u32,
    commands: mpsc::Sender<Outgoing>,
    messages: FramedRead<Receiver, LengthDelimitedCodec>,
    incoming: Incoming,
    last_words: Arc<Mutex<VecDeque<u8>>>,
}

/// What was heard of a worker.
pub(crate) enum Heard {
    /// A message.
    Message(FromWorker),
    /// Something that is none.
    Nonsense,
    /// It closed its end, so it is ending or has ended.
    Silence,
}

impl Process {
    /// Starts a worker and waits until it is ready.
    pub(crate) async fn start(launch: Launch<'_>) -> Result<Self, String> {
        let opening = launch.opening;
        let corpus = opening.corpus.clone();
        let descriptors = tokio::task::spawn_blocking(move || passing::descriptors(&corpus));
        let descriptors =
            descriptors.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let (places, fds): (Vec<usize>, Vec<_>) = descriptors.into_iter().unzip();
        let (commands, their_commands) = pipe_from_us().map_err(|error| error.to_string())?;
        let (messages, their_messages) = pipe_to_us().map_err(|error| error.to_string())?;
        let (out, their_out) = pipe_to_us().map_err(|error| error.to_string())?;
        let (err, their_err) = pipe_to_us().map_err(|error| error.to_string())?;
        let passed = [their_commands, their_messages].into_iter().chain(fds).collect();
        let command = command(launch, [their_out, their_err], passed);
        let worker = Worker::start(launch.probe, command).await.map_err(|error| error.to_string())?;
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        for stream in [out, err] {
            drain(stream, Arc::clone(&last_words));
        }
        let codec = LengthDelimitedCodec::builder().max_frame_length(LARGEST_FRAME).new_codec();
        let messages = FramedRead::new(messages, codec);
        let mut process = Self {
            worker,
            interrupts: 0,
            commands: spawn_writer(commands),
            messages,
            incoming: Incoming::default(),
            last_words,
        };
        process.send(&first_frame(opening, &places))?;
        match tokio::time::timeout(PATIENCE, process.hear()).await {
            Ok(Heard::Message(FromWorker::Ready)) => Ok(process),
            Ok(_) => Err(format!("the interpreter did not start: {}", process.last_words())),
            Err(_elapsed) => Err("the interpreter did not start within 30 s".to_owned()),
        }
    }

    /// Sends a message. An error means that it is too large, or that the worker reads no more.
    pub(crate) fn send(&self, message: &impl Serialize) -> Result<(), String> {
        self.pass(Outgoing::message(message)?)
    }

    /// Sends anything.
    pub(crate) fn pass(&self, outgoing: Outgoing) -> Result<(), String> {
        self.commands.try_send(outgoing).map_err(|_closed_or_full| "the worker reads no more".to_owned())
    }

    /// The next message. Cancellation safe.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            match self.messages.next().await {
                Some(Ok(frame)) => match self.incoming.take(&frame) {
                    Ok(Some(message)) => return Heard::Message(message),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(error, "the worker sent a frame that is none");
                        return Heard::Nonsense;
                    }
                },
                Some(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return Heard::Nonsense;
                }
                Some(Err(_)) | None => return Heard::Silence,
            }
        }
    }

    /// Interrupts what it computes.
    pub(crate) fn interrupt(&mut self) {
        self.interrupts = self.interrupts.saturating_add(1);
        self.worker.interrupt();
    }

    /// How often it was interrupted.
    pub(crate) fn interrupts(&self) -> u32 {
        self.interrupts
    }

    /// Kills it and says how it ended, which is its own way when it was already ending.
    pub(crate) async fn end(mut self) -> String {
        let own = tokio::time::timeout(Duration::from_millis(500), self.worker.ended()).await;
        let exit = match own {
            Ok(exit) => exit,
            Err(_still_alive) => {
                self.worker.kill();
                self.worker.ended().await
            }
        };
        tracing::debug!(%exit, last_words = self.last_words(), "a worker ended");
        describe(exit)
    }

    /// Kills it.
    pub(crate) async fn kill(mut self) {
        self.worker.kill();
        self.worker.ended().await;
    }

    /// What it wrote past all frames, the end of it.
    fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = words.iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

/// How a worker ended, for a person and a model.
fn describe(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("it exited with code {code}"),
        Exit::Signal(signal @ (4 | 6 | 7 | 8 | 11)) => format!("it crashed (signal {signal})"),
        Exit::Signal(24) => "it used up its processor time".to_owned(),
        Exit::Signal(signal) => format!("signal {signal} ended it"),
        Exit::TimedOut | Exit::Cancelled | Exit::Stopped => "it was killed".to_owned(),
    }
}

fn command(
    launch: Launch<'_>,
    streams: [std::os::fd::OwnedFd; 2],
    passed: Vec<std::os::fd::OwnedFd>,
) -> WorkerCommand {
    let context = u64::try_from(launch.opening.corpus.bytes()).unwrap_or(u64::MAX);
    let memory = context.saturating_mul(MEMORY_PER_BYTE).saturating_add(OWN_MEMORY);
    let arguments = ["-I", "-S", "-B", "-X", "utf8", "-c", START];
    WorkerCommand {
        program: launch.python.program.clone(),
        arguments: arguments.into_iter().map(Into::into).collect(),
        readable: launch.python.readable.clone(),
        executable: launch.python.executable.clone(),
        streams,
        passed,
        limits: WorkerLimits {
            memory: memory.saturating_add(launch.opening.limits.memory),
            cpu: LONGEST_LIFE,
            files: MOST_FILES,
        },
    }
}

fn first_frame(opening: &ReplOpening, places: &[usize]) -> serde_json::Value {
    /// The number of the first descriptor that leads to a text.
    const FIRST: usize = 5;
    let fd =
        |index: usize| places.iter().position(|place| *place == index).map(|at| at.saturating_add(FIRST));
    let parts = opening.corpus.parts.iter().enumerate().map(|(index, part)| {
        json!({
            "name": part.name, "source": part.sha256, "bytes": part.text.len(),
            "is_ascii": part.text.is_ascii(), "fd": fd(index),
        })
    });
    let limits = &opening.limits;
    let mut helpers: Vec<(&str, &str)> =
        HELPERS.iter().map(|helper| (helper.doc.name, helper.python)).collect();
    helpers.dedup_by_key(|(_, source)| *source);
    json!({
        "modules": MODULES,
        "helpers": helpers,
        "seed": opening.seed,
        "limits": {"shown": limits.shown, "kept": limits.kept, "is_linted": limits.is_linted},
        "shape": opening.corpus.shape,
        "parts": parts.collect::<Vec<_>>(),
    })
}

fn pipe_from_us() -> std::io::Result<(Sender, std::os::fd::OwnedFd)> {
    let (ours, theirs) = pipe::pipe()?;
    let theirs = theirs.into_blocking_fd()?;
    // People have a budget for pipes; beyond it the usual size must do.
    rustix::pipe::fcntl_setpipe_size(&theirs, PIPE_BYTES).ok();
    Ok((ours, theirs))
}

fn pipe_to_us() -> std::io::Result<(Receiver, std::os::fd::OwnedFd)> {
    let (theirs, ours) = pipe::pipe()?;
    let theirs = theirs.into_blocking_fd()?;
    // As above.
    rustix::pipe::fcntl_setpipe_size(&theirs, PIPE_BYTES).ok();
    Ok((ours, theirs))
}

/// Reads a stream to its end in a task of its own, whatever comes.
fn drain(mut stream: Receiver, last_words: Arc<Mutex<VecDeque<u8>>>) {
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
            words.extend(buffer.iter().take(count));
            let excess = words.len().saturating_sub(LAST_WORDS);
            words.drain(..excess);
        }
    });
}
