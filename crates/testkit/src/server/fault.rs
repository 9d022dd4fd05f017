//! What can go wrong with an answer: the faults a turn can be broken with.

use std::time::Duration;

/// A way in which an answer fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status, headers and body, to the letter.
    Status {
        /// The HTTP status code.
        code: u16,
        /// Headers in addition to `content-type: application/json`, which a header here replaces.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// 429 of a rate limit, with `Retry-After` in seconds where given.
    RateLimited {
        /// What the server asks the client to wait; rounded up to whole seconds.
        retry_after: Option<Duration>,
    },
    /// 429 which no waiting heals: the quota is used up.
    QuotaExhausted,
    /// 503, or another code (529) by which a server says that it has too much to do.
    Overloaded {
        /// The HTTP status code.
        code: u16,
    },
    /// 401: the key is wrong.
    Unauthorized,
    /// 400: the request is wrong.
    BadRequest {
        /// What the server says about it.
        message: String,
    },
    /// 400: the request is longer than the model's window.
    WindowExceeded,
    /// 200 with a page of HTML, as proxies and captive portals answer.
    Html,
    /// 307 to another address.
    Redirect {
        /// The `Location`.
        to: String,
    },
    /// The connection closes before any byte of an answer.
    CutBeforeAnything,
    /// The connection closes after so many bytes of the body.
    CutAfterBytes(usize),
    /// The connection closes after so many deltas.
    CutAfterDeltas(usize),
    /// The connection closes inside a character of more than one byte (the turn must have one).
    CutMidUtf8,
    /// The request is read and never answered.
    Stall,
    /// After so many deltas nothing comes any more, with the connection open.
    StallAfter {
        /// How many deltas are sent.
        deltas: usize,
    },
    /// 200 `text/event-stream` with bytes that are no events.
    Garbage,
    /// The event after so many deltas has data that is no JSON; the rest follows.
    BadJsonInEvent {
        /// How many good deltas come first.
        deltas: usize,
    },
    /// The event after so many deltas has bytes that are no UTF-8; the rest follows.
    BadUtf8InEvent {
        /// How many good deltas come first.
        deltas: usize,
    },
    /// The stream reports an error in an event after so many deltas, and ends.
    ErrorInStream {
        /// How many good deltas come first.
        deltas: usize,
        /// What the server says.
        message: String,
    },
    /// Every byte is a chunk of its own and comes after this wait.
    SlowBytes(Duration),
    /// The body ends in good order, without the wire's closing event (`[DONE]`).
    CloseWithoutDone,
}
