//! What a server calls the properties that were renamed, at every depth: a call is told back to it in its own words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The names of an object or of the items of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// The server's names, by the new ones.
    renamed: BTreeMap<String, String>,
    /// Those within a property, by the new name of that.
    within: BTreeMap<String, Names>,
    /// Those within each item.
    items: Option<Box<Names>>,
}

impl Names {
    /// Those of a list whose items have these.
    pub(super) fn of_items(items: Self) -> Self {
        let items = (!items.is_empty()).then(|| Box::new(items));
        Self { items, ..Self::default() }
    }

    /// Whether nothing was renamed.
    pub(super) fn is_empty(&self) -> bool {
        self.renamed.is_empty() && self.within.is_empty() && self.items.is_none()
    }

    /// Adds a property, and what was renamed within it.
    pub(super) fn add(&mut self, name: &str, given: &str, within: Self) {
        if name != given {
            self.renamed.insert(name.to_owned(), given.to_owned());
        }
        if !within.is_empty() {
            self.within.insert(name.to_owned(), within);
        }
    }

    /// An object as the server knows it.
    pub(super) fn object(&self, object: Map<String, Value>) -> Map<String, Value> {
        let told = |(name, value): (String, Value)| {
            let value = match self.within.get(&name) {
                Some(within) => within.value(value),
                None => value,
            };
            (self.renamed.get(&name).cloned().unwrap_or(name), value)
        };
        object.into_iter().map(told).collect()
    }

    fn value(&self, value: Value) -> Value {
        match (value, &self.items) {
            (Value::Object(object), _) => Value::Object(self.object(object)),
            (Value::Array(items), Some(names)) => {
                Value::Array(items.into_iter().map(|item| names.value(item)).collect())
            }
            (value, _) => value,
        }
    }
}
