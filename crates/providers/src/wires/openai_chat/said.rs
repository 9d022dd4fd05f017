//! What a `content` or `reasoning` field says: a string, or a list of parts as some servers send it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Text and thinking of one field; both empty where it is missing, null or something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) thinking: String,
}

impl Said {
    /// Everything in it, for a field that holds nothing but thinking.
    pub(super) fn into_whole(self) -> String {
        if self.text.is_empty() { self.thinking } else { self.thinking + &self.text }
    }

    fn take(&mut self, part: &Value, is_thinking: bool) {
        match part {
            Value::String(text) if is_thinking => self.thinking.push_str(text),
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.take(part, is_thinking)),
            Value::Object(fields) => {
                let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
                let is_thinking = is_thinking || ["thinking", "reasoning"].contains(&kind);
                for name in ["thinking", "reasoning", "text"] {
                    fields.get(name).into_iter().for_each(|part| self.take(part, is_thinking));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SaidVisitor)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of parts, or null")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Said, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Said, E> {
        Ok(Said { text, thinking: String::new() })
    }

    fn visit_unit<E>(self) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Said, A::Error> {
        let mut said = Said::default();
        while let Some(part) = parts.next_element::<Value>()? {
            said.take(&part, false);
        }
        Ok(said)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Said, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Said::default())
    }
}
