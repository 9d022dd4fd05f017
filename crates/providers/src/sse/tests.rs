//! The framing by the standard, at every chunk boundary.

use super::*;
use proptest::prelude::*;

/// Every event of a stream cut into these chunks, as `name|data`.
fn events(chunks: &[&[u8]]) -> Vec<String> {
    let mut framer = Framer::default();
    let mut all = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        while let Some(event) = framer.next_event() {
            let event = event.unwrap();
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            all.push(format!("{}|{}", text(event.name), text(event.data)));
        }
    }
    all
}

#[test]
fn the_standard_is_followed() {
    let cases: [(&str, &[u8], &[&str]); 11] = [
        ("plain", b"data: a\n\ndata: b\n\n", &["|a", "|b"]),
        ("no blank after the colon", b"data:a\n\n", &["|a"]),
        ("only one blank is dropped", b"data:  a\n\n", &["| a"]),
        ("lines are joined", b"data: a\ndata\ndata: b\n\n", &["|a\n\nb"]),
        ("carriage returns", b"data: a\r\rdata: b\r\n\r\n", &["|a", "|b"]),
        ("lines that end with both", b"data: a\r\ndata: b\r\n\r\n", &["|a\nb"]),
        ("comments and other fields", b": ping\n\nid: 7\nretry: 1\ndata: a\nother: x\n\n", &["|a"]),
        ("a name", b"event: delta\ndata: a\n\ndata: b\n\n", &["delta|a", "|b"]),
        ("a name without data is no event", b"event: x\n\ndata: b\n\n", &["|b"]),
        ("a byte order mark", b"\xef\xbb\xbfdata: a\n\n", &["|a"]),
        ("the last event needs its blank line", b"data: a\n\ndata: b\n", &["|a"]),
    ];
    for (name, stream, expected) in cases {
        assert_eq!(events(&[stream]), expected, "{name}");
    }
}

#[test]
fn an_endless_event_is_refused() {
    let mut framer = Framer::with_cap(100);
    framer.push(b"data: ");
    assert_eq!(framer.next_event(), None);
    framer.push(&[b'x'; 200]);
    assert_eq!(framer.next_event(), Some(Err(TooLarge { cap: 100 })));
    let mut framer = Framer::with_cap(100);
    framer.push("data: 0123456789\n".repeat(20).as_bytes());
    assert_eq!(framer.next_event(), Some(Err(TooLarge { cap: 100 })));
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let end = prop::sample::select(vec!["\n", "\r", "\r\n"]);
    let line = prop_oneof![
        4 => "data: ?[ -~äß漢👩]{0,12}",
        1 => Just("data".to_owned()),
        1 => "event: [a-z]{1,4}",
        1 => ": [a-z]{0,4}",
        3 => Just(String::new()),
    ];
    let lines = prop::collection::vec((line, end), 0..20);
    (any::<bool>(), lines).prop_map(|(has_mark, lines)| {
        let mark = if has_mark { "\u{feff}" } else { "" };
        let lines: String = lines.into_iter().map(|(line, end)| line + end).collect();
        format!("{mark}{lines}").into_bytes()
    })
}

/// The standard read naively, over the whole stream at once.
fn naively(stream: &str) -> Vec<String> {
    let lines = stream.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let (mut all, mut name, mut data) = (Vec::new(), "", Vec::new());
    // What is behind the last line end is no line.
    let whole = lines.rsplit_once('\n').map_or("", |(whole, _)| whole);
    for line in whole.split('\n') {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => data.push(value),
            "event" => name = value,
            "" if line.is_empty() => {
                if !data.is_empty() {
                    all.push(format!("{name}|{}", data.join("\n")));
                }
                (name, data) = ("", Vec::new());
            }
            _ => {}
        }
    }
    all
}

proptest! {
    #[test]
    fn a_cut_anywhere_changes_nothing(stream in stream()) {
        let whole = events(&[&stream]);
        prop_assert_eq!(&whole, &naively(std::str::from_utf8(&stream).unwrap()));
        for cut in 0..=stream.len() {
            prop_assert_eq!(&events(&[&stream[..cut], &stream[cut..]]), &whole, "cut at {}", cut);
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(events(&single), whole);
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        events(&[&noise]);
    }
}
