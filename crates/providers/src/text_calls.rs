//! Calls that a model writes as text instead of making them: for models whose data says that they do so, and for no
//! other (HARNESS T3).
//!
//! Two forms are read: `<tool_call>{"name": …, "arguments": …}</tool_call>` at the beginning of a line, and an answer that
//! is one such object and nothing else, in a fence or not. *Invariants:* only a tool that was offered is called; what stands
//! in prose or inside a fence with other text around it is an example and stays text; no byte of text is lost. A model
//! that makes one call properly is taken at its word from there on.

use headwater_protocol::{ModelDelta, StopSignal};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sse::Event;
use crate::wires::{DecodeError, Decoder};

/// How a call begins and ends.
const MARKS: (&str, &str) = ("<tool_call>", "</tool_call>");
/// The mark of a fence.
const FENCE: &str = "```";

/// A wire's decoder, with calls read from its text.
pub(crate) struct TextCalls {
    inner: Box<dyn Decoder>,
    tools: Vec<String>,
    /// Text that may still become a call.
    held: String,
    /// All text before it, as far as it matters: whether there is any, and whether a fence is open behind it.
    before: Before,
    calls: usize,
    /// Nothing was told since the last call: the line end behind it belongs to it.
    is_behind_call: bool,
    has_own_calls: bool,
}

#[derive(Clone, Debug, Default)]
struct Before {
    has_text: bool,
    is_fenced: bool,
    /// The line that is not ended yet.
    line: String,
}

/// A call as text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(alias = "parameters", default)]
    arguments: Map<String, Value>,
    /// Some models number their calls.
    #[serde(default, rename = "id")]
    _id: Option<Value>,
    #[serde(default, rename = "type")]
    _kind: Option<String>,
}

impl TextCalls {
    /// Reads calls of these tools.
    pub(crate) fn new(inner: Box<dyn Decoder>, tools: Vec<String>) -> Self {
        let (held, before) = (String::new(), Before::default());
        Self { inner, tools, held, before, calls: 0, is_behind_call: false, has_own_calls: false }
    }

    fn pass(&mut self, deltas: Vec<ModelDelta>, out: &mut Vec<ModelDelta>) {
        for delta in deltas {
            match delta {
                ModelDelta::Text(text) if !self.has_own_calls => {
                    self.held.push_str(&text);
                    self.sift(out);
                }
                ModelDelta::CallStarted { index, id, name } => {
                    self.let_go(out);
                    self.has_own_calls = true;
                    out.push(ModelDelta::CallStarted { index: index + self.calls, id, name });
                }
                ModelDelta::CallArguments { index, fragment } => {
                    out.push(ModelDelta::CallArguments { index: index + self.calls, fragment });
                }
                ModelDelta::Finished(signal) => {
                    self.last_chance(out);
                    let is_working = signal == StopSignal::EndTurn && self.calls > 0;
                    out.push(ModelDelta::Finished(if is_working { StopSignal::ToolCalls } else { signal }));
                }
                other @ (ModelDelta::Text(_)
                | ModelDelta::Thinking(_)
                | ModelDelta::ThinkingSignature(_)
                | ModelDelta::Usage(_)
                | ModelDelta::Retrying { .. }
                | ModelDelta::Resent { .. }
                | ModelDelta::Kept(_)
                | ModelDelta::Cleared(_)) => out.push(other),
            }
        }
    }

    /// Tells what cannot become a call any more, and the calls that are whole.
    fn sift(&mut self, out: &mut Vec<ModelDelta>) {
        loop {
            if self.is_behind_call {
                let rest = self.held.trim_start_matches(['\n', '\r']).len();
                self.held.drain(..self.held.len() - rest);
                self.is_behind_call = self.held.is_empty();
            }
            if !self.before.has_text && may_be_bare(&self.held) {
                return;
            }
            match self.opening() {
                Opening::None => return self.let_go(out),
                Opening::Perhaps(at) => return self.tell(at, out),
                Opening::At(at) => {
                    self.tell(at, out);
                    let Some(end) = self.held.find(MARKS.1) else { return };
                    let inside = self.held.get(MARKS.0.len()..end).unwrap_or_default().to_owned();
                    let whole = end + MARKS.1.len();
                    if self.call(&inside, out) {
                        self.held.drain(..whole);
                        self.is_behind_call = true;
                    } else {
                        self.tell(whole, out);
                    }
                }
            }
        }
    }

