//! The layout against itself: pieces against the whole, and what it looks like.

use proptest::prelude::*;

use super::MarkdownLayout;
use crate::text::width;

fn whole(source: &str, columns: usize) -> MarkdownLayout {
    let mut layout = MarkdownLayout::default();
    layout.update(source, columns);
    layout
}

fn shown(source: &str, columns: usize) -> String {
    let layout = whole(source, columns);
    let rows: Vec<String> = layout.rows().iter().map(|row| row.text(source).trim_end().to_owned()).collect();
    rows.join("\n")
}

/// Feeds `source` in pieces of the given sizes (in characters, over and over) and compares at each step.
fn assert_grows(source: &str, columns: usize, sizes: &[usize]) {
    let mut layout = MarkdownLayout::default();
    let mut fed = String::new();
    let mut characters = source.chars().peekable();
    for size in sizes.iter().cycle() {
        fed.extend(characters.by_ref().take(*size));
        layout.update(&fed, columns);
        let expected = whole(&fed, columns);
        assert_eq!(layout.rows(), expected.rows(), "rows after {fed:?}");
        assert_eq!(layout.code_blocks(), expected.code_blocks(), "code after {fed:?}");
        if characters.peek().is_none() {
            return;
        }
    }
}

/// Blocks that have made trouble, or look as if they might.
const CORPUS: &[&str] = &[
    "A paragraph with **bold**, *emphasis*, `code` and a [link](https://example.org/a).\n",
    "Two lines\nof one paragraph.\n",
    "# Title\n",
    "Setext\n===\n",
    "Below\n---\n",
    "- one\n- two\n  - nested\n    continued\n- three\n",
    "- loose\n\n- list\n\n  with a paragraph\n",
    "1. first\n2. second\n",
    "3. third\n\n4. fourth\n",
    "- [ ] open\n- [x] done\n",
    "-\n",
    "* * *\n",
    "```rust\nfn main() {\n\tprintln!(\"漢字\");\n}\n```\n",
    "````\n```\ninner\n```\n````\n",
    "~~~\ntilde\n\n\nblank\n~~~\n",
    "```\nnever closed\n``\n",
    "  ```\n  indented fence\n  ```\n",
    "    indented code\n\n    more\n",
    "> quoted\n> text\n\n> - list in it\n> ```\n> code\n> ```\n",
    "| a | b |\n|---|--:|\n| 漢字 | 1 |\n| x `|` y | **2** |\n",
    "| no | table\n",
    "<div>\nhtml\n</div>\n",
    "<!-- a\n\ncomment -->\n",
    "text <b>inline</b> &amp; &#27;[31m &lt;\n",
    "emoji 👨‍👩‍👧‍👦 flags 🇩🇪🇫🇷 and 漢字カタカナ、それから長い文章が続きます。\n",
    "hard  \nbreak\\\nhere\n",
    "[ref]: https://example.org\n",
    "uses [ref] and [other]\n",
    "\n",
    "\n\n",
    "   \n",
    "word",
    "1",
    "-",
    "  indented continuation\n",
];

#[test]
fn every_block_grows_character_by_character() {
    for block in CORPUS {
        assert_grows(block, 30, &[1]);
    }
}

#[test]
fn every_pair_of_blocks_grows() {
    for first in CORPUS {
        for second in CORPUS {
            assert_grows(&format!("{first}{second}"), 24, &[3, 1, 7]);
            assert_grows(&format!("{first}\n{second}"), 24, &[2, 5]);
        }
    }
}

proptest! {
    #[test]
    fn pieces_give_what_the_whole_gives(
        blocks in prop::collection::vec(prop::sample::select(CORPUS), 1..8),
        parted in any::<bool>(),
        columns in 8usize..60,
        sizes in prop::collection::vec(1usize..20, 1..6),
    ) {
        assert_grows(&blocks.join(if parted { "\n" } else { "" }), columns, &sizes);
    }

    #[test]
    fn noise_grows_and_stays_within_its_width(
        source in "([a-c \\n`*_#>|~\\[\\]():<&;-]|1\\. |漢|😀|    |```|\\t){0,60}",
        columns in 16usize..40,
        sizes in prop::collection::vec(1usize..9, 1..4),
    ) {
        assert_grows(&source, columns, &sizes);
        for row in whole(&source, columns).rows() {
            let text = row.text(&source);
            prop_assert!(width(&text) <= columns, "{:?} is wider than {}", text, columns);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\t'), "{:?}", text);
        }
    }
}

#[test]
fn blocks_look_as_they_should() {
    let source = "# Title\n\nSome **bold** text with `code` that is long enough to wrap.\n\n- one\n- two\n  1. nested item that wraps around\n- [x] done\n\n> quoted words\n\n```rust\nfn main() {}\n```\n\n| name | n |\n|:--|--:|\n| 漢字 | 1 |\n| long name | 22 |\n\n---\n[site](https://example.org)";
    insta::assert_snapshot!(shown(source, 32), @r"
    Title

    Some bold text with code that is
    long enough to wrap.

    • one
    • two
      1. nested item that wraps
         around
    ☑ done

    ▎ quoted words

    ▏ fn main() {}

    name      │  n
    ──────────┼───
    漢字      │  1
    long name │ 22

    ────────────────

    site (https://example.org)
    ");
}

#[test]
fn a_table_too_wide_narrows_its_widest_column() {
    let source = "| key | description |\n|---|---|\n| a | words that need more than the room there is |\n";
    insta::assert_snapshot!(shown(source, 30), @r"
    key │ description
    ────┼─────────────────────────
    a   │ words that need more
        │ than the room there is
    ");
}

#[test]
fn only_the_tail_stays_open() {
    let block = "A paragraph of some words.\n\n- one\n- two\n\n";
    let mut source = String::new();
    let mut layout = MarkdownLayout::default();
    for _ in 0..200 {
        source.push_str(block);
        layout.update(&source, 80);
        assert!(
            source.len() - layout.settled.bytes <= block.len(),
            "{} of {}",
            layout.settled.bytes,
            source.len()
        );
    }
    source.push_str("```\n");
    for _ in 0..200 {
        source.push_str("    code\n");
        layout.update(&source, 80);
        assert_eq!(
            layout.fence.map(|fence| fence.bytes),
            Some(source.len()),
            "whole lines of code are settled"
        );
    }
}

#[test]
fn a_definition_reaches_back() {
    let source = "See [the site].\n\nMore.\n\n[the site]: https://example.org\n";
    assert_grows(source, 60, &[1]);
    assert!(shown(source, 60).starts_with("See the site (https://example.org)."));
}
