//! Every line is what the published JSON Schema of a record says (HARNESS E1, N1). Types that are not known here pass.

use headwater_protocol::{Event, Record};
use serde_json::Value;

use super::{Finding, Log};
use crate::sessions::resumable::SCHEMA;

pub(super) fn check(log: &Log<'_>) -> Finding {
    let schema = log.loaded.schema;
    let told = schema.map_or_else(|| "no schema is named".to_owned(), |schema| format!("schema {schema}"));
    let mut faults = Vec::new();
    if let Some(newer) = schema.filter(|schema| *schema > u64::from(SCHEMA)) {
        faults.push(format!("schema {newer} is newer than what is known here ({SCHEMA})"));
    }
    match validator() {
        Ok(validator) => {
            let lines = log.bytes.split(|byte| *byte == b'\n').enumerate();
            faults.extend(lines.filter_map(|(index, line)| {
                let fault = fault_of(&validator, line)?;
                Some(format!("line {}: {fault}", index + 1))
            }));
        }
        Err(error) => faults.push(error),
    }
    Finding { class: "schema", told, faults }
}

fn validator() -> Result<jsonschema::Validator, String> {
    let schema = schemars::schema_for!(Record);
    jsonschema::validator_for(schema.as_value())
        .map_err(|error| format!("the schema cannot be used: {error}"))
}

fn fault_of(validator: &jsonschema::Validator, line: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let kind = value.get("type")?.as_str()?;
    if !Event::TAGS.contains(&kind) || validator.is_valid(&value) {
        return None;
    }
    Some(format!("{kind} is not as the schema has it"))
}
