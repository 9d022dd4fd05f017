//! A model behind the output policy: no request reaches it with a secret in it, and what it says is heard without.
//!
//! *Invariants:* a request without secrets goes out as it came, the same messages shared; what a call is to run with is
//! left as the model wrote it.

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use headwater_protocol::redact::{redact_text, redact_value};
use headwater_protocol::{
    Block, Cancel, Message, ModelDelta, ModelInfo, Projection, Provider, ProviderError, ProviderStream,
    Redact, RedactStream, ToolCall,
};

/// Puts `provider` behind the output policy.
pub fn guarded(provider: Arc<dyn Provider>, redact: Arc<dyn Redact>) -> Arc<dyn Provider> {
    Arc::new(Guarded { provider, redact })
}

struct Guarded {
    provider: Arc<dyn Provider>,
    redact: Arc<dyn Redact>,
}

impl Provider for Guarded {
    fn vendor(&self) -> &str {
        self.provider.vendor()
    }

    fn model(&self) -> &ModelInfo {
        self.provider.model()
    }

    fn stream(&self, request: Projection, cancel: Cancel) -> ProviderStream {
        self.heard(self.provider.stream(redacted(&*self.redact, request), cancel))
    }

    fn converse(&self, request: Projection, handle: Option<&str>, cancel: Cancel) -> ProviderStream {
        self.heard(self.provider.converse(redacted(&*self.redact, request), handle, cancel))
    }
}

impl Guarded {
    fn heard(&self, said: ProviderStream) -> ProviderStream {
        let mut hearing = Hearing { text: self.redact.stream(), thinking: self.redact.stream() };
        let heard = said.map(Some).chain(stream::once(std::future::ready(None)));
        Box::pin(heard.flat_map(move |item| stream::iter(hearing.hear(item))))
    }
}

/// The request without secrets.
fn redacted(redact: &dyn Redact, mut request: Projection) -> Projection {
    if let Cow::Owned(system) = redact.redact(&request.system) {
        request.system = system.into();
    }
    let cleared = request.clearing.iter_mut().flat_map(|clearing| &mut clearing.whole);
    for message in request.messages.iter_mut().chain(cleared.map(|(_, whole)| whole)) {
        let mut copy = Message::clone(message);
        if redact_message(redact, &mut copy) {
            *message = Arc::new(copy);
        }
    }
    request
}

fn redact_message(redact: &dyn Redact, message: &mut Message) -> bool {
    match message {
        Message::User { parts } => all(parts.iter_mut(), |part| redact_text(redact, part)),
        Message::Assistant { blocks, .. } => all(blocks.iter_mut(), |block| redact_block(redact, block)),
        Message::ToolResult { text, .. } => redact_text(redact, text),
    }
}

fn redact_block(redact: &dyn Redact, block: &mut Block) -> bool {
    match block {
        Block::Text { text } => redact_text(redact, text),
        Block::Thinking { text, signature } => {
            let has_changed = redact_text(redact, text);
            if has_changed {
                *signature = None;
            }
            has_changed
        }
        Block::Call(ToolCall { input, malformed, .. }) => {
            let is_raw_changed =
                malformed.as_mut().is_some_and(|malformed| redact_text(redact, &mut malformed.raw));
            redact_value(redact, input) | is_raw_changed
        }
    }
}

/// Whether any changed; each is looked at.
fn all<T>(items: impl Iterator<Item = T>, mut changes: impl FnMut(T) -> bool) -> bool {
    items.fold(false, |changed, item| changes(item) | changed)
}

/// An answer while it arrives.
struct Hearing {
    text: Box<dyn RedactStream>,
    thinking: Box<dyn RedactStream>,
}

type Heard = Result<ModelDelta, ProviderError>;

impl Hearing {
    /// What is heard of the next piece; `None` is the end.
    fn hear(&mut self, item: Option<Heard>) -> Vec<Heard> {
        match item {
            Some(Ok(ModelDelta::Text(piece))) => {
                let mut heard = Vec::from_iter(thought(self.thinking.finish()));
                heard.extend(said(self.text.push(&piece)));
                heard
            }
            Some(Ok(ModelDelta::Thinking(piece))) => {
                let mut heard = Vec::from_iter(said(self.text.finish()));
                heard.extend(thought(self.thinking.push(&piece)));
                heard
            }
            other => {
                let mut heard = Vec::from_iter(thought(self.thinking.finish()));
                heard.extend(said(self.text.finish()));
                heard.extend(other);
                heard
            }
        }
    }
}

fn said(text: String) -> Option<Heard> {
    (!text.is_empty()).then_some(Ok(ModelDelta::Text(text)))
}

