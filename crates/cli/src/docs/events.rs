//! The page of all events, written from the JSON Schema of a record.

use std::fmt::Write as _;

use headwater_protocol::{Event, Record};
use serde_json::Value;

const HEAD: &str = "\
# Records

Written from the types by a test. `transcript.jsonl` of a session and `headwater exec --json` hold one record a line:
`seq` counts from 0 without gaps, `at` is UTC, `session` and `parent` are ids, `type` is one of the events below with its fields
beside it. `headwater schema` prints the JSON Schema. Readers must pass over types and fields they do not know.

";

/// The reference page of all events, in Markdown.
pub(super) fn page() -> String {
    let schema = schemars::schema_for!(Record).to_value();
    let mut page = HEAD.to_owned();
    for tag in Event::TAGS {
        if let Some(variant) = variant(&schema, tag) {
            section(&mut page, tag, variant, &schema);
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The schema of one event: the variant whose `type` is constant and equal to `tag`.
fn variant<'a>(schema: &'a Value, tag: &str) -> Option<&'a Value> {
    let is_it =
        |variant: &&Value| variant.pointer("/properties/type/const").and_then(Value::as_str) == Some(tag);
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?.iter().find(is_it)
}

fn section(page: &mut String, tag: &str, variant: &Value, root: &Value) {
    let payload = resolve(variant, root);
    let about = text_of(variant).or_else(|| text_of(payload)).unwrap_or_default();
    writeln!(page, "## {tag}\n\n{about}\n").unwrap();
    let mut fields = Vec::new();
    collect(payload, root, &mut fields);
    for (name, field) in fields {
        let kind = kind_of(field, root);
        let about = text_of(field).map(|text| format!(": {text}")).unwrap_or_default();
        writeln!(page, "- `{name}` ({kind}){about}").unwrap();
    }
    page.push('\n');
}

/// All fields of a payload, those of flattened parts included.
fn collect<'a>(payload: &'a Value, root: &'a Value, fields: &mut Vec<(&'a str, &'a Value)>) {
    let own = payload.get("properties").and_then(Value::as_object).into_iter().flatten();
    fields.extend(own.filter(|(name, _)| *name != "type").map(|(name, field)| (name.as_str(), field)));
    for part in payload.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        collect(resolve(part, root), root, fields);
    }
}

/// What a `$ref` stands for, or the schema itself.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| root.pointer(reference.trim_start_matches('#'))).unwrap_or(schema)
}

/// The kind of a field in a word or two.
fn kind_of(field: &Value, root: &Value) -> String {
    if let Some(choices) = field.get("anyOf").and_then(Value::as_array) {
        return choices.iter().map(|choice| kind_of(choice, root)).collect::<Vec<_>>().join(" or ");
    }
    if let Some(reference) = field.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
        return match resolve(field, root).get("type").and_then(Value::as_str) {
            Some(simple) if simple != "object" => format!("{simple}, {name}"),
            Some(_) | None => name,
        };
    }
    match field.get("type") {
        Some(Value::String(kind)) if kind == "array" => {
            format!(
                "list of {}",
                field.get("items").map_or("anything".to_owned(), |items| kind_of(items, root))
            )
        }
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn text_of(schema: &Value) -> Option<String> {
    Some(schema.get("description")?.as_str()?.replace('\n', " "))
}

#[test]
fn every_event_has_a_section_with_its_fields() {
    let page = page();
    for tag in Event::TAGS {
        assert!(page.contains(&format!("\n## {tag}\n")), "{tag}");
    }
    for field in
        ["- `call` ", "- `input` (anything)", "- `reason` ", "- `is_error` (boolean)", "- `cost_usd` "]
    {
        assert!(page.contains(field), "{field}\n{page}");
    }
}