    /// Where in what is held a call begins, or may begin.
    fn opening(&self) -> Opening {
        let mut state = self.before.clone();
        let mut at = 0;
        for line in self.held.split_inclusive('\n') {
            let is_start = state.line.trim().is_empty();
            let words = line.trim_start();
            let indent = line.len() - words.len();
            if is_start && !state.is_fenced && !words.is_empty() {
                if words.starts_with(MARKS.0) {
                    return Opening::At(at + indent);
                }
                if MARKS.0.starts_with(words) {
                    return Opening::Perhaps(at + indent);
                }
            }
            state.take(line);
            at += line.len();
        }
        Opening::None
    }

    /// Tells the first `bytes` of what is held.
    fn tell(&mut self, bytes: usize, out: &mut Vec<ModelDelta>) {
        let text: String = self.held.drain(..bytes).collect();
        if !text.is_empty() {
            self.before.take(&text);
            self.before.has_text |= !text.trim().is_empty();
            out.push(ModelDelta::Text(text));
        }
    }

    fn let_go(&mut self, out: &mut Vec<ModelDelta>) {
        self.tell(self.held.len(), out);
    }

    /// The answer is over: what is held is a call, or text after all.
    fn last_chance(&mut self, out: &mut Vec<ModelDelta>) {
        let held = self.held.trim();
        let inside = held.strip_prefix(MARKS.0).or_else(|| unfenced(held));
        let is_call = match inside.map(str::to_owned) {
            Some(inside) if !self.has_own_calls => self.call(&inside, out),
            Some(_) | None => false,
        };
        if is_call { self.held.clear() } else { self.let_go(out) }
    }

    /// Makes the call that a text is; false when it is none of a tool that there is.
    fn call(&mut self, text: &str, out: &mut Vec<ModelDelta>) -> bool {
        let Ok(written) = serde_json::from_str::<Written>(text.trim()) else { return false };
        if !self.tools.contains(&written.name) {
            return false;
        }
        let index = self.calls;
        self.calls += 1;
        let fragment = Value::Object(written.arguments).to_string();
        out.push(ModelDelta::CallStarted { index, id: String::new(), name: written.name });
        out.push(ModelDelta::CallArguments { index, fragment });
        true
    }
}

enum Opening {
    None,
    /// The beginning of the mark is there.
    Perhaps(usize),
    At(usize),
}

impl Before {
    fn take(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            self.line.push_str(line);
            if line.ends_with('\n') {
                self.is_fenced ^= self.line.trim_start().starts_with(FENCE);
                self.line.clear();
            }
        }
    }
}

/// Whether an answer may be one object and nothing else.
fn may_be_bare(held: &str) -> bool {
    let words = held.trim_start();
    words.is_empty() || words.starts_with('{') || FENCE.starts_with(words) || is_json_fence(words)
}

/// Whether `words` begin with a fence of JSON, as far as they go.
fn is_json_fence(words: &str) -> bool {
    let Some(rest) = words.strip_prefix(FENCE) else { return false };
    let language = rest.lines().next().unwrap_or_default().trim();
    let is_whole_line = rest.contains('\n');
    if !is_whole_line {
        return "json".starts_with(language);
    }
    let body = rest.split_once('\n').map_or("", |(_, body)| body).trim_start();
    matches!(language, "" | "json") && (body.is_empty() || body.starts_with('{'))
}

/// The object of an answer that is nothing else.
fn unfenced(held: &str) -> Option<&str> {
    if held.starts_with('{') {
        return Some(held);
    }
    let body = held.strip_prefix(FENCE)?.strip_suffix(FENCE)?;
    let body = body.strip_prefix("json").unwrap_or(body).trim();
    (body.starts_with('{') && !body.contains(FENCE)).then_some(body)
}

impl Decoder for TextCalls {
    fn event(&mut self, event: Event<'_>, out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let mut deltas = Vec::new();
        let result = self.inner.event(event, &mut deltas);
        self.pass(deltas, out);
        result
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<ModelDelta>) -> Result<(), DecodeError> {
        let mut deltas = Vec::new();
        let result = self.inner.whole(body, &mut deltas);
        self.pass(deltas, out);
        result
    }

