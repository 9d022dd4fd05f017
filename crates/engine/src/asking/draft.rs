//! An answer while it arrives: deltas in, what the screen shows out, and in the end blocks and calls.

use headwater_protocol::events::{AssistantBlock, ConversationKept, ConversationResent, ResendCause};
use headwater_protocol::message::MalformedInput;
use headwater_protocol::update::Waiting;
use headwater_protocol::views::OpenCalls;
use headwater_protocol::{CallId, Delta, ModelDelta, ServerCleared, StopSignal, ToolCall, Usage};
use serde_json::{Map, Value};

/// The longest id of a provider that is kept; wires of other vendors accept no longer ones.
const LONGEST_ID: usize = 64;

/// How a call is kept that came without a tool's name; no tool is called this.
const UNNAMED: &str = "unnamed";

/// What has arrived of an answer.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    pieces: Vec<Piece>,
    pub(super) usage: Option<Usage>,
    pub(super) stop: Option<StopSignal>,
    /// How often the server did not go on from what it kept; what each lost answer cost is not known here.
    pub(super) resent: Vec<ConversationResent>,
    /// What the server keeps now.
    pub(super) kept: Option<ConversationKept>,
    /// What became of the results that were left to the server to clear.
    pub(super) cleared: Option<ServerCleared>,
}

#[derive(Debug)]
enum Piece {
    Text { bytes: usize },
    Thinking { text: String, signature: Option<String> },
    Call { index: usize, id: String, name: String, arguments: String },
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) text: String,
    pub(super) blocks: Vec<AssistantBlock>,
    pub(super) calls: Vec<ToolCall>,
}

impl Draft {
    /// Takes a delta in, and says what the screen shows of it.
    pub(super) fn apply(&mut self, delta: ModelDelta) -> Option<Delta> {
        match delta {
            ModelDelta::Text(text) => self.say(text),
            ModelDelta::Thinking(text) => self.think(text),
            ModelDelta::ThinkingSignature(signed) => {
                self.sign(signed);
                None
            }
            ModelDelta::CallStarted { index, id, name } => Some(self.start_call(index, id, name)),
            ModelDelta::CallArguments { index, fragment } => self.extend_call(index, &fragment),
            ModelDelta::Usage(usage) => {
                self.usage = Some(usage);
                None
            }
            ModelDelta::Retrying { attempt, after, reason } => {
                Some(Delta::Waiting { on: Waiting::Retry { attempt, after, reason } })
            }
            ModelDelta::Resent { cause, detail } => self.begin_again(cause, detail),
            ModelDelta::Kept(kept) => {
                self.kept = Some(kept);
                None
            }
            ModelDelta::Cleared(cleared) => {
                self.cleared = Some(cleared);
                None
            }
            ModelDelta::Finished(stop) => {
                self.stop = Some(stop);
                None
            }
        }
    }

