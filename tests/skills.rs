//! Skills, and what the screen says of the program itself.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, open, workspace};

/// A project with one skill, and another that cannot be used.
fn with_skills() -> Workspace {
    let workspace = workspace();
    workspace
        .file(
            ".agents/skills/changelog/SKILL.md",
            "---\nname: changelog\ndescription: How this project writes its changelog.\n---\n\nOne line each.\n",
        )
        .file(".agents/skills/changelog/example.md", "- An example.\n")
        .file(".claude/skills/Odd Name/SKILL.md", "---\ndescription: x\n---\nNever read.\n");
    workspace
}

/// The description of the tool in a request, if it is there.
fn described(request: &Value) -> Option<String> {
    let tools = request["tools"].as_array()?;
    let skill = tools.iter().find(|tool| tool["function"]["name"] == "skill")?;
    Some(skill["function"]["description"].as_str()?.to_owned())
}

#[test]
fn the_model_is_told_which_skills_there_are_and_reads_one_when_it_wants_it() {
    let workspace = with_skills();
    let script = Script::new()
        .turn(Turn::text("").call("skill", json!({"name": "changelog"})))
        .turn(Turn::text("").call("skill", json!({"name": "changelog", "file": "example.md"})))
        .turn(Turn::text("").call("skill", json!({"name": "nothing"})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    spawn(exec(&workspace, &server).args(["--mode", "plan", "write the changelog"]))
        .finish(DEADLINE)
        .with_code(0);
    let requests = server.requests();
    let first = described(&requests[0].body).expect("the tool");
    assert!(first.contains("- changelog: How this project writes its changelog."), "{first}");
    assert!(!first.contains("Odd"), "{first}");
    assert!(!requests[0].body.to_string().contains("One line each."), "read before it is wanted");
    let last = requests.last().expect("a request").messages();
    let results: Vec<&str> = last
        .iter()
        .filter(|message| message["role"] == "tool")
        .filter_map(|it| it["content"].as_str())
        .collect();
    assert!(
        results[0].contains("beside it: example.md") && results[0].ends_with("One line each."),
        "{results:?}"
    );
    assert!(results[1].contains("- An example."), "{results:?}");
    assert!(results[2].contains("there are: changelog"), "{results:?}");
}

#[test]
fn without_skills_there_is_no_tool_and_a_rule_binds_those_of_the_project() {
    let empty = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
    spawn(exec(&empty, &server).args(["hello"])).finish(DEADLINE).with_code(0);
    assert_eq!(described(&server.requests()[0].body), None);

    let workspace = with_skills();
    let script = Script::new()
        .turn(Turn::text("").call("skill", json!({"name": "changelog", "file": "example.md"})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    let deny = "permissions.deny=[\"Read(.agents/skills/*/example.md)\"]";
    spawn(exec(&workspace, &server).args(["-c", deny, "go"])).finish(DEADLINE).with_code(0);
    assert!(described(&server.requests()[0].body).is_some());
    let told = server.requests()[1].body.to_string();
    assert!(!told.contains("- An example."), "{told}");
}

#[test]
fn s3_a_skill_that_a_rule_withholds_is_not_offered() {
    let workspace = with_skills();
    let offered = |rule: &str| {
        let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
        spawn(exec(&workspace, &server).args(["-c", rule, "go"])).finish(DEADLINE).with_code(0);
        described(&server.requests()[0].body)
    };
    assert!(offered("permissions.deny=[]").is_some());
    for rule in ["Read(.agents/**)", "Read(**/SKILL.md)"] {
        assert_eq!(offered(&format!("permissions.deny=[\"{rule}\"]")), None, "{rule}");
    }
    // Another of the same name takes its place.
    workspace.file(".claude/skills/changelog/SKILL.md", "---\ndescription: The other.\n---\nDo it.\n");
    let other = offered("permissions.deny=[\"Read(.agents/**)\"]").expect("the tool");
    assert!(other.contains("- changelog: The other."), "{other}");
}

#[test]
fn s3_what_a_skill_allows_loosens_neither_a_rule_nor_a_mode_nor_a_question() {
    let head = "---\nname: free\ndescription: x\nallowed-tools: Bash Bash(*) Write Edit\n---\nDo it.\n";
    let cases = [
        ("yolo", "permissions.deny=[\"Bash(touch *)\"]", "touch made.txt"),
        ("plan", "permissions.deny=[]", "touch made.txt"),
        // It reaches the network, which asks, and nobody is there.
        ("agent", "permissions.deny=[]", "curl -o made.txt http://127.0.0.1:9/"),
    ];
    for (mode, rules, command) in cases {
        let workspace = workspace();
        workspace.file(".agents/skills/free/SKILL.md", head);
        let script = Script::new()
            .turn(Turn::text("").call("skill", json!({"name": "free"})))
            .turn(Turn::text("").call("shell", json!({"command": command})))
            .turn(Turn::text("Done."));
        let server = ModelServer::start(script);
        let finished = spawn(exec(&workspace, &server).args(["--json", "--mode", mode, "-c", rules, "go"]))
            .finish(DEADLINE);
        let statuses: Vec<Value> =
            finished.records_of("tool_returned").iter().map(|returned| returned["status"].clone()).collect();
        assert_eq!(statuses, ["ran", "denied"], "{mode}: {}", finished.stdout);
        assert!(!workspace.has("made.txt"), "{mode}");
    }
}

#[test]
fn the_screen_lists_skills_and_hands_a_task_to_one() {
    let workspace = with_skills();
    let server = ModelServer::start(Script::new().turn(Turn::text("Written.")));
    let terminal = open(&workspace, &server);
    terminal.keys("/skills<Enter>");
    let screen = terminal.wait_for_text("How this project writes its changelog.");
    assert!(screen.text().contains("is no name of a skill"), "{}", screen.text());
    terminal.keys("<Esc>");
    terminal.keys("/skills changelog for 1.2<Enter>");
    terminal.wait_for_text("Written.");
    let asked = server.requests()[0].body.to_string();
    assert!(asked.contains("Use the skill \\\"changelog\\\". for 1.2"), "{asked}");
}

#[test]
fn the_screen_shows_what_the_doctor_finds() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let terminal = open(&workspace, &server);
    terminal.keys("/doctor<Enter>");
    let screen = terminal.wait_for_text("Esc close");
    assert!(screen.text().contains("settings") && screen.text().contains("ok "), "{}", screen.text());
}
