//! From events to deltas.

use std::collections::BTreeMap;

use headwater_protocol::{ModelDelta, ServerCleared, StopSignal};

use super::body::REDACTED;
use super::clearing::Managed;
use super::event::{Answer, Content, Piece, StreamEvent};
use super::usage::Report;
use crate::complaint;
use crate::sse::Event;
use crate::wires::{DecodeError, Decoder};

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct MessagesDecoder {
    /// The calls by the index of their block.
    calls: BTreeMap<usize, usize>,
    usage: Report,
    /// The report that was handed on last.
    told: Option<Report>,
    stop: Option<String>,
    is_done: bool,
}

impl Decoder for MessagesDecoder {
    fn event(&mut self, event: Event<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        self.take(event.data, out)
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let before = out.len();
        self.take(body, out)?;
        self.is_done = self.stop.is_some() || out.len() > before;
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.is_done
    }

    fn is_answered(&self) -> bool {
        self.is_done || self.stop.is_some()
    }

    fn end(&mut self, out: &mut Vec<ModelDelta>) {
        if self.is_answered() {
            out.push(ModelDelta::Finished(self.signal()));
        }
    }
}

impl MessagesDecoder {
    fn take(&mut self, data: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let event =
            serde_json::from_slice(data).map_err(|error| DecodeError::Malformed(error.to_string()))?;
        match event {
            StreamEvent::MessageStart { message } | StreamEvent::Message(message) => {
                self.answer(message, out);
            }
            StreamEvent::ContentBlockStart { index, content_block } => self.block(index, content_block, out),
            StreamEvent::ContentBlockDelta { index, delta } => self.piece(index, delta, out),
            StreamEvent::MessageDelta { delta, usage, context_management } => {
                self.stop = delta.stop_reason.or(self.stop.take());
                self.managed(context_management, out);
                self.report(usage, out);
            }
            StreamEvent::MessageStop {} => self.is_done = true,
            StreamEvent::Error { error } => return Err(DecodeError::Refused(complaint::from_error(&error))),
            StreamEvent::ContentBlockStop {} | StreamEvent::Other => {}
        }
        Ok(())
    }

    /// A whole answer, or the empty one that opens a stream.
    fn answer(&mut self, answer: Answer, out: &mut Vec<ModelDelta>) {
        for (index, content) in answer.content.into_iter().enumerate() {
            self.block(index, content, out);
        }
        self.stop = answer.stop_reason.or(self.stop.take());
        self.managed(answer.context_management, out);
        self.report(answer.usage, out);
    }

    fn block(&mut self, index: usize, content: Content, out: &mut Vec<ModelDelta>) {
        match content {
            Content::Text { text } if !text.is_empty() => out.push(ModelDelta::Text(text)),
            Content::Thinking { thinking, signature } => {
                push(out, ModelDelta::Thinking, thinking);
                push(out, ModelDelta::ThinkingSignature, signature);
            }
            Content::RedactedThinking { data } => {
                out.push(ModelDelta::ThinkingSignature(format!("{REDACTED}{data}")));
            }
            Content::ToolUse { id, name, input } => {
                let place = self.calls.len();
                self.calls.insert(index, place);
                out.push(ModelDelta::CallStarted { index: place, id, name });
                if input.as_object().is_some_and(|input| !input.is_empty()) {
                    out.push(ModelDelta::CallArguments { index: place, fragment: input.to_string() });
                }
            }
            Content::Text { .. } | Content::Other => {}
        }
    }

    fn piece(&mut self, index: usize, piece: Piece, out: &mut Vec<ModelDelta>) {
        match piece {
            Piece::TextDelta { text } => push(out, ModelDelta::Text, text),
            Piece::ThinkingDelta { thinking } => push(out, ModelDelta::Thinking, thinking),
            Piece::SignatureDelta { signature } => push(out, ModelDelta::ThinkingSignature, signature),
            Piece::InputJsonDelta { partial_json } => {
                if let Some(place) = self.calls.get(&index).copied().filter(|_| !partial_json.is_empty()) {
                    out.push(ModelDelta::CallArguments { index: place, fragment: partial_json });
                }
            }
            Piece::OtherDelta => {}
        }
    }

    /// What the server has cleared; it says so once, before or with the last report.
    fn managed(&mut self, managed: Option<Managed>, out: &mut Vec<ModelDelta>) {
        let Some(managed) = managed else { return };
        let (results, tokens) = managed.cleared();
        self.usage.clear(tokens);
        out.push(ModelDelta::Cleared(ServerCleared::Results(results)));
    }

    /// Reports are cumulative: what comes later replaces what came before.
    fn report(&mut self, report: Option<Report>, out: &mut Vec<ModelDelta>) {
        let known = report.map_or(self.usage, |later| self.usage.with(later));
        if self.told != Some(known) && known != Report::default() {
            (self.usage, self.told) = (known, Some(known));
            out.push(ModelDelta::Usage(known.usage()));
        }
    }

    fn signal(&self) -> StopSignal {
        match self.stop.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") => StopSignal::Length,
            Some("refusal") => StopSignal::Filtered,
            _ if self.calls.is_empty() => StopSignal::EndTurn,
            _ => StopSignal::ToolCalls,
        }
    }
}

fn push(out: &mut Vec<ModelDelta>, delta: impl Fn(String) -> ModelDelta, text: String) {
    if !text.is_empty() {
        out.push(delta(text));
    }
}
