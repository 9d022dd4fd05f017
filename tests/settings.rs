//! Settings: layers, trust, errors that name file, line and the nearest key.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};

use crate::support::{WithCode as _, workspace};

fn server() -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("ok")).repeat_last())
}

/// A user's settings that lead to the server, with more lines after them.
fn with_settings(server: &ModelServer, more: &str) -> Workspace {
    let workspace = workspace();
    let text = format!(
        "provider = \"local\"\nmodel = \"from-file\"\n{more}\n[providers.local]\nbase_url = \"{}\"\n",
        server.base_url()
    );
    workspace.home_file("config.toml", text);
    workspace
}

fn model_of(server: &ModelServer) -> String {
    let last = server.requests().pop().expect("a request");
    last.body["model"].as_str().expect("a model").to_owned()
}

fn exec(workspace: &Workspace, arguments: &[&str]) -> Finished {
    spawn(workspace.command().arg("exec").args(arguments).arg("go")).finish(DEADLINE)
}

#[test]
fn flags_beat_assignments_beat_the_environment_beat_the_file() {
    let server = server();
    let workspace = with_settings(&server, "");
    exec(&workspace, &[]).with_code(0);
    assert_eq!(model_of(&server), "from-file");
    let mut command = workspace.command();
    spawn(command.env("HEADWATER_MODEL", "from-env").args(["exec", "go"])).finish(DEADLINE).with_code(0);
    assert_eq!(model_of(&server), "from-env");
    let mut command = workspace.command();
    command.env("HEADWATER_MODEL", "from-env").args(["exec", "-c", "model=\"assigned\"", "go"]);
    spawn(&mut command).finish(DEADLINE).with_code(0);
    assert_eq!(model_of(&server), "assigned");
    exec(&workspace, &["-c", "model=assigned", "-m", "from-flag"]).with_code(0);
    assert_eq!(model_of(&server), "from-flag");
}

#[test]
fn s10_the_vendor_of_a_fallback_without_its_model_is_a_usage_error() {
    let server = server();
    let workspace = with_settings(&server, "");
    for named in [["--fallback-provider", "openai"], ["-c", "fallback_provider=openai"]] {
        let finished = exec(&workspace, &named).with_code(2);
        let hint = "Name the model too: --fallback-model MODEL.";
        assert!(finished.stderr.contains("no model that stands in"), "{}", finished.stderr);
        assert!(finished.stderr.contains(hint), "{}", finished.stderr);
    }
    assert_eq!(server.requests().len(), 0);
    let finished = exec(&workspace, &["-c", "context.compact_at=1.5"]).with_code(2);
    let sentence = "context.compact_at takes a number above 0 and below 1, not 1.5";
    assert!(finished.stderr.contains(sentence), "{}", finished.stderr);
    // A model that the settings name is one.
    let workspace = with_settings(&server, "fallback_model = \"spare\"");
    exec(&workspace, &["--fallback-provider", "openai"]).with_code(0);
}

#[test]
fn an_unknown_key_names_file_line_and_the_nearest() {
    let workspace = workspace();
    workspace.home_file("config.toml", "provider = \"demo\"\n\n[netwrok]\nidle_timeout = 3\n");
    let finished = exec(&workspace, &[]).with_code(2);
    assert!(
        finished.stderr.contains("config.toml:3: there is no setting netwrok; did you mean network?"),
        "{}",
        finished.stderr
    );
    let finished = exec(&workspace, &["-c", "model=3"]).with_code(2);
    assert!(finished.stderr.contains("config.toml:3"), "{}", finished.stderr);
}

#[test]
fn a_wrong_value_says_what_it_takes() {
    let finished = workspace().run(["exec", "-c", "limits.max_steps=many", "go"]).with_code(2);
    assert!(finished.stderr.contains("limits.max_steps takes a whole number"), "{}", finished.stderr);
    let finished = workspace().run(["exec", "-c", "limits", "go"]).with_code(2);
    assert!(finished.stderr.contains("has no value"), "{}", finished.stderr);
}

