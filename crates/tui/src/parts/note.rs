//! What a result came to in a few words, from the data a tool keeps for the screen.

use serde_json::Value;

/// `12 matches`, `48 lines`, `exit 101`; empty when there is nothing to say.
pub(super) fn note(data: &Value) -> String {
    let number = |key: &str| data.get(key).and_then(Value::as_u64);
    let counted = |key: &str, what: &str| number(key).map(|count| plural(count, what)).unwrap_or_default();
    match data.get("kind").and_then(Value::as_str) {
        Some("read") => match number("first").zip(number("last")) {
            Some((first, last)) if first > 0 => plural((last + 1).saturating_sub(first), "line"),
            Some(_) | None => String::new(),
        },
        Some("grep") => counted("matches", "match"),
        Some("files") => counted("total", "file"),
        Some("list") => counted("entries", "entry"),
        Some("shell") => shell(data),
        Some("jobs") => jobs(data),
        Some("diff") if data.get("created").and_then(Value::as_bool) == Some(true) => "new file".to_owned(),
        Some(_) | None => String::new(),
    }
}

/// How a command ended, when not well, and how much it said.
fn shell(data: &Value) -> String {
    let number = |key: &str| data.get(key).and_then(Value::as_u64).unwrap_or_default();
    let exit = match (data.get("exit").and_then(Value::as_str), number("code")) {
        (Some("code") | None, 0) => String::new(),
        (Some("code") | None, code) => format!("exit {code}"),
        // As a shell reports it: 128 and the number of the signal.
        (Some("signal"), code) => format!("signal {}", code.saturating_sub(128)),
        (Some(how), _) => how.replace('_', " "),
    };
    let lines = Some(number("lines")).filter(|lines| *lines > 0).map(|lines| plural(lines, "line"));
    let parts: Vec<String> = Some(exit).filter(|exit| !exit.is_empty()).into_iter().chain(lines).collect();
    parts.join(" · ")
}

/// `job 1 running`, `3 jobs`.
fn jobs(data: &Value) -> String {
    let jobs = data.get("jobs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let [job] = jobs else {
        return plural(u64::try_from(jobs.len()).unwrap_or(u64::MAX), "job");
    };
    let number = job.get("id").and_then(Value::as_u64).unwrap_or_default();
    let state = job.get("state").and_then(Value::as_str).unwrap_or_default();
    format!("job {number} {state}").trim_end().to_owned()
}

/// A count with its noun.
pub(super) fn plural(count: u64, what: &str) -> String {
    let ending = match what {
        _ if count == 1 => "",
        "match" => "es",
        _ => "s",
    };
    let stem = if what == "entry" && count != 1 { "entrie" } else { what };
    format!("{count} {stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_told_in_a_few_words() {
        let cases = [
            (json!({"kind": "read", "first": 3, "last": 50}), "48 lines"),
            (json!({"kind": "read", "first": 0, "last": 0}), ""),
            (json!({"kind": "grep", "matches": 12}), "12 matches"),
            (json!({"kind": "files", "total": 1}), "1 file"),
            (json!({"kind": "list", "entries": 7}), "7 entries"),
            (json!({"kind": "shell", "exit": "code", "code": 0, "lines": 41}), "41 lines"),
            (json!({"kind": "shell", "exit": "code", "code": 101, "lines": 0}), "exit 101"),
            (json!({"kind": "shell", "exit": "signal", "code": 137, "lines": 2}), "signal 9 · 2 lines"),
            (json!({"kind": "shell", "exit": "timed_out", "code": 124, "lines": 1}), "timed out · 1 line"),
            (json!({"kind": "diff", "created": true}), "new file"),
            (json!({"kind": "jobs", "jobs": [{"id": 1, "state": "running"}]}), "job 1 running"),
            (json!({"kind": "jobs", "jobs": []}), "0 jobs"),
            (json!(null), ""),
        ];
        for (data, expected) in cases {
            assert_eq!(note(&data), expected, "{data}");
        }
    }
}
