//! What deny rules withhold, and `.env` and its like, is withheld from commands whatever they name; other names of such a file
//! are the file, and what the repository tracks of it is not shown unasked.

use std::path::Path;
use std::process::Command;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _, exec, workspace};

/// What no model may be sent.
const SECRET: &str = "swordfish-9";
const RULES: &str =
    "[permissions]\ndeny = [\"Read(private/**)\", \"Read(*.pem)\", \"Edit(migrations/**)\"]\n";

/// A workspace with secrets behind rules and in `.env`.
fn stage() -> Workspace {
    let workspace = workspace();
    workspace.home_file("config.toml", RULES);
    for file in ["private/deep/a.txt", "src/key.pem", ".env"] {
        workspace.file(file, format!("{SECRET}\n"));
    }
    workspace.file("open.txt", "swordfish-8\n").file("migrations/1.sql", "select 1;\n");
    workspace.file(
        "script.sh",
        "cat private/deep/a.txt src/*.pem .env\necho x > migrations/1.sql\necho x > migrations/2.sql\n",
    );
    workspace
}

/// A run in which the model makes these calls one after another, and never gets to see a secret.
fn run(workspace: &Workspace, mode: &str, calls: &[(&str, Value)]) -> Finished {
    let script = calls
        .iter()
        .fold(Script::new(), |script, (tool, input)| script.turn(Turn::text("").call(*tool, input.clone())));
    let server = ModelServer::start(script.turn(Turn::text("Done.")));
    let mut command = exec(workspace, &server);
    let finished = spawn(command.args(["--mode", mode, "--json", "go"])).finish(DEADLINE).with_code(0);
    for request in server.requests() {
        assert!(!String::from_utf8_lossy(&request.raw).contains(SECRET), "{mode}: {}", request.body);
    }
    finished
}

fn shell(command: &str) -> (&'static str, Value) {
    ("shell", json!({ "command": command }))
}

/// Of each call, what became of it.
fn statuses(finished: &Finished) -> Vec<String> {
    let results = finished.records_of("tool_returned");
    results.iter().filter_map(|result| result["status"].as_str().map(str::to_owned)).collect()
}

