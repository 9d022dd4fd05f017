//! D1: output of any size and kind adds at most the cap, and the whole is stored and can be paged.

use serde_json::json;

use crate::stage::Stage;

/// Runs a command; its result, the stored output by its id, and what the blob's record says.
async fn stored(stage: &mut Stage, command: &str) -> (String, Option<Vec<u8>>) {
    let outcome = stage.ok("shell", json!({"command": command})).await;
    let blob = outcome.blobs.first();
    let content = blob.map(|blob| std::fs::read(stage.blob(blob.id.as_str())).unwrap());
    if let (Some(blob), Some(content)) = (blob, &content) {
        assert_eq!(blob.bytes.0, content.len() as u64);
        let sum = std::process::Command::new("sha256sum").arg(stage.blob(blob.id.as_str())).output().unwrap();
        assert!(sum.stdout.starts_with(blob.sha256.as_bytes()));
        assert!(outcome.model_text.contains(&format!("blob:{}", blob.id)));
    }
    (outcome.model_text, content)
}

#[tokio::test]
async fn d1_output_of_any_size_keeps_the_cap() {
    let mut stage = Stage::new();
    stage.cap = 8_000;
    let table = [
        ("nothing", "true", 0),
        ("small", "echo hello", 0),
        ("just below", "head -c 7000 /dev/zero | tr '\\0' a", 0),
        ("just above", "head -c 8001 /dev/zero | tr '\\0' a", 8_001),
        ("many lines", "seq 100000", 588_895),
        ("one long line", "head -c 30000000 /dev/zero | tr '\\0' a", 30_000_000),
        ("binary, small", "head -c 3000 /dev/urandom", 3_000),
        ("binary, large", "head -c 300000 /dev/urandom", 300_000),
        ("broken UTF-8", "for i in $(seq 2000); do printf 'abcdefghijklmnopqrstuvwxyz\\xff'; done", 54_000),
        ("control characters", "for i in $(seq 300); do printf 'some text, long enough\\v'; done", 6_900),
        ("colours", "for i in $(seq 3000); do printf '\\033[1;32mok\\033[0m\\n'; done", 42_000),
    ];
    for (name, command, expected) in table {
        let (text, blob) = stored(&mut stage, command).await;
        assert_eq!(blob.map_or(0, |blob| blob.len()), expected, "{name}: {text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{name}");
    }
}

#[tokio::test]
async fn the_beginning_and_the_end_are_shown_and_the_rest_is_paged() {
    let mut stage = Stage::new();
    stage.cap = 4_000;
    let (text, _) = stored(&mut stage, "seq 100000").await;
    assert!(
        text.starts_with("exit code 0, ")
            && text.contains("\n1\n2\n3\n")
            && text.ends_with("\n99999\n100000\n")
    );
    assert!(
        text.contains(
            "lines left out here; the whole output, 575 KB, is stored: read blob:call-1 with offset"
        )
    );
    let page = stage.ok("read", json!({"path": "blob:call-1", "offset": 50_000, "limit": 2})).await;
    assert_eq!(
        page.model_text,
        "50000\t50000\n50001\t50001\n[rows 50000-50001 of 100000; go on with offset 50002]"
    );
    assert!(page.files.is_empty());
}

#[tokio::test]
async fn a_line_of_any_length_is_paged_in_rows() {
    let mut stage = Stage::new();
    let (_, blob) =
        stored(&mut stage, "for i in $(seq 20000); do printf 'ñ%05d' $i; done; echo; echo end").await;
    let blob = String::from_utf8(blob.unwrap()).unwrap();
    let mut all = String::new();
    let mut offset = 1;
    loop {
        let page = stage.ok("read", json!({"path": "blob:call-1", "offset": offset})).await;
        let rows = page.model_text.lines().filter_map(|line| line.split_once('\t'));
        rows.for_each(|(_, row)| all.push_str(row));
        if page.data["last"] == page.data["lines"] {
            break;
        }
        offset = page.data["last"].as_u64().unwrap() + 1;
    }
    assert_eq!(all, blob.replace('\n', ""));
}

#[tokio::test]
async fn stored_output_is_found_by_its_id_alone() {
    let mut stage = Stage::new();
    for id in ["blob:", "blob:../secret", "blob:/etc/passwd", "blob:.hidden", "blob:a/b"] {
        assert!(stage.refused("read", json!({"path": id})).await.contains("no stored output"), "{id}");
    }
}

/// The size of the largest file.
const HUGE: u64 = 1 << 30;

#[tokio::test]
async fn d1_a_file_of_any_size_adds_at_most_the_cap_and_its_digest_is_that_of_all_of_it() {
    let mut stage = Stage::new();
    stage.cap = 8_000;
    let line = |bytes: usize| vec![b'x'; bytes];
    // What the file begins with, and how long it is with the hole behind it, which costs no disk.
    let table: [(&str, Vec<u8>, u64); 6] = [
        ("nothing", vec![], 0),
        ("one byte", vec![b'x'], 1),
        ("a hole", vec![], HUGE),
        ("text before a hole", b"text\n".repeat(20_000), HUGE),
        ("one line of 100 MB", line(100 << 20), 100 << 20),
        ("a picture", [b"\x89PNG\r\n\x1a\n".as_slice(), &[0, 7, 255].repeat(100_000)].concat(), 300_008),
    ];
    for (name, head, bytes) in table {
        let path = stage.path("file");
        std::fs::write(&path, head).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
        let outcome = stage.ok("read", json!({"path": "file"})).await;
        // The cap, and the line that says how to go on.
        assert!(outcome.model_text.len() <= 8_000 + 400, "{name}: {} bytes", outcome.model_text.len());
        assert!(!outcome.model_text.contains('\0'), "{name}");
        let sum = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
        assert!(sum.stdout.starts_with(outcome.files[0].sha256.as_bytes()), "{name}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), bytes, "{name}: it stays as it is");
    }
}
