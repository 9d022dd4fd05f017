//! A pane with a clock, fed like the real one.

use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, ResultStatus, ToolCalled, ToolReturned, TurnEnded, UserMessage,
};
use headwater_protocol::{Delta, EndReason, Event, Record, StopSignal, Timestamp, ToolCall};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use crate::theme::{ColorDepth, Theme};
use crate::transcript_pane::TranscriptPane;

pub(super) struct Fixture {
    pub(super) pane: TranscriptPane,
    pub(super) now_ms: u64,
    seq: u64,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self { pane: TranscriptPane::default(), now_ms: 0, seq: 0 }
    }

    pub(super) fn record(&mut self, event: impl Into<Event>) -> &mut Self {
        let at = Timestamp::from_millis(0);
        let record = Record { seq: self.seq, at, session: "s".into(), parent: None, event: event.into() };
        self.seq += 1;
        self.pane.apply_record(&record);
        self
    }

    pub(super) fn delta(&mut self, delta: &Delta) -> &mut Self {
        self.pane.apply_delta(delta, self.now_ms);
        self
    }

    pub(super) fn user(&mut self, text: &str) -> &mut Self {
        self.record(UserMessage { text: text.into() })
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.delta(&Delta::Text { text: text.into() })
    }

    pub(super) fn answer(&mut self, text: &str) -> &mut Self {
        let blocks = vec![AssistantBlock::Text { bytes: text.len() }];
        self.message(text, blocks)
    }

    pub(super) fn message(&mut self, text: &str, blocks: Vec<AssistantBlock>) -> &mut Self {
        let message =
            AssistantMessage { text: text.into(), blocks, origin: "v/m".into(), stop: StopSignal::EndTurn };
        self.record(message)
    }

    pub(super) fn call(&mut self, id: &str, name: &str, input: Value) -> &mut Self {
        let request = ToolCall { call: id.into(), name: name.into(), input, malformed: None };
        self.record(ToolCalled { request })
    }

    pub(super) fn running(&mut self, id: &str) -> &mut Self {
        self.delta(&Delta::ToolStarted { call: id.into() })
    }

    pub(super) fn output(&mut self, id: &str, text: &str) -> &mut Self {
        self.delta(&Delta::ToolOutput { call: id.into(), text: text.into() })
    }

    pub(super) fn result(&mut self, id: &str, is_error: bool, text: &str, data: Value) -> &mut Self {
        self.end(id, ResultStatus::Ran, is_error, text, data)
    }

    pub(super) fn end(
        &mut self,
        id: &str,
        status: ResultStatus,
        is_error: bool,
        text: &str,
        data: Value,
    ) -> &mut Self {
        self.record(ToolReturned {
            call: id.into(),
            name: String::new(),
            is_error,
            status,
            text: text.into(),
            data,
            reminders: vec![],
            blobs: vec![],
            files: vec![],
            millis: 1_240,
        })
    }

    pub(super) fn turn_ended(&mut self, reason: EndReason) -> &mut Self {
        self.record(TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 })
    }

    /// Lays out and draws.
    pub(super) fn buffer(&mut self, columns: u16, rows: u16) -> Buffer {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::builtin("dark", ColorDepth::Ansi).unwrap();
        self.pane.prepare(area, self.now_ms);
        self.pane.draw(area, &mut buffer, &theme);
        buffer
    }

    /// The screen as text; the columns wide clusters cover are left out.
    pub(super) fn screen(&mut self, columns: u16, rows: u16) -> String {
        let buffer = self.buffer(columns, rows);
        let lines = (0..rows).map(|y| {
            let mut line = String::new();
            let mut x = 0;
            while x < columns {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::text::width(symbol).max(1)).unwrap();
            }
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }
}
