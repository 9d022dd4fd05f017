//! What a server says of a tool's arguments, as a schema that every wire takes.
//!
//! Wires differ in what they refuse: references, alternatives at the top, odd names of properties, unusual keywords. What
//! is left is an object of plain properties; what could not be kept stands in the descriptions, and the server checks the
//! arguments by itself in any case.
//!
//! *Invariants:* the result is an object schema without references; its size is bounded; the names of its properties are
//! letters, digits, `_`, `.` and `-`, at most 64, and [`Tamed::given`] has those of the server, at every depth.

mod names;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use self::names::Names;
use super::words;

/// The largest schema of a tool that stands in a request, in bytes; of a larger one only the names of the arguments stay.
const MOST_BYTES: usize = 12 * 1024;
/// How deep a schema goes.
const MOST_DEPTH: usize = 8;
/// How many parts a schema has, references followed.
const MOST_PARTS: usize = 1_500;
/// How many values are copied to follow references: what is short may mean something without end.
const MOST_COPIED: usize = 50_000;
/// The longest description of a part, in bytes.
const LONGEST_DESCRIPTION: usize = 600;
/// The longest name of a property.
const LONGEST_PROPERTY: usize = 64;
/// How many values an `enum` has.
const MOST_VALUES: usize = 100;
/// The longest text among the values of an `enum`, in bytes.
const LONGEST_VALUE: usize = 200;
/// The names of arguments that stay of a schema that is too large.
const MOST_NAMES: usize = 150;

/// Whether a value is of the right kind.
type Fits = fn(&Value) -> bool;

/// Keywords that every wire takes, each with what its value must be: an older draft has `true` where a number belongs, and
/// vendors refuse the request for it.
const PLAIN: [(&str, Fits); 12] = [
    ("minimum", Value::is_number),
    ("maximum", Value::is_number),
    ("exclusiveMinimum", Value::is_number),
    ("exclusiveMaximum", Value::is_number),
    ("multipleOf", is_positive),
    ("minLength", Value::is_u64),
    ("maxLength", Value::is_u64),
    ("minItems", Value::is_u64),
    ("maxItems", Value::is_u64),
    ("uniqueItems", Value::is_boolean),
    ("minProperties", Value::is_u64),
    ("maxProperties", Value::is_u64),
];

/// A schema that every wire takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tamed {
    /// It.
    pub(crate) schema: Value,
    /// What the server calls the properties that were renamed.
    given: Names,
}

impl Tamed {
    /// The arguments as the server knows them.
    pub(crate) fn given(&self, arguments: Map<String, Value>) -> Map<String, Value> {
        self.given.object(arguments)
    }
}

/// Makes of a server's schema one that every wire takes.
pub(crate) fn tame(schema: &Map<String, Value>) -> Tamed {
    let mut work = Tamer { document: schema, parts: 0, copied: 0 };
    let merged = work.flattened(schema, 0);
    let (object, given) = work.object(&merged, 0);
    let mut whole = Value::Object(object);
    if whole.to_string().len() > MOST_BYTES {
        let names = whole.get("properties").and_then(Value::as_object);
        let bare: Map<String, Value> =
            names.into_iter().flatten().take(MOST_NAMES).map(|(name, _)| (name.clone(), json!({}))).collect();
        whole = json!({ "type": "object", "properties": bare });
    }
    Tamed { schema: whole, given }
}

struct Tamer<'a> {
    document: &'a Map<String, Value>,
    parts: usize,
    copied: usize,
}

