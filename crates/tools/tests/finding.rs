//! `list`, `glob` and `grep`: what they find, what they leave out, how they cut.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::stage::Stage;

/// A tree with nested ignore files.
fn tree() -> Stage {
    let stage = Stage::new();
    stage
        .file(".gitignore", "target/\n*.log\n")
        .file(".github/workflows/ci.yml", "run: needle\n")
        .file(".git/config", "needle\n")
        .file("src/a.rs", "fn a() {}\n// needle\nfn b() {}\n")
        .file("src/deep/.gitignore", "generated.rs\n!kept.log\n")
        .file("src/deep/b.rs", "needle one\n\nneedle Two\n")
        .file("src/deep/generated.rs", "needle\n")
        .file("src/deep/kept.log", "needle\n")
        .file("target/out.rs", "needle\n")
        .file("x.log", "needle\n")
        .file("data.bin", b"needle\0needle\n")
        .file("crlf.txt", "needle\r\nother\r\n");
    std::os::unix::fs::symlink("src/a.rs", stage.path("link.rs")).unwrap();
    stage
}

#[tokio::test]
async fn the_golden_triple_of_list() {
    let outcome = tree().ok("list", json!({})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", outcome.model_text, outcome.data), @r#"
    ./
    .github/
      workflows/
    .gitignore  14 B
    crlf.txt  15 B
    data.bin  14 B
    link.rs -> src/a.rs
    src/
      a.rs  30 B
      deep/
    [9 entries]
    {
      "kind": "list",
      "path": ".",
      "entries": 9,
      "depth": 2,
      "cut": false
    }
    "#);
}

#[tokio::test]
async fn a_list_is_as_deep_as_asked_and_as_long_as_allowed() {
    let mut stage = tree();
    let deep = stage.ok("list", json!({"path": "src", "depth": 9})).await.model_text;
    assert_eq!(
        deep,
        "src/\na.rs  30 B\ndeep/\n  .gitignore  23 B\n  b.rs  23 B\n  kept.log  7 B\n[5 entries]"
    );
    for n in 0..500 {
        stage.file(&format!("many/d{}/f{n}", n % 3), "");
    }
    let many = stage.ok("list", json!({"path": "many"})).await.model_text;
    assert_eq!(
        many,
        "many/\nd0/  (167 entries below)\nd1/  (167 entries below)\nd2/  (166 entries below)\n[3 entries; more than 1 level would be too much to show]"
    );
    for n in 0..500 {
        stage.file(&format!("flat/f{n:03}"), "");
    }
    let flat = stage.ok("list", json!({"path": "flat"})).await;
    assert!(
        flat.model_text.ends_with("f399  0 B\n[500 entries, 400 shown; list a directory below, or use glob]"),
        "{}",
        flat.model_text
    );
    assert_eq!((flat.data["cut"].as_bool(), flat.data["entries"].as_u64()), (Some(true), Some(500)));
    assert!(stage.refused("list", json!({"path": "src/a.rs"})).await.contains("not a directory"));
    assert!(stage.refused("list", json!({"path": "source"})).await.contains("Near it: `src`"));
}

#[tokio::test]
async fn the_golden_triple_of_glob() {
    let mut stage = tree();
    let old = SystemTime::now() - Duration::from_hours(1);
    for (index, name) in ["src/deep/b.rs", "src/a.rs", "link.rs"].iter().enumerate() {
        let at = old + Duration::from_secs(index as u64);
        std::fs::File::open(stage.path(name)).unwrap().set_modified(at).unwrap();
    }
    let outcome = stage.ok("glob", json!({"pattern": "**/*.rs", "path": "src"})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", outcome.model_text, outcome.data), @r#"
    src/a.rs
    src/deep/b.rs
    [2 files]
    {
      "kind": "files",
      "pattern": "**/*.rs",
      "total": 2,
      "files": [
        "src/a.rs",
        "src/deep/b.rs"
      ]
    }
    "#);
    let hidden = stage.ok("glob", json!({"pattern": "*.yml"})).await.model_text;
    assert_eq!(hidden, ".github/workflows/ci.yml\n[1 file]");
    let none = stage.ok("glob", json!({"pattern": "*.zig"})).await.model_text;
    assert!(none.starts_with("No file matches `*.zig`."));
    assert!(stage.refused("glob", json!({"pattern": "a["})).await.contains("not a valid pattern"));
}

#[tokio::test]
async fn a_glob_shows_the_newest_and_counts_the_rest() {
    let mut stage = Stage::new();
    for n in 0..300 {
        stage.file(&format!("f{n:03}.txt"), "");
    }
    let outcome = stage.ok("glob", json!({"pattern": "*.txt"})).await;
    assert!(outcome.model_text.ends_with("[300 files, the newest 200 shown; narrow the pattern]"));
    stage.cap = 600;
    let small = stage.ok("glob", json!({"pattern": "*.txt"})).await.model_text;
    assert!(small.ends_with("the newest 44 shown; narrow the pattern]"), "{small}");
}

#[tokio::test]
async fn the_golden_triple_of_grep() {
    let outcome = tree().ok("grep", json!({"pattern": "needle", "path": "src"})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", outcome.model_text, outcome.data), @r#"
    src/a.rs
    2:// needle
    src/deep/b.rs
    1:needle one
    3:needle Two
    src/deep/kept.log
    1:needle
    [4 matches in 3 files]
    {
      "kind": "grep",
      "pattern": "needle",
      "mode": "content",
      "matches": 4,
      "files": 3,
      "lines": [
        {
          "path": "src/a.rs",
          "line": 2,
          "text": "// needle",
          "is_match": true
        },
        {
          "path": "src/deep/b.rs",
          "line": 1,
          "text": "needle one",
          "is_match": true
        },
        {
          "path": "src/deep/b.rs",
          "line": 3,
          "text": "needle Two",
          "is_match": true
        },
        {
          "path": "src/deep/kept.log",
          "line": 1,
          "text": "needle",
          "is_match": true
        }
      ],
      "cut": false
    }
    "#);
}

#[tokio::test]
async fn the_ways_of_grep() {
    let mut stage = tree();
    let table = [
        (
            "files",
            json!({"pattern": "needle", "mode": "files", "path": "src"}),
            "src/a.rs\nsrc/deep/b.rs\nsrc/deep/kept.log\n[3 files]",
        ),
        (
            "count",
            json!({"pattern": "needle", "mode": "count", "glob": "*.rs"}),
            "src/a.rs: 1\nsrc/deep/b.rs: 2\n[3 matches in 2 files]",
        ),
        (
            "case",
            json!({"pattern": "two"}),
            "Nothing matches `two`. Ignored and binary files are not searched.",
        ),
        (
            "ignore case",
            json!({"pattern": "two", "ignore_case": true}),
            "src/deep/b.rs\n3:needle Two\n[1 match in 1 file]",
        ),
        (
            "context",
            json!({"pattern": "needle", "path": "src/a.rs", "context": 1}),
            "src/a.rs\n1-fn a() {}\n2:// needle\n3-fn b() {}\n[1 match in 1 file]",
        ),
        (
            "regex",
            json!({"pattern": r"fn \w+\(\)", "path": "src"}),
            "src/a.rs\n1:fn a() {}\n3:fn b() {}\n[2 matches in 1 file]",
        ),
        ("fixed", json!({"pattern": "a() {", "fixed": true}), "src/a.rs\n1:fn a() {}\n[1 match in 1 file]"),
        (
            "glob with a directory",
            json!({"pattern": "needle", "glob": "src/*.rs"}),
            "src/a.rs\n2:// needle\n[1 match in 1 file]",
        ),
        (
            "end of a CRLF line",
            json!({"pattern": "needle$", "path": "crlf.txt"}),
            "crlf.txt\n1:needle\n[1 match in 1 file]",
        ),
        (
            "an ignored file when named",
            json!({"pattern": "needle", "path": "x.log"}),
            "x.log\n1:needle\n[1 match in 1 file]",
        ),
    ];
    for (name, input, expected) in table {
        assert_eq!(stage.ok("grep", input).await.model_text, expected, "{name}");
    }
}

#[tokio::test]
async fn a_pattern_that_is_wrong_is_explained() {
    let mut stage = tree();
    let why = stage.refused("grep", json!({"pattern": "fn a("})).await;
    assert!(why.contains("unclosed group") && why.contains("set `fixed`"), "{why}");
    assert!(stage.refused("grep", json!({"pattern": ""})).await.contains("empty"));
    assert!(
        stage.refused("grep", json!({"pattern": "a\nb"})).await.contains("not a valid regular expression")
    );
    assert!(stage.refused("grep", json!({"pattern": "a", "glob": "["})).await.contains("not a valid glob"));
}

#[tokio::test]
async fn d1_what_grep_finds_is_cut_in_the_same_place_each_time() {
    let mut stage = Stage::new();
    for n in 0..400 {
        stage.file(&format!("d{}/f{n:03}.txt", n % 7), "a needle in every line\n".repeat(400));
    }
    stage.file("a-long.txt", format!("{}needle{}", "x".repeat(200_000), "y".repeat(200_000)));
    let first = stage.ok("grep", json!({"pattern": "needle"})).await;
    let second = stage.ok("grep", json!({"pattern": "needle"})).await;
    assert_eq!(first, second);
    let text = &first.model_text;
    assert!(text.starts_with("a-long.txt\n1:…xxx") && text.contains("xneedley"), "{}", &text[..400]);
    assert!(text.contains("… 100 more matches in this file\n"));
    assert!(
        text.ends_with("[160001 matches in 401 files, the first shown; narrow the pattern, path or glob]")
    );
}

#[tokio::test]
async fn p3_a_cancelled_search_ends() {
    let mut stage = tree();
    stage.cancel.cancel();
    assert_eq!(stage.refused("grep", json!({"pattern": "needle"})).await, "Interrupted.");
    assert_eq!(stage.refused("glob", json!({"pattern": "*"})).await, "Interrupted.");
}

#[tokio::test]
async fn a_name_with_a_line_break_is_one_entry_and_can_be_given_back() {
    let mut stage = Stage::new();
    stage.file("sub/a.txt\nb.txt", "needle\n").file("sub/plain", "none\n");
    let shown = r#""a.txt\nb.txt""#;
    let listed = stage.ok("list", json!({"path": "sub"})).await.model_text;
    assert_eq!(listed, format!("sub/\n{shown}  7 B\nplain  5 B\n[2 entries]"));
    let globbed = stage.ok("glob", json!({"pattern": "a*"})).await.model_text;
    assert_eq!(globbed, format!("sub/{shown}\n[1 file]"));
    let found = stage.ok("grep", json!({"pattern": "needle"})).await.model_text;
    assert!(found.starts_with(&format!("sub/{shown}\n1:needle\n")), "{found}");
    for given in [format!("sub/{shown}"), "\"sub/a.txt\\nb.txt\"".to_owned(), "sub/a.txt\nb.txt".to_owned()] {
        let read = stage.ok("read", json!({"path": given})).await.model_text;
        assert!(read.contains("1\tneedle\n"), "{given}: {read}");
    }
    // What judges a call sees the name that is meant.
    let access = stage.tool("read").access(&json!({"path": "\"\\u002eenv\""}));
    assert_eq!(access, Ok(headwater_protocol::Access::Read(vec![".env".into()])));
}

#[tokio::test]
async fn what_grep_could_not_search_is_not_said_to_hold_nothing() {
    let mut stage = Stage::new();
    stage.file("endless", "x".repeat(65 << 20)).file("short", "needle\n");
    let nothing = stage.ok("grep", json!({"pattern": "thread"})).await.model_text;
    assert_eq!(
        nothing,
        "Nothing matches `thread`. Ignored and binary files are not searched. `endless` could not be searched."
    );
    let found = stage.ok("grep", json!({"pattern": "needle"})).await.model_text;
    assert_eq!(found, "short\n1:needle\n[1 match in 1 file; `endless` could not be searched]");
}