fn thought(text: String) -> Option<Heard> {
    (!text.is_empty()).then_some(Ok(ModelDelta::Thinking(text)))
}

#[cfg(test)]
mod tests {
    use headwater_policy::{KnownSecret, Redactor};
    use headwater_protocol::{Clearing, StopSignal};

    use super::*;

    fn redact() -> Redactor {
        Redactor::new(&[KnownSecret::new("KEY", "s3cret-value-9")], &[]).unwrap()
    }

    #[test]
    fn p5_a_request_loses_its_secrets_and_shares_what_has_none() {
        let clean = Arc::new(Message::user("hello"));
        let call = ToolCall {
            call: "c".into(),
            name: "shell".into(),
            input: serde_json::json!({"command": "echo s3cret-value-9"}),
            malformed: None,
        };
        let thinking = Block::Thinking { text: "s3cret-value-9".into(), signature: Some("x".into()) };
        let blocks = vec![Block::Text { text: "s3cret-value-9".into() }, thinking, Block::Call(call)];
        let whole = Message::ToolResult {
            call: "c".into(),
            name: "shell".into(),
            text: "s3cret-value-9 whole".into(),
            is_error: false,
        };
        let request = Projection {
            system: "s3cret-value-9".into(),
            tools: Arc::from([]),
            messages: vec![
                Arc::clone(&clean),
                Arc::new(Message::user("s3cret-value-9")),
                Arc::new(Message::Assistant { blocks, origin: "v/m".into() }),
                Arc::new(Message::ToolResult {
                    call: "c".into(),
                    name: "shell".into(),
                    text: "s3cret-value-9".into(),
                    is_error: false,
                }),
            ],
            cache_marks: vec![],
            hints: headwater_protocol::Hints::default(),
            clearing: Some(Clearing {
                keep: 1,
                cleared: 1,
                exclude: vec![],
                whole: vec![(3, Arc::new(whole))],
            }),
        };
        let sent = redacted(&redact(), request);
        assert!(Arc::ptr_eq(&sent.messages[0], &clean));
        let text = serde_json::to_string(&sent).unwrap();
        assert!(!text.contains("s3cret") && text.matches("[redacted: KEY]").count() == 7, "{text}");
        assert!(text.contains("\"signature\":null"), "{text}");
    }

    #[test]
    fn p5_an_answer_is_heard_in_order_and_without_secrets() {
        let redact = redact();
        let mut hearing = Hearing { text: redact.stream(), thinking: redact.stream() };
        let pieces = [
            ModelDelta::Thinking("so s3cret".into()),
            ModelDelta::Thinking("-value-9".into()),
            ModelDelta::Text("it is s3cret-".into()),
            ModelDelta::Text("value-9!".into()),
            ModelDelta::Text(" s3cr".into()),
            ModelDelta::CallStarted { index: 0, id: "a".into(), name: "shell".into() },
            ModelDelta::CallArguments { index: 0, fragment: "{\"command\":\"s3cret-value-9\"}".into() },
            ModelDelta::Finished(StopSignal::ToolCalls),
        ];
        let heard: Vec<Heard> = pieces
            .into_iter()
            .map(|piece| Some(Ok(piece)))
            .chain([None])
            .flat_map(|item| hearing.hear(item))
            .collect();
        let heard: Vec<ModelDelta> = heard.into_iter().map(Result::unwrap).collect();
        let of = |is_text: bool| -> String {
            heard
                .iter()
                .filter_map(|delta| match delta {
                    ModelDelta::Text(text) if is_text => Some(text.as_str()),
                    ModelDelta::Thinking(text) if !is_text => Some(text.as_str()),
                    ModelDelta::Text(_)
                    | ModelDelta::Thinking(_)
                    | ModelDelta::ThinkingSignature(_)
                    | ModelDelta::CallStarted { .. }
                    | ModelDelta::CallArguments { .. }
                    | ModelDelta::Usage(_)
                    | ModelDelta::Retrying { .. }
                    | ModelDelta::Resent { .. }
                    | ModelDelta::Kept(_)
                    | ModelDelta::Cleared(_)
                    | ModelDelta::Finished(_) => None,
                })
                .collect()
        };
        assert_eq!(
            (of(false).as_str(), of(true).as_str()),
            ("so [redacted: KEY]", "it is [redacted: KEY]! s3cr")
        );
        let call = heard.iter().position(|delta| matches!(delta, ModelDelta::CallStarted { .. })).unwrap();
        assert_eq!(heard[call - 1], ModelDelta::Text("s3cr".into()), "what was held comes before the call");
        assert!(
            matches!(&heard[call + 1], ModelDelta::CallArguments { fragment, .. } if fragment.contains("s3cret-value-9"))
        );
    }
}
