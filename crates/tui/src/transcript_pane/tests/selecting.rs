//! Copies are source text: logical lines without gutters.

use serde_json::json;

use super::fixture::Fixture;
use crate::transcript_pane::{SelectBy, SelectFrom};

fn copied(f: &mut Fixture, from: (u16, u16), to: (u16, u16)) -> Option<String> {
    f.screen(24, 12);
    f.pane.select_from(SelectFrom { column: from.0, row: from.1, by: SelectBy::Character });
    f.pane.select_to(to.0, to.1);
    f.pane.copy_text()
}

#[test]
fn wrapped_lines_copy_as_one() {
    let mut f = Fixture::new();
    f.user("a message that is longer than the screen is wide\nand a second line");
    let all = copied(&mut f, (0, 0), (23, 4)).unwrap();
    assert_eq!(all, "a message that is longer than the screen is wide\nand a second line");
    assert_eq!(copied(&mut f, (2, 0), (2, 0)), None, "a click selects nothing");
    assert_eq!(copied(&mut f, (4, 0), (10, 0)).unwrap(), "message");
}

#[test]
fn markdown_copies_as_it_was_written() {
    let mut f = Fixture::new();
    f.answer("Some **bold** words\n\n```rust\nfn main() {\n\tx\n}\n```\n");
    f.screen(24, 12);
    assert_eq!(copied(&mut f, (0, 2), (23, 4)).unwrap(), "fn main() {\n\tx\n}");
    assert_eq!(copied(&mut f, (0, 0), (18, 0)).unwrap(), "Some **bold** words");
    assert_eq!(f.pane.code_block(1).unwrap(), "fn main() {\n\tx\n}\n");
    assert_eq!(f.pane.code_block(2), None);
}

#[test]
fn words_and_lines_grow_by_themselves() {
    let mut f = Fixture::new();
    f.user("see src/main.rs:10 (now)\nnext");
    f.screen(40, 5);
    let mut at = |column, by| {
        f.pane.select_from(SelectFrom { column, row: 0, by });
        f.pane.copy_text().unwrap()
    };
    assert_eq!(at(9, SelectBy::Word), "src/main.rs:10");
    assert_eq!(at(23, SelectBy::Word), "now");
    assert_eq!(at(9, SelectBy::Line), "see src/main.rs:10 (now)");
}

#[test]
fn what_is_folded_away_is_not_copied() {
    let mut f = Fixture::new();
    let output: Vec<String> = (0..50).map(|line| format!("line {line}")).collect();
    f.call("1", "shell", json!({"command": "seq"}));
    f.result("1", false, &output.join("\n"), serde_json::Value::Null);
    let all = copied(&mut f, (0, 0), (23, 11)).unwrap();
    assert_eq!(all, "seq\nline 47\nline 48\nline 49");
}

#[test]
fn a_selection_over_cells_joins_them_and_is_painted() {
    let mut f = Fixture::new();
    f.user("first").answer("second 漢字 third");
    let all = copied(&mut f, (2, 0), (10, 2)).unwrap();
    assert_eq!(all, "first\nsecond 漢字");
    let buffer = f.buffer(24, 12);
    let selected = buffer[(2, 0)].style().bg;
    assert_eq!(buffer[(10, 2)].style().bg, selected, "the second column of a wide character");
    assert_ne!(buffer[(0, 0)].style().bg, selected, "the bar of the message");
    assert_ne!(buffer[(12, 2)].style().bg, selected);
    f.pane.clear_selection();
    assert_eq!(f.pane.copy_text(), None);
}
