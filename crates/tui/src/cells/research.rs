//! Consecutive reads and searches: one line that counts them, each call on its own with details.

use headwater_protocol::events::ToolReturned;
use headwater_protocol::{CallId, ToolCall};

use super::tool::plain_line;
use super::{CellView, RenderContext, Role};
use crate::parts::{Call, CallState, Fold, Head};
use crate::text::{Row, Span};
use crate::theme::Slot;

/// Calls one cell takes in.
const MOST_CALLS: usize = 40;
/// Lines of a failed call that unfold by themselves.
const FAILED_LINES: usize = 4;

/// Reads and searches that followed each other.
#[derive(Clone, Debug)]
pub struct ResearchCell {
    calls: Vec<Call>,
    /// The sources of all calls, one after the other.
    source: String,
}

impl ResearchCell {
    /// The first call.
    pub fn new(request: &ToolCall) -> Self {
        let mut cell = Self { calls: Vec::new(), source: String::new() };
        cell.push(request);
        cell
    }

    /// Whether another call may join.
    pub fn has_room(&self) -> bool {
        self.calls.len() < MOST_CALLS
    }

    /// Takes in another call.
    pub fn push(&mut self, request: &ToolCall) {
        self.calls.push(Call::new(request));
        self.join();
    }

    /// Changes one of its calls.
    pub fn change(&mut self, id: &CallId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == *id) {
            change(call);
            self.join();
        }
    }

    /// Takes in a result.
    pub fn end(&mut self, result: &ToolReturned) {
        self.change(&result.call, |call| {
            call.end(result);
            call.set_output(&result.text);
        });
    }

    /// The turn ended: calls without a result never get one.
    pub fn abandon(&mut self) {
        self.calls.iter_mut().for_each(Call::abandon);
    }

    fn join(&mut self) {
        self.source.clear();
        for call in &self.calls {
            self.source.push_str(call.source());
            self.source.push('\n');
        }
    }

    /// The calls with the places of their sources in the joined one.
    fn placed(&self) -> impl Iterator<Item = (usize, &Call)> {
        let mut start = 0;
        self.calls.iter().map(move |call| {
            let at = start;
            start += call.source().len() + 1;
            (at, call)
        })
    }

    /// The state of all: running before waiting before done; failed when nothing was found at all.
    fn state(&self) -> CallState {
        let since = self.calls.iter().filter_map(|call| match call.state {
            CallState::Running { since_ms } => Some(since_ms),
            CallState::Waiting | CallState::Ran { .. } | CallState::Stopped(_) => None,
        });
        if let Some(since_ms) = since.min() {
            return CallState::Running { since_ms };
        }
        let states = || self.calls.iter().map(|call| call.state);
        if states().any(CallState::is_live) {
            return CallState::Waiting;
        }
        let is_error = states().all(CallState::has_failed);
        CallState::Ran { is_error, millis: states().filter_map(|state| state.millis(0)).sum() }
    }

    /// `grep 3 · read 4`.
    fn counts(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for call in &self.calls {
            match counts.iter_mut().find(|(name, _)| *name == call.name) {
                Some((_, count)) => *count += 1,
                None => counts.push((&call.name, 1)),
            }
        }
        let parts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        parts.join(" · ")
    }

    /// The head of one call, its summary taken from the joined source.
    fn head(&self, at: usize, call: &Call, context: &RenderContext) -> Row {
        let mut head = Head::of(call);
        for range in head.summary.iter_mut().filter_map(|span| span.source.as_mut()) {
            *range = range.start + at..range.end + at;
        }
        head.row(&self.source, context.width, context.now_ms)
    }
}

impl CellView for ResearchCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut rows = Vec::new();
        let is_merged = self.calls.len() > 1;
        if is_merged {
            let mut summary = vec![Span::made(self.counts(), Slot::Text)];
            let failed = self.calls.iter().filter(|call| call.state.has_failed()).count();
            if failed > 0 {
                summary.push(Span::made(format!(" · {failed} failed"), Slot::Error));
            }
            let head = Head { state: self.state(), name: "research", summary, note: String::new() };
            rows.push(head.row(&self.source, context.width, context.now_ms));
        }
        for (at, call) in self.placed() {
            let fold = match (context.is_unfolded, call.state.unfolds_itself()) {
                (true, _) => Some(Fold::Open),
                (false, true) => Some(Fold::Head(FAILED_LINES)),
                (false, false) => None,
            };
            if !is_merged || fold.is_some() {
                rows.push(self.head(at, call, context));
            }
            if let Some(fold) = fold {
                let output = call.output_range();
                fold.lay_out(&self.source, output.start + at..output.end + at, context.width, &mut rows);
            }
        }
        rows
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        self.calls.iter().map(|call| plain_line(call, "")).collect()
    }

    fn is_live(&self) -> bool {
        self.state().is_live()
    }

    fn is_animated(&self) -> bool {
        matches!(self.state(), CallState::Running { .. })
    }
}
