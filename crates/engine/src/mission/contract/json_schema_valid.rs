//! A JSON file, or the answer, is valid by a schema. References to other documents are not followed.

use serde_json::Value;

use super::CheckPlace;

/// Errors that a gap names.
const SHOWN: usize = 3;

pub(super) async fn check(path: Option<&str>, schema: &Value, place: &CheckPlace<'_>) -> Result<(), String> {
    let name = path.unwrap_or("the answer").to_owned();
    let text = place.text(path).await?;
    let schema = schema.clone();
    let validate = move || validate(&name, &text, &schema);
    tokio::task::spawn_blocking(validate).await.map_err(|error| format!("the check broke off: {error}"))?
}

fn validate(name: &str, text: &str, schema: &Value) -> Result<(), String> {
    let validator =
        jsonschema::validator_for(schema).map_err(|error| format!("the schema cannot be used: {error}"))?;
    let value: Value =
        serde_json::from_str(unfenced(text)).map_err(|error| format!("{name} is no JSON: {error}"))?;
    let place = |pointer: &str| if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
    let faults: Vec<String> = validator
        .iter_errors(&value)
        .take(SHOWN)
        .map(|error| format!("{error}{}", place(error.instance_path().as_str())))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("{name} does not fit the schema: {}", faults.join("; ")))
    }
}

/// The inside of a fence, when the whole text is one: models write JSON like that.
fn unfenced(text: &str) -> &str {
    let inside = text.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.and_then(|rest| rest.split_once('\n')).map_or(text, |(_, body)| body)
}
