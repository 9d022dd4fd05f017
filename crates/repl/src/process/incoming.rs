//! From frames to messages: long texts come in frames of their own, ahead of the message that they belong to.

use serde_json::Value;

use super::messages::FromWorker;

/// The most texts that can be ahead of one message; their size is bounded by that of a frame and the memory of the worker.
const MOST_TEXTS: usize = 100_000;
/// The most bytes of them.
const MOST_BYTES: usize = super::frames::LARGEST_FRAME;

/// The texts that have come for the next message.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    awaited: usize,
    texts: Vec<Option<String>>,
    bytes: usize,
}

impl Incoming {
    /// Takes a frame; returns the message when it is complete.
    pub(super) fn take(&mut self, frame: &[u8]) -> Result<Option<FromWorker>, String> {
        if self.awaited > 0 {
            self.keep(frame)?;
            return Ok(None);
        }
        if self.texts.is_empty() {
            let message = serde_json::from_slice(frame).map_err(|error| error.to_string())?;
            return match message {
                FromWorker::Apart { count } if count > MOST_TEXTS => Err("too many texts".to_owned()),
                FromWorker::Apart { count } => {
                    self.awaited = count;
                    Ok(None)
                }
                message => Ok(Some(message)),
            };
        }
        let mut message: Value = serde_json::from_slice(frame).map_err(|error| error.to_string())?;
        let mut texts = std::mem::take(&mut self.texts);
        self.bytes = 0;
        put_back(&mut message, &mut texts)?;
        serde_json::from_value(message).map(Some).map_err(|error| error.to_string())
    }

    fn keep(&mut self, frame: &[u8]) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.bytes > MOST_BYTES {
            return Err("more text than can be passed at once".to_owned());
        }
        let text = String::from_utf8(frame.to_vec()).map_err(|error| error.to_string())?;
        self.awaited = self.awaited.saturating_sub(1);
        self.texts.push(Some(text));
        Ok(())
    }
}

/// Puts each text where its number stands.
fn put_back(value: &mut Value, texts: &mut [Option<String>]) -> Result<(), String> {
    match value {
        Value::Object(fields) => {
            if let (1, Some(number)) = (fields.len(), fields.get("apart").and_then(Value::as_u64)) {
                let place = usize::try_from(number).ok().and_then(|number| texts.get_mut(number));
                let text = place.and_then(Option::take).ok_or("a text that is not there")?;
                *value = Value::String(text);
                return Ok(());
            }
            fields.values_mut().try_for_each(|field| put_back(field, texts))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_back(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_where_their_numbers_stood() {
        let mut incoming = Incoming::default();
        for frame in ["{\"op\":\"apart\",\"count\":2}", "first", "second"] {
            assert!(incoming.take(frame.as_bytes()).unwrap().is_none());
        }
        let message =
            "{\"op\":\"helper\",\"id\":1,\"name\":\"x\",\"input\":[{\"apart\":1},{\"t\":{\"apart\":0}}]}";
        let Some(FromWorker::Helper { input, .. }) = incoming.take(message.as_bytes()).unwrap() else {
            panic!("no message")
        };
        assert_eq!(input, serde_json::json!(["second", {"t": "first"}]));
        assert!(matches!(incoming.take(b"{\"op\":\"ready\"}").unwrap(), Some(FromWorker::Ready)));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let table: [&[&str]; 4] = [
            &["{\"op\":\"apart\",\"count\":1000000}"],
            &["nonsense"],
            &[
                "{\"op\":\"apart\",\"count\":1}",
                "a",
                "{\"op\":\"value\",\"found\":{\"value\":{\"apart\":7}}}",
            ],
            &[
                "{\"op\":\"apart\",\"count\":1}",
                "a",
                "{\"op\":\"value\",\"found\":{\"value\":[{\"apart\":0},{\"apart\":0}]}}",
            ],
        ];
        for frames in table {
            let mut incoming = Incoming::default();
            let results: Vec<_> = frames.iter().map(|frame| incoming.take(frame.as_bytes())).collect();
            assert!(results.last().unwrap().is_err(), "{frames:?}");
        }
    }
}
