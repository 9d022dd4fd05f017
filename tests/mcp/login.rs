//! Logging in to a server over HTTP, and what the tokens are good for.

use std::io::Read as _;

use headwater_testkit::authorization::{browse, log_in, parameter};
use headwater_testkit::workspace::{Running, spawn};
use headwater_testkit::{Authorization, Temper, Workspace};
use serde_json::json;

use super::{LONG, calling, exec, probe, told};
use crate::support::{self, WithCode as _};

fn with_guarded(authorization: &Authorization) -> Workspace {
    let workspace = support::workspace();
    let rules = "[permissions]\nallow = [\"mcp__guarded__*\"]\n";
    workspace.home_file("config.toml", format!("[mcp.guarded]\nurl = \"{}\"\n{rules}", authorization.url()));
    workspace
}

/// Begins a login; the page to log in at.
fn begin(workspace: &Workspace) -> (Running, String) {
    let running = spawn(workspace.command().args(["mcp", "login", "guarded", "--no-browser"]));
    let is_shown = |text: &str| text.lines().any(|line| line.contains("/authorize?")) && text.ends_with('\n');
    let stderr = running.wait_for_stderr("the page of the login", LONG, is_shown);
    let page = stderr.lines().find(|line| line.contains("/authorize?")).expect("a page").trim().to_owned();
    (running, page)
}

#[test]
fn s7_a_login_goes_round_and_its_tokens_are_used_renewed_and_removed() {
    // Tokens that have run out when they come: the first call has to renew them.
    let authorization = Authorization::start(Temper::Hasty);
    let workspace = with_guarded(&authorization);
    let refused = workspace.run(["mcp", "probe", "guarded"]).with_code(1);
    assert!(refused.stdout.contains("headwater mcp login guarded"), "{}", refused.stdout);

    let (running, page) = begin(&workspace);
    let shown = log_in(&page);
    assert_eq!((shown.status, shown.text.trim()), (200, "Logged in. This page can be closed."));
    let finished = running.finish(LONG).with_code(0);
    assert!(finished.stdout.contains("Logged in to guarded."), "{}", finished.stdout);
    assert_eq!(authorization.grants(), ["authorization_code"]);

    probe(&workspace, "guarded");
    let server = calling("mcp__guarded__whoami", json!({}));
    exec(&workspace, &server).expect_code(0);
    assert!(told(&server).contains("the person who logged in"), "{}", told(&server));
    assert_eq!(authorization.grants(), ["authorization_code", "refresh_token"]);
    let kept = workspace.headwater_home().join("credentials.toml");
    let mode = std::os::unix::fs::PermissionsExt::mode(&kept.metadata().expect("a file").permissions());
    assert_eq!(mode & 0o777, 0o600);

    let out = workspace.run(["mcp", "logout", "guarded"]).with_code(0);
    assert!(out.stdout.contains("is removed from"), "{}", out.stdout);
    assert!(!read(&kept).contains("access-"));
    workspace.run(["mcp", "probe", "guarded"]).with_code(1);
    assert!(workspace.run(["mcp", "logout", "guarded"]).stdout.contains("There is no login"));
}

fn read(path: &std::path::Path) -> String {
    let mut text = String::new();
    std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)).expect("a file");
    text
}

#[test]
fn s7_an_answer_of_another_issuer_or_a_no_is_no_login() {
    for (temper, expected) in [(Temper::Impostor, "issuer"), (Temper::Refuses, "the person said no")] {
        let authorization = Authorization::start(temper);
        let workspace = with_guarded(&authorization);
        let (running, page) = begin(&workspace);
        assert_eq!(log_in(&page).status, 400);
        let finished = running.finish(LONG).with_code(1);
        assert!(finished.stderr.contains(expected), "{}", finished.stderr);
        assert!(authorization.grants().is_empty());
        assert!(!workspace.headwater_home().join("credentials.toml").exists());
    }
}

#[test]
fn s7_an_answer_to_another_login_is_left_alone() {
    let authorization = Authorization::start(Temper::Honest);
    let workspace = with_guarded(&authorization);
    let (running, page) = begin(&workspace);
    let stray = browse(&format!("{}?code=x&state=y", parameter(&page, "redirect_uri")));
    assert_eq!(stray.status, 400);
    assert_eq!(log_in(&page).status, 200);
    running.finish(LONG).expect_code(0);
}

#[test]
fn s7_tokens_belong_to_an_address_and_not_to_a_name() {
    let (mine, other) = (Authorization::start(Temper::Honest), Authorization::start(Temper::Honest));
    let workspace = with_guarded(&mine);
    let (running, page) = begin(&workspace);
    log_in(&page);
    running.finish(LONG).expect_code(0);
    workspace.home_file("config.toml", format!("[mcp.guarded]\nurl = \"{}\"\n", other.url()));
    let refused = workspace.run(["mcp", "probe", "guarded"]).with_code(1);
    assert!(refused.stdout.contains("login"), "{}", refused.stdout);
}

#[test]
fn s7_a_server_that_knows_no_login_is_told_as_such() {
    let workspace = support::workspace();
    let server = super::answering("Fine.");
    let settings = format!("[mcp.plain]\nurl = \"{}/mcp\"\n", server.base_url());
    workspace.home_file("config.toml", settings);
    let refused = spawn(workspace.command().args(["mcp", "login", "plain", "--no-browser"])).finish(LONG);
    let stderr = refused.with_code(1).stderr;
    assert!(stderr.contains("there is no way to log in to") && stderr.contains("--header"), "{stderr}");
}

#[test]
fn s7_a_program_has_no_login() {
    let workspace = super::with_server("");
    let refused = workspace.run(["mcp", "login", "echo", "--no-browser"]).with_code(2);
    assert!(refused.stderr.contains("is a program, which knows no login"), "{}", refused.stderr);
}
