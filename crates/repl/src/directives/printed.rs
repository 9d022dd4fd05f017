//! What a block of directives shows: what JavaScript prints, and the beginning of each value that is bound.

use serde_json::Value;

use super::host_variables::kind;

/// Characters of a value that are shown.
const EXCERPT: usize = 600;

/// The output of a block.
pub(super) struct Printed {
    text: String,
    bytes: u64,
    /// Bytes that are kept.
    kept: usize,
}

impl Printed {
    pub(super) fn new(kept: usize) -> Self {
        Self { text: String::new(), bytes: 0, kept }
    }

    /// Adds a text that was `bytes` long before it was cut.
    pub(super) fn add(&mut self, text: &str, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        let room = self.kept.saturating_sub(self.text.len());
        self.text.extend(text.chars().take(room));
    }

    /// Adds the beginning of a value.
    pub(super) fn bound(&mut self, name: &str, value: &Value) {
        let line = format!("{name} = {}\n", excerpt(value));
        self.add(&line, line.len() as u64);
    }

    /// What the root is shown, and how many bytes there were.
    pub(super) fn finish(self, shown: usize) -> (String, u64) {
        let count = self.text.chars().count();
        if count <= shown {
            return (self.text, self.bytes);
        }
        let half = (shown / 2).max(1);
        let begin: String = self.text.chars().take(half).collect();
        let end: String = self.text.chars().skip(count - half).collect();
        (format!("{begin}\n… {} of {count} characters left out …\n{end}", count - 2 * half), self.bytes)
    }
}

/// A value as JSON, with its end left out where it is long.
fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    let Some((cut, _)) = text.char_indices().nth(EXCERPT) else { return text };
    format!("{} … {}", text.get(..cut).unwrap_or_default(), kind(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_and_long_outputs_are_cut_and_say_so() {
        let mut printed = Printed::new(1 << 20);
        printed.bound("short", &json!({"a": [1, "b"]}));
        printed.bound("long", &json!("x".repeat(5000)));
        let (text, bytes) = printed.finish(8_000);
        assert!(text.starts_with("short = {\"a\":[1,\"b\"]}\nlong = \"xxx"), "{text}");
        assert!(text.ends_with("x … str[5000]\n"), "{text}");
        assert_eq!(bytes, text.len() as u64);

        let mut printed = Printed::new(50);
        printed.add(&"a".repeat(100), 100);
        assert_eq!(
            printed.finish(20),
            ("aaaaaaaaaa\n… 30 of 50 characters left out …\naaaaaaaaaa".into(), 100)
        );
    }
}
