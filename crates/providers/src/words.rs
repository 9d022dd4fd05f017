//! The words of a server, made fit to show: one line, short, without control characters.

/// The longest text that is kept of what a server says, in characters.
const LONGEST: usize = 300;

/// One short line of `text`: control characters and runs of blanks become one blank.
pub(crate) fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_shown(c) { c } else { ' ' }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// Not a control character, and none that changes the direction of what follows.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text of a page of HTML, without its tags, or the text as it is.
pub(crate) fn readable(text: &str) -> String {
    if !is_html(text) {
        return one_line(text);
    }
    let mut plain = String::new();
    let mut is_inside = false;
    for c in text.chars() {
        match c {
            '<' => is_inside = true,
            '>' if is_inside => {
                is_inside = false;
                plain.push(' ');
            }
            _ if !is_inside => plain.push(c),
            _ => {}
        }
    }
    let plain = one_line(&plain);
    if plain.is_empty() { "a page of HTML".to_owned() } else { format!("a page of HTML: {plain}") }
}

/// Whether a body is a page of HTML or some other markup.
pub(crate) fn is_html(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_fit_to_show() {
        let cases = [
            ("plain", "plain"),
            ("two\n  lines\t here ", "two lines here"),
            ("a\u{1b}[2Jb\u{202e}c", "a [2Jb c"),
            ("<!doctype html><title>Sign in</title><h1>Hi</h1>", "a page of HTML: Sign in Hi"),
            ("<html></html>", "a page of HTML"),
        ];
        for (words, expected) in cases {
            assert_eq!(readable(words), expected);
        }
        let long = one_line(&"größer ".repeat(100));
        assert!(long.ends_with("...") && long.chars().count() <= LONGEST + 3, "{long}");
    }
}
