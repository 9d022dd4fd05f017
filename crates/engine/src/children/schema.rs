//! Answers that must be JSON of a shape: finding the JSON in what a model said, and judging it.

use jsonschema::Validator;
use serde_json::Value;

/// A compiled schema.
pub(super) struct Shape {
    validator: Validator,
    /// The schema as the model reads it.
    pub(super) text: String,
}

impl Shape {
    /// Compiles a schema; the error is a sentence for who wrote it. A reference that leads elsewhere is refused.
    pub(super) fn new(schema: &Value) -> Result<Self, String> {
        let validator =
            jsonschema::validator_for(schema).map_err(|error| format!("the schema is none: {error}"))?;
        Ok(Self { validator, text: schema.to_string() })
    }

    /// The JSON text of an answer that fits, or what is wrong with it in one sentence.
    pub(super) fn read(&self, said: &str) -> Result<String, String> {
        let candidates = candidates(said);
        let Some(first) = candidates.first() else {
            return Err("there is no JSON in it".to_owned());
        };
        match candidates.iter().find(|value| self.validator.is_valid(value)) {
            Some(value) => Ok(value.to_string()),
            None => Err(self.complaint(first)),
        }
    }

    fn complaint(&self, value: &Value) -> String {
        let Some(error) = self.validator.iter_errors(value).next() else { return String::new() };
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "at the top".to_owned() } else { format!("at {place}") };
        format!("{place}: {error}")
    }
}

/// The JSON values that stand in what was said: the whole of it, or what begins at a brace or bracket outside of
/// another value. Words around them, fences too, are passed over.
fn candidates(said: &str) -> Vec<Value> {
    let said = said.trim();
    if let Ok(whole) = serde_json::from_str(said) {
        return vec![whole];
    }
    let mut found = Vec::new();
    let mut rest = said;
    while let Some(at) = rest.find(['{', '[']) {
        let Some(from) = rest.get(at..) else { break };
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<Value>();
        let length = match values.next() {
            Some(Ok(value)) => {
                found.push(value);
                values.byte_offset()
            }
            Some(Err(_)) | None => 1,
        };
        rest = from.get(length..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_and_judged() {
        let schema = serde_json::json!({
            "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
        });
        let shape = Shape::new(&schema).unwrap();
        let table = [
            ("{\"n\": 1}", Ok("{\"n\":1}")),
            ("Here it is:\n```json\n{\"n\": 2}\n```\nDone.", Ok("{\"n\":2}")),
            ("[1] and {\"n\": 3}", Ok("{\"n\":3}")),
            ("{not json} {\"n\": 4}", Ok("{\"n\":4}")),
            ("none", Err("there is no JSON in it")),
            ("", Err("there is no JSON in it")),
            ("{\"n\": \"x\"}", Err("at /n: \"x\" is not of type \"integer\"")),
            ("{\"m\": 1}", Err("at the top: \"n\" is a required property")),
        ];
        for (said, expected) in table {
            let got = shape.read(said);
            assert_eq!(got.as_deref().map_err(String::as_str), expected, "{said}");
        }
        assert!(Shape::new(&serde_json::json!({"type": 5})).is_err());
    }
}
