//! From events to deltas.

use headwater_protocol::{ModelDelta, StopSignal, Usage};
use serde_json::value::RawValue;

use super::calls::Calls;
use super::chunk::{Choice, Chunk, Piece};
use super::usage::reported;
use crate::complaint;
use crate::sse::Event;
use crate::wires::{Complaint, DecodeError, Decoder};

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct ChatDecoder {
    calls: Calls,
    usage: Option<Usage>,
    finish: Option<String>,
    is_done: bool,
}

impl Decoder for ChatDecoder {
    fn event(&mut self, event: Event<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        if event.data.trim_ascii() == b"[DONE]" {
            self.is_done = true;
            return Ok(());
        }
        self.chunk(event.data, out)
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let before = out.len();
        self.chunk(body, out)?;
        self.is_done = self.finish.is_some() || out.len() > before;
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.is_done
    }

    fn is_answered(&self) -> bool {
        self.is_done || self.finish.is_some()
    }

    fn end(&mut self, out: &mut Vec<ModelDelta>) {
        if !self.is_answered() {
            return;
        }
        self.calls.end(out);
        out.push(ModelDelta::Finished(self.stop_signal()));
    }
}

impl ChatDecoder {
    fn chunk(&mut self, data: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let chunk: Chunk<'_> =
            serde_json::from_slice(data).map_err(|error| DecodeError::Malformed(error.to_string()))?;
        if let Some(error) = chunk.error {
            return Err(DecodeError::Refused(complaint::from_error(&error)));
        }
        // Only one choice is ever asked for.
        if let Some(choice) = chunk.choices.into_iter().flatten().next() {
            self.choice(choice, out)?;
        }
        self.usage(chunk.usage, out);
        Ok(())
    }

    fn choice(&mut self, choice: Choice<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        if let Some(piece) = choice.delta.or(choice.message) {
            self.piece(piece, out);
        }
        self.usage(choice.usage, out);
        if let Some(error) = choice.error {
            return Err(DecodeError::Refused(complaint::from_error(&error)));
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            if GAVE_UP.contains(&reason.as_str()) {
                return Err(DecodeError::Refused(gave_up(reason)));
            }
            self.finish = Some(reason);
        }
        Ok(())
    }

    fn piece(&mut self, piece: Piece<'_>, out: &mut Vec<ModelDelta>) {
        let own = piece.reasoning_content.into_whole();
        // Some servers send the same reasoning under both names.
        let thinking = if own.is_empty() { piece.reasoning.into_whole() } else { own };
        for thinking in [thinking, piece.content.thinking] {
            if !thinking.is_empty() {
                out.push(ModelDelta::Thinking(thinking));
            }
        }
        for text in [piece.content.text, piece.refusal.unwrap_or_default()] {
            if !text.is_empty() {
                out.push(ModelDelta::Text(text));
            }
        }
        for call in piece.tool_calls.into_iter().flatten() {
            self.calls.take(call, out);
        }
    }

    /// Reports are cumulative: each replaces the one before, and the same one is told once.
    fn usage(&mut self, report: Option<&RawValue>, out: &mut Vec<ModelDelta>) {
        let Some(usage) = report.and_then(reported) else { return };
        if self.usage != Some(usage) {
            self.usage = Some(usage);
            out.push(ModelDelta::Usage(usage));
        }
    }

    /// What the finish reason means; servers that send calls and say "stop", or nothing, mean the calls.
    fn stop_signal(&self) -> StopSignal {
        match self.finish.as_deref() {
            Some("length" | "max_tokens" | "model_length") => StopSignal::Length,
            Some("content_filter" | "sensitive" | "safety") => StopSignal::Filtered,
            _ if self.calls.is_empty() => StopSignal::EndTurn,
            _ => StopSignal::ToolCalls,
        }
    }
}

/// Finish reasons that mean the server failed in the middle of an answer.
const GAVE_UP: [&str; 3] = ["error", "insufficient_system_resource", "network_error"];

fn gave_up(reason: String) -> Complaint {
    let message = format!("the server gave up in the middle of its answer ({reason})");
    Complaint { message, codes: vec![reason], status: Some(503) }
}
