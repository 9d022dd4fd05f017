//! Output on its way to the screen while a command runs: the first at once, then at most every 50 ms, and no timer while
//! nothing waits. It is sent as it is, with its control sequences: the screen, which sees all pieces, makes them harmless.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

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

    /// Sends what waits, but for a character that has only begun.
    fn send(&self) {
        let ready = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.sent = Some(Instant::now());
            let whole = waiting.bytes.len().saturating_sub(begun(&waiting.bytes));
            waiting.bytes.drain(..whole).collect::<Vec<u8>>()
        };
        self.show(&ready);
    }

    /// Sends everything, at the end.
    pub(super) fn finish(&self) {
        let rest = std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner).bytes);
        self.show(&rest);
    }

    fn show(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            (self.show)(&String::from_utf8_lossy(bytes));
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

/// How many bytes at the end are the beginning of a character.
fn begun(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len().saturating_sub(error.valid_up_to()),
        // Broken text before the end hides what the end is; then nothing is held back.
        Ok(_) | Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_arrive_whole_and_nothing_is_lost() {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&shown);
        let live = Live::new(Arc::new(move |piece| sink.lock().unwrap().push(piece.to_owned())));
        for chunk in [b"a\xc3".as_slice(), b"\xb1 b", b"\xff", b"\xe2\x82"] {
            live.push(chunk);
        }
        live.finish();
        let pieces = shown.lock().unwrap();
        assert_eq!(pieces.first().map(String::as_str), Some("a"), "the first comes at once");
        assert_eq!(pieces.concat(), "a\u{f1} b\u{fffd}\u{fffd}");
    }
}
