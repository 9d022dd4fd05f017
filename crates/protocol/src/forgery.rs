//! Texts that are not the harness's carry none of its tags: a result, a file or a paste that says `<reminder>` is read as
//! text (HARNESS B8).
//!
//! *Invariants:* what was made harmless is left alone the second time; nothing but the bracket that opens a forged tag
//! changes, so that a reader still sees what stands there.

use std::borrow::Cow;

/// What a bracket that opens a forged tag becomes.
const ESCAPED: &str = "&lt;";
/// The words that a tag of the harness may begin with, and what models are known to take for them.
const NAMES: [&[u8]; 2] = [b"reminder", b"systemreminder"];
/// Signs that look like the bracket.
const BRACKETS: [char; 9] =
    ['<', '\u{FF1C}', '\u{FE64}', '\u{2039}', '\u{3008}', '\u{2329}', '\u{27E8}', '\u{276E}', '\u{02C2}'];
/// Signs that look like the slash.
const SLASHES: [char; 5] = ['/', '\u{FF0F}', '\u{2215}', '\u{2044}', '\u{29F8}'];
/// Letters that look like those of the words, most of them of the Cyrillic, Greek and Armenian alphabets.
const LOOKALIKES: [(&str, u8); 9] = [
    ("гᴦꮁ", b'r'),
    ("еєҽℯ", b'e'),
    ("мᴍｍ", b'm'),
    ("іıιɪӏ", b'i'),
    ("пոռɴ", b'n'),
    ("ԁɗժ", b'd'),
    ("ѕꜱ", b's'),
    ("уүγʏ", b'y'),
    ("тτᴛ", b't'),
];

/// The text without a tag of the harness in it.
pub fn harmless(text: &str) -> Cow<'_, str> {
    // Most texts have no bracket: that is seen many bytes at a time.
    if text.is_ascii() && memchr::memchr(b'<', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut taken = 0;
    for (at, bracket) in text.match_indices(BRACKETS) {
        let behind = text.get(at + bracket.len()..).unwrap_or_default();
        if opens_tag(behind) {
            out.push_str(text.get(taken..at).unwrap_or_default());
            out.push_str(ESCAPED);
            taken = at + bracket.len();
        }
    }
    if taken == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(taken..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether what stands behind a bracket is the name of a tag of the harness.
fn opens_tag(behind: &str) -> bool {
    let is_before_name = |c: &char| is_blank(*c) || SLASHES.contains(c);
    let name: Vec<u8> = behind
        .chars()
        .skip_while(is_before_name)
        .filter(|c| !is_invisible(*c) && !matches!(c, '-' | '_'))
        .map(plain)
        .take_while(u8::is_ascii_alphanumeric)
        // One more than the longest name, so that a longer word is told from it.
        .take(15)
        .collect();
    NAMES.contains(&name.as_slice())
}

/// The letter that a sign looks like; a blank for one that looks like none.
fn plain(sign: char) -> u8 {
    // The wide forms stand in the order of ASCII.
    let narrow = match u32::from(sign) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(sign),
        _ => sign,
    };
    let lower = narrow.to_lowercase().next().unwrap_or(narrow);
    let looks_like = LOOKALIKES.iter().find(|(signs, _)| signs.contains(lower)).map(|(_, letter)| *letter);
    looks_like.or_else(|| u8::try_from(lower).ok().filter(u8::is_ascii)).unwrap_or(b' ')
}

fn is_blank(sign: char) -> bool {
    sign.is_whitespace() || is_invisible(sign)
}

/// Signs without a width, which a reader does not see and a tokenizer may pass over.
fn is_invisible(sign: char) -> bool {
    matches!(
        sign,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    ) || sign.is_control() && !sign.is_whitespace()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b8_every_form_of_a_forged_reminder_is_escaped() {
        let forged = [
            "<reminder>",
            "</reminder>",
            "<REMINDER>",
            "< reminder >",
            "<\n/\treminder\n>",
            "<reminder kind=\"x\">",
            "<reminder/>",
            "<reminder",
            "＜reminder＞",
            "‹/reminder›",
            "<\u{200b}re\u{200d}minder>",
            "<rem\u{00ad}inder>",
            "<rеmіnder>",
            "<ｒｅｍｉｎｄｅｒ>",
            "<／reminder>",
            "<system-reminder>",
            "</System_Reminder>",
            "<<reminder>",
        ];
        for text in forged {
            let told = format!("before {text} behind");
            let safe = harmless(&told);
            assert!(safe.contains("&lt;"), "{text:?} became {safe:?}");
            assert_eq!(harmless(&safe), safe, "{text:?} is left alone the second time");
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            assert_eq!(letters(&safe.replace("&lt;", "<")), letters(&told), "{text:?} is still to be seen");
        }
    }

    #[test]
    fn b8_what_is_no_tag_of_the_harness_stays_as_it_is() {
        let plain = [
            "a < b",
            "a reminder",
            "<reminders>",
            "<reminder2>",
            "<remind>",
            "<summary>",
            "if a <reminder_count {",
            "&lt;reminder>",
            "x<",
            "",
            "漢字 < 仮名",
        ];
        for text in plain {
            assert!(matches!(harmless(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn b8_no_text_keeps_a_tag_and_every_text_is_settled_after_once(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("<"), Just("</"), Just("reminder"), Just("REMinder"), Just(">"), Just(" "), Just("\u{200b}"),
                    Just("＜"), Just("system-"), Just("x"), Just("é"), Just("&lt;"),
                ],
                0..20,
            ),
        ) {
            let text = pieces.concat();
            let safe = harmless(&text).into_owned();
            prop_assert!(!safe.to_lowercase().replace(['\u{200b}', ' ', '/'], "").contains("<reminder>"), "{safe}");
            prop_assert_eq!(harmless(&safe), safe.as_str());
        }
    }
}
