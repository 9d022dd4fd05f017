//! The composer as a person uses it.

use proptest::prelude::*;

use super::Composer;
use super::motion::Motion;

fn written(text: &str) -> Composer {
    let mut composer = Composer::default();
    text.chars().for_each(|character| match character {
        '\n' => composer.newline(),
        other => composer.type_character(other),
    });
    composer
}

#[test]
fn a_long_paste_is_one_chip_one_deletion_and_one_undo() {
    let mut composer = written("see ");
    let log = "line\r\n".repeat(214);
    composer.paste(&log);
    assert_eq!(composer.row_text(0..composer.text().len()), "see [paste 1 · 214 lines]");
    assert_eq!(composer.expanded(), format!("see {}", "line\n".repeat(214)));
    composer.delete_back();
    assert_eq!(composer.text(), "see ");
    composer.undo();
    assert_eq!(composer.expanded().len(), 4 + 214 * 5);
    composer.undo();
    assert_eq!(composer.text(), "see ");
}

#[test]
fn pasting_the_same_again_unfolds_it() {
    let mut composer = Composer::default();
    let log = "line\n".repeat(20);
    composer.paste(&log);
    composer.paste(&log);
    assert_eq!(composer.text(), log);
}

#[test]
fn a_megabyte_is_pasted_without_delay_and_sent_whole() {
    let megabyte = "0123456789abcde\n".repeat(65_536);
    // Debug builds get ten times the 100 ms.
    let mut figure = headwater_testkit::AtBest::within(std::time::Duration::from_secs(1));
    while figure.is_open() {
        let mut composer = Composer::default();
        let before = std::time::Instant::now();
        composer.paste(&megabyte);
        let layout = composer.layout(80);
        figure.took(before.elapsed());
        assert_eq!(layout.rows.len(), 1);
        assert_eq!(composer.take().len(), megabyte.len());
        assert!(composer.is_empty());
    }
}

#[test]
fn short_pastes_stay_text_and_lose_control_characters() {
    let mut composer = Composer::default();
    composer.paste("a\r\nb\rc\x1b[31m\td\u{F0000}");
    assert_eq!(composer.text(), "a\nb\nc[31m\td");
}

#[test]
fn words_are_left_right_and_cut() {
    let mut composer = written("let naïve = f(漢字, 2);");
    composer.go(Motion::WordLeft);
    composer.go(Motion::WordLeft);
    assert_eq!(composer.before_cursor(), "let naïve = f(漢字, ");
    composer.cut_to(composer.target(Motion::WordLeft));
    composer.cut_to(composer.target(Motion::LineStart));
    assert_eq!(composer.text(), "2);");
    composer.yank();
    assert_eq!(composer.text(), "let naïve = f(漢字2);");
}

#[test]
fn typing_is_undone_by_words_and_redone() {
    let mut composer = written("one two");
    composer.undo();
    assert_eq!(composer.text(), "one ");
    composer.undo();
    assert_eq!(composer.text(), "one");
    composer.redo();
    composer.redo();
    assert_eq!(composer.text(), "one two");
}

#[test]
fn long_lines_wrap_at_words_and_rows_are_walked() {
    let mut composer = written("alpha beta gamma\ndelta");
    let rows: Vec<_> = composer.layout(12).rows.into_iter().map(|row| composer.row_text(row)).collect();
    assert_eq!(rows, ["alpha beta ", "gamma", "delta"]);
    assert!(composer.go_row(false, 12));
    assert!(composer.go_row(false, 12));
    assert_eq!(composer.before_cursor(), "alpha");
    assert!(!composer.go_row(false, 12));
    assert!(composer.go_row(true, 12));
    assert_eq!(composer.before_cursor(), "alpha beta gamma");
}

#[test]
fn the_cursor_stands_behind_wide_characters() {
    let layout = written("漢字👨‍👩‍👧x").layout(40);
    assert_eq!((layout.cursor_row, layout.cursor_column), (0, 7));
    let narrow = written("漢字漢字").layout(5);
    assert_eq!(narrow.rows.len(), 2);
    assert_eq!((narrow.cursor_row, narrow.cursor_column), (1, 4));
}

#[test]
fn a_backslash_at_the_end_continues_the_line() {
    let mut composer = written("one\\");
    assert!(composer.continue_line());
    assert_eq!(composer.text(), "one\n");
    assert!(!composer.continue_line());
}

/// A random change or motion.
fn step(composer: &mut Composer, choice: u8, text: &str, width: usize) {
    match choice {
        0 => text.chars().for_each(|character| composer.type_character(character)),
        1 => composer.paste(text),
        2 => composer.paste(&text.repeat(40)),
        3 => composer.delete_back(),
        4 => composer.delete_forward(),
        5 => composer.go(Motion::Left),
        6 => composer.go(Motion::WordLeft),
        7 => composer.go(Motion::WordRight),
        8 => composer.cut_to(composer.target(Motion::LineStart)),
        9 => composer.yank(),
        10 => composer.undo(),
        11 => composer.redo(),
        12 => composer.newline(),
        13 => drop(composer.go_row(false, width)),
        _ => drop(composer.go_row(true, width)),
    }
}

proptest! {
    #[test]
    fn the_cursor_never_leaves_the_text_and_rows_cover_it(
        steps in proptest::collection::vec((0u8..15, "([a-z ]|漢|e\u{301}|👩‍🚀|\n){0,40}"), 0..40),
        width in 1usize..30,
    ) {
        let mut composer = Composer::default();
        for (choice, text) in steps {
            step(&mut composer, choice, &text, width);
            prop_assert!(composer.text().is_char_boundary(composer.cursor));
            let layout = composer.layout(width);
            let covered: usize = layout.rows.iter().map(ExactSizeIterator::len).sum();
            let feeds = composer.text().matches('\n').count();
            prop_assert_eq!(covered + feeds, composer.text().len());
            prop_assert!(layout.cursor_row < layout.rows.len());
        }
    }
}
