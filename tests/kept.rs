//! What the program keeps for itself (sessions with all that they hold of files, settings, credentials) is read by no command
//! and no tool of a model, under each mechanism.

use std::path::Path;
use std::process::Command;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, left_out, point_at, session_of, sessions_directory, workspace};

/// Moves the home out of the temporary directory, where Landlock hides nothing of it, with a link in its place.
fn apart(workspace: &Workspace) -> tempfile::TempDir {
    let real = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let home = workspace.headwater_home();
    if home.exists() {
        let copied = Command::new("cp").arg("-a").arg(home.join(".")).arg(real.path()).status();
        assert!(copied.expect("cp runs").success());
        std::fs::rename(&home, home.with_extension("before")).expect("moved");
    }
    std::os::unix::fs::symlink(real.path(), &home).expect("a link");
    real
}

/// What no model may be sent.
const SECRET: &str = "swordfish-9";
/// Runs the rest as the root of a user namespace in which nobody can make another one.
const WITHOUT_NAMESPACES: &str = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
/// The same without `bwrap`.
const WITH_LANDLOCK: &str = "for it in /usr/local/bin/bwrap /usr/bin/bwrap /bin/bwrap; do
    [ ! -e $it ] || mount --bind /dev/null $it 2>/dev/null || exit 9
done; echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";

/// How the program is run so that it takes one mechanism, with the words by which it names that.
const MECHANISMS: [(&str, Option<&str>); 3] =
    [("namespaces", None), ("bubblewrap", Some(WITHOUT_NAMESPACES)), ("landlock", Some(WITH_LANDLOCK))];

/// The program under one mechanism; `None` where that is not to be had here.
fn under((name, script): (&str, Option<&str>), workspace: &Workspace, command: &Command) -> Option<Command> {
    let wrapped = |program: &Command| {
        let Some(script) = script else { return copy(program) };
        let mut command = workspace.sealed("unshare");
        command.args(["-Urm", "sh", "-c", script]).arg(program.get_program()).args(program.get_args());
        command
    };
    let mut doctor = workspace.command();
    doctor.args(["doctor", "--json"]);
    let report = spawn(&mut wrapped(&doctor)).finish(DEADLINE).stdout;
    let is_it = report.contains(&format!("no network ({name}"));
    if !is_it {
        left_out(&format!("{name} cannot be had here: what is kept under it"));
    }
    is_it.then(|| wrapped(command))
}

fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        copy.current_dir(directory);
    }
    copy
}

/// A workspace and a home in which an earlier session of another project, the settings and the credentials hold a secret.
fn stage() -> Workspace {
    let workspace = workspace();
    workspace.home_file("sessions/01old/transcript.jsonl", format!("{SECRET}\n"));
    workspace.home_file("sessions/01old/checkpoint/aa", format!("{SECRET}\n"));
    workspace.home_file("credentials.toml", format!("# {SECRET}\n"));
    workspace.home_file("config.toml", format!("# {SECRET}\n"));
    workspace
        .home_file("skills/hello/SKILL.md", "---\nname: hello\ndescription: Greets.\n---\nswordfish-8\n");
    workspace.file("open.txt", "swordfish-8\n");
    workspace
}

fn calls(calls: &[(&str, Value)]) -> ModelServer {
    let script = calls
        .iter()
        .fold(Script::new(), |script, (tool, input)| script.turn(Turn::text("").call(*tool, input.clone())));
    ModelServer::start(script.turn(Turn::text("Done.")))
}

fn shell(command: &str) -> (&'static str, Value) {
    ("shell", json!({ "command": command }))
}

fn hear_nothing(server: &ModelServer, of: &str) {
    for request in server.requests() {
        assert!(!String::from_utf8_lossy(&request.raw).contains(SECRET), "{of}: {}", request.body);
    }
}

fn results(finished: &Finished) -> Vec<String> {
    let results = finished.records_of("tool_returned");
    results.iter().filter_map(|result| result["text"].as_str().map(str::to_owned)).collect()
}

#[test]
fn s9_no_command_reads_what_is_kept_under_any_mechanism() {
    for mechanism in MECHANISMS {
        for mode in ["plan", "agent", "yolo"] {
            let workspace = stage();
            let real = apart(&workspace);
            let home = real.path().display().to_string();
            let server = calls(&[
                shell(&format!(
                    "cat {home}/sessions/*/*; cat {home}/sessions/01old/checkpoint/aa; cat open.txt"
                )),
                shell(&format!("grep -rs swordfish {home}; cat open.txt")),
                shell(&format!("cat {home}/c*; find {home} -type f -exec cat {{}} +; cat open.txt")),
                shell(&format!("cd {home} && cd sessions/01old && cat transcript.jsonl")),
            ]);
            let Some(mut command) = under(mechanism, &workspace, &exec(&workspace, &server)) else {
                continue;
            };
            let finished =
                spawn(command.args(["--mode", mode, "--json", "go"])).finish(DEADLINE).with_code(0);
            hear_nothing(&server, &format!("{mechanism:?} {mode}"));
            let said = results(&finished).concat();
            assert!(mode == "plan" || said.contains("swordfish-8"), "{mechanism:?} {mode}: {said}");
        }
    }
}

