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
        .turn(Turn::text("").call("skill", json!({"name": "changelog"})))
        .turn(Turn::text("Done."));
    let server = ModelServer::start(script);
    let deny = "permissions.deny=[\"Read(.agents/**)\"]";
    spawn(exec(&workspace, &server).args(["-c", deny, "go"])).finish(DEADLINE).with_code(0);
    let told = server.requests()[1].body.to_string();
    assert!(!told.contains("One line each."), "{told}");
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
