//! One result, three readers: for every built-in tool the JSON, the text for the model and the cell of the screen, as they
//! stand in `tests/snapshots/triples`. `HEADWATER_BLESS=1` writes them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_protocol::events::ToolCalled;
use headwater_protocol::tool::{Person, Question};
use headwater_protocol::{
    AnyTool, Bytes, CallId, Cancel, Confinement, Event, Record, Timestamp, ToolCall, ToolContext,
};
use headwater_sandbox::{Probe, Runner};
use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Turn, Workspace};
use headwater_tools::mcp::{HEADER_TOKENS, McpServers, McpSetup, Reach, ServerConfig};
use headwater_tools::{ShellSetup, Skill};
use headwater_tui::ColorDepth;
use headwater_tui::theme::Theme;
use headwater_tui::transcript_pane::TranscriptPane;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, workspace};

/// The calls, in order; each gets a file called like it.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("read", "read", json!({"path": "notes.txt"})),
        ("read_fails", "read", json!({"path": "note.txt"})),
        ("write", "write", json!({"path": "new.txt", "content": "one\ntwo\n"})),
        ("edit", "edit", json!({"path": "notes.txt", "old": "long", "new": "wide"})),
        ("edit_fails", "edit", json!({"path": "notes.txt", "old": "Rhine is", "new": "Rhone is"})),
        ("list", "list", json!({})),
        ("glob", "glob", json!({"pattern": "*.txt"})),
        ("grep", "grep", json!({"pattern": "Danube"})),
        ("shell", "shell", json!({"command": "printf 'a\\nb\\n'"})),
        ("shell_fails", "shell", json!({"command": "echo no >&2; exit 3"})),
        ("jobs", "jobs", json!({"action": "list"})),
        (
            "todos",
            "todos",
            json!({"todos": [{"text": "Look", "status": "completed"}, {"text": "Write", "status": "in_progress"}]}),
        ),
        (
            "contract",
            "contract",
            json!({"goal": "Write notes.", "outputs": [{"id": "notes", "kind": "file_exists", "path": "notes.txt"}]}),
        ),
        ("task", "task", json!({"description": "Look around", "prompt": "Which files are there?"})),
        ("skill", "skill", json!({"name": "rivers"})),
        ("mcp", "mcp", json!({"action": "search", "query": "river"})),
        ("ask_nobody", "ask_user", json!({"question": "Which river?", "options": ["Danube", "Rhine"]})),
    ]
}

/// A session in which each call was made in a step of its own.
struct Session {
    records: Vec<Record>,
    server: ModelServer,
    _workspace: Workspace,
}