#[test]
fn s9_a_home_in_the_temporary_directory_leaves_every_command_its_temporary_files() {
    for mechanism in MECHANISMS {
        let workspace = stage();
        let files = tempfile::tempdir().expect("a directory");
        let server = calls(&[shell("f=$(mktemp) && echo swordfish-8 > $f && cat $f")]);
        let Some(mut command) = under(mechanism, &workspace, &exec(&workspace, &server)) else { continue };
        command.env("TMPDIR", files.path()).args(["--mode", "yolo", "--json", "go"]);
        let run = spawn(&mut command).finish(DEADLINE).with_code(0);
        assert!(results(&run).concat().contains("swordfish-8"), "{mechanism:?}: {:?}", results(&run));
    }
}

#[test]
fn s9_a_command_says_why_it_reads_nothing_of_what_is_kept() {
    let workspace = stage();
    let store = sessions_directory(&workspace).display().to_string();
    let server =
        calls(&[shell(&format!("ls {store}/01old/transcript.jsonl && cat {store}/01old/transcript.jsonl"))]);
    let run = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    let told = run.records_of("tool_returned")[0]["reminders"].to_string();
    assert!(told.contains("is where sessions and settings are kept"), "{told}");
}

#[test]
fn s6_what_an_approved_edit_kept_of_a_secret_is_read_by_no_later_command() {
    for mechanism in MECHANISMS {
        let workspace = workspace();
        let _home = apart(&workspace);
        workspace.file(".env", format!("{SECRET}\n"));
        workspace.home_file(
            "config.toml",
            "[permissions]\nallow = [\"Read(./.env)\", \"Edit(./.env)\"]\n[output]\nredact = false\n",
        );
        let first = calls(&[
            ("write", json!({"path": "other.txt", "content": "x"})),
            shell("rm -f .env; echo K=2 > .env"),
        ]);
        let Some(mut command) = under(mechanism, &workspace, &exec(&workspace, &first)) else { continue };
        spawn(command.args(["--mode", "yolo", "--json", "go"])).finish(DEADLINE).with_code(0);
        let kept = Command::new("grep").args(["-rl", SECRET]).arg(sessions_directory(&workspace)).output();
        let kept = String::from_utf8_lossy(&kept.expect("grep runs").stdout).into_owned();
        assert!(kept.contains("/checkpoint/"), "{mechanism:?}: the copy is there: {kept}");
        workspace.home_file("config.toml", "[permissions]\ndeny = [\"Read(./.env)\"]\n");
        let home = workspace.headwater_home().display().to_string();
        let second = calls(&[
            shell(&format!("cat {home}/sessions/*/checkpoint/*; true")),
            shell(&format!("grep -rs sword {home}; true")),
        ]);
        let command = under(mechanism, &workspace, &exec(&workspace, &second));
        spawn(command.expect("it was there").args(["--mode", "yolo", "--json", "go"]))
            .finish(DEADLINE)
            .with_code(0);
        hear_nothing(&second, mechanism.0);
    }
}

#[test]
fn s6_a_command_that_deletes_or_overwrites_a_withheld_file_leaves_it_under_any_mechanism() {
    for mechanism in MECHANISMS {
        let workspace = workspace();
        workspace.home_file("config.toml", "[permissions]\ndeny = [\"Read(keys/**)\"]\n");
        workspace.file(".env", format!("{SECRET}\n")).file("keys/a", format!("{SECRET}\n"));
        let server = calls(&[
            shell("rm -f .env; echo done"),
            shell("echo x > .env; echo done"),
            shell("python3 -c 'import shutil; shutil.rmtree(\"ke\" + \"ys\")'; echo done"),
            shell("mv .env plain; echo x > .env; cat plain; echo done"),
        ]);
        let Some(mut command) = under(mechanism, &workspace, &exec(&workspace, &server)) else { continue };
        let run = spawn(command.args(["--mode", "yolo", "--json", "go"])).finish(DEADLINE).with_code(0);
        for path in [".env", "keys/a"] {
            assert_eq!(workspace.read(path), format!("{SECRET}\n"), "{mechanism:?}: {:?}", results(&run));
        }
        hear_nothing(&server, mechanism.0);
    }
}

