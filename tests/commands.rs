//! Commands beside the screen and exec: doctor, sandbox, policy, sessions, replay, schema, completions, login.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, left_out, workspace};

/// A workspace with one session in it, and the session's id.
fn with_session() -> (Workspace, String) {
    let workspace = workspace().with_failing_test();
    let script = Script::new()
        .turn(Turn::text("Looking.").call("read", json!({"path": "src/add.sh"})).usage(1000, 0, 20))
        .turn(Turn::text("It adds two numbers."));
    let server = ModelServer::start(script);
    let finished =
        spawn(exec(&workspace, &server).args(["--json", "what does it do?"])).finish(DEADLINE).with_code(0);
    let session = finished.records()[0]["session"].as_str().expect("an id").to_owned();
    (workspace, session)
}

fn doctor(workspace: &Workspace) -> Value {
    let finished = workspace.run(["doctor", "--json"]);
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}\n{}", finished.stdout))
}

fn section<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    let sections = report["sections"].as_array().expect("sections");
    let found = sections.iter().find(|section| section["name"] == name).expect("the section");
    found["findings"].as_array().expect("findings")
}

#[test]
fn the_doctor_tries_the_sandbox_and_names_keys_without_showing_them() {
    let workspace = workspace();
    let finished =
        spawn(workspace.command().env("OPENAI_API_KEY", "sk-not-shown").args(["doctor", "--json"]))
            .finish(DEADLINE);
    assert!(!finished.stdout.contains("sk-not-shown"));
    let report: Value = serde_json::from_str(&finished.stdout).expect("a report");
    let keys = section(&report, "keys");
    let openai = keys.iter().find(|finding| finding["subject"] == "OpenAI").expect("the vendor");
    assert_eq!(openai["status"], "ok");
    assert!(openai["detail"].as_str().is_some_and(|text| text.contains("OPENAI_API_KEY")));
    let sandbox = section(&report, "sandbox");
    let is_confined =
        sandbox.iter().any(|finding| finding["subject"] == "mechanism" && finding["status"] == "ok");
    if is_confined {
        for tried in ["workspace", "protected paths", "read only", "network"] {
            let finding = sandbox.iter().find(|finding| finding["subject"] == tried).expect("a trial");
            assert_eq!(finding["status"], "ok", "{finding}");
        }
    }
    let python = &section(&report, "recursive mode")[0];
    let is_usable = is_confined || !cfg!(target_os = "linux");
    assert!(
        !is_usable || python["detail"].as_str().is_some_and(|text| text.contains("a block ran in it")),
        "{python}"
    );
    // Each mechanism is named, with why it is not used where it is not.
    let named = |kind: &str| {
        let says_so = |finding: &Value| finding["detail"].as_str().is_some_and(|text| text.contains(kind));
        sandbox.iter().any(says_so)
    };
    let unnamed: Vec<_> =
        ["namespaces", "bubblewrap", "landlock"].into_iter().filter(|it| !named(it)).collect();
    assert!(unnamed.is_empty() || !cfg!(target_os = "linux"), "{unnamed:?}: {sandbox:?}");
    assert_eq!(finished.code, Some(i32::from(report["ok"] == false)));
}

/// Runs the rest of the command line as the root of a user namespace that lets nobody make another one: `bwrap` needs none
/// there, which is what it is like on systems that let only that program make namespaces.
const WITHOUT_NAMESPACES: [&str; 4] =
    ["-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\""];

#[test]
#[cfg(target_os = "linux")]
fn bubblewrap_is_taken_where_own_namespaces_are_refused() {
    let workspace = workspace();
    let unshare = |program: &str| {
        let mut command = workspace.sealed("unshare");
        command.args(WITHOUT_NAMESPACES).arg(program);
        command
    };
    let bwrap = ["--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"];
    if !unshare("bwrap").args(bwrap).status().is_ok_and(|status| status.success()) {
        left_out("bwrap, or unshare, is not installed or not allowed: the choice of bubblewrap");
        return;
    }
    let binary = workspace.command().get_program().to_owned();
    let finished = spawn(unshare("env").arg(binary).args(["doctor", "--json"])).finish(DEADLINE);
    let report: Value = serde_json::from_str(&finished.stdout).expect("a report");
    let sandbox = section(&report, "sandbox");
    let chosen = sandbox.iter().find(|finding| finding["subject"] == "mechanism").expect("a mechanism");
    assert_eq!(chosen["detail"], "workspace write, no network (bubblewrap)");
    assert!(sandbox.iter().all(|finding| finding["status"] != "problem"), "{sandbox:?}");
    let refused = sandbox.iter().find(|finding| finding["subject"] == "not usable").expect("a reason");
    assert!(refused["detail"].as_str().is_some_and(|text| text.starts_with("namespaces: ")), "{refused}");
}

