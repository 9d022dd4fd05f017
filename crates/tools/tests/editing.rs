//! `edit`: the ladder from exact to blanks, what is kept, and what is never applied.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Edits a file that was read; its content afterwards, or the refusal.
async fn edited(content: &str, old: &str, new: &str, all: Option<bool>) -> Result<String, String> {
    let mut stage = Stage::new();
    stage.file("f", content);
    stage.ok("read", json!({"path": "f"})).await;
    let mut input = json!({"path": "f", "old": old, "new": new});
    if let Some(all) = all {
        input["all"] = Value::Bool(all);
    }
    let outcome = stage.call("edit", input).await;
    if outcome.is_error {
        assert_eq!(stage.content("f"), content, "a refused edit changed the file");
        return Err(outcome.model_text);
    }
    Ok(stage.content("f"))
}

#[tokio::test]
async fn the_golden_triple_of_edit() {
    let mut stage = Stage::new();
    stage.file("src/lib.rs", "fn add(a: i32, b: i32) -> i32 {\n    a - b\n}\n");
    stage.ok("read", json!({"path": "src/lib.rs"})).await;
    let outcome = stage.ok("edit", json!({"path": "src/lib.rs", "old": "a - b", "new": "a + b"})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", outcome.model_text, outcome.data), @r#"
    Edited `src/lib.rs`: 1 replacement at line 2 (+1 -1).
    {
      "kind": "diff",
      "path": "src/lib.rs",
      "created": false,
      "added": 1,
      "removed": 1,
      "hunks": [
        {
          "old_start": 1,
          "new_start": 1,
          "lines": [
            {
              "kind": "context",
              "old": 1,
              "new": 1,
              "text": "fn add(a: i32, b: i32) -> i32 {"
            },
            {
              "kind": "removed",
              "old": 2,
              "text": "    a - b"
            },
            {
              "kind": "added",
              "new": 2,
              "text": "    a + b"
            },
            {
              "kind": "context",
              "old": 3,
              "new": 3,
              "text": "}"
            }
          ]
        }
      ],
      "cut": false
    }
    "#);
}

#[tokio::test]
async fn what_is_applied() {
    let table = [
        ("exact", "a\nb\nc\n", "b", "x", "a\nx\nc\n"),
        ("within a line", "let a = 1;\n", "1", "2", "let a = 2;\n"),
        ("removal", "a\nb\nc\n", "b\n", "", "a\nc\n"),
        ("unicode", "größe = 1\n", "größe", "Länge", "Länge = 1\n"),
        ("no newline at the end stays so", "a\nb", "b", "c", "a\nc"),
        ("tabs stay", "\tif x {\n\t\ty\n\t}\n", "\t\ty\n", "\t\tz\n", "\tif x {\n\t\tz\n\t}\n"),
        ("the mark stays", "\u{feff}a\nb\n", "a", "x", "\u{feff}x\nb\n"),
        ("CRLF, one line", "a\r\nb\r\n", "b", "c", "a\r\nc\r\n"),
        ("CRLF, one line becomes two", "a\r\nb\r\n", "b", "c\nd", "a\r\nc\r\nd\r\n"),
        ("CRLF, LF in old", "a\r\nb\r\nc\r\n", "a\nb", "x\ny", "x\r\ny\r\nc\r\n"),
        ("CRLF, CRLF in both", "a\r\nb\r\n", "a\r\nb", "x\r\ny", "x\r\ny\r\n"),
        ("LF, CRLF in old and new", "a\nb\n", "a\r\nb", "x\r\ny", "x\ny\n"),
        ("mixed: the part decides", "a\r\nb\r\nc\nd\n", "a\nb\n", "x\ny\n", "x\r\ny\r\nc\nd\n"),
        ("mixed: left alone", "a\r\nb\nc\n", "c", "x\ny", "a\r\nb\nx\ny\n"),
        ("blanks in the file", "a  \nb\t\nc\n", "a\nb\n", "x\n", "x\nc\n"),
        ("blanks in old", "a\nb\nc\n", "a \nb  \n", "x\n", "x\nc\n"),
        ("blanks at the end of old", "a\nb\nc\n", "b  ", "x", "a\nx\nc\n"),
        ("blanks and no newline at the end", "a\nb   ", "a \nb", "x", "x   "),
        ("blank lines between", "a\n\n\nb\n", "a\n  \n\nb", "x", "x\n"),
    ];
    for (name, content, old, new, expected) in table {
        assert_eq!(edited(content, old, new, None).await.as_deref(), Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn what_is_refused_and_why() {
    let table = [
        ("empty old", "a\n", "", "x", "`old` is empty"),
        ("no change", "a\n", "a", "a", "are the same"),
        ("no change but line ends", "a\r\nb\r\n", "a\nb", "a\r\nb", "are the same"),
        ("several", "a\nb\na\na\n", "a", "x", "occurs 3 times, at lines 1, 3, 4"),
        ("overlapping", "aaa\n", "aa", "x", "occurs 2 times, at lines 1, 1"),
        (
            "several past blanks",
            "a \nb\na\t\nb\n",
            "a\nb",
            "x",
            "apart from blanks at the ends of lines it fits 2 places, at lines 1, 3",
        ),
        (
            "several past line ends",
            "a\r\nb\r\na\r\nb\r\n",
            "a\nb",
            "x",
            "apart from line ends (CRLF or LF) it fits 2 places",
        ),
        ("blanks alone", "a\nb\n", " \n", "x", "not in the file"),
        ("start of a longer line", "if x: y\n", "if x:  ", "z", "not in the file"),
        (
            "line numbers",
            "a\nb\nc\n",
            "    2\tb\n    3\tc",
            "x",
            "begins its lines with line numbers, which `read` adds and the file does not have. Without them it is at line 2.",
        ),
        ("line numbers, and not there", "a\n", "    2\tz\n", "x", "Send it again without the numbers"),
        (
            "indent",
            "fn a() {\n\tb();\n}\n",
            "    b();",
            "c();",
            "line 2 is indented with 1 tabs, `old` with 4 spaces: b();",
        ),
        (
            "misspelt",
            "let total = count(items);\n",
            "let total = counts(items);",
            "x",
            "The nearest text is at line 1:\nline 1 is   let total = count(items);\n  `old` has let total = counts(items);",
        ),
        (
            "one line of a block differs",
            "a\nfn f() {\n    one();\n    two();\n}\n",
            "fn f() {\n    one();\n    three();\n}",
            "x",
            "at line 2:\nline 4 is       two();\n  `old` has     three();",
        ),
        ("nothing near", "a\nb\n", "something else altogether", "x", "Nothing in it is near"),
        ("longer than the file", "a\nb\n", "b\nc\nd", "x", "the file ends 2 lines before `old` does"),
        ("empty file", "", "a", "b", "not in the file"),
    ];
    for (name, content, old, new, expected) in table {
        let why = edited(content, old, new, None).await.unwrap_err();
        assert!(why.contains(expected), "{name}: {why}");
    }
}

#[tokio::test]
async fn all_replaces_every_exact_occurrence_and_nothing_looser() {
    assert_eq!(edited("a b a\n", "a", "x", Some(true)).await.as_deref(), Ok("x b x\n"));
    assert_eq!(edited("a\r\nb\r\n", "\r\n", "\n\n", Some(true)).await.as_deref(), Ok("a\r\n\r\nb\r\n\r\n"));
    let why = edited("a \nb\na \nb\n", "a\nb", "x", Some(true)).await.unwrap_err();
    assert!(why.contains("fits 2 places"), "{why}");
}

#[tokio::test]
async fn files_that_cannot_be_edited_are_named() {
    let mut stage = Stage::new();
    stage.file("latin", b"caf\xe9\n");
    std::fs::File::create(stage.path("large")).unwrap().set_len(33 << 20).unwrap();
    stage.ok("read", json!({"path": "latin"})).await;
    let why = stage.refused("edit", json!({"path": "latin", "old": "caf", "new": "x"})).await;
    assert!(why.contains("not UTF-8"), "{why}");
    let why = stage.refused("edit", json!({"path": "large", "old": "a", "new": "x"})).await;
    assert!(why.contains("33 MB, which is too large"), "{why}");
    let why = stage.refused("edit", json!({"path": "absent", "old": "a", "new": "x"})).await;
    assert!(why.contains("does not exist"), "{why}");
}

#[tokio::test]
async fn a_huge_file_and_a_huge_hint_keep_the_cap() {
    let content = (0..60_000).map(|n| format!("line number {n} of many\n")).collect::<Vec<_>>().concat();
    let done = edited(&content, "line number 59999 of many", "x", None).await.unwrap();
    assert!(done.ends_with("\nx\n"));
    let old = "line number x of many\n".repeat(500);
    let why = edited(&content, &old, "x", None).await.unwrap_err();
    assert!(why.len() < 2_000, "{}", why.len());
}

fn lines() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ab \t]{0,4}(\r\n|\n)", 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_edit_is_the_expected_replacement_or_none(text in lines(), old in "[ab \t\r\n]{1,8}", new in "[ab\n]{0,6}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(edited(&text, &old, &new, None));
        let places: Vec<usize> = (0..text.len()).filter(|at| text[*at..].starts_with(&old)).collect();
        match result {
            Ok(after) => {
                // Apart from line ends and trailing blanks it is the text with one place replaced.
                let (start, end) = common(&text, &after);
                prop_assert!(places.len() <= 1, "applied although ambiguous");
                if let [at] = places[..] {
                    prop_assert!(start >= at.min(start) && text.len() - end <= at + old.len());
                    let plain = format!("{}{new}{}", &text[..at], &text[at + old.len()..]);
                    prop_assert_eq!(after.replace("\r\n", "\n"), plain.replace("\r\n", "\n"));
                }
            }
            Err(why) => {
                let has_reason = places.len() != 1 || old == new || why.contains("are the same");
                prop_assert!(has_reason, "refused although unique: {}", why);
            }
        }
    }

    #[test]
    fn a_recovered_edit_replaces_whole_lines_that_differ_only_past_their_ends(
        text in lines(), at in 0usize..6, count in 1usize..4, blanks in "[ \t]{0,2}",
    ) {
        // Some lines of the text, with other blanks and line ends.
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        if all.is_empty() {
            return Ok(());
        }
        let at = at % all.len();
        let count = count.min(all.len() - at);
        let bare = |lines: &[&str]| lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        let wanted = bare(&all[at..at + count]);
        let old = wanted.iter().map(|line| format!("{line}{blanks}\n")).collect::<Vec<_>>().concat();
        let is_looser = !old.trim().is_empty() && wanted[0] == wanted[0].trim_start() && !text.contains(&old);
        if !is_looser {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let Ok(after) = runtime.block_on(edited(&text, &old, "NEW\n", None)) else { return Ok(()) };
        let starts = (0..=all.len() - count).filter(|start| bare(&all[start + 1..start + count]) == wanted[1..]);
        let candidates = starts.flat_map(|start| {
            // The first line may be the end of a longer one, whose own blanks may be part of what was matched or not.
            let first = all[start];
            let leads = (0..first.len()).filter(|at| first[*at..].trim_end() == wanted[0]).map(|at| &first[..at]);
            leads
                .map(|lead| format!("{}{lead}NEW\n{}", all[..start].concat(), all[start + count..].concat()))
                .collect::<Vec<_>>()
        });
        let plain = |text: &str| text.replace("\r\n", "\n");
        prop_assert!(candidates.into_iter().any(|expected| plain(&expected) == plain(&after)), "{after:?}");
    }
}

/// How many bytes two texts share at their starts and at their ends.
fn common(left: &str, right: &str) -> (usize, usize) {
    let start = left.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
    let end = left.bytes().rev().zip(right.bytes().rev()).take_while(|(a, b)| a == b).count();
    (start, end)
}
