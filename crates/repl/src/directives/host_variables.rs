//! The variables where there is no Python: JSON in the host, kept in the same snapshot that a worker would fill.

use headwater_protocol::corpus::Corpus;
use headwater_protocol::repl::Variable;
use serde_json::Value;

use super::evaluation::LARGEST_COPY;
use crate::process::Kept;
use crate::session::Snapshot;

/// The variables of an interpreter without a worker.
pub(super) struct HostVariables {
    /// In the order in which they were bound; taken out while it is written.
    snapshot: Option<Snapshot>,
    bound: Vec<(String, Value)>,
    /// Remarks for the next outcome.
    pub(super) remarks: Vec<String>,
}

impl HostVariables {
    /// The variables of a snapshot. What only Python can read stays in it, for a time when there is one.
    pub(super) fn open(snapshot: Snapshot, corpus: &Corpus) -> Self {
        let mut bound = Vec::new();
        let mut lost = Vec::new();
        for Kept { name, how, data } in snapshot.variables() {
            match readable(&how, data, corpus) {
                Some(value) => bound.push((name, value)),
                None if matches!(how.as_str(), "module" | "code") => {}
                None => lost.push(name),
            }
        }
        let mut remarks = Vec::new();
        if !lost.is_empty() {
            remarks.push(format!("Only Python can read these variables: {}.", lost.join(", ")));
        }
        Self { snapshot: Some(snapshot), bound, remarks }
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.bound.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Binds a variable and writes it. A disk that is full costs a restart its variables, not the block its result.
    pub(super) async fn set(&mut self, name: &str, value: Value) {
        let kept = Kept { name: name.to_owned(), how: "json".to_owned(), data: value.clone() };
        match self.bound.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.bound.push((name.to_owned(), value)),
        }
        let Some(mut snapshot) = self.snapshot.take() else { return };
        let written = tokio::task::spawn_blocking(move || {
            let written = snapshot.keep(vec![kept], &[]);
            (snapshot, written)
        });
        match written.await {
            Ok((snapshot, written)) => {
                self.snapshot = Some(snapshot);
                if let Err(error) = written {
                    self.remarks.push(format!("The variables could not be written to disk ({error})."));
                }
            }
            Err(error) => tracing::warn!(%error, "the variables were not kept"),
        }
    }

    /// All of them.
    pub(super) fn list(&self) -> Vec<Variable> {
        let variable = |(name, value): &(String, Value)| Variable {
            name: name.clone(),
            kind: kind(value),
            bytes: bytes(value),
        };
        self.bound.iter().map(variable).collect()
    }
}

/// What can be read of a kept variable without Python.
fn readable(how: &str, data: Value, corpus: &Corpus) -> Option<Value> {
    match how {
        "json" => Some(data),
        "whole" => {
            let part = corpus.parts.get(usize::try_from(data.as_u64()?).ok()?)?;
            (part.text.len() <= LARGEST_COPY).then(|| Value::String(part.text.as_str().to_owned()))
        }
        _ => None,
    }
}

/// The type as Python calls it, with the length where it has one.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "NoneType".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if number.is_f64() => "float".to_owned(),
        Value::Number(_) => "int".to_owned(),
        Value::String(text) => format!("str[{}]", text.chars().count()),
        Value::Array(items) => format!("list[{}]", items.len()),
        Value::Object(fields) => format!("dict[{}]", fields.len()),
    }
}

/// Bytes it takes, about.
fn bytes(value: &Value) -> u64 {
    const VALUE: u64 = 32;
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() as u64 + bytes(value)).sum(),
    };
    VALUE + inside
}
