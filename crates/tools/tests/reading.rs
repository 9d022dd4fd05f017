//! `read`: pages, forms of text, what is no text, what is not there.

use headwater_protocol::tool::TouchKind;
use serde_json::{Value, json};

use crate::stage::Stage;

async fn text_of(content: impl AsRef<[u8]>) -> String {
    let mut stage = Stage::new();
    stage.file("f", content);
    stage.ok("read", json!({"path": "f"})).await.model_text
}

#[tokio::test]
async fn the_golden_triple_of_read() {
    let mut stage = Stage::new();
    stage.file("src/main.rs", "fn main() {\n\tprintln!(\"hi\");\n}\n");
    let outcome = stage.ok("read", json!({"path": "src/main.rs"})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", outcome.model_text, outcome.data), @r#"
        1	fn main() {
        2		println!("hi");
        3	}
    [3 lines]
    {
      "kind": "read",
      "path": "src/main.rs",
      "first": 1,
      "last": 3,
      "lines": 3,
      "bytes": 31
    }
    "#);
    let touch = &outcome.files[0];
    assert_eq!((touch.path.as_str(), touch.kind), ("src/main.rs", TouchKind::Read));
    assert_eq!(touch.sha256.len(), 64);
}

#[tokio::test]
async fn the_form_of_a_text_is_kept_or_said() {
    let table: [(&str, &[u8], &str); 10] = [
        ("empty", b"", "[the file is empty]"),
        ("one line", b"a\n", "    1\ta\n[1 line]"),
        ("no newline at the end", b"a\nb", "    1\ta\n    2\tb\n[2 lines; no newline at the end]"),
        ("CRLF", b"a\r\nb\r\n", "    1\ta\n    2\tb\n[2 lines; CRLF line ends]"),
        ("mixed", b"a\r\nb\n", "    1\ta\n    2\tb\n[2 lines; mixed line ends: some CRLF, some LF]"),
        ("CRLF, unended", b"a\r\nb", "    1\ta\n    2\tb\n[2 lines; CRLF line ends; no newline at the end]"),
        ("mark", b"\xef\xbb\xbfa\n", "    1\ta\n[1 line; begins with a UTF-8 byte order mark]"),
        ("tabs", b"\ta\tb \n", "    1\t\ta\tb \n[1 line]"),
        (
            "latin-1",
            b"caf\xe9\n",
            "    1\tcaf\u{fffd}\n[1 line; not all of it is UTF-8: \u{fffd} stands for the rest]",
        ),
        ("blank lines", b"\n\n", "    1\t\n    2\t\n[2 lines]"),
    ];
    for (name, content, expected) in table {
        assert_eq!(text_of(content).await, expected, "{name}");
    }
}

#[tokio::test]
async fn long_files_come_in_pages() {
    let mut stage = Stage::new();
    let content = (1..=5_000).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    stage.file("long", &content);
    let mut lines = Vec::new();
    let mut offset = json!(1);
    loop {
        let page = stage.ok("read", json!({"path": "long", "offset": offset})).await;
        let shown = page.model_text.lines().filter_map(|line| line.split_once('\t'));
        lines.extend(shown.map(|(_, text)| format!("{text}\n")));
        assert_eq!(page.data["lines"], 5_000);
        if page.data["last"] == 5_000 {
            break;
        }
        let next = page.data["last"].as_u64().unwrap() + 1;
        assert!(page.model_text.ends_with(&format!(" of 5000; go on with offset {next}]")));
        offset = json!(next);
    }
    assert_eq!(lines.concat(), content);
    let part = stage.ok("read", json!({"path": "long", "offset": 10, "limit": 2})).await.model_text;
    assert_eq!(part, "   10\tline 10\n   11\tline 11\n[lines 10-11 of 5000; go on with offset 12]");
    let end = stage.ok("read", json!({"path": "long", "offset": 5_000})).await.model_text;
    assert_eq!(end, " 5000\tline 5000\n[lines 5000-5000 of 5000]");
    let why = stage.refused("read", json!({"path": "long", "offset": 5_001})).await;
    assert!(why.contains("has only 5000 lines"), "{why}");
}

#[tokio::test]
async fn a_long_line_is_shortened_and_its_length_said() {
    let text = text_of(format!("{}\nshort\n", "ñ".repeat(500_000))).await;
    assert!(text.len() < 3_000, "{}", text.len());
    assert!(text.contains("ñ… [line of 1000000 bytes]\n    2\tshort\n[2 lines]"), "{text}");
    let crlf = text_of(format!("{}\r\n", "x".repeat(10_000))).await;
    assert!(crlf.contains("[line of 10000 bytes]") && crlf.ends_with("[1 line; CRLF line ends]"), "{crlf}");
}

#[tokio::test]
async fn a_small_cap_is_kept() {
    let mut stage = Stage::new();
    stage.file("long", "some words in a line\n".repeat(10_000));
    for cap in [0, 10, 400, 1_000, 4_000] {
        stage.cap = cap;
        stage.call("read", json!({"path": "long"})).await;
    }
}

#[tokio::test]
async fn what_is_no_text_is_described() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0".to_vec();
    png.resize(5_000, 0);
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(64, 0);
    let table: [(&str, &[u8], &str); 4] = [
        ("png", &png, "`f` is an image (image/png, 640 × 480 pixels, 4.9 KB), which cannot be shown here."),
        ("elf", &elf, "`f` is a binary file (application/x-executable, 64 B), which is not shown as text."),
        ("unknown", b"a\0b", "`f` is a binary file (unknown type, 3 B), which is not shown as text."),
        (
            "utf-16",
            b"\xff\xfeh\0i\0",
            "`f` is text in UTF-16 (little endian) (6 B), not UTF-8. Convert a copy with `iconv` to read it.",
        ),
    ];
    for (name, content, expected) in table {
        assert_eq!(text_of(content).await, expected, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_with_what_is_near() {
    let mut stage = Stage::new();
    stage.file("src/parser.rs", "").file("src/printer.rs", "").file("README.md", "");
    let table = [
        ("src/Parser.rs", "`src/Parser.rs` does not exist. Near it: `src/parser.rs`"),
        ("src/parsers.rs", "Near it: `src/parser.rs`"),
        ("Readme.MD", "Near it: `README.md`."),
        ("zzz", "`zzz` does not exist."),
        ("lib/a/b.rs", "Its directory `lib/a` does not exist either."),
        ("src", "`src` is a directory. Use `list`"),
        ("src/parser.rs/x", "not a directory"),
        ("blob:none", "There is no stored output `blob:none`."),
    ];
    for (path, expected) in table {
        let text = stage.refused("read", json!({"path": path})).await;
        assert!(text.contains(expected), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_large_file_is_read_without_holding_it() {
    // Measured in a process of its own: the other tests of this one use memory too.
    const ALONE: &str = "HEADWATER_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "reading::a_large_file_is_read_without_holding_it"]).env(ALONE, "1");
        let done = alone.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let mut stage = Stage::new();
    let mut file = std::fs::File::create(stage.path("large")).unwrap();
    // More text than is looked at to tell text from bytes, then a hole that costs no disk.
    std::io::Write::write_all(&mut file, "text\n".repeat(20_000).as_bytes()).unwrap();
    file.set_len(64 << 20).unwrap();
    let outcome = stage.ok("read", json!({"path": "large", "limit": 1})).await;
    assert!(outcome.model_text.starts_with("    1\ttext\n"));
    assert_eq!(outcome.data["bytes"], 64 << 20);
    let peak = peak_memory();
    assert!(peak < 40 << 20, "{peak} bytes: it was held in memory");
}

/// The most memory this process has had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn p3_a_cancelled_read_ends() {
    let mut stage = Stage::new();
    stage.file("f", "x");
    stage.cancel.cancel();
    assert_eq!(stage.refused("read", json!({"path": "f"})).await, "Interrupted.");
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let mut stage = Stage::new();
    let table: [(Value, &str); 3] = [
        (json!({}), "missing field `path`"),
        (json!({"path": "f", "line": 3}), "unknown field `line`"),
        (json!({"path": 3}), "invalid type"),
    ];
    for (input, expected) in table {
        assert!(stage.refused("read", input).await.contains(expected));
    }
}
