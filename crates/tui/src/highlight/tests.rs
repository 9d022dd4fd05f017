//! Colours arrive by themselves, on the right bytes.

use super::*;
use crate::markdown::code_blocks;
use crate::theme::Slot;

fn job(source: &str) -> HighlightJob {
    let block = code_blocks(source).remove(0);
    HighlightJob {
        cell: CellId(7),
        language: block.language.clone(),
        code: block.content(source),
        pieces: block.pieces,
    }
}

#[tokio::test]
async fn a_block_within_a_list_is_coloured_at_its_place() {
    let source = "- item\n\n  ```rust\n  // note\n  fn main() { let x = \"s\"; }\n  ```\n";
    let mut highlighter = Highlighter::new();
    assert!(highlighter.request(job(source)));
    let done = highlighter.recv().await;
    assert_eq!(done.cell, CellId(7));
    let slot_of = |text: &str| {
        let at = source.find(text).unwrap();
        done.marks.iter().find(|mark| mark.range.contains(&at)).map(|mark| mark.slot)
    };
    let cases = [
        ("// note", Some(Slot::Comment)),
        ("fn main", Some(Slot::Keyword)),
        ("main", Some(Slot::Function)),
        ("\"s\"", Some(Slot::StringLiteral)),
        ("- item", None),
    ];
    for (text, expected) in cases {
        assert_eq!(slot_of(text), expected, "{text}");
    }
    assert!(done.marks.is_sorted_by_key(|mark| mark.range.start));
}

#[tokio::test]
async fn an_unknown_language_comes_back_without_colours() {
    let mut highlighter = Highlighter::new();
    assert!(highlighter.request(job("```nosuchlanguage\nx\n```\n")));
    assert_eq!(highlighter.recv().await.marks, []);
}
