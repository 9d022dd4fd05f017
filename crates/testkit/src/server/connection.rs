//! A connection's socket, which notes when bytes really come and go.

use super::log::{Log, Place};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What a connection is busy with, shared by its socket and its service.
pub(crate) struct Busy {
    log: Arc<Log>,
    pub(crate) connection: usize,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing of the next request has been read.
    Idle,
    /// The first byte of a request came then.
    Reading(Instant),
    /// A request is being answered.
    Answering(Place),
}

impl Busy {
    pub(crate) fn new(log: Arc<Log>, connection: usize) -> Arc<Self> {
        Arc::new(Self { log, connection, state: Mutex::new(State::Idle) })
    }

    /// When the first byte of the request now being read came in.
    pub(crate) fn first_byte_at(&self) -> Instant {
        match self.state() {
            State::Reading(at) => at,
            State::Idle | State::Answering(_) => Instant::now(),
        }
    }

    pub(crate) fn answers(&self, place: Place) {
        self.set(State::Answering(place));
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Clients do not pipeline, so bytes that come while an answer is out begin the next request.
    fn bytes_read(&self) {
        match self.state() {
            State::Idle | State::Answering(_) => self.set(State::Reading(Instant::now())),
            State::Reading(_) => {}
        }
    }

    fn bytes_written(&self) {
        match self.state() {
            State::Answering(place) => self.log.written(place),
            State::Idle | State::Reading(_) => {}
        }
    }
}

/// The socket of one connection.
pub(crate) struct Connection {
    pub(crate) socket: TcpStream,
    pub(crate) busy: Arc<Busy>,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, into))?;
        if into.filled().len() > before {
            self.busy.bytes_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.socket).poll_write(cx, bytes))?;
        self.busy.bytes_written();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, slices))?;
        self.busy.bytes_written();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
