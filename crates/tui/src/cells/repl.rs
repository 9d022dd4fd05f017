//! A block of a mission: one line while it is folded, code and output when details are asked for or it failed.

use headwater_protocol::Usd;
use headwater_protocol::events::{CellReturned, CellStarted, ChildReturned, ChildStarted};

use super::{CellView, RenderContext, Role};
use crate::markdown::CodeBlock;
use crate::mission::is_cached;
use crate::parts::{CallState, Fold, Head, duration};
use crate::text::{Breaks, Indent, Row, Span, sanitize, sanitize_output, wrap};
use crate::theme::Slot;

/// Lines of a failure that unfold by themselves.
const FAILED_LINES: usize = 12;

/// A block with the calls it made.
#[derive(Clone, Debug)]
pub struct ReplCell {
    /// Its number in the mission.
    pub number: u32,
    /// The code, a line feed, what it said.
    source: String,
    code_len: usize,
    state: CallState,
    name: String,
    lines: usize,
    /// Calls that were asked, have come back, and had no answer.
    asked: usize,
    back: usize,
    failed: usize,
    cached: usize,
    /// Calls that wait to be asked.
    queued: usize,
    cost: Usd,
    /// How long each call took, in milliseconds, sorted.
    took_ms: Vec<u64>,
    gave_answer: bool,
}

impl ReplCell {
    /// A block that begins to run.
    pub fn new(started: &CellStarted, now_ms: u64) -> Self {
        let code = sanitize(started.code.trim_end()).into_owned();
        Self {
            number: started.cell,
            code_len: code.len(),
            source: format!("{code}\n"),
            state: CallState::Running { since_ms: now_ms },
            name: format!("repl #{}", started.cell),
            lines: 0,
            asked: 0,
            back: 0,
            failed: 0,
            cached: 0,
            queued: 0,
            cost: Usd(0.0),
            took_ms: Vec::new(),
            gave_answer: false,
        }
    }

    /// It asked a child.
    pub fn child_started(&mut self, _started: &ChildStarted) {
        self.asked += 1;
        self.queued = self.queued.saturating_sub(1);
    }

    /// A child came back.
    pub fn child_returned(&mut self, returned: &ChildReturned) {
        self.back += 1;
        self.failed += usize::from(returned.is_error);
        self.cached += usize::from(is_cached(returned));
        self.cost += returned.cost_usd.unwrap_or_default();
        if !is_cached(returned) {
            let place = self.took_ms.partition_point(|took| *took <= returned.millis);
            self.took_ms.insert(place, returned.millis);
        }
    }

    /// Calls that wait to be asked.
    pub fn set_queued(&mut self, queued: usize) {
        self.queued = queued;
    }

    /// Takes in how it ended.
    pub fn end(&mut self, returned: &CellReturned) {
        let is_error = returned.error.is_some();
        self.state = CallState::Ran { is_error, millis: returned.millis + returned.waited_millis };
        self.queued = 0;
        self.gave_answer = returned.answer.is_some();
        let error = returned.error.as_ref().map(|error| error.message.as_str());
        let parts = [Some(returned.stdout.as_str()), returned.shown.as_deref(), error];
        let said: Vec<&str> =
            parts.into_iter().flatten().map(str::trim_end).filter(|part| !part.is_empty()).collect();
        self.source.truncate(self.code_len + 1);
        self.source.push_str(sanitize_output(&said.join("\n")).trim_end());
        self.lines = self.output().lines().count();
    }

    /// The mission ended without an end of it.
    pub fn abandon(&mut self) {
        if self.state.is_live() {
            self.state = CallState::Stopped(headwater_protocol::events::ResultStatus::Cancelled);
        }
    }

    fn output(&self) -> &str {
        self.source.get(self.output_range()).unwrap_or_default()
    }

    fn output_range(&self) -> std::ops::Range<usize> {
        (self.code_len + 1).min(self.source.len())..self.source.len()
    }

    /// `22/37 calls · p50 1.9s`; of a block that has ended `12 lines · 37 calls ($0.0040)`.
    fn note(&self) -> String {
        let is_running = self.state.is_live();
        let mut parts = Vec::new();
        if is_running {
            parts.push("running".to_owned());
        } else if self.lines > 0 {
            parts.push(if self.lines == 1 { "1 line".to_owned() } else { format!("{} lines", self.lines) });
        }
        if self.asked + self.queued > 0 {
            parts.push(self.calls(is_running));
        }
        let counted = [(self.failed, "failed"), (self.cached, "cached")];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        parts.extend(counted.map(|(count, what)| format!("{count} {what}")));
        if self.gave_answer {
            parts.push("answer".to_owned());
        }
        if let CallState::Stopped(_) = self.state {
            parts.push(self.state.word().to_owned());
        }
        parts.join(" · ")
    }

    fn calls(&self, is_running: bool) -> String {
        if is_running {
            let median = self.took_ms.get(self.took_ms.len() / 2);
            let median = median.map(|took| format!(" · p50 {}", duration(*took))).unwrap_or_default();
            return format!("{}/{} calls{median}", self.back, self.asked + self.queued);
        }
        let calls = if self.asked == 1 { "1 call".to_owned() } else { format!("{} calls", self.asked) };
        if self.cost.0 > 0.0 { format!("{calls} ({})", self.cost) } else { calls }
    }

    fn lay_out_code(&self, columns: usize, rows: &mut Vec<Row>) {
        let indent = Indent::hanging(columns, &[Span::fixed("▏ ", Slot::Border)]);
        let mut start = 0;
        for line in self.source.get(..self.code_len).unwrap_or_default().split('\n') {
            let end = start + line.len();
            let span = Span::source(start..end, Slot::CodeBlock);
            wrap(&self.source, &[span], Breaks::Anywhere, &indent, rows);
            start = end + 1;
        }
    }
}

impl CellView for ReplCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let code = self.source.get(..self.code_len).unwrap_or_default();
        let first = code.lines().next().unwrap_or_default();
        let mut summary = vec![Span::source(0..first.len(), Slot::Dim)];
        if first.len() < code.len() {
            summary.push(Span::fixed(" …", Slot::Dim));
        }
        let head = Head { state: self.state, name: &self.name, summary, note: self.note() };
        let mut rows = vec![head.row(&self.source, context.width, context.now_ms)];
        let fold = match (context.is_unfolded, self.state.unfolds_itself()) {
            (true, _) => Fold::Open,
            (false, true) => Fold::Tail(FAILED_LINES),
            (false, false) => return rows,
        };
        if context.is_unfolded {
            self.lay_out_code(context.width, &mut rows);
        }
        fold.lay_out(&self.source, self.output_range(), context.width, &mut rows);
        rows
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        let note = self.note();
        let note = if note.is_empty() { note } else { format!(": {note}") };
        let line = format!("Block {}{note}. {}", self.number, self.state.word());
        let reason = self.output().lines().last().filter(|_| self.state.has_failed());
        vec![reason.map_or_else(|| format!("{line}."), |reason| format!("{line}: {reason}"))]
    }

    fn is_live(&self) -> bool {
        self.state.is_live()
    }

    fn is_animated(&self) -> bool {
        self.state.is_live()
    }

    fn code_blocks(&self) -> Vec<CodeBlock> {
        vec![CodeBlock { language: "python".to_owned(), pieces: std::iter::once(0..self.code_len).collect() }]
    }
}