fn git(workspace: &Workspace, script: &str) -> String {
    let who = "git() { command git -c user.name=a -c user.email=a@b.c \"$@\"; }\n";
    let mut command = Command::new("bash");
    let done = command.args(["-c", &format!("{who}{script}")]).current_dir(workspace.path()).output();
    let done = done.expect("bash runs");
    assert!(done.status.success(), "{script}: {done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.path().join(path)).expect("a file")
}

#[test]
fn s3_a_command_finds_nothing_that_rules_withhold() {
    for mode in ["agent", "yolo"] {
        let workspace = stage();
        let calls = [
            "grep -rs swordfish .",
            "cat p*/*/* src/* open.txt",
            "cat .e* open.txt",
            "bash script.sh; cat open.txt",
            "find . -type f | xargs cat",
            "tar cf - . 2>/dev/null | tr -d '\\0' | grep -a swordfish",
            "cp -r . ../copy; cat ../copy/private/deep/a.txt ../copy/.env open.txt",
            "mkdir -p x; mv src x/src; cat x/src/*; cat open.txt",
        ];
        let calls: Vec<_> = calls.iter().map(|command| shell(command)).collect();
        let finished = run(&workspace, mode, &calls);
        let seen = finished.records_of("tool_returned");
        let open = seen
            .iter()
            .filter(|result| result["text"].as_str().is_some_and(|text| text.contains("swordfish-8")));
        assert!(open.count() >= 3, "{mode}: what is not withheld is found: {seen:?}");
        assert_eq!(read(&workspace, "private/deep/a.txt"), format!("{SECRET}\n"));
    }
}

#[test]
fn s3_a_rule_against_editing_binds_what_commands_do() {
    let workspace = stage();
    let write =
        "for name in 1 2; do echo x > \"mig\"rations/$name.sql; done; echo made > made.txt; rm -rf m*s; true";
    run(&workspace, "yolo", &[shell("bash script.sh"), shell(write)]);
    assert_eq!(read(&workspace, "migrations/1.sql"), "select 1;\n");
    assert!(!workspace.path().join("migrations/2.sql").exists(), "nothing new either");
    run(&workspace, "yolo", &[shell("echo made > made.txt")]);
    assert_eq!(read(&workspace, "made.txt"), "made\n", "the rest can be changed");
}

#[test]
fn s3_another_name_of_a_withheld_file_is_the_file() {
    for mode in ["agent", "yolo"] {
        let workspace = stage();
        let at = |path: &str| workspace.path().join(path);
        std::fs::hard_link(at(".env"), at("twin.txt")).expect("a link");
        std::fs::hard_link(at("private/deep/a.txt"), at("other.txt")).expect("a link");
        std::fs::hard_link(at("open.txt"), at("open-too.txt")).expect("a link");
        let finished = run(
            &workspace,
            mode,
            &[
                ("read", json!({"path": "twin.txt"})),
                ("read", json!({"path": "other.txt"})),
                ("grep", json!({"pattern": "swordfish"})),
                ("edit", json!({"path": "twin.txt", "edits": [{"old": "swordfish", "new": "cod"}]})),
                shell("cat twin.txt other.txt"),
                ("read", json!({"path": "open-too.txt"})),
            ],
        );
        let found = statuses(&finished);
        assert_eq!(found[..3], ["denied", "denied", "ran"], "{found:?}");
        assert_ne!(found[3], "ran", "{found:?}");
        assert_eq!(found[4..], ["ran", "ran"], "{found:?}");
        assert_eq!(read(&workspace, ".env"), format!("{SECRET}\n"));
    }
}

#[test]
fn s3_git_shows_no_history_of_what_is_withheld_and_records_no_loss_of_it() {
    let workspace = stage();
    git(&workspace, "git init -q . && git add -fA && git commit -qm first");
    let before = git(&workspace, "git ls-tree -r HEAD");
    let (log, plain) = (shell("git log -p"), shell("git log --stat && git show HEAD:open.txt"));
    let commit =
        shell("echo more >> open.txt; git -c user.name=a -c user.email=a@b.c commit -qam change; true");
    let unnamed = shell("git show HEAD");
    let finished = run(&workspace, "yolo", &[log, plain, unnamed, commit]);
    assert_eq!(statuses(&finished), ["denied", "ran", "denied", "ran"]);
    let names = |tree: &str| {
        tree.lines().map(|line| line.split('\t').nth(1).unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&git(&workspace, "git ls-tree -r HEAD")), names(&before), "no file is lost");
    let kept = git(&workspace, "git show HEAD:.env HEAD:private/deep/a.txt");
    assert_eq!(kept, format!("{SECRET}\n{SECRET}\n"));
}

#[test]
fn s3_git_shows_a_withheld_file_by_no_other_name_and_in_no_other_work_tree() {
    let tried = [
        "rm -f .git/index; git show HEAD",
        "git rm -q -r --cached private; git status -v",
        "cd src && git show HEAD:private/deep/a.txt",
        "git show :0:src/key.pem",
        "git -C src log -p -- ../private",
        "git --icase-pathspecs log -p -- PRIVATE",
        "git log --stat -U1",
        "git show 'HEAD^{/a:b}' || git show ':/first'",
        "mkdir x; git --work-tree=x checkout HEAD -- .; cat x/p*/deep/*",
        "mkdir x; GIT_WORK_TREE=x git reset --hard; cat x/p*/deep/*",
        "git init -q sub; cd sub; git fetch -q ../ HEAD; git checkout -q FETCH_HEAD; cat p*/deep/*",
        "G=git; $G show HEAD",
    ];
    for command in tried {
        let workspace = stage();
        git(&workspace, "rm .env; git init -q . && git add -fA && git commit -qm first");
        run(&workspace, "yolo", &[shell("rm -f .git/index"), shell(command)]);
        let workspace = stage();
        git(&workspace, "rm .env; git init -q . && git add -fA && git commit -qm first");
        run(&workspace, "yolo", &[shell(command)]);
    }
}

#[test]
fn s3_what_is_withheld_is_told_by_the_commands_that_say_how_things_stand() {
    let workspace = stage();
    git(&workspace, "git init -q . && git add -f .env && git commit -qm first");
    std::fs::hard_link(workspace.path().join(".env"), workspace.path().join("twin.txt")).expect("a link");
    let told = |arguments: &[&str]| {
        let finished = spawn(workspace.command().args(arguments)).finish(DEADLINE);
        finished.stdout + &finished.stderr
    };
    let check = told(&["policy", "check", "--", "make"]);
    assert!(check.contains("hidden .env, private/, src/key.pem, twin.txt\nfixed  migrations/"), "{check}");
    assert!(told(&["policy", "check", "--", "git log -p"]).contains("the repository holds .env"));
    assert!(told(&["policy", "check", "--mode", "agent", "--", "cat .env"]).contains("hidden private/"));
    let ran = told(&[
        "sandbox",
        "--",
        "sh",
        "-c",
        "cat .env private/deep/a.txt twin.txt; echo x > migrations/1.sql",
    ]);
    assert!(!ran.contains(SECRET) && ran.contains("Permission denied"), "{ran}");
    assert_eq!(read(&workspace, "migrations/1.sql"), "select 1;\n");
    let doctor = told(&["doctor"]);
    for part in
        ["withheld files", "private/", "twin.txt is .env by a hard link", "the repository tracks .env"]
    {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
}

#[test]
fn s3_what_the_person_types_is_not_bound() {
    let workspace = stage();
    let server = ModelServer::start(Script::new().turn(Turn::text("Unused.")));
    let terminal = support::open(&workspace, &server);
    terminal.play("=== keys\n!cat private/deep/a.txt<Enter>\n=== screen\nswordfish-9");
}

#[test]
fn s3_a_link_out_of_a_withheld_directory_opens_nothing() {
    let workspace = stage();
    let outside = tempfile::tempdir().expect("a directory");
    std::fs::write(outside.path().join("far.txt"), format!("{SECRET}\n")).expect("written");
    link(outside.path(), &workspace.path().join("private/far"));
    link(Path::new("private/deep"), &workspace.path().join("near"));
    let finished = run(
        &workspace,
        "yolo",
        &[
            ("read", json!({"path": "near/a.txt"})),
            ("read", json!({"path": "private/far/far.txt"})),
            shell("cat n*/a.txt p*/far/far.txt; true"),
            ("grep", json!({"pattern": "swordfish"})),
        ],
    );
    let found = statuses(&finished);
    assert_eq!(found, ["denied", "denied", "ran", "ran"], "{found:?}");
}

#[test]
fn s3_what_a_command_names_is_not_kept_where_it_could_be_read() {
    let workspace = stage();
    let store = workspace.headwater_home().display().to_string();
    let look = shell(&format!("cat {store}/sessions/*/checkpoint/*; true"));
    let touching = ["touch .env", "rm -rf private; true", "mv src/ src2; true", "rm -f open.txt"];
    for command in touching {
        run(&workspace, "yolo", &[shell(command), look.clone()]);
    }
    assert!(!workspace.has("open.txt"));
    let write = ("write", json!({"path": "private/deep/a.txt", "content": "new"}));
    run(&workspace, "yolo", &[write, look]);
    assert_eq!(read(&workspace, "private/deep/a.txt"), format!("{SECRET}\n"));
}

#[test]
fn s3_a_context_that_is_a_directory_takes_in_no_withheld_file_by_another_name() {
    let workspace = stage();
    let at = |path: &str| workspace.path().join(path);
    std::fs::hard_link(at(".env"), at("twin.txt")).expect("a link");
    std::fs::hard_link(at("private/deep/a.txt"), at("other.txt")).expect("a link");
    std::fs::hard_link(at("open.txt"), at("open-too.txt")).expect("a link");
    link(Path::new("private"), &at("near"));
    for context in [".", "near", "*.txt"] {
        let code = if context == "near" { 2 } else { 0 };
        let server = ModelServer::start(Script::responder(|_, request| match request.messages().len() {
            0..4 => Turn::text("```repl\nprint(str(context))\n```"),
            _ => Turn::text("FINAL(done)"),
        }));
        let mut command = workspace.command();
        command.arg("rlm");
        support::point_at(&mut command, &server);
        spawn(command.args(["--context", context, "What?"])).finish(DEADLINE).with_code(code);
        let seen: String = server
            .requests()
            .iter()
            .map(|request| String::from_utf8_lossy(&request.raw).into_owned())
            .collect();
        assert!(!seen.contains(SECRET), "{context}: {seen}");
        assert!(code == 2 || seen.contains("open-too.txt"), "{context}: {seen}");
    }
}

fn link(target: &Path, name: &Path) {
    std::os::unix::fs::symlink(target, name).expect("a link");
}

#[test]
fn s3_a_job_in_the_background_and_a_sub_agent_find_no_more() {
    let workspace = stage();
    let search = "grep -rs swordfish .; cat src/*; true";
    let job = json!({ "command": search, "background": true });
    let poll = json!({"action": "poll", "job": 1, "wait_s": 60});
    let finished = run(&workspace, "yolo", &[("shell", job), ("jobs", poll)]);
    let seen = finished.records_of("tool_returned");
    let is_found = |result: &Value| result["text"].as_str().is_some_and(|text| text.contains("swordfish-8"));
    assert!(seen.iter().any(is_found), "{seen:?}");

    let script = Script::responder(move |_, request| {
        let results = request.messages().iter().filter(|said| said["role"] == "tool").count();
        let is_below = String::from_utf8_lossy(&request.raw).contains("You are a sub-agent");
        match (is_below, results) {
            (false, 0) => {
                let task = json!({"description": "Search", "prompt": "Search.", "agent": "general"});
                Turn::text("").call("task", task)
            }
            (true, 0) => Turn::text("").call("shell", json!({ "command": search })),
            (_, _) => Turn::text("Done."),
        }
    });
    let server = ModelServer::start(script);
    let finished = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    let seen = finished.records_of("tool_returned");
    assert!(seen.iter().any(is_found), "{seen:?}");
    for request in server.requests() {
        assert!(!String::from_utf8_lossy(&request.raw).contains(SECRET), "{}", request.body);
    }
}
