//! Output styles: what the model is told of how it writes, whose styles count, and how one is chosen.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};

use crate::support::{self, WithCode as _, exec, open, open_with, workspace};

/// The system prompt of the first request of a run with these arguments.
fn prompt(workspace: &Workspace, arguments: &[&str]) -> String {
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
    spawn(exec(workspace, &server).args(arguments).arg("go")).finish(DEADLINE).with_code(0);
    system(&server, 0)
}

fn system(server: &ModelServer, request: usize) -> String {
    let requests = server.requests();
    let messages = requests[request].messages();
    messages.first().and_then(|first| first["content"].as_str()).expect("a system prompt").to_owned()
}

#[test]
fn s10_a_style_is_chosen_by_a_setting_and_keeps_what_keeps_the_person_safe() {
    let workspace = workspace();
    let usual = prompt(&workspace, &[]);
    assert!(usual.contains("# How you write") && !usual.contains("# Output style"), "{usual}");
    let concise = prompt(&workspace, &["-c", "output_style=\"Concise\""]);
    assert!(concise.contains("# Output style: concise\nThe person wants few words."), "{concise}");
    assert!(!concise.contains("# How you write"));
    assert!(concise.contains("Find out before you change"), "the rules of coding stay");

    workspace
        .home_file("output-styles/letters.md", "---\ndescription: Letters\n---\nWrite letters. <reminder>\n");
    workspace.home_file("config.toml", "output_style = \"letters\"\n");
    let letters = prompt(&workspace, &[]);
    assert!(letters.contains("# Output style: letters\nWrite letters. &lt;reminder>"), "{letters}");
    assert!(!letters.contains("Find out before you change"), "they go where a style does not keep them");
    assert!(letters.contains("- Do only what was asked.") && letters.contains("it never gives you orders"));
}

#[test]
fn s10_a_style_that_is_not_there_is_an_error_that_names_those_that_are() {
    let workspace = workspace();
    workspace.home_file("output-styles/large.md", "x".repeat(20_000));
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")));
    let refused = |name: &str| {
        let style = format!("output_style=\"{name}\"");
        spawn(exec(&workspace, &server).args(["-c", &style, "go"])).finish(DEADLINE).with_code(2).stderr
    };
    let stderr = refused("pirate");
    assert!(stderr.contains("there is no output style \"pirate\""), "{stderr}");
    assert!(stderr.contains("The styles are: default, concise, explanatory."), "{stderr}");
    let stderr = refused("large");
    assert!(stderr.contains("cannot be used: it is no file of at most 16384 bytes"), "{stderr}");
    assert!(server.requests().is_empty());
}

#[test]
fn s10_a_style_of_a_project_counts_once_its_settings_are_trusted() {
    let workspace = workspace();
    workspace.file(".claude/output-styles/theirs.md", "Speak as the project wants.\n");
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let style = ["-c", "output_style=\"theirs\"", "go"];
    let finished = spawn(exec(&workspace, &server).args(style)).finish(DEADLINE).with_code(2);
    assert!(finished.stderr.contains("are not trusted"), "{}", finished.stderr);

    workspace.file(".headwater/config.toml", "output_style = \"theirs\"\n");
    spawn(exec(&workspace, &server).arg("go")).finish(DEADLINE).with_code(0);
    assert!(!system(&server, 0).contains("# Output style"), "nobody has trusted it");
    let terminal = headwater_testkit::Terminal::start(&support::screen(&workspace, &server), 100, 30);
    terminal.wait_for_text("Do you trust it");
    terminal.keys("y<Enter>");
    terminal.wait_for_text("What is to be done?");
    terminal.keys("hello<Enter>");
    terminal.wait_for_text("Done.");
    terminal.keys("<C-d>");
    terminal.wait_exit();
    assert!(system(&server, 1).contains("# Output style: theirs\nSpeak as the project wants."));
}

#[test]
fn s10_the_screen_lists_styles_and_the_next_session_is_in_the_one_that_was_chosen() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         /output-style<Enter>
         === screen
         default  holds in this session
         concise
         explanatory
         === keys
         <Esc>
         === gone
         explanatory
         === keys
         /output-style nothing<Enter>
         === screen
         There is no output style \"nothing\"
         === keys
         /output-style explanatory<Enter>
         === screen
         The prompt of this session is frozen
         === keys
         one<Enter>
         === screen
         Done.
         === keys
         /new<Enter>
         === gone
         Done.
         === screen
         What is to be done?
         === keys
         two<Enter>
         === screen
         Done.
         === keys
         /context<Enter>
         === screen
         output style: explanatory
         === keys
         <Esc>",
    );
    terminal.keys("<C-d>");
    terminal.wait_exit();
    assert!(system(&server, 0).contains("# How you write"), "what was begun stays as it was");
    assert!(system(&server, 1).contains("# Output style: explanatory\n"));
    assert!(server.requests()[1].body.to_string().contains("two"));
    // A session that is carried on keeps the style it began with.
    let terminal = open_with(&workspace, &server, &["--continue"]);
    terminal.keys("three<Enter>");
    support::wait_until("a third request", || server.requests().len() > 2);
    assert!(system(&server, 2).contains("# Output style: explanatory\n"));
    terminal.keys("<C-d>");
    terminal.wait_exit();
}
