//! Titles of sessions: made from the first message, or given by the person; one line in either case.

/// Characters of a title that is made from a message.
const TITLE_CHARS: usize = 72;
/// Characters of a title that a person gives.
const MOST_CHARS: usize = 120;

/// A title made from the first message: its first line that says something, cut behind a word.
pub fn of_message(message: &str) -> String {
    let line = message.lines().find(|line| line.chars().any(char::is_alphanumeric));
    let words = words(line.unwrap_or(message).trim_start_matches(['#', '>', '*', ' ']));
    if words.chars().count() <= TITLE_CHARS {
        return words;
    }
    let cut: String = words.chars().take(TITLE_CHARS - 1).collect();
    // A word that is longer than half a title is cut itself.
    let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2).unwrap_or(cut.len());
    let kept = cut.get(..end).unwrap_or(&cut).trim_end_matches([' ', ',', ';', ':', '-']);
    format!("{kept}…")
}

/// A title as a person gave it: one line, of a length that a list can show.
pub fn given(title: &str) -> String {
    words(title).chars().take(MOST_CHARS).collect()
}

/// The words with one space between them, without control characters.
fn words(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_a_title_is_the_first_line_that_says_something_cut_behind_a_word() {
        let long = "Please look at the parser and say why it takes so long on files with many short lines, and mend it";
        let cases = [
            ("Fix the parser.", "Fix the parser."),
            ("\n---\n## Fix\tthe   parser\n\nIt is broken.", "Fix the parser"),
            (long, "Please look at the parser and say why it takes so long on files with…"),
            ("\u{1b}]0;evil\u{7}title", "]0;evil title"),
            ("???", "???"),
            ("", ""),
        ];
        for (message, title) in cases {
            assert_eq!(of_message(message), title, "{message}");
        }
        let word = "x".repeat(200);
        assert_eq!(of_message(&word).chars().count(), TITLE_CHARS);
    }
}
