//! Each class finds what is wrong in its own field, in logs that were recorded from real runs and then spoilt.

use std::path::{Path, PathBuf};

use headwater_protocol::Chain;

use super::*;

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts/schema-1").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The classes that find a fault, with the first of them.
fn faults(log: &str) -> Vec<(&'static str, String)> {
    let found = examine(log.as_bytes(), Origin::Elsewhere).into_iter();
    found.filter_map(|finding| Some((finding.class, finding.faults.first()?.clone()))).collect()
}

fn sealed(log: &str) -> Vec<String> {
    let mut chain = Chain::default();
    let seal = |line: &str| {
        let mut line = line.to_owned();
        chain = chain.seal(&mut line);
        line
    };
    log.lines().map(seal).collect()
}

/// The log with the first line of a type changed.
fn with_line(log: &str, kind: &str, change: impl Fn(&str) -> String) -> String {
    let tag = format!("\"type\":\"{kind}\"");
    let place = log.lines().position(|line| line.contains(&tag)).unwrap_or_else(|| panic!("no {kind}"));
    let line = |(at, line): (usize, &str)| if at == place { change(line) } else { format!("{line}\n") };
    log.lines().enumerate().map(line).collect()
}

#[test]
fn n2_recorded_logs_of_every_schema_conform() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let entries = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let logs: Vec<PathBuf> = entries(&root).iter().flat_map(|schema| entries(schema)).collect();
    assert!(logs.len() >= 7, "{logs:?}");
    for log in logs {
        assert_eq!(faults(&std::fs::read_to_string(&log).unwrap()), [], "{}", log.display());
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn n2_each_class_finds_what_is_wrong_in_its_field() {
    let (plain, approval, compaction) =
        (recorded("plain.jsonl"), recorded("approval.jsonl"), recorded("compaction.jsonl"));
    let spoilt = |line: &str, old: &str, new: &str| {
        let spoilt = line.replace(old, new);
        assert_ne!(spoilt, line, "{old} is not in it");
        spoilt + "\n"
    };
    let edited = with_line(&(sealed(&plain).join("\n") + "\n"), "user_message", |line| {
        spoilt(line, "go on", "go off")
    });
    // The beginning of a line, with the gate in place of the rest.
    let gate = |line: &str| {
        let (head, _) = line.split_once("\"type\"").unwrap();
        format!("{head}\"type\":\"calls_gated\",\"is_passed\":false}}\n")
    };
    let table = [
        ("lines", plain.clone() + "no record\n", "is no record"),
        ("lines", plain.trim_end().to_owned() + "\n{\"seq\"", "line"),
        (
            "schema",
            with_line(&plain, "session_started", |line| spoilt(line, "\"schema\":1", "\"schema\":99")),
            "newer",
        ),
        ("seals", edited, "does not follow"),
        (
            "seals",
            [sealed(&plain), vec![plain.lines().last().unwrap().to_owned()]].concat().join("\n") + "\n",
            "no seal",
        ),
        ("invariants", with_line(&plain, "tool_returned", |_| String::new()), "stands where"),
        ("gates", plain.replace("\"name\":\"read\"", "\"name\":\"web_fetch\""), "nobody had let it"),
        (
            "gates",
            with_line(&approval, "approval_given", |line| {
                spoilt(
                    line,
                    "\"decision\":{\"kind\":\"allow\"}",
                    "\"decision\":{\"kind\":\"deny\",\"reason\":\"\"}",
                )
            }),
            "without the approval",
        ),
        (
            "gates",
            with_line(&approval, "approval_requested", |line| gate(line) + line + "\n"),
            "stood at the gate",
        ),
        ("replay", with_line(&plain, "user_message", |line| spoilt(line, "go on", "go off")), "and is now"),
        (
            "edits",
            with_line(&compaction, "context_edited", |line| {
                let (before, rest) = line.split_once("\"estimate\":").unwrap();
                let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                format!("{before}\"estimate\":1{after}\n")
            }),
            "says that it saves 1 tokens",
        ),
        (
            "artifacts",
            with_line(&plain, "tool_called", |line| line.to_owned() + "\n")
                .replace("\"type\":\"tool_called\",\"call\":\"", "\"type\":\"tool_called\",\"call\":\"x"),
            "comes from",
        ),
    ];
    for (class, log, told) in table {
        let found = faults(&log);
        let is_told = found.iter().any(|(of, fault)| *of == class && fault.contains(told));
        assert!(is_told, "{class}: {told} is not in {found:?}");
    }
}

#[test]
fn n2_a_foreign_log_with_events_of_its_own_conforms_and_is_told() {
    let foreign = recorded("plain.jsonl").lines().map(str::to_owned).collect::<Vec<_>>();
    let seq = foreign.len();
    let own = format!(
        r#"{{"seq":{seq},"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"mood_changed","mood":"good"}}"#
    );
    let log = [foreign, vec![own]].concat().join("\n") + "\n";
    assert_eq!(faults(&log), []);
    assert!(
        examine(log.as_bytes(), Origin::Elsewhere)[0].told.ends_with("1 of types that are not known here")
    );
}

#[test]
fn a5_a_log_of_ours_without_its_seals_does_not_conform() {
    let plain = recorded("plain.jsonl");
    let newer = plain.replacen("\"schema\":1", "\"schema\":2", 1);
    let seals = |log: &str, origin| {
        let found = examine(log.as_bytes(), origin).into_iter();
        found
            .filter(|finding| finding.class == "seals")
            .flat_map(|finding| finding.faults)
            .collect::<Vec<_>>()
    };
    let [fault] = <[String; 1]>::try_from(seals(&newer, Origin::Store)).unwrap();
    assert!(fault.contains("no line has a seal"), "{fault}");
    assert_eq!(seals(&newer, Origin::Elsewhere), [""; 0], "an export has none");
    assert_eq!(seals(&plain, Origin::Store), [""; 0], "an older program made none");
    let sealed = sealed(&newer).join("\n") + "\n";
    assert_eq!(seals(&sealed, Origin::Store), [""; 0]);
}
