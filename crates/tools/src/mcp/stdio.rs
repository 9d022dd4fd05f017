//! Servers that are programs: started with an environment of their own, under a process that leaves nothing of them alive.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use headwater_protocol::Cancel;
use headwater_sandbox::{Exit, Piped, PipedCommand, PipedStreams};
use rmcp::RoleClient;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::task::JoinHandle;

use super::flood::Metered;
use super::mended::Mended;
use super::words;
use crate::text::plain;

/// The longest message of a server, in bytes; a longer one is passed over.
const LONGEST_MESSAGE: usize = 16 * 1024 * 1024;
/// How much of its standard error is kept, in bytes: the end.
const KEPT_ERRORS: usize = 4 * 1024;
/// How long it may take to end by itself once nothing is said to it any more, before it is made to.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long its last words are read once it has ended: another process may hold its standard error open.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is spoken over.
pub(super) type Pipes = AsyncRwTransport<
    RoleClient,
    Metered<Mended<Box<dyn AsyncRead + Send + Unpin>>>,
    Box<dyn AsyncWrite + Send + Unpin>,
>;

/// A server that is a program. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Program {
    process: Piped,
    /// Reads its standard error; `None` once it has been waited for.
    listening: Option<JoinHandle<()>>,
}

/// The end of what a program wrote to its standard error.
#[derive(Debug, Default)]
pub(super) struct Errors(Mutex<VecDeque<u8>>);

impl Errors {
    /// As text that can be shown.
    pub(super) fn text(&self) -> String {
        let bytes: Vec<u8> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        plain(&bytes).text.trim().to_owned()
    }

    /// The last line, as a reason.
    pub(super) fn last_line(&self) -> Option<String> {
        let text = self.text();
        let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
        Some(words::line(last, 300))
    }

    fn take(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(bytes);
        let surplus = kept.len().saturating_sub(KEPT_ERRORS);
        kept.drain(..surplus);
    }

    async fn follow(self: Arc<Self>, mut stream: Box<dyn AsyncRead + Send + Unpin>) {
        let mut buffer = vec![0; KEPT_ERRORS];
        while let Ok(count) = stream.read(&mut buffer).await {
            match buffer.get(..count).filter(|bytes| !bytes.is_empty()) {
                Some(bytes) => self.take(bytes),
                None => break,
            }
        }
    }
}

impl Program {
    /// Starts a program. The error is a sentence without its full stop.
    pub(super) async fn start(
        command: &[String],
        env: Vec<(String, String)>,
        cwd: &Path,
        (errors, flooded): (Arc<Errors>, Cancel),
    ) -> Result<(Self, Pipes), String> {
        let (program, arguments) = command.split_first().ok_or("no program is named to start it with")?;
        let command = PipedCommand {
            program: program.clone(),
            arguments: arguments.to_vec(),
            env,
            cwd: cwd.to_owned(),
        };
        let started = Piped::start(&command).await;
        let (process, streams) = started.map_err(|error| format!("it was not started: {error}"))?;
        let PipedStreams { input, output, errors: complaints } = streams;
        // Ends with the program, whose streams it reads.
        let listening = Some(tokio::spawn(errors.follow(complaints)));
        let pipes = AsyncRwTransport::new_client(Metered::new(Mended::new(output), flooded), input);
        Ok((Self { process, listening }, pipes.with_max_line_length(LONGEST_MESSAGE)))
    }

    /// Waits for its end, and for its last words. Cancellation safe.
    pub(super) async fn ended(&mut self) -> Exit {
        let exit = self.process.ended().await;
        if let Some(listening) = &mut self.listening {
            drop(tokio::time::timeout(LAST_WORDS, listening).await);
            self.listening = None;
        }
        exit
    }

    /// Ends it, politely first; its input must be closed. Returns when nothing of it is left.
    pub(super) async fn end(mut self) {
        if tokio::time::timeout(FAREWELL, self.process.ended()).await.is_err() {
            self.process.terminate();
            self.process.ended().await;
        }
    }
}

/// The environment of a server: what every command gets, and what was declared for it.
pub(super) fn environment(base: &[(String, String)], declared: &[(String, String)]) -> Vec<(String, String)> {
    let is_declared = |name: &str| declared.iter().any(|(other, _)| other == name);
    base.iter().filter(|(name, _)| !is_declared(name)).chain(declared).cloned().collect()
}