#[test]
fn the_doctor_tells_broken_settings_and_goes_on() {
    let workspace = workspace();
    workspace.home_file("config.toml", "modle = \"x\"\n");
    let report = doctor(&workspace);
    assert_eq!(report["ok"], false);
    let told = &section(&report, "settings")[0];
    assert!(told["detail"].as_str().is_some_and(|text| text.contains("did you mean model?")), "{told}");
    assert!(!section(&report, "programs").is_empty());
    workspace.run(["doctor"]).with_code(1);
}

fn sandbox(workspace: &Workspace, profile: &str, script: &str) -> Finished {
    workspace.run(["sandbox", "--profile", profile, "--", "sh", "-c", script])
}

#[test]
fn the_sandbox_confines_and_passes_exit_codes_on() {
    let workspace = workspace();
    let finished = sandbox(&workspace, "workspace-write", "echo hi; exit 7");
    if finished.stderr.contains("was not run") {
        // It is said, and nothing ran.
        assert_eq!(finished.stdout, "");
        left_out("this machine offers no mechanism: `headwater sandbox` that confines");
        return;
    }
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(7), "hi\n"));
    sandbox(&workspace, "workspace-write", "echo x > inside");
    assert!(workspace.has("inside"));
    let stopped = sandbox(&workspace, "workspace-write", "mkdir .vscode");
    assert!(stopped.stderr.contains(".vscode is protected"), "{}", stopped.stderr);
    sandbox(&workspace, "read-only", "echo x > never");
    assert!(!workspace.has("never"));
    let unconfined = sandbox(&workspace, "unconfined", "echo x > anyway; echo $OPENAI_API_KEY");
    assert_eq!(unconfined.stdout, "\n");
    assert!(workspace.has("anyway"));
}

#[test]
fn what_the_policy_protects_the_sandbox_protects_too() {
    let workspace = workspace();
    if sandbox(&workspace, "workspace-write", "true").stderr.contains("was not run") {
        left_out("this machine offers no mechanism: protected paths in `headwater sandbox`");
        return;
    }
    let agents = [".headwater", ".claude", ".codex", ".cursor", ".gemini", ".opencode", ".windsurf"];
    for name in agents.into_iter().chain([".zed", ".vscode", ".idea", ".mcp.json", ".envrc"]) {
        let make = format!("mkdir {name}");
        workspace.run(["policy", "check", "--mode", "agent", "--", make.as_str()]).with_code(3);
        let stopped = sandbox(&workspace, "workspace-write", &make);
        assert!(stopped.stderr.contains("is protected") && !workspace.has(name), "{}", stopped.stderr);
    }
}

#[test]
fn the_policy_says_what_would_be_asked_and_why() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[permissions]\ndeny = [\"Bash(curl *)\"]\n");
    let table = [
        ("agent", "git status", 0, "allow"),
        ("agent", "git push --force", 3, "ask"),
        ("yolo", "curl https://example.com", 1, "Bash(curl *)"),
        ("plan", "touch x", 1, "deny"),
    ];
    for (mode, command, code, told) in table {
        let finished = workspace.run(["policy", "check", "--mode", mode, "--", command]).with_code(code);
        assert!(finished.stdout.contains(told), "{mode} {command}\n{}", finished.stdout);
    }
}