impl Tamer<'_> {
    /// An object schema, with the names that were given to its properties.
    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> (Map<String, Value>, Names) {
        let mut out = Map::new();
        out.insert("type".to_owned(), json!("object"));
        describe(&mut out, schema);
        let mut names = Names::default();
        let mut properties = Map::new();
        for (given, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let name = property_name(given);
            if properties.contains_key(&name) {
                continue;
            }
            let (property, within) = self.part(property, depth + 1);
            names.add(&name, given, within);
            properties.insert(name, property);
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let wanted: BTreeSet<String> = required.filter_map(Value::as_str).map(property_name).collect();
        let wanted: Vec<&String> = properties.keys().filter(|name| wanted.contains(*name)).collect();
        if !wanted.is_empty() {
            out.insert("required".to_owned(), json!(wanted));
        }
        out.insert("properties".to_owned(), Value::Object(properties));
        if let Some(Value::Bool(is_open)) = schema.get("additionalProperties") {
            out.insert("additionalProperties".to_owned(), Value::Bool(*is_open));
        }
        (out, names)
    }

    /// A part of a schema, with the names that were given within it.
    fn part(&mut self, value: &Value, depth: usize) -> (Value, Names) {
        self.parts += 1;
        let Some(schema) = value.as_object() else { return (json!({}), Names::default()) };
        if depth > MOST_DEPTH || self.parts > MOST_PARTS {
            return (json!({}), Names::default());
        }
        let schema = self.flattened(schema, depth);
        if schema.get("properties").is_some_and(Value::is_object) {
            let (object, names) = self.object(&schema, depth);
            return (Value::Object(object), names);
        }
        let mut names = Names::default();
        let mut out = Map::new();
        describe(&mut out, &schema);
        if let Some(kind) = kind(&schema) {
            out.insert("type".to_owned(), kind);
        }
        if let Some(values) = values(&schema) {
            out.insert("enum".to_owned(), values);
        }
        for (keyword, is_fit) in PLAIN {
            if let Some(value) = schema.get(keyword).filter(|value| is_fit(value)) {
                out.insert(keyword.to_owned(), value.clone());
            }
        }
        if let Some(items) = schema.get("items") {
            let (items, within) = self.part(items, depth + 1);
            names = Names::of_items(within);
            out.insert("items".to_owned(), items);
        } else if out.get("type").is_some_and(|kind| kind == "array" || is_among(kind, "array")) {
            // A vendor refuses lists of which nothing is said.
            out.insert("items".to_owned(), json!({}));
        }
        for keyword in ["anyOf", "oneOf"] {
            let choices = schema.get(keyword).and_then(Value::as_array).filter(|choices| !choices.is_empty());
            if let Some(choices) = choices {
                let choices: Vec<Value> =
                    choices.iter().take(20).map(|choice| self.choice(choice, depth + 1)).collect();
                out.insert("anyOf".to_owned(), Value::Array(choices));
                break;
            }
        }
        (Value::Object(out), names)
    }

    /// One of several ways. Which one a call takes is not known, so that nothing in it can be renamed.
    fn choice(&mut self, value: &Value, depth: usize) -> Value {
        let (part, names) = self.part(value, depth);
        if names.is_empty() {
            part
        } else if part.get("items").is_some() {
            json!({ "type": "array", "items": {} })
        } else {
            json!({ "type": "object" })
        }
    }

    /// A schema with what it refers to, and with all that must hold together; at the top, with what may.
    fn flattened<'s>(&mut self, schema: &'s Map<String, Value>, depth: usize) -> Cow<'s, Map<String, Value>> {
        let together: &[&str] = if depth == 0 { &["allOf", "anyOf", "oneOf"] } else { &["allOf"] };
        if !schema.contains_key("$ref") && together.iter().all(|keyword| !schema.contains_key(*keyword)) {
            return Cow::Borrowed(schema);
        }
        let Some(mut out) = self.copy(schema) else { return Cow::Owned(Map::new()) };
        let reference = out.remove("$ref");
        let mut sources: Vec<Map<String, Value>> = Vec::new();
        let target = reference.as_ref().and_then(Value::as_str).and_then(|path| self.find(path));
        sources.extend(target.and_then(|target| self.copy(target)));
        for keyword in together {
            let Some(Value::Array(parts)) = out.remove(*keyword) else { continue };
            for part in parts {
                let Value::Object(mut part) = part else { continue };
                if *keyword != "allOf" {
                    // What is required in one of several ways is required in none.
                    part.remove("required");
                }
                sources.push(part);
            }
        }
        for source in sources {
            self.parts += 1;
            if self.parts < MOST_PARTS {
                let source =
                    if depth < MOST_DEPTH { self.flattened(&source, depth + 1).into_owned() } else { source };
                merge(&mut out, source);
            }
        }
        Cow::Owned(out)
    }

    /// A copy; none where too much was copied before.
    fn copy(&mut self, schema: &Map<String, Value>) -> Option<Map<String, Value>> {
        if self.copied <= MOST_COPIED {
            self.copied += schema.values().map(weight).sum::<usize>();
        }
        (self.copied <= MOST_COPIED).then(|| schema.clone())
    }
}

