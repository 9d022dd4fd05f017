//! The words of a text as research compares them: lower case, identifiers taken apart.

use unicode_segmentation::UnicodeSegmentation as _;

/// The words of `text` in order. `parse_config`, `parseConfig` and `Parse config` give the same two words.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.unicode_words().flat_map(|word| word.split(['_', '.', ':', '\''])).flat_map(humps).collect()
}

/// The parts of an identifier in camel case.
fn humps(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_lower = false;
    for letter in word.chars() {
        let starts = letter.is_uppercase() && was_lower;
        was_lower = letter.is_lowercase();
        match parts.last_mut() {
            Some(part) if !starts => part.extend(letter.to_lowercase()),
            Some(_) | None => parts.push(letter.to_lowercase().collect()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_taken_apart() {
        let table: [(&str, &[&str]); 6] = [
            ("Parse config", &["parse", "config"]),
            ("parse_config(parseConfig)", &["parse", "config", "parse", "config"]),
            ("a.b HTTPServer x1", &["a", "b", "httpserver", "x1"]),
            ("größe Über", &["größe", "über"]),
            ("漢字", &["漢", "字"]),
            (" -- ", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), expected, "{text}");
        }
    }
}
