//! Plays the recording as a model port.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use headwater_protocol::{
    Cancel, ModelDelta, ModelInfo, Price, Projection, Provider, ProviderError, ProviderStream, StopSignal,
    Tokens, Usage,
};
use serde_json::Value;

use super::card;
use super::script::{Part, Situation, recording};

/// The name the demo is chosen by, as provider and as model.
pub const NAME: &str = "demo";

/// What to say to see the recorded session.
pub const PROMPT: &str = "fix the failing test";

/// What to ask in Recursive mode to see the recorded mission.
pub const MISSION_PROMPT: &str = "which requests failed, why, by component?";

/// The name of the demo's child model.
const READER: &str = "demo-reader";
/// The window that it pretends to have: that of usual models, so that a mission cuts its texts as it usually does.
const WINDOW: Tokens = Tokens(131_072);

/// The recordings as a model port; `pace` is the wait before each delta.
pub fn provider(pace: Duration) -> Arc<dyn Provider> {
    player(NAME, pace)
}

/// The same as the port of the children of a mission.
pub fn reader(pace: Duration) -> Arc<dyn Provider> {
    player(READER, pace)
}

fn player(name: &str, pace: Duration) -> Arc<dyn Provider> {
    let price = Some(Price::default());
    let model = ModelInfo { window: WINDOW, price, is_known: true, ..ModelInfo::unknown(name) };
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
            Err(message) => {
                vec![Err(ProviderError::BadRequest { vendor: NAME.to_owned(), status: 400, message })]
            }
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
    let situation = Situation::of(request);
    let answer = recording.iter().find(|answer| situation.is_met_by(answer));
    let parts = &answer.ok_or("the recording ends here")?.play;

    let mut deltas = Vec::new();
    let mut calls = 0;
    for part in parts {
        match part {
            Part::Thinking(text) => deltas.extend(words(text).map(ModelDelta::Thinking)),
            Part::Text(text) => deltas.extend(words(text).map(ModelDelta::Text)),
            Part::Read(reader) => deltas.extend(lines(&reader.read(situation.prompt()))),
            Part::Card(recorded) => {
                deltas.extend(lines(&card::over_findings(recorded.clone(), situation.prompt())));
            }
            Part::Refuse(why) => return Err(why.clone()),
            Part::Call { name, input } => {
                deltas.push(ModelDelta::CallStarted {
                    index: calls,
                    id: format!("demo_{calls}"),
                    name: name.clone(),
                });
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

/// JSON in pieces of some lines: long answers come as fast as short ones.
fn lines(json: &Value) -> Vec<ModelDelta> {
    /// The most pieces.
    const PIECES: usize = 40;
    let text = format!("{json:#}");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.chunks(lines.len().div_ceil(PIECES).max(1)).map(|some| ModelDelta::Text(some.concat())).collect()
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
            | ModelDelta::Resent { .. }
            | ModelDelta::Kept(_)
            | ModelDelta::Cleared(_)
            | ModelDelta::Finished(_) => 0,
        })
        .sum();
    let read = serde_json::to_vec(request).map_or(0, |json| json.len());
    let tokens = |bytes: usize| Tokens((bytes / 4) as u64);
    Usage { input: tokens(read), output: tokens(written), ..Usage::default() }
}
