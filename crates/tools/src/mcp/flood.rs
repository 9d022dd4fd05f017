//! Too much from a server: bytes nobody asked for, messages without end. It is cut off, and the session goes on.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use headwater_protocol::Cancel;
use tokio::io::{AsyncRead, ReadBuf};

/// How long is counted before it begins anew.
const WINDOW: Duration = Duration::from_secs(10);
/// The most messages in that time that answer no call.
const MOST_MESSAGES: u64 = 5_000;
/// The most bytes in that time: four of the largest messages.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What counts what a server sends, and cancels once it is too much.
#[derive(Debug)]
pub(super) struct Gauge {
    most: u64,
    counted: Mutex<(Instant, u64)>,
    flooded: Cancel,
}

impl Gauge {
    /// One for messages.
    pub(super) fn of_messages(flooded: Cancel) -> Self {
        Self { most: MOST_MESSAGES, counted: Mutex::new((Instant::now(), 0)), flooded }
    }

    fn of_bytes(flooded: Cancel) -> Self {
        Self { most: MOST_BYTES, counted: Mutex::new((Instant::now(), 0)), flooded }
    }

    /// Counts more; whether it is still bearable.
    pub(super) fn count(&self, more: u64) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0.elapsed() > WINDOW {
            *counted = (Instant::now(), 0);
        }
        counted.1 = counted.1.saturating_add(more);
        if counted.1 > self.most {
            self.flooded.cancel();
        }
        !self.flooded.is_cancelled()
    }
}

/// A stream of a server that ends once it is too much.
pub(super) struct Metered<R> {
    inner: R,
    gauge: Gauge,
}

impl<R> Metered<R> {
    /// Reads `inner`; `flooded` is cancelled when that is too much.
    pub(super) fn new(inner: R, flooded: Cancel) -> Self {
        Self { inner, gauge: Gauge::of_bytes(flooded) }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buffer);
        let read = buffer.filled().len().saturating_sub(before);
        if self.gauge.count(u64::try_from(read).unwrap_or(u64::MAX)) {
            polled
        } else {
            Poll::Ready(Err(io::Error::other("too much output")))
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn s7_a_stream_without_end_is_cut_off() {
        let flooded = Cancel::new();
        let mut metered = Metered::new(tokio::io::repeat(b'x'), flooded.clone());
        let mut buffer = vec![0; 1 << 20];
        let mut read = 0_u64;
        while let Ok(count) = metered.read(&mut buffer).await {
            read += count as u64;
            assert!(read <= MOST_BYTES, "{read}");
        }
        assert!(flooded.is_cancelled() && read > MOST_BYTES / 2);
    }

    #[test]
    fn s7_messages_without_end_are_noticed() {
        let flooded = Cancel::new();
        let gauge = Gauge::of_messages(flooded.clone());
        assert!((0..MOST_MESSAGES).all(|_| gauge.count(1)));
        assert!(!gauge.count(1) && flooded.is_cancelled());
    }
}
