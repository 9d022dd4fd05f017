//! What leaves for the terminal's scrollback: everything once, in order, whatever the size did meanwhile.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fixture::Fixture;
use crate::theme::{ColorDepth, Theme};
use crate::transcript_pane::{Printing, TranscriptPane};

const ANSWER: &str = "# One\n\nSome words about it, long enough to be broken where it is narrow.\n\n- first point\n- second \
    point\n  - nested\n\n1. one\n2. two\n\n```sh\nls -l\n\necho done\n```\n\n> quoted\n> words\n\n| a | b |\n|---|---|\n| \
    one | two |\n\n---\n\nThe last words.";

fn rows_of(buffer: &Buffer) -> impl Iterator<Item = String> {
    (0..buffer.area.height).map(|y| {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned()
    })
}

fn print(pane: &mut TranscriptPane, width: u16, is_end: bool) -> Vec<String> {
    let theme = Theme::builtin("dark", ColorDepth::Ansi).unwrap();
    // Nobody answers for colours here, and nobody is waited for.
    let mut rows = Vec::new();
    for now_ms in [0, 1_000] {
        let printing = Printing { width, now_ms, is_busy: !is_end, is_end, theme: &theme };
        pane.print_finished(printing, |buffer| rows.extend(rows_of(buffer)));
    }
    rows
}

proptest! {
    #[test]
    fn an_answer_in_pieces_prints_what_the_whole_one_prints(
        cuts in prop::collection::vec(1usize..60, 1..40),
        width in 24u16..90,
    ) {
        let mut whole = Fixture::new();
        whole.user("go").answer(ANSWER);
        let expected = print(&mut whole.pane, width, true);
        let mut f = Fixture::new();
        f.user("go");
        let mut printed = Vec::new();
        let mut rest = ANSWER;
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            rest = after;
            f.text(piece);
            printed.extend(print(&mut f.pane, width, false));
        }
        let early = printed.len();
        f.answer(ANSWER);
        printed.extend(print(&mut f.pane, width, true));
        prop_assert_eq!(&printed, &expected);
        prop_assert!(rest.len() > ANSWER.len() / 2 || early > 4, "blocks leave as they are complete");
    }

    #[test]
    fn every_word_leaves_once_at_whatever_width(
        pieces in prop::collection::vec((1usize..60, 24u16..90), 1..40),
    ) {
        let mut f = Fixture::new();
        f.user("go");
        let mut printed = Vec::new();
        let mut rest = ANSWER;
        for (cut, width) in pieces {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            rest = after;
            f.text(piece);
            let shown = usize::from(f.pane.measure_unprinted(width, 0, 99) > 0);
            f.pane.prepare(Rect::new(0, 0, width, 8), 0);
            prop_assert!(shown <= f.pane.shown_rows() || rest.len() == ANSWER.len());
            printed.extend(print(&mut f.pane, width, false));
        }
        f.answer(ANSWER);
        printed.extend(print(&mut f.pane, 80, true));
        let words = |text: &str| {
            let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
            text.split_whitespace().filter(is_word).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut whole = Fixture::new();
        whole.user("go").answer(ANSWER);
        let expected = print(&mut whole.pane, 80, true).join(" ");
        prop_assert_eq!(words(&printed.join(" ")), words(&expected));
    }
}

#[test]
fn a_revised_card_and_running_blocks_leave_once_they_are_final() {
    use crate::app::tests::voyage::{card, proposed};
    use headwater_protocol::events::{CellReturned, CellStarted, MissionRevised};
    let mut f = Fixture::new();
    f.record(proposed(1, card()));
    assert_eq!(print(&mut f.pane, 80, false), Vec::<String>::new(), "the next revision may take its place");
    f.record(MissionRevised { mission: "m1".into(), words: "with a graph".into() })
        .record(proposed(2, card()));
    let started = CellStarted { cell: 1, code: "x = 1".into() };
    let block = headwater_protocol::Record {
        seq: 0,
        at: headwater_protocol::Timestamp::default(),
        session: "m1".into(),
        parent: Some("s".into()),
        event: started.into(),
    };
    f.pane.apply_mission_record(&block, 0);
    let printed = print(&mut f.pane, 80, false);
    assert_eq!(printed.len(), 1, "{printed:?}");
    assert!(printed[0].contains("rev 2 (with a graph)"), "{printed:?}");
    f.record(proposed(3, card()));
    assert!(print(&mut f.pane, 80, false).is_empty(), "a block that runs holds back what follows");
    let returned = CellReturned {
        cell: 1,
        stdout: "1".into(),
        stdout_bytes: 1,
        shown: None,
        error: None,
        answer: None,
        variables: vec![],
        text: String::new(),
        millis: 300,
        waited_millis: 0,
    };
    f.pane.apply_mission_record(&headwater_protocol::Record { event: returned.into(), ..block }, 0);
    let printed = print(&mut f.pane, 80, true).join("\n");
    assert!(printed.contains("✓ repl #1") && printed.contains("rev 3"), "{printed}");
    assert!(!printed.contains("rev 2"), "{printed}");
}