#[test]
fn sessions_are_listed_shown_exported_and_removed() {
    let (workspace, session) = with_session();
    let list = workspace.run(["sessions", "list"]).with_code(0).stdout;
    assert!(list.contains(&session) && list.contains("what does it do?"), "{list}");
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(
        lines[1].find("what does it do?"),
        lines[0].find("TITLE"),
        "columns stand below their heads\n{list}"
    );
    let beginning = &session[..session.len() - 2];
    let shown = workspace.run(["sessions", "show", beginning]).with_code(0).stdout;
    for told in ["## You", "what does it do?", "**read**", "It adds two numbers."] {
        assert!(shown.contains(told), "{told}\n{shown}");
    }
    let exported = workspace.run(["sessions", "export", &session]).with_code(0);
    let log = workspace.headwater_home().join("sessions").join(&session).join("transcript.jsonl");
    assert_eq!(exported.stdout, std::fs::read_to_string(log).expect("the log"));
    workspace.run(["sessions", "export", &session, "--format", "md", "-o", "out.md"]).with_code(0);
    assert!(workspace.read("out.md").starts_with(&format!("# Session {session}")));
    workspace.run(["sessions", "remove", &session]).with_code(0);
    workspace.run(["sessions", "show", &session]).with_code(1);
    assert!(workspace.run(["sessions", "list", "--all"]).with_code(0).stderr.contains("No sessions"));
}

#[test]
fn a_model_without_a_price_is_not_listed_as_free() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("ok")));
    let mut command = workspace.command();
    command.env("OPENAI_API_KEY", "sk-x");
    command.args(["exec", "--provider", "openai", "-m", "x", "--base-url", &server.base_url(), "go"]);
    spawn(&mut command).finish(DEADLINE).with_code(0);
    let list = workspace.run(["sessions", "list"]).with_code(0).stdout;
    assert!(list.contains(" unknown  go") && !list.contains('$'), "{list}");
}

#[test]
fn a_replay_reproduces_every_request_and_finds_a_changed_one() {
    let (workspace, session) = with_session();
    workspace.run(["replay", &session, "--verify"]).with_code(0);
    let log = workspace.run(["sessions", "export", &session]).stdout;
    workspace.file("changed.jsonl", log.replace("what does it do?", "what did it do?"));
    let finished = workspace.run(["replay", "changed.jsonl", "--verify"]).with_code(1);
    assert!(finished.stdout.contains("differs: record"), "{}", finished.stdout);
    workspace.run(["replay", "changed.jsonl"]).with_code(0);
}

#[test]
fn an_unknown_session_is_told() {
    for arguments in
        [["sessions", "show", "nope"], ["replay", "nope", "--verify"], ["resume", "nope", "--plain"]]
    {
        let finished = workspace().run(arguments).with_code(1);
        assert!(finished.stderr.contains("there is no session \"nope\""), "{}", finished.stderr);
    }
}

#[test]
fn completions_and_version_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let script = workspace().run(["completions", shell]).with_code(0).stdout;
        assert!(script.contains("headwater") && script.contains("sessions"), "{shell}");
    }
    let version = format!("headwater {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(workspace().run(["--version"]).with_code(0).stdout, version);
    let finished = workspace().run(["completions", "tcsh"]).with_code(2);
    assert!(finished.stderr.contains("bash"), "{}", finished.stderr);
}

#[test]
fn a_key_is_stored_for_its_owner_only_used_and_removed() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = workspace();
    let mut login = spawn(workspace.command().args(["login", "openai"]));
    login.write("sk-from-a-pipe\n").close_stdin();
    let finished = login.finish(DEADLINE).with_code(0);
    assert!(!finished.stdout.contains("sk-from-a-pipe") && !finished.stderr.contains("sk-from-a-pipe"));
    let file = workspace.headwater_home().join("credentials.toml");
    assert!(finished.stdout.contains(&file.display().to_string()), "{}", finished.stdout);
    assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let server = ModelServer::start(Script::new().turn(Turn::text("ok")));
    let mut command = workspace.command();
    command.args(["exec", "--provider", "openai", "-m", "x", "--base-url", &server.base_url(), "go"]);
    spawn(&mut command).finish(DEADLINE).with_code(0);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer sk-from-a-pipe"));
    workspace.run(["logout", "openai"]).with_code(0);
    assert!(!std::fs::read_to_string(&file).expect("the file").contains("sk-from-a-pipe"));
    let empty = spawn(workspace.command().args(["login", "openai"])).finish(DEADLINE).with_code(2);
    assert!(empty.stderr.contains("no key was given"), "{}", empty.stderr);
}
