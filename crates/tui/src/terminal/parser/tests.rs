//! What each kind of bytes means, and that it means the same however it is cut.

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;
use crate::keymap::Chord;

fn events(bytes: &[u8]) -> Vec<Event> {
    let mut parser = Parser::default();
    parser.feed(bytes);
    std::iter::from_fn(|| parser.pop()).collect()
}

/// The events once nothing more comes.
fn given_up(bytes: &[u8]) -> Vec<Event> {
    let mut parser = Parser::default();
    parser.feed(bytes);
    parser.give_up();
    assert_eq!(parser.patience(), None, "nothing is left of {bytes:?}");
    std::iter::from_fn(|| parser.pop()).collect()
}

/// Events as they are written in the keymap, other ones by their names.
fn written(events: &[Event]) -> String {
    let word = |event: &Event| match event {
        Event::Key(key) => Chord::from(*key).to_string(),
        other => format!("{other:?}"),
    };
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn keys_of_all_protocols() {
    let cases: &[(&str, &str)] = &[
        ("aé漢😀", "a é 漢 😀"),
        ("\r\n\t\x7f\x08\0", "Enter Ctrl+J Tab Backspace Ctrl+H Ctrl+ "),
        ("\x03\x1a\x1f\x1c", "Ctrl+C Ctrl+Z Ctrl+7 Ctrl+4"),
        ("\x1bb\x1b\r\x1b\x7f\x1bé\x1b_", "Alt+B Alt+Enter Alt+Backspace Alt+é Alt+_"),
        ("\x1b[A\x1b[D\x1b[H\x1b[F\x1b[Z", "Up Left Home End Shift+Tab"),
        ("\x1bOA\x1bOH\x1bOP\x1bOS\x1bOM\x1bOp", "Up Home F1 F4 Enter 0"),
        ("\x1b[[A\x1b[[E\x1b[11~\x1b[15~\x1b[24~", "F1 F5 F1 F5 F12"),
        ("\x1b[3~\x1b[5~\x1b[6~\x1b[1~\x1b[8~", "Delete Pageup Pagedown Home End"),
        ("\x1b[1;5C\x1b[1;3A\x1b[1;2P\x1b[3;5~\x1bO5D", "Ctrl+Right Alt+Up Shift+F1 Ctrl+Delete Ctrl+Left"),
        ("\x1b\x1b[A\x1b\x1bOB", "Alt+Up Alt+Down"),
        ("\x1b[27u\x1b[13;2u\x1b[9;2u\x1b[127;5u", "Esc Shift+Enter Shift+Tab Ctrl+Backspace"),
        ("\x1b[99;5u\x1b[97;3u\x1b[122;6u\x1b[32;2u", "Ctrl+C Alt+A Ctrl+Z Space"),
        ("\x1b[97;2u\x1b[45:95;4u\x1b[223;2u", "A Alt+_ ß"),
        ("\x1b[57414u\x1b[57400u\x1b[57417;5u\x1b[57441;2u", "Enter 1 Ctrl+Left"),
        ("\x1b[27;5;13~\x1b[27;2;13~\x1b[27;6;65~\x1b[27;5;47~", "Ctrl+Enter Shift+Enter Ctrl+A Ctrl+/"),
    ];
    for (bytes, keys) in cases {
        assert_eq!(written(&events(bytes.as_bytes())), *keys, "{bytes:?}");
    }
}

#[test]
fn repeats_and_releases_are_told_apart() {
    let kinds: Vec<_> = events(b"\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u\x1b[1;1:3A")
        .into_iter()
        .map(|event| event.as_key_event().expect("keys").kind)
        .collect();
    let [press, repeat, release] = [KeyEventKind::Press, KeyEventKind::Repeat, KeyEventKind::Release];
    assert_eq!(kinds, [press, repeat, release, release]);
}

#[test]
fn escape_alone_and_other_beginnings_are_keys_once_nothing_follows() {
    for (bytes, keys) in [
        ("\x1b", "Esc"),
        ("\x1b\x1b", "Esc Esc"),
        ("\x1b\x1b\x1b", "Esc Esc Esc"),
        ("\x1b\x1bx", "Esc Alt+X"),
        ("\x1b[", "Alt+["),
        ("\x1bO", "Alt+O"),
        ("\x1b]", "Alt+]"),
        ("\x1bP", "Alt+P"),
        ("\x1bOz", "Alt+O z"),
        ("\x1b[1;5", ""),
        ("\x1b]11;rgb:", ""),
        ("\x1b]11;rgb:\x1b", "Esc"),
        ("\x1b[M!", ""),
        ("\u{6f22}\x1b[", "漢 Alt+["),
    ] {
        assert_eq!(written(&given_up(bytes.as_bytes())), keys, "{bytes:?}");
    }
    assert_eq!(written(&given_up(b"a\xe6\xbc")), "a");
}

#[test]
fn a_key_that_could_be_a_sequence_waits_only_a_moment() {
    let patience = |bytes: &[u8]| {
        let mut parser = Parser::default();
        parser.feed(bytes);
        parser.patience()
    };
    for key in ["\x1b", "\x1b\x1b", "\x1b[", "\x1bO", "\x1b]"] {
        assert_eq!(patience(key.as_bytes()), Some(KEY_PATIENCE), "{key:?}");
    }
    for part in ["\x1b[1;", "\x1b]11", "\x1b[<0;1"] {
        assert_eq!(patience(part.as_bytes()), Some(PATIENCE), "{part:?}");
    }
    for whole in ["", "a", "\x1b[A", "\x1b[200~half a paste\x1b[201"] {
        assert_eq!(patience(whole.as_bytes()), None, "{whole:?}");
    }
}

#[test]
fn answers_and_unknown_sequences_are_never_text() {
    for answer in [
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
        "\x1b]52;c;aGk=\x07",
        "\x1bP>|a terminal 1.0\x1b\\",
        "\x1bP1$r0;4:3m\x1b\\",
        "\x1b[?62;22c",
        "\x1b[>1;10;0c",
        "\x1b[?2026;2$y",
        "\x1b[?1u",
        "\x1b[12;40R",
        "\x1b[8;24;80t",
        "\x1b[?997;1n",
        "\x1b[ q",
        "\x1b[999999999999;5u",
        "\x1b[57358u",
        "\x1b[0;0x",
    ] {
        assert_eq!(written(&events(format!("a{answer}b").as_bytes())), "a b", "{answer:?}");
    }
    let endless = format!("\x1b[{}Ab", "1;".repeat(5_000));
    assert_eq!(written(&events(endless.as_bytes())), "b");
}

#[test]
fn what_is_cut_off_swallows_nothing_behind_it() {
    for (bytes, keys) in [
        (&b"\x1b[1;\x1b[A"[..], "Up"),
        (b"\x1b[1;\r", "Enter"),
        (b"\x1b]11;rgb\x03x", "Ctrl+C x"),
        (b"\x1b]11;rgb\x1b[Bx", "Down x"),
        (b"\xe6\xbcx", "x"),
        (b"\xff\xe6\xe6\xbc\xa2", "漢"),
        (b"\x1b\xffx", "x"),
        (b"\x1bO5\rx", "Enter x"),
    ] {
        assert_eq!(written(&events(bytes)), keys, "{bytes:?}");
    }
}

#[test]
fn a_paste_is_whatever_stands_between_its_ends() {
    for text in ["", "two\r\nlines", "\x1b[A~\x1b[201", "漢~字"] {
        let bytes = format!("\x1b[200~{text}\x1b[201~x");
        let [Event::Paste(pasted), Event::Key(_)] = &events(bytes.as_bytes())[..] else { panic!("{text:?}") };
        assert_eq!(pasted, text);
    }
    let wrong = events(b"\x1b[200~a\xffb\x1b[201~");
    assert_eq!(wrong, [Event::Paste("a\u{fffd}b".to_owned())]);
}

#[test]
fn the_mouse_and_the_focus() {
    let mouse = |kind, column, row, modifiers| Event::Mouse(MouseEvent { kind, column, row, modifiers });
    let none = KeyModifiers::NONE;
    assert_eq!(
        events(b"\x1b[<0;1;1M\x1b[<32;300;5M\x1b[<0;300;5m\x1b[<64;2;3M\x1b[<81;0;0M\x1b[<35;9;9M"),
        [
            mouse(MouseEventKind::Down(MouseButton::Left), 0, 0, none),
            mouse(MouseEventKind::Drag(MouseButton::Left), 299, 4, none),
            mouse(MouseEventKind::Up(MouseButton::Left), 299, 4, none),
            mouse(MouseEventKind::ScrollUp, 1, 2, none),
            mouse(MouseEventKind::ScrollDown, 0, 0, KeyModifiers::CONTROL),
            mouse(MouseEventKind::Moved, 8, 8, none),
        ]
    );
    assert_eq!(
        events(b"\x1b[M !!\x1b[M#$%"),
        [
            mouse(MouseEventKind::Down(MouseButton::Left), 0, 0, none),
            mouse(MouseEventKind::Up(MouseButton::Left), 3, 4, none),
        ]
    );
    assert_eq!(events(b"\x1b[I\x1b[O"), [Event::FocusGained, Event::FocusLost]);
}

/// Bytes as they might come: mostly pieces that mean something, some of them cut, and some that mean nothing.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "\\PC{0,5}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            "\x1b",
            "\x1b[",
            "\x1b[1;5A",
            "\x1bOP",
            "\x1b[99;5u",
            "\x1b[27;5;13~",
            "\x1b[<0;3;4M",
            "\x1b[M #$",
            "\x1b]11;rgb:1/2/3\x1b\\",
            "\x1bP1$r0m\x1b\\",
            "\x1b[200~",
            "\x1b[201~",
            "\x1b[I",
            "~",
            "\r",
            "\x03",
            "漢",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn cuts_between_any_two_bytes_change_nothing(bytes in input(), sizes in prop::collection::vec(1..7_usize, 1..40)) {
        let mut parser = Parser::default();
        let (mut rest, mut sizes) = (&bytes[..], sizes.into_iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
            parser.feed(piece);
            rest = after;
        }
        let cut: Vec<_> = std::iter::from_fn(|| parser.pop()).collect();
        prop_assert_eq!(cut, events(&bytes));
    }

    #[test]
    fn plain_text_is_typed_as_it_is(text in "[^\\x00-\\x1f\\x7f\u{80}-\u{9f}]{0,40}") {
        let typed: String = events(text.as_bytes())
            .into_iter()
            .filter_map(|event| match event {
                Event::Key(KeyEvent { code: KeyCode::Char(character), .. }) => Some(character),
                _ => None,
            })
            .collect();
        prop_assert_eq!(typed, text);
    }
}