#[test]
fn s9_no_tool_reads_or_changes_what_is_kept_inside_of_the_workspace() {
    let workspace = workspace();
    let home = workspace.path().join("state");
    std::fs::create_dir_all(home.join("sessions/01old")).expect("made");
    std::fs::write(home.join("sessions/01old/transcript.jsonl"), format!("{SECRET}\n")).expect("written");
    std::fs::write(home.join("credentials.toml"), format!("# {SECRET}\n")).expect("written");
    std::os::unix::fs::symlink("state/sessions/01old", workspace.path().join("near")).expect("a link");
    workspace.file("open.txt", "swordfish-8\n");
    let old = "state/sessions/01old/transcript.jsonl";
    let server = calls(&[
        ("read", json!({"path": old})),
        ("read", json!({"path": "near/transcript.jsonl"})),
        ("write", json!({"path": "state/trust.toml", "content": "x"})),
        ("grep", json!({"pattern": "swordfish"})),
        shell("grep -rs swordfish .; cat near/* state/c*; true"),
    ]);
    let mut command = exec(&workspace, &server);
    command.env("HEADWATER_HOME", &home).args(["--mode", "yolo", "--json", "go"]);
    let finished = spawn(&mut command).finish(DEADLINE).with_code(0);
    let statuses: Vec<Value> =
        finished.records_of("tool_returned").iter().map(|result| result["status"].clone()).collect();
    assert_eq!(statuses, ["denied", "denied", "denied", "ran", "ran"], "{:?}", results(&finished));
    assert!(results(&finished).concat().contains("swordfish-8"));
    hear_nothing(&server, "inside of the workspace");
    assert!(!home.join("trust.toml").exists());
}

#[test]
fn s9_a_job_a_block_and_a_link_lead_to_nothing_that_is_kept() {
    let workspace = stage();
    let real = tempfile::tempdir().expect("a directory");
    std::fs::rename(sessions_directory(&workspace), real.path().join("far")).expect("moved");
    std::os::unix::fs::symlink(real.path().join("far"), sessions_directory(&workspace)).expect("a link");
    let (home, far) = (workspace.headwater_home().display().to_string(), real.path().display().to_string());
    let search =
        format!("cat {home}/sessions/*/* {far}/far/*/*; grep -rs swordfish {home} {far} open.txt; true");
    let server = calls(&[
        ("shell", json!({ "command": search, "background": true })),
        ("jobs", json!({"action": "poll", "job": 1, "wait_s": 60})),
        shell(&search),
    ]);
    let run = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    assert!(results(&run).concat().contains("swordfish-8"), "{:?}", results(&run));
    hear_nothing(&server, "a job");

    let block = format!(
        "```repl\nimport os\nfor place in [\"{home}/sessions/01old/transcript.jsonl\", \"{home}/config.toml\"]:\n    \
         try:\n        print(open(place).read())\n    except Exception as error:\n        print(\"none\", type(error))\n```"
    );
    let server = ModelServer::start(Script::responder(move |_, request| match request.messages().len() {
        0..4 => Turn::text(block.clone()),
        _ => Turn::text("FINAL(done)"),
    }));
    let mut command = workspace.command();
    command.arg("rlm");
    point_at(&mut command, &server);
    spawn(command.args(["--context", "open.txt", "What?"])).finish(DEADLINE).with_code(0);
    hear_nothing(&server, "a block");
}

#[test]
fn s9_the_program_as_a_command_of_itself_finds_no_session_and_says_so() {
    let workspace = stage();
    let binary = workspace.command().get_program().to_string_lossy().into_owned();
    let home = workspace.headwater_home().display().to_string();
    let own = format!("HEADWATER_HOME={home} {binary}");
    let server = calls(&[
        shell(&format!("{own} sessions list; echo ended $?")),
        shell(&format!("mkdir own; HEADWATER_HOME=$PWD/own {binary} sessions list; echo ended $?")),
    ]);
    let run = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    hear_nothing(&server, "a session of itself");
    let said = results(&run);
    assert!(said.iter().all(|text| text.contains("ended ")), "it ends by itself: {said:?}");
    assert!(said[1].contains("ended 0"), "a home of its own is one: {said:?}");
}

#[test]
fn s9_whatever_a_session_leaves_in_the_state_is_kept() {
    let workspace = workspace();
    let server = calls(&[shell("echo hi")]);
    let run = spawn(exec(&workspace, &server).args(["--mode", "agent", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    assert!(!session_of(&run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()).is_empty());
    let home = workspace.headwater_home();
    let told = spawn(workspace.command().args(["policy", "check", "--", "true"])).finish(DEADLINE).stdout;
    let kept = told.lines().find_map(|line| line.strip_prefix("kept")).expect("what is kept");
    for entry in std::fs::read_dir(&home).expect("a home").filter_map(Result::ok) {
        let is_shared = ["cache", "skills", "plugins", "agents", "commands"].map(|name| home.join(name));
        let path = entry.path();
        assert!(
            is_shared.contains(&path) || kept.contains(&*path.to_string_lossy()),
            "{} is neither kept nor known to hold nothing: {kept}",
            path.display()
        );
    }
    assert!(kept.contains("sessions/"), "{kept}");
    // What a person's own skills bring stays readable.
    workspace.home_file("skills/hello/run.sh", "echo swordfish-8\n");
    let script = home.join("skills/hello/run.sh");
    let server = calls(&[shell(&format!("sh {}", script.display()))]);
    let run = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    assert!(results(&run).concat().contains("swordfish-8"), "{:?}", results(&run));
    assert!(Path::new(&script).exists());
}
