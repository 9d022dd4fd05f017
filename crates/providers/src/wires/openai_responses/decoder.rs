//! From events to deltas.

use std::collections::{BTreeMap, BTreeSet};

use headwater_protocol::{ModelDelta, StopSignal};

use super::body::Sealed;
use super::event::{Answer, Content, Item, StreamEvent};
use crate::complaint;
use crate::sse::Event;
use crate::wires::{Belonging, Complaint, DecodeError, Decoder};

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct ResponsesDecoder {
    /// The calls by the index of their item.
    calls: BTreeMap<usize, usize>,
    /// Items of which pieces have come: what they hold is told already.
    told: BTreeSet<usize>,
    ending: Option<Ending>,
    belonging: Option<Belonging>,
}

/// How an answer ended.
#[derive(Debug)]
enum Ending {
    Whole,
    Cut,
    Filtered,
}

impl Decoder for ResponsesDecoder {
    fn event(&mut self, event: Event<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        if event.data.trim_ascii() == b"[DONE]" {
            return Ok(());
        }
        match parse(event.data)? {
            StreamEvent::Created { response } => self.belonging = Some(response.belonging()),
            StreamEvent::ItemAdded { output_index, item } => self.added(output_index, item, out),
            StreamEvent::ItemDone { output_index, item } => self.done(output_index, item, out),
            StreamEvent::Text { output_index, delta } => {
                self.piece(output_index, ModelDelta::Text, delta, out);
            }
            StreamEvent::Thinking { output_index, delta } => {
                self.piece(output_index, ModelDelta::Thinking, delta, out);
            }
            StreamEvent::ThinkingPart { output_index } if self.told.contains(&output_index) => {
                out.push(ModelDelta::Thinking("\n\n".to_owned()));
            }
            StreamEvent::Arguments { output_index, delta } => self.arguments(output_index, delta, out),
            StreamEvent::Completed { response } => self.completed(response, out)?,
            StreamEvent::Failed { response } => return Err(DecodeError::Refused(failed(&response))),
            StreamEvent::Error(error) => {
                let error = error.get("error").unwrap_or(&error);
                return Err(DecodeError::Refused(complaint::from_error(error)));
            }
            StreamEvent::ThinkingPart { .. } | StreamEvent::Other => {}
        }
        Ok(())
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let answer: Answer = parse(body)?;
        self.completed(answer, out)
    }

    fn is_complete(&self) -> bool {
        self.ending.is_some()
    }

    fn is_answered(&self) -> bool {
        self.ending.is_some()
    }

    fn end(&mut self, out: &mut Vec<ModelDelta>) {
        let signal = match self.ending {
            None => return,
            Some(Ending::Cut) => StopSignal::Length,
            Some(Ending::Filtered) => StopSignal::Filtered,
            Some(Ending::Whole) if self.calls.is_empty() => StopSignal::EndTurn,
            Some(Ending::Whole) => StopSignal::ToolCalls,
        };
        out.push(ModelDelta::Finished(signal));
    }

    fn belonging(&self) -> Option<&Belonging> {
        self.belonging.as_ref()
    }
}

impl ResponsesDecoder {
    fn added(&mut self, index: usize, item: Item, out: &mut Vec<ModelDelta>) {
        match item {
            Item::FunctionCall { call_id, name, arguments } => {
                let place = self.calls.len();
                self.calls.insert(index, place);
                let id = call_id.unwrap_or_default();
                out.push(ModelDelta::CallStarted { index: place, id, name });
                self.arguments(index, arguments, out);
            }
            // Empty as yet: what they hold comes in pieces, or when they are done.
            Item::Message { .. } | Item::Reasoning { .. } | Item::Other => {}
        }
    }

    /// An item that is whole: what no piece has told yet is told now.
    fn done(&mut self, index: usize, item: Item, out: &mut Vec<ModelDelta>) {
        let is_told = self.told.contains(&index);
        match item {
            Item::FunctionCall { call_id, name, arguments } => {
                if !self.calls.contains_key(&index) {
                    self.added(index, Item::FunctionCall { call_id, name, arguments }, out);
                } else if !is_told {
                    self.arguments(index, arguments, out);
                }
            }
            Item::Message { content } if !is_told => {
                self.piece(index, ModelDelta::Text, joined(content, ""), out);
            }
            Item::Reasoning { id, summary, encrypted_content } => {
                if !is_told {
                    self.piece(index, ModelDelta::Thinking, joined(summary, "\n\n"), out);
                }
                out.extend(encrypted_content.and_then(|content| seal(id, content)));
            }
            Item::Message { .. } | Item::Other => {}
        }
        self.told.insert(index);
    }

    fn piece(
        &mut self,
        index: usize,
        delta: impl Fn(String) -> ModelDelta,
        text: String,
        out: &mut Vec<ModelDelta>,
    ) {
        if !text.is_empty() {
            self.told.insert(index);
            out.push(delta(text));
        }
    }

    fn arguments(&mut self, index: usize, fragment: String, out: &mut Vec<ModelDelta>) {
        if let Some(place) = self.calls.get(&index).copied().filter(|_| !fragment.is_empty()) {
            self.told.insert(index);
            out.push(ModelDelta::CallArguments { index: place, fragment });
        }
    }

    fn completed(&mut self, answer: Answer, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        if answer.error.is_some() || answer.status.as_deref() == Some("failed") {
            return Err(DecodeError::Refused(failed(&answer)));
        }
        for (index, item) in answer.output.into_iter().enumerate() {
            if !self.told.contains(&index) {
                self.done(index, item, out);
            }
        }
        if let Some(report) = answer.usage {
            out.push(ModelDelta::Usage(report.usage()));
        }
        self.belonging = Some(answer.stood.belonging());
        let why = answer.incomplete_details.and_then(|details| details.reason);
        self.ending = Some(match (answer.status.as_deref(), why.as_deref()) {
            (_, Some("content_filter")) => Ending::Filtered,
            (_, Some(_)) | (Some("incomplete"), None) => Ending::Cut,
            (_, None) => Ending::Whole,
        });
        Ok(())
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(data: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(data).map_err(|error| DecodeError::Malformed(error.to_string()))
}

fn joined(content: Vec<Content>, between: &str) -> String {
    content.into_iter().map(Content::into_text).collect::<Vec<_>>().join(between)
}

fn seal(id: Option<String>, encrypted_content: String) -> Option<ModelDelta> {
    let sealed = Sealed { id, encrypted_content };
    serde_json::to_string(&sealed).ok().map(ModelDelta::ThinkingSignature)
}

fn failed(answer: &Answer) -> Complaint {
    let gave_up = || Complaint {
        message: "the server gave up in the middle of its answer".to_owned(),
        codes: Vec::new(),
        status: Some(503),
    };
    answer.error.as_ref().map_or_else(gave_up, complaint::from_error)
}
