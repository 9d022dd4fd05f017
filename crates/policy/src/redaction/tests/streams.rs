//! A text that is cut anywhere comes out as the whole.

use headwater_protocol::{Redact as _, RedactStream};
use proptest::prelude::*;

use super::table::redactor;
use crate::{KnownSecret, Redactor};

fn in_pieces(redactor: &Redactor, pieces: &[&str]) -> (String, String) {
    let mut stream = redactor.stream();
    let shown: String = pieces.iter().map(|piece| stream.push(piece)).collect();
    let rest = stream.finish();
    (shown, rest)
}

#[test]
fn p5_a_secret_cut_at_every_byte_never_shows() {
    let redactor = redactor();
    let shape = ["gh", "p_abcdefghij0123456789abcdefghij012345"].concat();
    for secret in ["hv9Q2mZ-x81k.Lw", &shape, "p%40ss%20w%2Frd%2642%22%27"] {
        let text = format!("before {secret} after");
        let whole = redactor.redact(&text).into_owned();
        for cut in 0..=text.len() {
            let (shown, rest) = in_pieces(&redactor, &[&text[..cut], &text[cut..]]);
            assert_eq!(shown + &rest, whole, "cut at {cut}");
        }
        let bytes: Vec<String> = text.chars().map(String::from).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        let (shown, rest) = in_pieces(&redactor, &bytes);
        assert_eq!(shown + &rest, whole, "byte by byte");
    }
}

#[test]
fn p5_ordinary_text_is_not_held_back() {
    let redactor = redactor();
    for text in ["Hello world", "The end.", "```rust\nfn main() {}\n", "a | b |", "words", "see https", "ünï"]
    {
        let shown = redactor.stream().push(text).len();
        assert!(text.len() - shown <= 2, "{text:?}: {shown}");
    }
    let mut stream = redactor.stream();
    assert_eq!(stream.push("the key is hv9Q2"), "the key is ");
    assert_eq!(stream.push("uite harmless."), "hv9Q2uite harmless.");
}

#[test]
fn p5_what_is_held_back_is_bounded() {
    let redactor = Redactor::new(&[], &[]).unwrap();
    let mut stream = redactor.stream();
    let start = ["-----BEGIN PRIV", "ATE KEY-----\n"].concat();
    let mut given = stream.push(&start).len();
    for _ in 0..2_000 {
        given += stream.push("MIIEpAIBAAKCAQEA7b0Vf3aZ1s2d3f4g5h6j7k8l9q0w1e2r3t4y5u6i7o8p9a0s\n").len();
    }
    assert!(given > 0, "a key without an end is given up on");
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9 \n\"\\\\:/@._-]{0,12}",
        1 => Just("hv9Q2mZ-x81k.Lw".to_owned()),
        1 => Just("hv9Q2mZ-".to_owned()),
        1 => Just("p@ss w/rd&42\"'".to_owned()),
        1 => Just(["sk", "-abcdefghij0123456789abcdefghij01"].concat()),
        1 => Just("Authorization: Bearer abcDEF1234567890abcdef99".to_owned()),
        1 => Just("https://me:hunter22@host".to_owned()),
        1 => Just("üñ→".to_owned()),
    ]
}

proptest! {
    #[test]
    fn p5_pieces_give_what_the_whole_gives(parts in prop::collection::vec(piece(), 0..12), cuts in prop::collection::vec(1..9_usize, 1..40)) {
        let redactor = redactor();
        let text = parts.concat();
        let whole = redactor.redact(&text).into_owned();
        let (mut stream, mut out, mut rest) = (redactor.bytes_stream(), Vec::new(), text.as_bytes());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            out.extend(stream.push_bytes(piece));
            rest = after;
        }
        out.extend(stream.finish_bytes());
        prop_assert_eq!(String::from_utf8(out).unwrap(), whole.clone());
        prop_assert_eq!(redactor.redact(&whole).into_owned(), whole.clone());
        prop_assert!(!whole.contains("hv9Q2mZ-x81k.Lw"));
    }
}

#[test]
fn p5_a_redactor_that_is_off_lets_everything_pass() {
    let secret = KnownSecret::new("K", "hv9Q2mZ-x81k.Lw");
    let off = Redactor::default();
    assert_eq!(off.redact(&secret.value), secret.value.as_str());
    let mut stream = off.bytes_stream();
    assert_eq!(RedactStream::push(&mut stream, &secret.value), secret.value);
    assert!(!format!("{secret:?}").contains("hv9Q"));
}
