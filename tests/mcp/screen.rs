//! `/mcp` on the screen.

use headwater_testkit::Terminal;
use serde_json::json;

use super::{SERVER, answering, calling, starts, told, with_server};
use crate::support;

#[test]
fn s7_the_screen_shows_servers_and_switches_one_off_and_on() {
    let workspace = with_server("[mcp.gone]\ncommand = [\"no-such-program-here\"]\n");
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    support::wait_until("the server", || starts(&workspace.headwater_home()) == 1);
    terminal.play(
        "=== keys
         /help<Enter>
         === screen
         composer
         === keys
         /the MCP servers
         === screen
         say yes to those of the project
         === keys
         <Esc><Esc>/mcp<Enter>
         === screen
         MCP servers
         gone  failed
         === keys
         <Enter>
         === screen
         MCP server echo
         Switch it off for this session
         === keys
         <Down><Enter>
         === screen
         echo  off
         === keys
         <Enter>
         === screen
         Connect it for this session
         === keys
         <Down><Enter>",
    );
    support::wait_until("the server again", || starts(&workspace.headwater_home()) == 2);
}

#[test]
fn s7_a_server_of_the_project_waits_on_the_screen_for_a_yes() {
    let workspace = support::workspace();
    workspace.file("server.py", SERVER);
    let file = serde_json::json!({"mcpServers": {"theirs": {"command": "python3", "args": ["server.py"]}}});
    workspace.file(".mcp.json", file.to_string());
    workspace.home_file("config.toml", "[permissions]\nallow = [\"mcp__theirs__say\"]\n");
    let call = json!({"action": "call", "tool": "mcp__theirs__say", "arguments": {"text": "late"}});
    let server = calling("mcp", call);
    let terminal = support::open(&workspace, &server);
    terminal.play(
        "=== keys
         /mcp<Enter>
         === screen
         This project brings servers that wait for your yes
         theirs  waits for your yes
         python3 server.py
         === keys
         <Enter>
         === screen
         Leave it as it is
         === keys
         <Enter>
         === screen
         theirs  waits for your yes
         === keys
         <Enter>
         === screen
         Yes, start this server of the project
         === keys
         <Down><Down><Down><Enter>
         === gone
         wait for your yes",
    );
    support::wait_until("the server", || starts(&workspace.path()) == 1);
    // What was said yes to in the middle of a session is called in it.
    terminal.play(
        "=== keys
         <Esc>go<Enter>
         === screen
         Done.",
    );
    assert!(told(&server).contains("you said late"), "{}", told(&server));
}

#[test]
fn s7_without_a_screen_the_yes_names_what_was_shown() {
    let workspace = support::workspace();
    workspace.file("server.py", SERVER);
    let file = serde_json::json!({"mcpServers": {"theirs": {"command": "python3", "args": ["server.py"]}}});
    workspace.file(".mcp.json", file.to_string());
    let server = answering("Fine.");
    let mut plain = support::screen(&workspace, &server);
    plain.arg("--plain");
    let terminal = Terminal::start(&plain, 100, 40);
    terminal.play(
        "=== screen
         headwater, AGENT mode
         === keys
         /mcp yes theirs<Enter>
         === screen
         theirs  waits for your yes",
    );
    assert_eq!(starts(&workspace.path()), 0, "nothing was shown before the first word");
    terminal.play(
        "=== keys
         /mcp yes theirs<Enter>
         === screen
         The MCP server theirs runs from now on, until it changes.",
    );
    support::wait_until("the server", || starts(&workspace.path()) == 1);
}
