//! Plugins: their hooks run as the person's own, those of a project wait, and it is said whose each is.

use headwater_testkit::Workspace;
use headwater_testkit::workspace::spawn;
use serde_json::json;

use super::{LONG, answering, calling, every, ran, run, told};
use crate::support;

/// A guard that names its own directory by the environment and by what is written out.
const GUARD: &str = "read -r input\n[ \"$1\" = \"$CLAUDE_PLUGIN_ROOT\" ] || exit 3\n\
                     case \"$input\" in *touch*) echo 'the guard says no' >&2; exit 2;; esac\n";

/// The files of a plugin, with their contents.
fn files() -> [(&'static str, String); 4] {
    // In single quotes no shell would replace the name.
    let command = "bash \"${CLAUDE_PLUGIN_ROOT}/scripts/guard.sh\" '${CLAUDE_PLUGIN_ROOT}'";
    let hooks = json!({"description": "guards", "hooks": {"PreToolUse": every(command)}});
    [
        (".claude-plugin/plugin.json", json!({"name": "guard", "version": "1.0.0"}).to_string()),
        ("hooks/hooks.json", hooks.to_string()),
        ("scripts/guard.sh", GUARD.to_owned()),
        ("agents/looker.md", "---\nname: looker\ndescription: Looks\ntools: []\n---\nLook.".to_owned()),
    ]
}

fn with_plugin() -> Workspace {
    let workspace = support::workspace();
    for (path, text) in files() {
        workspace.home_file(format!("plugins/a/{path}"), text);
    }
    workspace
}

#[test]
fn b7_a_plugin_of_the_person_guards_with_its_own_scripts() {
    let workspace = with_plugin();
    let server = calling("shell", json!({"command": "touch made.txt"}));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(told(&server).contains("the guard says no"), "{}", told(&server));
    assert!(!workspace.has("made.txt"));
    assert_eq!(ran(&finished), [("PreToolUse".into(), "blocked".into(), "the guard says no".into())]);
}

#[test]
fn b7_a_plugin_of_a_project_waits_for_the_yes_that_hooks_want() {
    let workspace = support::workspace();
    for (path, text) in files() {
        workspace.file(format!(".headwater/plugins/a/{path}"), text);
    }
    let server = calling("shell", json!({"command": "touch made.txt"}));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(workspace.has("made.txt") && ran(&finished).is_empty());
    assert!(finished.stderr.contains(".headwater/plugins/a/hooks/hooks.json"), "{}", finished.stderr);
    let doctor = spawn(workspace.command().arg("doctor")).finish(LONG);
    assert!(doctor.stdout.contains("(plugin guard)") && doctor.stdout.contains("it waits for your yes"));
}

#[test]
fn b7_doctor_and_the_page_of_hooks_say_which_plugin_brings_one() {
    let workspace = with_plugin();
    let doctor = spawn(workspace.command().arg("doctor")).finish(LONG);
    assert!(
        doctor.stdout.contains("guard in ") && doctor.stdout.contains("(plugin guard)"),
        "{}",
        doctor.stdout
    );
    let terminal = support::open(&workspace, &answering("Fine."));
    terminal.play(
        "=== keys
         /hooks<Enter>
         === screen
         PreToolUse    runs
         (plugin guard)",
    );
}
