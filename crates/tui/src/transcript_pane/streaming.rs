//! The cells of the answer that is coming in.

use crate::cells::{AssistantCell, Cell, ThinkingCell, ToolCell};

use super::TranscriptPane;

/// The answer being received.
#[derive(Clone, Debug, Default)]
pub(super) struct Streaming {
    /// Its cells of text and thinking, in order.
    pub(super) cells: Vec<usize>,
    /// Its calls as they are being written: position among the calls, entry.
    pub(super) calls: Vec<(usize, usize)>,
    /// The newest cell of thinking, which the reported usage belongs to.
    pub(super) thinking: Option<usize>,
}

/// A piece of an answer as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Thinking(String),
}

impl TranscriptPane {
    /// More text of the answer.
    pub(super) fn stream_text(&mut self, piece: &str) {
        let is_text = |cell: &Cell| matches!(cell, Cell::Assistant(_));
        let index = match self.streaming_cell(is_text) {
            Some(index) => index,
            // Blank pieces do not begin a cell.
            None if piece.trim().is_empty() => return,
            None => self.begin_part(AssistantCell::streaming()),
        };
        self.change(index, |cell| {
            if let Cell::Assistant(answer) = cell {
                answer.push(piece);
            }
        });
    }

    /// More reasoning.
    pub(super) fn stream_thinking(&mut self, piece: &str, now_ms: u64) {
        let is_thinking = |cell: &Cell| matches!(cell, Cell::Thinking(_));
        let index = match self.streaming_cell(is_thinking) {
            Some(index) => index,
            None if piece.trim().is_empty() => return,
            None => self.begin_part(ThinkingCell::streaming(now_ms)),
        };
        self.streaming.thinking = Some(index);
        self.change(index, |cell| {
            if let Cell::Thinking(thinking) = cell {
                thinking.push(piece, now_ms);
            }
        });
    }

    /// The model writes a call.
    pub(super) fn stream_call(&mut self, position: usize, name: &str, bytes: usize) {
        self.end_thinking();
        let known =
            self.streaming.calls.iter().find(|(known, _)| *known == position).map(|(_, index)| *index);
        let index = match known {
            Some(index) => index,
            None => self.push(ToolCell::being_written(name)),
        };
        if known.is_none() {
            self.streaming.calls.push((position, index));
        }
        self.change(index, |cell| {
            if let Cell::Tool(tool) = cell {
                tool.written = Some(bytes);
            }
        });
    }

    /// The newest cell of the answer, when it is of the right kind.
    fn streaming_cell(&self, is_right: impl Fn(&Cell) -> bool) -> Option<usize> {
        let index = self.streaming.cells.last().copied()?;
        self.entries.get(index).filter(|entry| is_right(&entry.cell)).map(|_| index)
    }

    fn begin_part(&mut self, cell: impl Into<Cell>) -> usize {
        self.end_thinking();
        let index = self.push(cell);
        self.streaming.cells.push(index);
        index
    }

    /// Something else than thinking came: its clock stops.
    fn end_thinking(&mut self) {
        if let Some(index) = self.streaming.cells.last().copied() {
            self.change(index, |cell| {
                if let Cell::Thinking(thinking) = cell {
                    thinking.finish(None);
                }
            });
        }
    }

    /// The answer is recorded: what was streamed becomes what counts, missing parts are added.
    pub(super) fn settle(&mut self, parts: Vec<Part>) {
        self.take_back_calls();
        let mut streamed = std::mem::take(&mut self.streaming.cells).into_iter();
        for part in parts {
            match (streamed.next(), part) {
                (Some(index), part) => self.settle_part(index, &part),
                (None, Part::Text(text)) => {
                    self.push(AssistantCell::new(&text));
                }
                (None, Part::Thinking(text)) => {
                    self.streaming.thinking = Some(self.push(ThinkingCell::new(&text)));
                }
            }
        }
        for index in streamed {
            self.stop(index);
        }
    }

    fn settle_part(&mut self, index: usize, part: &Part) {
        let is_continued = self.change(index, |cell| match (cell, part) {
            (Cell::Assistant(answer), Part::Text(text)) => answer.finish(text),
            (Cell::Thinking(thinking), Part::Thinking(text)) => {
                thinking.finish(Some(text));
                true
            }
            (cell, Part::Text(text)) => {
                *cell = AssistantCell::new(text).into();
                false
            }
            (cell, Part::Thinking(text)) => {
                *cell = ThinkingCell::new(text).into();
                false
            }
        });
        if is_continued == Some(false)
            && let Some(entry) = self.entries.get_mut(index)
        {
            entry.forget(true);
        }
    }

    /// Ends whatever streams, with what had come.
    pub(super) fn stop_streaming(&mut self) {
        self.take_back_calls();
        for index in std::mem::take(&mut self.streaming.cells) {
            self.stop(index);
        }
    }

    fn stop(&mut self, index: usize) {
        self.change(index, |cell| match cell {
            Cell::Assistant(answer) => answer.stop(),
            Cell::Thinking(thinking) => thinking.finish(None),
            _other => {}
        });
    }

    /// Calls that were being written: their records take their place.
    fn take_back_calls(&mut self) {
        for (_, index) in std::mem::take(&mut self.streaming.calls).into_iter().rev() {
            if index + 1 == self.entries.len() {
                self.entries.pop();
                self.heights.pop();
            } else if let Some(entry) = self.entries.get_mut(index) {
                entry.is_hidden = true;
                self.heights.set(index, 0);
            }
        }
    }
}
