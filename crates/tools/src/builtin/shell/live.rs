//! Output on its way to the screen while a command runs: the first at once, then at most every 50 ms, and no timer while
//! nothing waits.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::text::plain;

/// How often the screen hears of new output at most: three frames or so.
const EVERY: Duration = Duration::from_millis(50);
/// Bytes that wait at most. More comes only from floods, of which nobody reads all; the result has everything.
const WAITING: usize = 16 * 1024;

/// Output on its way to the screen.
pub(super) struct Live {
    show: Arc<dyn Fn(&str) + Send + Sync>,
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    sent: Option<Instant>,
}

impl Live {
    pub(super) fn new(show: Arc<dyn Fn(&str) + Send + Sync>) -> Self {
        Self { show, waiting: Mutex::default(), arrived: Notify::new() }
    }

    /// Takes new output, and sends it unless some was sent just now.
    pub(super) fn push(&self, chunk: &[u8]) {
        let is_due = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.bytes.extend_from_slice(chunk);
            let excess = waiting.bytes.len().saturating_sub(WAITING);
            waiting.bytes.drain(..excess);
            waiting.sent.is_none_or(|sent| sent.elapsed() >= EVERY)
        };
        if is_due {
            self.send();
        } else {
            self.arrived.notify_one();
        }
    }

    /// Sends what waits. A character that is not complete yet waits on.
    pub(super) fn send(&self) {
        let ready = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.sent = Some(Instant::now());
            std::mem::take(&mut waiting.bytes)
        };
        let text = plain(&ready).text;
        if !text.is_empty() {
            (self.show)(&text);
        }
    }

    /// Sends what was held back, soon after it came. Never ends.
    pub(super) async fn send_what_waits(&self) -> Infallible {
        loop {
            self.arrived.notified().await;
            tokio::time::sleep(EVERY).await;
            self.send();
        }
    }
}
