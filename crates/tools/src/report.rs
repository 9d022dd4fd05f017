//! From work to result: off the async threads, within the cap, failures as text.

use std::error::Error;

use headwater_protocol::tool::schema_of;
use headwater_protocol::{ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::passing::failed;
use crate::text::fit;

/// Runs blocking work for a call and turns what it gives into a result that keeps the cap. An error means that nothing took
/// effect.
pub(crate) async fn work<E: Error + 'static>(
    context: ToolContext,
    work: impl FnOnce(&ToolContext) -> Result<ToolOutcome, E> + Send + 'static,
) -> ToolOutcome {
    let cap = cap_of(&context);
    let done = tokio::task::spawn_blocking(move || match work(&context) {
        Ok(outcome) => outcome,
        Err(error) => failed(&error),
    });
    match done.await {
        Ok(outcome) => within(outcome, cap),
        Err(error) => ToolOutcome::error(format!(
            "The tool crashed ({error}). This is a fault of the tool, not of the call; try another way."
        )),
    }
}

/// `outcome` with its text cut to `cap`.
pub(crate) fn within(mut outcome: ToolOutcome, cap: usize) -> ToolOutcome {
    outcome.model_text = fit(outcome.model_text, cap);
    outcome
}

/// The most bytes of text in a result.
pub(crate) fn cap_of(context: &ToolContext) -> usize {
    usize::try_from(context.result_cap.0).unwrap_or(usize::MAX)
}

/// The JSON Schema of what [`data`] makes of a shape.
pub(crate) fn data_schema<T: JsonSchema>() -> Value {
    schema_of::<T>()
}

/// What the screen draws, as JSON. The shapes are plain structs, so that they always serialize.
pub(crate) fn data(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
