//! What was heard of an answer, put together as the log will have it: only then can the next request be compared.

use headwater_protocol::{Block, CallId, Message, ModelDelta, StopSignal, ToolCall, Usage};
use serde_json::{Map, Value};

/// An answer while it arrives.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pieces: Vec<Piece>,
    pub(super) usage: Option<Usage>,
    signal: Option<StopSignal>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Thinking { text: String, signature: Option<String> },
    Call { index: usize, id: String, name: String, arguments: String },
}

impl Heard {
    pub(super) fn hear(&mut self, delta: &ModelDelta) {
        match delta {
            ModelDelta::Text(text) if text.is_empty() => {}
            ModelDelta::Text(more) => match self.pieces.last_mut() {
                Some(Piece::Text(text)) => text.push_str(more),
                Some(Piece::Thinking { .. } | Piece::Call { .. }) | None => {
                    self.pieces.push(Piece::Text(more.clone()));
                }
            },
            ModelDelta::Thinking(text) if text.is_empty() => {}
            ModelDelta::Thinking(more) => match self.pieces.last_mut() {
                Some(Piece::Thinking { text, signature: None }) => text.push_str(more),
                Some(Piece::Text(_) | Piece::Thinking { .. } | Piece::Call { .. }) | None => {
                    self.pieces.push(Piece::Thinking { text: more.clone(), signature: None });
                }
            },
            ModelDelta::ThinkingSignature(signed) => self.sign(signed),
            ModelDelta::CallStarted { index, id, name } => self.pieces.push(Piece::Call {
                index: *index,
                id: id.clone(),
                name: name.clone(),
                arguments: String::new(),
            }),
            ModelDelta::CallArguments { index, fragment } => self.extend_call(*index, fragment),
            ModelDelta::Usage(usage) => self.usage = Some(*usage),
            ModelDelta::Finished(signal) => self.signal = Some(*signal),
            ModelDelta::Retrying { .. }
            | ModelDelta::Resent { .. }
            | ModelDelta::Kept(_)
            | ModelDelta::Cleared(_) => {}
        }
    }

    fn sign(&mut self, signed: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Thinking { signature: signature @ None, .. }) => *signature = Some(signed.to_owned()),
            Some(Piece::Text(_) | Piece::Thinking { .. } | Piece::Call { .. }) | None => {
                let signature = Some(signed.to_owned());
                self.pieces.push(Piece::Thinking { text: String::new(), signature });
            }
        }
    }

    fn extend_call(&mut self, wanted: usize, fragment: &str) {
        let found = self.pieces.iter_mut().rev().find_map(|piece| match piece {
            Piece::Call { index, arguments, .. } if *index == wanted => Some(arguments),
            Piece::Call { .. } | Piece::Text(_) | Piece::Thinking { .. } => None,
        });
        if let Some(arguments) = found {
            arguments.push_str(fragment);
        }
    }

    /// The message, where it is whole and every call can be run as it came: anything else stands otherwise in the log.
    pub(super) fn message(&self, origin: String) -> Option<Message> {
        if !matches!(self.signal, Some(StopSignal::EndTurn | StopSignal::ToolCalls)) {
            return None;
        }
        let blocks = self.pieces.iter().map(block).collect::<Option<Vec<_>>>()?;
        Some(Message::Assistant { blocks, origin })
    }
}

fn block(piece: &Piece) -> Option<Block> {
    Some(match piece {
        Piece::Text(text) => Block::Text { text: text.clone() },
        Piece::Thinking { text, signature } => {
            Block::Thinking { text: text.clone(), signature: signature.clone() }
        }
        Piece::Call { id, name, arguments, .. } => Block::Call(ToolCall {
            call: CallId::new(id.clone()),
            name: name.clone(),
            input: Value::Object(input(arguments)?),
            malformed: None,
        }),
    })
}

fn input(arguments: &str) -> Option<Map<String, Value>> {
    if arguments.trim().is_empty() { Some(Map::new()) } else { serde_json::from_str(arguments).ok() }
}