    fn is_complete(&self) -> bool {
        self.inner.is_complete()
    }

    fn is_answered(&self) -> bool {
        self.inner.is_answered()
    }

    fn end(&mut self, out: &mut Vec<ModelDelta>) {
        let mut deltas = Vec::new();
        self.inner.end(&mut deltas);
        self.pass(deltas, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wires::{OpenAiChat, Wire as _};
    use serde_json::json;

    /// An answer in pieces of `size` characters, as `text` and then each call as `name arguments`.
    fn read(answer: &str, size: usize) -> (String, Vec<String>, StopSignal) {
        let tools = vec!["read".to_owned(), "shell".to_owned()];
        let mut decoder = TextCalls::new(OpenAiChat.decoder(), tools);
        let mut out = Vec::new();
        let letters: Vec<char> = answer.chars().collect();
        for piece in letters.chunks(size) {
            let text: String = piece.iter().collect();
            let data = json!({"choices": [{"delta": {"content": text}}]}).to_string();
            decoder.event(Event { name: b"", data: data.as_bytes() }, &mut out).unwrap();
        }
        let data = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}).to_string();
        decoder.event(Event { name: b"", data: data.as_bytes() }, &mut out).unwrap();
        decoder.end(&mut out);
        let (mut text, mut calls, mut signal) = (String::new(), Vec::new(), StopSignal::Interrupted);
        for delta in out {
            match delta {
                ModelDelta::Text(more) => text.push_str(&more),
                ModelDelta::CallStarted { name, .. } => calls.push(name),
                ModelDelta::CallArguments { fragment, .. } => {
                    let call = calls.last_mut().unwrap();
                    *call = format!("{call} {fragment}");
                }
                ModelDelta::Finished(said) => signal = said,
                other => panic!("{other:?}"),
            }
        }
        (text, calls, signal)
    }

    #[test]
    fn t3_calls_in_text_are_made_and_examples_are_not() {
        let call = r#"<tool_call>
{"name": "read", "arguments": {"path": "a"}}
</tool_call>"#;
        let bare = r#"{"name": "shell", "arguments": {"command": "ls"}}"#;
        let fenced = format!("```json\n{bare}\n```");
        let read_a = r#"read {"path":"a"}"#;
        let cases: Vec<(String, &str, Vec<&str>)> = vec![
            (call.to_owned(), "", vec![read_a]),
            (format!("I look.\n{call}"), "I look.\n", vec![read_a]),
            (format!("{call}\n{call}"), "", vec![read_a, read_a]),
            (call.replace("</tool_call>", ""), "", vec![read_a]),
            (bare.to_owned(), "", vec![r#"shell {"command":"ls"}"#]),
            (bare.replace("arguments", "parameters"), "", vec![r#"shell {"command":"ls"}"#]),
            (fenced.clone(), "", vec![r#"shell {"command":"ls"}"#]),
            // Examples, foreign tools, other objects, broken ones: text, to the letter.
            (format!("Write {call} to read."), "Write {call} to read.", vec![]),
            (format!("For example:\n```\n{call}\n```\n"), "…", vec![]),
            (format!("Run this:\n{fenced}\n"), "…", vec![]),
            (format!("{fenced}\nThis would list the files."), "…", vec![]),
            (call.replace("read", "rm"), "…", vec![]),
            (r#"{"name": "ls"}"#.to_owned(), "…", vec![]),
            (r#"{"answer": 42}"#.to_owned(), "…", vec![]),
            (call.replace("}}", "}"), "…", vec![]),
            ("a < b, <tool".to_owned(), "…", vec![]),
            (String::new(), "", vec![]),
        ];
        for (answer, text, calls) in cases {
            let text =
                if text == "…" || text.contains("{call}") { answer.clone() } else { text.to_owned() };
            let signal = if calls.is_empty() { StopSignal::EndTurn } else { StopSignal::ToolCalls };
            for size in [1, 2, 7, 1000] {
                let expected = (text.clone(), calls.iter().map(|call| (*call).to_owned()).collect(), signal);
                assert_eq!(read(&answer, size), expected, "{answer:?} in pieces of {size}");
            }
        }
    }
}
