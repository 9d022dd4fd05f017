//! What a real server said over each wire, played to the whole program: it does again what it did when it was recorded.

use std::fs;
use std::path::{Path, PathBuf};

use headwater_testkit::workspace::spawn;
use headwater_testkit::{Cassette, DEADLINE, ModelServer, Script};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _};

const WIRES: [&str; 3] = ["openai-chat", "openai-responses", "anthropic"];

/// What the recordings were made with.
const SETTINGS: [&str; 6] = [
    "-c",
    "models.local.window=12288",
    "-c",
    "models.local.without_tools=[\"todos\", \"contract\", \"ask_user\", \"jobs\", \"glob\"]",
    "-c",
    "agents.enabled=false",
];

/// The turns that are played: in the third, calls may name the directory that was recorded in.
const TURNS: usize = 2;

/// The hook that they were made with: it tells the model behind each result to answer.
fn hook(recorded: &[Value]) -> String {
    let ran = recorded.iter().find(|record| record["type"] == "hook_ran").expect("a hook that ran");
    let hook = json!({"type": "command", "command": ran["command"]});
    json!({"hooks": {"PostToolUse": [{"hooks": [hook]}]}}).to_string()
}

fn recording(wire: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cassettes").join(wire).join(file)
}

fn records(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

/// What a log says of the conversation, without names and times, which differ from run to run.
fn told(records: &[Value]) -> Vec<String> {
    let told = |record: &Value| {
        let kind = record["type"].as_str().unwrap_or_default();
        let fields: &[&str] = match kind {
            "user_message" => &["text"],
            "assistant_message" => &["text", "stop"],
            "tool_called" => &["name", "input"],
            "tool_returned" => &["name", "is_error", "status", "text"],
            "usage_reported" => &["input", "cached", "output"],
            "turn_ended" => &["reason", "text", "steps"],
            _ => return None,
        };
        let fields: Vec<String> = fields.iter().map(|field| record[*field].to_string()).collect();
        Some(format!("{kind} {}", fields.join(" ")))
    };
    records.iter().filter_map(told).collect()
}

#[test]
fn v1_v2_v3_what_a_real_server_said_is_done_again_over_every_wire() {
    for wire in WIRES {
        let cassette = Cassette::read(&recording(wire, "rate.http.jsonl"));
        let recorded = records(&fs::read_to_string(recording(wire, "rate.jsonl")).expect("a log"));
        let (server, workspace) =
            (ModelServer::start(Script::new().turns(cassette.turns())), support::workspace());
        workspace.file("rate.py", "RATE = 5\nprint('rate', RATE * 2)\n");
        fs::create_dir_all(workspace.headwater_home()).expect("a home");
        fs::write(workspace.headwater_home().join("hooks.json"), hook(&recorded)).expect("hooks");
        let mut session: Option<String> = None;
        let asked = recorded.iter().filter(|record| record["type"] == "user_message");
        for prompt in asked.take(TURNS).map(|record| record["text"].as_str().expect("a prompt")) {
            let mut command = workspace.command();
            command.args(["exec", "--json", "--mode", "yolo", "--provider", "llamacpp", "--model", "local"]);
            command.args(["--base-url", &server.base_url()]).args(SETTINGS);
            command.args(["-c", &format!("providers.llamacpp.wire=\"{wire}\"")]);
            if let Some(session) = &session {
                command.args(["--resume", session]);
            }
            let done = spawn(command.arg(prompt)).finish(DEADLINE).with_code(0);
            let lines: Vec<String> = done.stdout.lines().map(str::to_owned).collect();
            session.get_or_insert_with(|| support::session_of(&lines));
        }
        let session = session.expect("a session");
        let log = support::sessions_directory(&workspace).join(&session).join("transcript.jsonl");
        let played = told(&records(&fs::read_to_string(log).expect("the log")));
        let expected = told(&recorded);
        let ends = expected.iter().enumerate().filter(|(_, told)| told.starts_with("turn_ended"));
        let (end, _) = ends.take(TURNS).last().expect("turns that ended");
        assert_eq!(played, expected[..=end], "{wire}");
        assert_eq!((server.requests().len(), server.exhausted()), (2 * TURNS, 0), "{wire}");
        workspace.run(["replay", &session, "--verify"]).with_code(0);
    }
}