#[test]
fn a_rule_that_cannot_be_read_is_named() {
    let workspace = workspace();
    workspace.home_file("config.toml", "provider = \"demo\"\n[permissions]\ndeny = [\"Bash(rm\"]\n");
    let finished = exec(&workspace, &[]).with_code(2);
    assert!(finished.stderr.contains("Bash(rm"), "{}", finished.stderr);
}

#[test]
fn d5_a_tool_can_be_kept_from_a_model() {
    let server = server();
    let tools = |more: &str| {
        let workspace = with_settings(&server, more);
        exec(&workspace, &[]).with_code(0);
        server.requests().pop().expect("a request").body["tools"].to_string()
    };
    assert!(tools("").contains("\"name\":\"todos\""));
    let told = tools("[models.from-file]\nwithout_tools = [\"todos\"]\n");
    assert!(!told.contains("\"name\":\"todos\"") && told.contains("\"name\":\"read\""), "{told}");
    let workspace = with_settings(&server, "[models.from-file]\nwithout_tools = [\"todo\"]\n");
    let finished = exec(&workspace, &[]).with_code(2);
    assert!(finished.stderr.contains("there is no tool \"todo\""), "{}", finished.stderr);
}

#[test]
fn an_untrusted_project_file_is_ignored_with_one_warning() {
    let server = server();
    let workspace = with_settings(&server, "");
    workspace.file(".headwater/config.toml", "model = \"from-project\"\n");
    let finished = exec(&workspace, &[]).with_code(0);
    assert_eq!(model_of(&server), "from-file");
    assert_eq!(
        finished.stderr.matches("nobody has trusted this directory").count(),
        1,
        "{}",
        finished.stderr
    );
}

#[test]
fn flags_and_commands_that_do_not_exist_name_the_nearest() {
    let table: [(&[&str], &str); 4] = [
        (&["exec", "--jsno"], "--json"),
        (&["--provder", "demo"], "--provider"),
        (&["sesions", "list"], "did you mean \"sessions\"?"),
        (&["sessions", "lst"], "list"),
    ];
    for (arguments, expected) in table {
        let finished = workspace().run(arguments).with_code(2);
        assert!(finished.stderr.contains(expected), "{arguments:?}\n{}", finished.stderr);
    }
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let finished =
        workspace().run(["exec", "-C", "/nowhere/at/all", "--provider", "demo", "go"]).with_code(2);
    assert!(finished.stderr.contains("/nowhere/at/all"), "{}", finished.stderr);
}

#[test]
fn a_home_that_cannot_be_written_is_told() {
    let workspace = workspace();
    workspace.file("blocked", "a file where a directory should be");
    let mut command = workspace.command();
    command.env("HEADWATER_HOME", workspace.path().join("blocked")).args([
        "exec",
        "--provider",
        "demo",
        "go",
    ]);
    let finished = spawn(&mut command).finish(DEADLINE);
    assert_ne!(finished.code, Some(0));
    assert!(
        finished.stderr.starts_with("error: ") || finished.stderr.contains("\nerror: "),
        "{}",
        finished.stderr
    );
    assert!(finished.stderr.contains("blocked"), "{}", finished.stderr);
}

#[test]
fn a_key_that_would_never_be_sent_is_not_stored() {
    let server = server();
    let workspace = with_settings(&server, "");
    let refused = workspace.run(["login", "local"]).with_code(2);
    assert!(refused.stderr.contains("key_env = \"NAME\" under [providers.local]"), "{}", refused.stderr);
    let named = ["-c", "providers.local.key_env=LOCAL_KEY"];
    let mut login = spawn(workspace.command().args(["login", "local"]).args(named));
    login.write("sk-of-mine\n").close_stdin();
    login.finish(DEADLINE).with_code(0);
    exec(&workspace, &named).with_code(0);
    let last = server.requests().pop().expect("a request");
    assert_eq!(last.header("authorization"), Some("Bearer sk-of-mine"));
}
