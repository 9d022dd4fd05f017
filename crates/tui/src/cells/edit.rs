//! A change of a file: what was changed, as a diff.

use headwater_protocol::ToolCall;
use headwater_protocol::events::ToolReturned;

use super::tool::plain_line;
use super::{CellView, RenderContext, Role};
use crate::diff_view::{DiffView, Extent};
use crate::parts::{Call, CallState, Fold, Head};
use crate::text::{Row, Span};
use crate::theme::Slot;

/// How much of a diff is shown while it is folded (SCREEN 4.3).
const FOLDED: Extent = Extent { rows: 12, around: 2 };
/// Lines of a failure that unfold by themselves.
const FAILED_LINES: usize = 8;

/// A call that writes to a file.
#[derive(Clone, Debug)]
pub struct EditCell {
    /// The call.
    pub call: Call,
    diff: Option<DiffView>,
}

impl EditCell {
    /// A change the model asked for.
    pub fn new(request: &ToolCall) -> Self {
        Self::of(Call::new(request))
    }

    /// From a call that turns out to bring a diff.
    pub fn of(call: Call) -> Self {
        Self { call, diff: None }
    }

    /// Takes in the result.
    pub fn end(&mut self, result: &ToolReturned) {
        self.call.end(result);
        self.diff = DiffView::from_data(&result.data).filter(|_| !result.is_error);
        match &mut self.diff {
            None => self.call.set_output(&result.text),
            Some(diff) => {
                self.call.set_output(diff.text());
                diff.place(self.call.output_range().start);
            }
        }
    }
}

impl CellView for EditCell {
    fn source(&self) -> &str {
        self.call.source()
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let mut head = Head::of(&self.call);
        if let Some(diff) = &self.diff {
            head.summary.extend(counts(diff));
        }
        let mut rows = vec![head.row(self.source(), context.width, context.now_ms)];
        if let Some(diff) = &self.diff {
            let extent = if context.is_unfolded { Extent::ALL } else { FOLDED };
            diff.lay_out(self.source(), context.width, extent, &mut rows);
            return rows;
        }
        let fold = match (context.is_unfolded, self.call.state.unfolds_itself()) {
            (true, _) => Fold::Open,
            (false, true) => Fold::Head(FAILED_LINES),
            (false, false) => return rows,
        };
        fold.lay_out(self.source(), self.call.output_range(), context.width, &mut rows);
        rows
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        let counts =
            self.diff.as_ref().map(|diff| format!(", {} added, {} removed", diff.added(), diff.removed()));
        vec![plain_line(&self.call, &counts.unwrap_or_default())]
    }

    fn is_live(&self) -> bool {
        self.call.state.is_live()
    }

    fn is_animated(&self) -> bool {
        matches!(self.call.state, CallState::Running { .. })
    }
}

/// `  +4 −1`; what did not happen is not counted.
fn counts(diff: &DiffView) -> Vec<Span> {
    let counts = [(Slot::Add, '+', diff.added()), (Slot::Del, '−', diff.removed())];
    let mut spans = vec![Span::fixed(" ", Slot::Text)];
    for (slot, sign, count) in counts.into_iter().filter(|(_, _, count)| *count > 0) {
        spans.push(Span::made(format!(" {sign}{count}"), slot));
    }
    spans
}
