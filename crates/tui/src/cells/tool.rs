//! A call of a tool without a cell of its own: head line, and the result when it failed or details are asked.

use headwater_protocol::events::ToolReturned;
use headwater_protocol::{CallId, ToolCall};

use super::{CellView, RenderContext, Role};
use crate::parts::{Call, Fold, Head};
use crate::text::Row;

/// Lines of a failure that unfold by themselves.
const FAILED_LINES: usize = 8;

/// A call of any tool.
#[derive(Clone, Debug)]
pub struct ToolCell {
    /// The call.
    pub call: Call,
    /// Bytes of arguments so far, while the model still writes them.
    pub written: Option<usize>,
}

impl ToolCell {
    /// A call as the model asked for it.
    pub fn new(request: &ToolCall) -> Self {
        Self { call: Call::new(request), written: None }
    }

    /// A call the model is writing.
    pub fn being_written(name: &str) -> Self {
        Self { call: Call::with_summary(CallId::new(""), name, ""), written: Some(0) }
    }

    /// Takes in the result.
    pub fn end(&mut self, result: &ToolReturned) {
        self.call.end(result);
        self.call.set_output(&result.text);
    }
}

/// The head of a call, and its result when it failed or details are asked.
pub(super) fn rows_of(call: &Call, head: Head<'_>, context: &RenderContext) -> Vec<Row> {
    let mut rows = vec![head.row(call.source(), context.width, context.now_ms)];
    let fold = match (context.is_unfolded, call.state.unfolds_itself()) {
        (true, _) => Fold::Open,
        (false, true) => Fold::Head(FAILED_LINES),
        (false, false) => return rows,
    };
    fold.lay_out(call.source(), call.output_range(), context.width, &mut rows);
    rows
}

impl CellView for ToolCell {
    fn source(&self) -> &str {
        self.call.source()
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut head = Head::of(&self.call);
        if let Some(bytes) = self.written {
            head.note = format!("writing the call · {:.1} KB", bytes as f64 / 1000.0);
        }
        rows_of(&self.call, head, context)
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        vec![plain_line(&self.call, "")]
    }

    fn is_live(&self) -> bool {
        self.call.state.is_live()
    }

    fn is_animated(&self) -> bool {
        matches!(self.call.state, crate::parts::CallState::Running { .. })
    }
}

/// `Tool: read src/a.rs. Done.`, with `more` before the last word; of a failure its first line.
pub(super) fn plain_line(call: &Call, more: &str) -> String {
    let summary = call.summary().replace('\n', " ");
    let line = format!("Tool: {} {summary}{more}. {}", call.name, capitalized(call.state.word()));
    let reason = call.output().lines().next().filter(|_| call.state.has_failed());
    reason.map_or_else(|| format!("{line}."), |reason| format!("{line}: {reason}"))
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
