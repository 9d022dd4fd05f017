//! Columns a text takes, cluster by cluster.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns a tab takes.
pub const TAB_WIDTH: usize = 4;

/// Columns of a text without line feeds; a tab counts [`TAB_WIDTH`].
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
        return text.len() + tabs * (TAB_WIDTH - 1);
    }
    text.graphemes(true).map(grapheme_width).sum()
}

/// Columns of one grapheme cluster: 0, 1 or 2 for most scripts, more for a few conjuncts.
pub fn grapheme_width(grapheme: &str) -> usize {
    match grapheme.as_bytes() {
        [b'\t'] => TAB_WIDTH,
        [byte] => usize::from(!byte.is_ascii_control()),
        _ => grapheme.width(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_have_the_width_terminals_give_them() {
        let cases = [
            ("ascii", "hello", 5),
            ("tab", "a\tb", 6),
            ("latin with accent", "é", 1),
            ("combining accent", "e\u{301}", 1),
            ("cjk", "漢字", 4),
            ("kana", "カタカナ", 8),
            ("halfwidth kana with sound mark", "ｶﾞ", 2),
            ("hangul", "한국", 4),
            ("hangul jamo", "\u{1112}\u{1161}\u{11ab}", 2),
            ("emoji", "😀", 2),
            ("skin tone", "👍🏽", 2),
            ("zwj family", "👨‍👩‍👧‍👦", 2),
            ("flag", "🇩🇪", 2),
            ("two flags", "🇩🇪🇫🇷", 4),
            ("keycap with vs16", "1\u{fe0f}\u{20e3}", 2),
            ("heart with vs16", "❤\u{fe0f}", 2),
            ("heart without", "❤", 1),
            ("zero width space", "a\u{200b}b", 2),
            ("fullwidth", "Ａ", 2),
            ("box drawing", "│─╭", 3),
            ("mixed", "a漢b😀", 6),
        ];
        for (name, text, expected) in cases {
            assert_eq!(width(text), expected, "{name}");
        }
    }
}
