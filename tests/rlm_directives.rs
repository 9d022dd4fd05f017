//! `headwater rlm` with blocks of directives: beside Python, and on a machine that has none.

use std::process::Command;

use headwater_testkit::server::Recorded;
use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};

use crate::support::{WithCode as _, left_out, point_at, workspace};

/// How a root's prompt begins; a child's does not.
const ROOT: &str = "You answer one question about a context";

fn is_root(request: &Recorded) -> bool {
    request.messages().first().is_some_and(|first| first["content"].to_string().contains(ROOT))
}

/// A root that says these blocks in order, and children that count the words they are asked about.
fn server(blocks: &[&str]) -> ModelServer {
    let mut said: std::vec::IntoIter<String> =
        blocks.iter().map(|code| format!("```repl\n{code}\n```\n")).collect::<Vec<_>>().into_iter();
    ModelServer::start(Script::responder(move |_, request| {
        if is_root(request) {
            return Turn::text(said.next().unwrap_or_else(|| "FINAL(the script is over)".to_owned()));
        }
        let asked = request.last_text("user").unwrap_or_default();
        Turn::text(asked.matches("ERROR").count().to_string())
    }))
}

fn with_log() -> Workspace {
    let workspace = workspace();
    let line = |n: usize| format!("{n} {}\n", if n.is_multiple_of(10) { "ERROR disk" } else { "ok" });
    workspace.file("huge.log", (0..2_000).map(line).collect::<Vec<_>>().concat());
    workspace
}

fn rlm(mut command: Command, server: &ModelServer) -> Finished {
    point_at(&mut command, server);
    command.args(["--json", "--context", "huge.log", "how many errors?"]);
    spawn(&mut command).finish(DEADLINE)
}

/// Blocks that cut, ask in one batch, merge with code, and answer.
const COUNT: [&str; 2] = [
    "# four pieces of whole lines\njs pieces = `\nconst lines = context.split('\\n');\n[0, 1, 2, 3].map(n => lines.slice(500 * n, 500 * (n + 1)).join('\\n'))\n`\n\
     llm_query_batched counts = \"How many errors?\" over pieces",
    "js total = \"counts.reduce((sum, n) => sum + Number(n), 0)\"\nFINAL(\"errors: \" + total)",
];

#[test]
fn directives_cut_ask_and_answer_and_python_sees_their_variables() {
    let workspace = with_log();
    let mut blocks = COUNT.to_vec();
    blocks.insert(1, "print(len(pieces), counts)");
    let server = server(&blocks);
    let mut command = workspace.command();
    command.arg("rlm");
    let finished = rlm(command, &server).with_code(0);
    assert_eq!(finished.records_of("final_accepted")[0]["text"], "errors: 200");
    assert_eq!(finished.records_of("child_started").len(), 4);
    let cells = finished.records_of("cell_returned");
    assert_eq!(cells[1]["stdout"], "4 ['50', '50', '50', '50']\n", "{}", cells[1]);
    let first = cells[0]["text"].as_str().expect("text");
    assert!(first.contains("4 calls") && first.contains("counts list[4]"), "{first}");
    let prompts =
        finished.records_of("child_started").iter().map(ToString::to_string).collect::<Vec<_>>().concat();
    assert!(!prompts.contains("ERROR disk"), "the log holds references, not the text: {prompts}");
}

#[test]
fn a_time_zone_changes_nothing() {
    let workspace = with_log();
    let code = "js at = \"[new Date(2024, 4, 1, 12).toISOString(), new Date('2024-05-01 12:00').getHours(), Date.now()]\"\nFINAL(at)";
    let server = server(&[code]);
    let mut command = workspace.command();
    command.env("TZ", "Asia/Tokyo").arg("rlm");
    let finished = rlm(command, &server).with_code(0);
    let said = finished.records_of("final_accepted")[0]["text"].as_str().expect("text").to_owned();
    let said: serde_json::Value = serde_json::from_str(&said).expect("json");
    assert_eq!(said, serde_json::json!(["2024-05-01T12:00:00.000Z", 12, 0]));
}

/// Runs the rest of the command line where no Python can be found: each is covered in a file system of its own.
const WITHOUT_PYTHON: [&str; 4] = [
    "-Urm",
    "sh",
    "-c",
    "for place in $(echo \"$PATH\" | tr : ' ') /usr/bin /usr/local/bin /opt/homebrew/bin; do \
     for python in \"$place\"/python*; do test ! -f \"$python\" || mount --bind /dev/null \"$python\" || exit 97; done; done; \
     exec \"$0\" \"$@\"",
];

#[test]
#[cfg(target_os = "linux")]
fn without_python_directives_run_and_the_root_is_told_so() {
    let workspace = with_log();
    let covered = || {
        let mut command = workspace.sealed("unshare");
        command.args(WITHOUT_PYTHON);
        command
    };
    if !covered().arg("true").status().is_ok_and(|status| status.success()) {
        left_out("unshare is not installed or not allowed: a machine without Python");
        return;
    }
    let mut blocks = COUNT.to_vec();
    blocks.insert(0, "print(len(context))");
    let server = server(&blocks);
    let mut command = covered();
    command.arg(workspace.command().get_program()).arg("rlm");
    let finished = rlm(command, &server).with_code(0);
    assert_eq!(finished.records_of("final_accepted")[0]["text"], "errors: 200");
    let first = &finished.records_of("cell_returned")[0];
    assert!(first["error"]["message"].as_str().expect("an error").contains("install Python 3.9"), "{first}");
    let head = server.requests()[0].messages()[0]["content"].to_string();
    assert!(head.contains("There is no Python on this machine"), "{head}");

    let mut doctor = covered();
    doctor.arg(workspace.command().get_program()).args(["doctor"]);
    let told = spawn(&mut doctor).finish(DEADLINE).stdout;
    assert!(told.contains("install Python 3.9 or later as python3"), "{told}");
}
