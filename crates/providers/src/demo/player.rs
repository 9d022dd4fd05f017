//! Plays the recording as a model port.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use headwater_protocol::{
    Cancel, ModelDelta, ModelInfo, Price, Projection, Provider, ProviderError, ProviderStream, Tokens, Usage,
};
use headwater_protocol::{StopSignal, model::UNKNOWN_WINDOW};

use super::script::{Part, Situation, recording};

/// The name the demo is chosen by, as provider and as model.
pub const NAME: &str = "demo";

/// What to say to see the recorded session.
pub const PROMPT: &str = "fix the failing test";

/// The recorded session as a model port; `pace` is the wait before each delta.
pub fn provider(pace: Duration) -> Arc<dyn Provider> {
    let price = Some(Price::default());
    let model =
        ModelInfo { name: NAME.to_owned(), window: UNKNOWN_WINDOW, max_output: None, price, is_known: true };
    Arc::new(Demo { model, pace })
}

struct Demo {
    model: ModelInfo,
    pace: Duration,
}

impl Provider for Demo {
    fn vendor(&self) -> &str {
        NAME
    }

    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn stream(&self, request: Projection, cancel: Cancel) -> ProviderStream {
        let deltas = match answer(&request) {
            Ok(deltas) => deltas.into_iter().map(Ok).collect(),
            Err(message) => vec![Err(ProviderError::NotUnderstood { url: NAME.to_owned(), message })],
        };
        let pace = self.pace;
        let paced = stream::iter(deltas).then(move |delta| {
            let cancel = cancel.clone();
            async move {
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => Err(ProviderError::Cancelled),
                    () = wait(pace) => delta,
                }
            }
        });
        // Nothing follows an error.
        let ended = paced.scan(false, |has_failed, delta| {
            let goes_on = !std::mem::replace(has_failed, delta.is_err());
            std::future::ready(goes_on.then_some(delta))
        });
        Box::pin(ended)
    }
}

async fn wait(pace: Duration) {
    if !pace.is_zero() {
        tokio::time::sleep(pace).await;
    }
}

/// The deltas of the recorded answer that belongs to this conversation.
fn answer(request: &Projection) -> Result<Vec<ModelDelta>, String> {
    let recording = recording().map_err(|error| format!("the recording is broken: {error}"))?;
    let situation = Situation::of(request.messages.iter().map(AsRef::as_ref));
    let answer = recording.into_iter().find(|answer| situation.is_met_by(answer));
    let parts = answer.ok_or("the recording ends here")?.play;

    let mut deltas = Vec::new();
    let mut calls = 0;
    for part in parts {
        match part {
            Part::Thinking(text) => deltas.extend(words(&text).map(ModelDelta::Thinking)),
            Part::Text(text) => deltas.extend(words(&text).map(ModelDelta::Text)),
            Part::Call { name, input } => {
                deltas.push(ModelDelta::CallStarted { index: calls, id: format!("demo_{calls}"), name });
                deltas.push(ModelDelta::CallArguments { index: calls, fragment: input.to_string() });
                calls += 1;
            }
        }
    }
    deltas.push(ModelDelta::Usage(usage(request, &deltas)));
    let signal = if calls > 0 { StopSignal::ToolCalls } else { StopSignal::EndTurn };
    deltas.push(ModelDelta::Finished(signal));
    Ok(deltas)
}

/// Text in pieces of one word, each with the blank behind it.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_inclusive(' ').map(str::to_owned)
}

/// An estimate, four bytes a token: a recording is billed by nobody.
fn usage(request: &Projection, deltas: &[ModelDelta]) -> Usage {
    let written: usize = deltas
        .iter()
        .map(|delta| match delta {
            ModelDelta::Text(text) | ModelDelta::Thinking(text) => text.len(),
            ModelDelta::CallArguments { fragment, .. } => fragment.len(),
            ModelDelta::ThinkingSignature(_)
            | ModelDelta::CallStarted { .. }
            | ModelDelta::Usage(_)
            | ModelDelta::Retrying { .. }
            | ModelDelta::Finished(_) => 0,
        })
        .sum();
    let read = serde_json::to_vec(request).map_or(0, |json| json.len());
    let tokens = |bytes: usize| Tokens((bytes / 4) as u64);
    Usage { input: tokens(read), output: tokens(written), ..Usage::default() }
}
