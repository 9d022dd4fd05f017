//! One answer of the scripted model, free of any wire: thinking, text, tool calls, usage, pacing.

use super::{Call, Fault, Gate};
use crate::cassette::Exchange;
use serde_json::Value;
use std::time::Duration;

/// One answer of the scripted model.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    pub(crate) thinking: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: Option<Finish>,
    pub(crate) usage: Option<Usage>,
    pub(crate) delta_chars: Option<usize>,
    pub(crate) fragment_bytes: Option<usize>,
    pub(crate) interleaved: bool,
    pub(crate) pace: Duration,
    pub(crate) before_first: Duration,
    pub(crate) chunk_bytes: Option<usize>,
    pub(crate) hold: Option<(usize, Gate)>,
    pub(crate) fault: Option<Fault>,
    pub(crate) played: Option<Exchange>,
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It said all it had to say.
    Stop,
    /// It waits for the results of its calls.
    ToolCalls,
    /// The limit of output tokens was reached.
    Length,
    /// The server withheld the rest.
    ContentFilter,
    /// Another word, as some servers send it.
    Other(String),
    /// No reason is ever sent.
    Missing,
}

/// What the answer cost, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request, cached ones included.
    pub input: u64,
    /// Tokens of the request which the server's cache held.
    pub cached: u64,
    /// Tokens of the request which the server wrote into its cache.
    pub cache_written: u64,
    /// Tokens of the answer, thinking included.
    pub output: u64,
    /// Tokens of the answer which were thinking.
    pub reasoning: u64,
}

impl Turn {
    /// A turn which says nothing yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A turn with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A turn with a fault. Faults which need an answer to break get a text with characters of one to four bytes.
    pub fn fault(fault: Fault) -> Self {
        Self::text("This answer will not arrive whole: größer, 漢字, 👩‍💻, and so on to the end.")
            .deltas_of(8)
            .with_fault(fault)
    }

    /// A turn that answers with what is on a cassette, to the byte and in its pieces, whatever the request is.
    pub fn played(exchange: &Exchange) -> Self {
        Self { played: Some(exchange.clone()), ..Self::default() }
    }

    /// Breaks this turn with a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Thinks this before the text.
    #[must_use]
    pub fn thinking(mut self, thinking: impl Into<String>) -> Self {
        self.thinking = thinking.into();
        self
    }

    /// Calls a tool with these arguments. Several calls are parallel calls of one turn.
    #[must_use]
    pub fn call(self, name: impl Into<String>, arguments: Value) -> Self {
        self.with_call(Call::new(name, arguments))
    }

    /// Calls a tool with arguments sent as they stand here.
    #[must_use]
    pub fn raw_call(self, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        self.with_call(Call::raw(name, arguments))
    }

    /// Adds a call made by hand.
    #[must_use]
    pub fn with_call(mut self, call: Call) -> Self {
        self.calls.push(call);
        self
    }

    /// Reports this usage, in tokens; without it the server reports a quarter of the bytes.
    #[must_use]
    pub fn usage(mut self, input: u64, cached: u64, output: u64) -> Self {
        self.usage = Some(Usage { input, cached, cache_written: 0, output, reasoning: 0 });
        self
    }

    /// Reports that so many tokens were written into the cache, on the wire that says so; after [`usage`](Self::usage).
    #[must_use]
    pub fn cache_written(mut self, tokens: u64) -> Self {
        self.usage = self.usage.map(|usage| Usage { cache_written: tokens, ..usage });
        self
    }

    /// Ends with this reason; without it, `ToolCalls` where there are calls and `Stop` where there are none.
    #[must_use]
    pub fn finish(mut self, finish: Finish) -> Self {
        self.finish = Some(finish);
        self
    }

    /// Streams thinking and text in deltas of `chars` characters; without it, each is one delta.
    #[must_use]
    pub fn deltas_of(mut self, chars: usize) -> Self {
        self.delta_chars = Some(chars.max(1));
        self
    }

    /// Streams the arguments of calls in fragments of `bytes` bytes (to the next whole character: a JSON string cannot
    /// hold less); without it, each call is one fragment.
    #[must_use]
    pub fn fragments_of(mut self, bytes: usize) -> Self {
        self.fragment_bytes = Some(bytes.max(1));
        self
    }

    /// Deals the fragments of parallel calls in rounds instead of one call after the other.
    #[must_use]
    pub fn interleaved(mut self) -> Self {
        self.interleaved = true;
        self
    }

    /// Waits this long before each delta.
    #[must_use]
    pub fn after(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Waits this long before the first byte of the answer.
    #[must_use]
    pub fn first_byte_after(mut self, wait: Duration) -> Self {
        self.before_first = wait;
        self
    }

    /// Waits at `gate` once `deltas` deltas are sent.
    #[must_use]
    pub fn hold_after(mut self, deltas: usize, gate: &Gate) -> Self {
        self.hold = Some((deltas, gate.clone()));
        self
    }

    /// Sends the body in HTTP chunks of `bytes` bytes, across the borders of events, lines and characters.
    #[must_use]
    pub fn chunked_every(mut self, bytes: usize) -> Self {
        self.chunk_bytes = Some(bytes.max(1));
        self
    }

    /// The reason which is sent.
    pub(crate) fn finish_or_default(&self) -> Finish {
        let usual = if self.calls.is_empty() { Finish::Stop } else { Finish::ToolCalls };
        self.finish.clone().unwrap_or(usual)
    }

    /// The usage which is sent for a request of so many bytes.
    pub(crate) fn usage_or_estimate(&self, request_bytes: usize) -> Usage {
        let arguments: usize = self.calls.iter().map(|call| call.arguments.len()).sum();
        let tokens = |bytes: usize| u64::try_from(bytes.div_ceil(4)).unwrap_or(u64::MAX);
        self.usage.unwrap_or_else(|| Usage {
            input: tokens(request_bytes),
            cached: 0,
            cache_written: 0,
            output: tokens(self.thinking.len() + self.text.len() + arguments),
            reasoning: tokens(self.thinking.len()),
        })
    }
}