    /// What was said so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing arrived at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether something is to run.
    pub(super) fn has_calls(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Call { .. }))
    }

    /// Forgets calls, whose arguments may be half: an interrupted answer keeps only what was said.
    pub(super) fn drop_calls(&mut self) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Call { .. }));
    }

    /// The answer, with ids that are unique in the session.
    pub(super) fn finish(self, known: &OpenCalls) -> Finished {
        let mut calls: Vec<ToolCall> = Vec::new();
        let is_cut = self.stop == Some(StopSignal::Length);
        let last = self.pieces.len().saturating_sub(1);
        let blocks = self
            .pieces
            .into_iter()
            .enumerate()
            .map(|(position, piece)| match piece {
                Piece::Text { bytes } => AssistantBlock::Text { bytes },
                Piece::Thinking { text, signature } => AssistantBlock::Thinking { text, signature },
                Piece::Call { id, name, arguments, .. } => {
                    let call = unique(&id, known, &calls);
                    let name = if name.is_empty() { UNNAMED.to_owned() } else { name };
                    let parsed = parse(call.clone(), name, arguments);
                    calls.push(if is_cut && position == last { without_invention(parsed) } else { parsed });
                    AssistantBlock::Call { call }
                }
            })
            .collect();
        Finished { text: self.text, blocks, calls }
    }

    /// Forgets what has arrived: another answer comes in its place. The screen is told only where it showed some of it.
    fn begin_again(&mut self, cause: ResendCause, detail: String) -> Option<Delta> {
        let usage = self.usage.take();
        self.resent.push(ConversationResent { cause, detail: detail.clone(), usage, cost_usd: None });
        self.text.clear();
        let lost = std::mem::take(&mut self.pieces);
        let attempt = u32::try_from(self.resent.len()).unwrap_or(u32::MAX);
        let retry = Waiting::Retry { attempt, after: std::time::Duration::ZERO, reason: detail };
        (!lost.is_empty()).then_some(Delta::Waiting { on: retry })
    }

    fn say(&mut self, text: String) -> Option<Delta> {
        if text.is_empty() {
            return None;
        }
        self.text.push_str(&text);
        match self.pieces.last_mut() {
            Some(Piece::Text { bytes }) => *bytes += text.len(),
            Some(Piece::Thinking { .. } | Piece::Call { .. }) | None => {
                self.pieces.push(Piece::Text { bytes: text.len() });
            }
        }
        Some(Delta::Text { text })
    }

    fn think(&mut self, more: String) -> Option<Delta> {
        if more.is_empty() {
            return None;
        }
        match self.pieces.last_mut() {
            Some(Piece::Thinking { text, signature: None }) => text.push_str(&more),
            Some(Piece::Thinking { .. } | Piece::Text { .. } | Piece::Call { .. }) | None => {
                self.pieces.push(Piece::Thinking { text: more.clone(), signature: None });
            }
        }
        Some(Delta::Thinking { text: more })
    }

    /// Seals the reasoning before it; reasoning that the vendor does not show is a seal alone.
    fn sign(&mut self, signed: String) {
        match self.pieces.last_mut() {
            Some(Piece::Thinking { signature: signature @ None, .. }) => *signature = Some(signed),
            Some(Piece::Thinking { .. } | Piece::Text { .. } | Piece::Call { .. }) | None => {
                self.pieces.push(Piece::Thinking { text: String::new(), signature: Some(signed) });
            }
        }
    }

    fn start_call(&mut self, index: usize, id: String, name: String) -> Delta {
        let shown = Delta::CallProgress { index, name: name.clone(), bytes: 0 };
        self.pieces.push(Piece::Call { index, id, name, arguments: String::new() });
        shown
    }

    fn extend_call(&mut self, wanted: usize, fragment: &str) -> Option<Delta> {
        self.pieces.iter_mut().rev().find_map(|piece| match piece {
            Piece::Call { index, name, arguments, .. } if *index == wanted => {
                arguments.push_str(fragment);
                Some(Delta::CallProgress { index: wanted, name: name.clone(), bytes: arguments.len() })
            }
            Piece::Call { .. } | Piece::Text { .. } | Piece::Thinking { .. } => None,
        })
    }
}

/// The provider's id when it is usable and new, or one of our own (HARNESS T2).
fn unique(id: &str, known: &OpenCalls, fresh: &[ToolCall]) -> CallId {
    let is_taken = |call: &CallId| known.is_known(call) || fresh.iter().any(|other| other.call == *call);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let own = CallId::new(format!("{}{id}", known.prefix()));
    if !id.is_empty() && own.as_str().len() <= LONGEST_ID && id.chars().all(is_plain) && !is_taken(&own) {
        return own;
    }
    let mut number = known.count() + fresh.len() + 1;
    loop {
        let call = CallId::new(format!("{}call_{number}", known.prefix()));
        if !is_taken(&call) {
            return call;
        }
        number += 1;
    }
}

fn parse(call: CallId, name: String, arguments: String) -> ToolCall {
    match object(&arguments) {
        Ok(input) => ToolCall { call, name, input: Value::Object(input), malformed: None },
        Err(error) => {
            let malformed = Some(MalformedInput { raw: arguments, error });
            ToolCall { call, name, input: Value::Object(Map::new()), malformed }
        }
    }
}

/// A call whose arguments the output limit cut off before their first byte: "no arguments" would be invented.
fn without_invention(call: ToolCall) -> ToolCall {
    if call.malformed.is_some() || call.input.as_object().is_some_and(|input| !input.is_empty()) {
        return call;
    }
    let error = "the output limit cut the call off before its arguments".to_owned();
    ToolCall { malformed: Some(MalformedInput { raw: String::new(), error }), ..call }
}