fn session() -> Session {
    let workspace = workspace();
    workspace
        .file("notes.txt", "The Danube is long.\nThe Rhine is not.\n")
        .file("src/main.sh", "echo hi\n")
        .file(
            ".agents/skills/rivers/SKILL.md",
            "---\ndescription: How rivers are spelled.\n---\nAs their maps do.\n",
        );
    workspace.home_file("config.toml", "[mcp.maps]\ncommand = [\"false\"]\nenabled = false\n");
    let script = Script::responder(|_, request| {
        if is_of_sub_agent(request) {
            return Turn::text("There are three files.");
        }
        let done = request.messages().iter().filter(|message| message["role"] == "tool").count();
        match calls().get(done) {
            Some((_, tool, input)) => Turn::text("").call(*tool, input.clone()),
            None => Turn::text("Done."),
        }
    });
    let server = ModelServer::start(script);
    let finished = spawn(exec(&workspace, &server).args(["--json", "--mode", "yolo", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    let line = |line: &str| Record::from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    Session { records: finished.stdout.lines().map(line).collect(), server, _workspace: workspace }
}

fn is_of_sub_agent(request: &Recorded) -> bool {
    let first = request.messages().first().and_then(|message| message["content"].as_str());
    first.is_some_and(|text| text.contains("You are a sub-agent"))
}

/// A question that somebody answers, which headless nobody does: asked as the engine asks it.
async fn answered(tools: &[Arc<dyn AnyTool>]) -> [Record; 2] {
    let tool = tools.iter().find(|tool| tool.spec().name == "ask_user").expect("the tool");
    let directory = tempfile::tempdir().expect("a directory");
    let context = ToolContext {
        call: CallId::new("c"),
        workspace: directory.path().to_owned(),
        blobs: directory.path().to_owned(),
        confinement: Confinement::ReadOnly,
        hidden: Arc::from([]),
        kept: Arc::from([]),
        fixed: Arc::from([]),
        files_seen: Arc::default(),
        result_cap: Bytes(10_000),
        cancel: Cancel::new(),
        progress: Arc::new(|_| {}),
        person: Arc::new(Answering),
    };
    let input = json!({"question": "Which river?", "options": ["Danube", "Rhine"]});
    let outcome = tool.run(input.clone(), context).await;
    let (call, name) = (CallId::new("c"), "ask_user".to_owned());
    let request = ToolCall { call: call.clone(), name: name.clone(), input, malformed: None };
    let record =
        |event: Event| Record { seq: 0, at: Timestamp::default(), session: "s".into(), parent: None, event };
    let end = json!({
        "type": "tool_returned", "seq": 1, "at": "2026-11-21T04:00:00.000Z", "session": "s", "parent": null, "call": call,
        "name": name, "is_error": outcome.is_error, "status": "ran", "text": outcome.model_text, "data": outcome.data,
        "millis": 0,
    });
    [record(ToolCalled { request }.into()), Record::from_line(&end.to_string()).expect("a record")]
}

/// A person with one answer.
struct Answering;

impl Person for Answering {
    fn ask(&self, _question: Question) -> std::pin::Pin<Box<dyn Future<Output = Option<String>> + Send>> {
        Box::pin(async { Some("Danube".to_owned()) })
    }
}

fn tools() -> Vec<Arc<dyn AnyTool>> {
    let runner = Arc::new(Runner::new(Probe::detect()));
    let skill = Skill {
        name: "rivers".to_owned(),
        description: "How rivers are spelled.".to_owned(),
        folder: PathBuf::new(),
        is_of_project: true,
    };
    let mut tools = headwater_tools::all(ShellSetup { runner, env: Vec::new() });
    tools.extend(headwater_tools::skills(vec![skill]));
    let command = vec!["false".to_owned()];
    let reach = Reach::Stdio { command, env: Vec::new(), cwd: PathBuf::from("/") };
    let setup = McpSetup {
        servers: vec![ServerConfig { is_enabled: false, ..ServerConfig::new("maps", reach) }],
        env: Vec::new(),
        cache: None,
        tokens: None,
        header_tokens: HEADER_TOKENS,
        version: "0.0.0-test",
    };
    tools.extend(McpServers::start(setup).tools());
    tools
}

/// The records of the nth call: its beginning and its end.
fn pair(records: &[Record], place: usize) -> [&Record; 2] {
    let called: Vec<&Record> =
        records.iter().filter(|record| matches!(record.event, Event::ToolCalled(_))).collect();
    let Event::ToolCalled(call) = &called[place].event else { panic!("a call") };
    let is_end =
        |record: &&Record| matches!(&record.event, Event::ToolReturned(end) if end.call == call.request.call);
    [called[place], records.iter().find(is_end).expect("its end")]
}

fn screen(records: [&Record; 2]) -> String {
    let mut pane = TranscriptPane::default();
    for record in records {
        pane.apply_record(record);
    }
    let area = Rect::new(0, 0, 80, 24);
    let mut buffer = Buffer::empty(area);
    pane.prepare(area, 0);
    pane.draw(area, &mut buffer, &Theme::builtin("dark", ColorDepth::Mono).expect("the theme"));
    let row = |y| {
        (0..area.width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>().trim_end().to_owned()
    };
    let rows: Vec<String> = (0..area.height).map(row).collect();
    rows.join("\n").trim_end().to_owned()
}

/// What differs in each run: how long something took.
fn steady(text: &str) -> String {
    let times =
        Regex::new(r#"("(?:duration_ms|millis)": )\d+|(?:\b(?:under|about) )?\b\d+(\.\d+)? ?(ms|s)\b"#)
            .expect("a pattern");
    let session = Regex::new(r"\b\d{8}-\d{6}-[a-z0-9]{4}\b").expect("a pattern");
    session.replace_all(&times.replace_all(text, "${1}0"), "SESSION").into_owned()
}

fn triple(records: [&Record; 2]) -> String {
    let Event::ToolReturned(end) = &records[1].event else { panic!("an end") };
    let json = serde_json::to_string_pretty(&end.data).expect("JSON");
    let mut text = String::new();
    for (title, part) in [("json", json), ("model", end.text.clone()), ("screen", screen(records))] {
        writeln!(text, "== {title}\n{}", steady(&part)).expect("a text");
    }
    text
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots/triples").join(format!("{name}.txt"))
}

#[tokio::test]
async fn b1_every_builtin_tool_has_its_golden_triple() {
    let session = session();
    let Event::SessionStarted(started) = &session.records[0].event else { panic!("a beginning") };
    let all: BTreeSet<&str> = started.header.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(
        all,
        calls().iter().map(|(_, tool, _)| *tool).collect(),
        "the tools, and those with a call here"
    );
    let mut triples: Vec<(&str, String)> = calls()
        .iter()
        .enumerate()
        .map(|(place, (name, ..))| (*name, triple(pair(&session.records, place))))
        .collect();
    let asked = answered(&tools()).await;
    triples.push(("ask_user", triple([&asked[0], &asked[1]])));
    let mut faults = Vec::new();
    for (name, found) in triples {
        if std::env::var_os("HEADWATER_BLESS").is_some() {
            std::fs::create_dir_all(golden(name).parent().expect("a directory")).expect("a directory");
            std::fs::write(golden(name), &found).expect("the triple");
        }
        let expected = std::fs::read_to_string(golden(name)).unwrap_or_default();
        if found != expected {
            faults.push(format!("{name} was\n{expected}\nand is\n{found}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn b1_the_json_of_every_tool_keeps_its_schema() {
    let session = session();
    let asked = answered(&tools()).await;
    for tool in tools() {
        let name = tool.spec().name;
        let schema = tool.output_schema().unwrap_or_else(|| panic!("{name} says nothing of its JSON"));
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        let places = calls().into_iter().enumerate().filter(|(_, (_, tool, _))| *tool == name);
        let mut ends: Vec<Value> = places.map(|(place, _)| data(pair(&session.records, place)[1])).collect();
        if name == "ask_user" {
            ends.push(data(&asked[1]));
        }
        // What failed before it did anything has nothing to show.
        ends.retain(|data| !data.is_null());
        assert!(!ends.is_empty(), "no call of {name} shows anything");
        for data in ends {
            let faults: Vec<String> = validator.iter_errors(&data).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}\n{data}");
            let mut more = data;
            more["something_else"] = json!(1);
            assert!(!validator.is_valid(&more), "{name}: the schema lets anything through");
        }
    }
}

fn data(end: &Record) -> Value {
    let Event::ToolReturned(end) = &end.event else { panic!("an end") };
    end.data.clone()
}

#[test]
fn b1_what_the_screen_draws_changes_no_byte_for_the_model() {
    let session = session();
    let mut sent = session.server.requests();
    sent.retain(|request| !is_of_sub_agent(request));
    let last = sent.last().expect("a request").messages().to_vec();
    let results: Vec<&Value> = last.iter().filter(|message| message["role"] == "tool").collect();
    for (place, (name, ..)) in calls().iter().enumerate() {
        let Event::ToolReturned(end) = &pair(&session.records, place)[1].event else { panic!("an end") };
        let text = results[place]["content"].as_str().expect("a text");
        assert!(text.contains(&end.text), "{name}: the model read\n{text}\nand not\n{}", end.text);
    }
    let own = &session.records[0].session;
    for drawn in [Value::Null, json!({"kind": "diff", "path": "elsewhere"}), json!([1, "two"])] {
        let mut others: Vec<Record> =
            session.records.iter().filter(|record| record.session == *own).cloned().collect();
        for record in &mut others {
            if let Event::ToolReturned(end) = &mut record.event {
                end.data = drawn.clone();
            }
        }
        let report = headwater_engine::replay(&others);
        assert_eq!((report.mismatches.as_slice(), report.requests), (&[][..], sent.len()));
    }
}
