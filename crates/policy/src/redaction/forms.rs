//! The forms in which a known secret may stand in a text: as it is, escaped, percent-encoded, in hexadecimal, in Base64.
//! The list is bounded: what a program makes of a secret beyond these is not found.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Encoded forms shorter than this would be found by chance.
const SHORTEST: usize = 12;

/// All forms of `value`, each once.
pub(super) fn of(value: &str) -> Vec<Vec<u8>> {
    let mut forms: Vec<Vec<u8>> = vec![value.as_bytes().to_vec()];
    let encoded = [quoted(value), shell_escaped(value), percent(value, true), percent(value, false)];
    forms.extend(encoded.into_iter().map(String::into_bytes));
    forms.extend([hexadecimal(value), hexadecimal(value).to_uppercase()].map(String::into_bytes));
    for skip in 0..3 {
        forms.extend(in_base64(value.as_bytes(), skip));
    }
    let mut seen = std::collections::BTreeSet::new();
    forms.retain(|form| form.len() >= 8 && seen.insert(form.clone()));
    forms
}

/// As JSON and most languages write it.
fn quoted(value: &str) -> String {
    let json = serde_json::Value::from(value).to_string();
    json.trim_matches('"').to_owned()
}

/// As a shell prints it (`printf %q`).
fn shell_escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut text, c| {
        if !(c.is_alphanumeric() || "_-./:=@%+,".contains(c)) {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

fn percent(value: &str, is_upper: bool) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let written = if is_upper { write!(text, "%{byte:02X}") } else { write!(text, "%{byte:02x}") };
            written.ok();
        }
        text
    })
}

fn hexadecimal(value: &str) -> String {
    headwater_protocol::projection::hex(value.as_bytes())
}

/// The letters of Base64 that depend on the value alone when it stands after `skip` other bytes, modulo three.
fn in_base64(value: &[u8], skip: usize) -> Vec<Vec<u8>> {
    let padded: Vec<u8> = std::iter::repeat_n(0, skip).chain(value.iter().copied()).collect();
    let first = (skip * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let cut = |text: String| text.as_bytes().get(first..last).map(<[u8]>::to_vec);
    let forms = [STANDARD.encode(&padded), URL_SAFE.encode(&padded)];
    forms.into_iter().filter_map(cut).filter(|form| form.len() >= SHORTEST).collect()
}