impl<'a> Tamer<'a> {
    /// What a reference within the document means.
    fn find(&self, path: &str) -> Option<&'a Map<String, Value>> {
        let mut steps =
            path.strip_prefix("#/")?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
        let first = self.document.get(&steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(&step))?.as_object()
    }
}

/// How many values there are in one, itself among them.
fn weight(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(weight).sum::<usize>(),
        Value::Object(values) => 1 + values.values().map(weight).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// Adds what `out` does not say yet; properties and what is required come together.
fn merge(out: &mut Map<String, Value>, source: Map<String, Value>) {
    for (keyword, value) in source {
        match (out.get_mut(&keyword), value) {
            (Some(Value::Object(known)), Value::Object(more)) if keyword == "properties" => {
                for (name, property) in more {
                    known.entry(name).or_insert(property);
                }
            }
            (Some(Value::Array(known)), Value::Array(more)) if keyword == "required" => known.extend(more),
            (Some(_), _) => {}
            (None, value) => {
                out.insert(keyword, value);
            }
        }
    }
}

/// The description of a part, with what no keyword of its own says.
fn describe(out: &mut Map<String, Value>, schema: &Map<String, Value>) {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str).map(str::trim);
    let mut said: Vec<String> = Vec::new();
    said.extend(
        text("description").or_else(|| text("title")).filter(|text| !text.is_empty()).map(str::to_owned),
    );
    said.extend(text("format").map(|format| format!("(format: {format})")));
    said.extend(text("pattern").map(|pattern| format!("(pattern: {pattern})")));
    let default = schema.get("default").filter(|value| !value.is_null() && !value.is_object());
    said.extend(default.map(|value| format!("(default: {value})")));
    if !said.is_empty() {
        out.insert(
            "description".to_owned(),
            Value::String(words::tidy(&said.join(" "), LONGEST_DESCRIPTION)),
        );
    }
}

/// The type of a part, if it is one of those of JSON Schema.
fn kind(schema: &Map<String, Value>) -> Option<Value> {
    const KINDS: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];
    let is_known = |kind: &str| KINDS.contains(&kind);
    match schema.get("type") {
        Some(Value::String(kind)) if is_known(kind) => Some(json!(kind)),
        Some(Value::Array(kinds)) => {
            let known = distinct(kinds.iter().filter_map(Value::as_str).filter(|kind| is_known(kind)));
            match known.as_slice() {
                [] => None,
                [kind] => Some(json!(kind)),
                kinds => Some(json!(kinds)),
            }
        }
        None if schema.contains_key("items") => Some(json!("array")),
        Some(_) | None => None,
    }
}

/// The values that are possible, where they are few and plain. One that a reader would not see as it is, is none: it
/// could not be given back to the server otherwise.
fn values(schema: &Map<String, Value>) -> Option<Value> {
    if let Some(only) = schema.get("const").filter(|value| is_fit(value)) {
        return Some(json!([only]));
    }
    let values = schema.get("enum")?.as_array().filter(|values| values.len() <= MOST_VALUES)?;
    if values.iter().any(|value| value.is_array() || value.is_object()) {
        return None;
    }
    let fit = distinct(values.iter().filter(|value| is_fit(value)));
    (!fit.is_empty()).then(|| json!(fit))
}

/// Each value once, in the order in which they came.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

fn is_fit(value: &Value) -> bool {
    match value {
        Value::String(text) => words::is_tidy(text, LONGEST_VALUE),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_positive(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number > 0.0)
}

fn is_among(list: &Value, word: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == word))
}

/// The name of a property as every wire takes it; the same for the same name.
fn property_name(given: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    if !given.is_empty() && given.len() <= LONGEST_PROPERTY && given.chars().all(is_plain) {
        return given.to_owned();
    }
    let kept: String =
        given.chars().map(|character| if is_plain(character) { character } else { '_' }).take(40).collect();
    let digest = crate::digest::of(given.as_bytes());
    format!("{kept}_{}", digest.get(..12).unwrap_or(&digest))
}

#[cfg(test)]
mod tests;