/// The arguments as an object. No argument at all is an empty object, and an object that was encoded twice
/// is decoded twice: neither invents a value.
fn object(arguments: &str) -> Result<Map<String, Value>, String> {
    if arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(arguments).map_err(|error| error.to_string())? {
        Value::Object(input) => Ok(input),
        Value::String(inner) => {
            serde_json::from_str(&inner).map_err(|error| format!("in the quoted text: {error}"))
        }
        Value::Null => Ok(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err("the arguments must be a JSON object".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(index: usize, id: &str, name: &str, fragments: &[&str]) -> Vec<ModelDelta> {
        let started = ModelDelta::CallStarted { index, id: id.into(), name: name.into() };
        let rest = fragments.iter().map(|f| ModelDelta::CallArguments { index, fragment: (*f).into() });
        std::iter::once(started).chain(rest).collect()
    }

    fn finish(deltas: impl IntoIterator<Item = ModelDelta>) -> Finished {
        let mut draft = Draft::default();
        for delta in deltas {
            draft.apply(delta);
        }
        draft.finish(&OpenCalls::default())
    }

    #[test]
    fn text_reasoning_and_calls_keep_their_order() {
        let mut deltas = vec![
            ModelDelta::Thinking("h".into()),
            ModelDelta::Thinking("m".into()),
            ModelDelta::Text("é".into()),
            ModelDelta::Text("!".into()),
        ];
        deltas.extend(call(0, "a", "read", &["{\"path\":", "\"x\"}"]));
        let answer = finish(deltas);
        assert_eq!(answer.text, "é!");
        assert_eq!(
            answer.blocks,
            [
                AssistantBlock::Thinking { text: "hm".into(), signature: None },
                AssistantBlock::Text { bytes: 3 },
                AssistantBlock::Call { call: "a".into() },
            ]
        );
        assert_eq!(answer.calls[0].input, serde_json::json!({"path": "x"}));
    }

    #[test]
    fn fragments_of_parallel_calls_find_their_call() {
        let deltas = [
            ModelDelta::CallStarted { index: 0, id: "a".into(), name: "read".into() },
            ModelDelta::CallStarted { index: 1, id: "b".into(), name: "grep".into() },
            ModelDelta::CallArguments { index: 0, fragment: "{\"n\":0}".into() },
            ModelDelta::CallArguments { index: 1, fragment: "{\"n\":1}".into() },
        ];
        let answer = finish(deltas);
        assert_eq!(answer.calls[0].input["n"], 0);
        assert_eq!(answer.calls[1].input["n"], 1);
    }

    #[test]
    fn empty_repeated_and_unusable_ids_are_replaced() {
        let ids = ["", "x", "x", "has space", "ok-1"];
        let answer = finish(ids.iter().enumerate().flat_map(|(index, id)| call(index, id, "read", &["{}"])));
        let got: Vec<&str> = answer.calls.iter().map(|call| call.call.as_str()).collect();
        assert_eq!(got, ["call_1", "x", "call_3", "call_4", "ok-1"]);
    }

    #[test]
    fn a_call_cut_before_its_arguments_is_not_run_with_none() {
        let mut deltas = call(0, "a", "list", &[]);
        deltas.push(ModelDelta::Finished(StopSignal::Length));
        assert!(finish(deltas).calls[0].malformed.is_some());
        assert!(finish(call(0, "a", "list", &[])).calls[0].malformed.is_none());
    }

    #[test]
    fn arguments_are_parsed_or_named_as_broken_and_never_invented() {
        let cases = [
            ("", Ok("{}")),
            ("null", Ok("{}")),
            ("{\"a\":1}", Ok("{\"a\":1}")),
            ("\"{\\\"a\\\":1}\"", Ok("{\"a\":1}")),
            ("{\"a\":", Err("EOF while parsing a value at line 1 column 5")),
            ("[1]", Err("the arguments must be a JSON object")),
        ];
        for (raw, expected) in cases {
            let got = object(raw).map(|input| Value::Object(input).to_string());
            assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned), "{raw}");
        }
    }
}
