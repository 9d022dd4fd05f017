//! Files, palette, history, search, help, pages.

use headwater_protocol::op::PermissionRule;
use headwater_protocol::{Answer, ApprovalScope, Op, Query, Update};

use super::stage::Stage;
use crate::app::{Effect, Msg};
use crate::popups::{FileHits, FileQuery, Popup};

fn hits(query: &str, paths: &[&str]) -> Msg {
    Msg::Files(FileHits {
        query: FileQuery { text: query.into() },
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        total: paths.len(),
        is_complete: true,
    })
}

#[test]
fn a_mention_is_looked_for_and_completed_with_tab() {
    let mut stage = Stage::small();
    stage.types("see @pa");
    assert_eq!(stage.effects.last(), Some(&Effect::FindFiles(FileQuery { text: "pa".into() })));
    stage.take(hits("p", &["old answer"]));
    stage.take(hits("pa", &["src/parse.rs", "my notes/pa.md"]));
    assert!(stage.screen().contains("src/parse.rs") && !stage.screen().contains("old answer"));
    stage.press("down");
    stage.press("tab");
    assert_eq!(stage.app.composer.text(), "see @\"my notes/pa.md\" ");
    assert_eq!(stage.ops(), [], "Tab in a popup changes no mode");
    stage.types("@pa");
    stage.take(hits("pa", &["src/parse.rs"]));
    stage.press("enter");
    assert_eq!(stage.app.composer.text(), "see @\"my notes/pa.md\" @src/parse.rs ");
}

#[test]
fn the_palette_runs_with_enter_and_completes_with_tab() {
    let mut stage = Stage::small();
    stage.types("/cont");
    assert!(stage.screen().contains("/context"));
    stage.press("enter");
    assert_eq!(stage.ops(), [Op::Query(Query::Projection)]);
    stage.types("/rev").press("tab");
    assert_eq!(stage.app.composer.text(), "/review ");
    stage.types("src/a.rs").press("enter");
    assert_eq!(stage.ops().last(), Some(&Op::Submit { text: "Review src/a.rs.".into() }));
}

#[test]
fn an_unknown_command_names_the_nearest_and_stays() {
    let mut stage = Stage::small();
    stage.types("/contxt now").press("enter");
    assert!(stage.screen().contains("the nearest is /context"));
    assert_eq!(stage.app.composer.text(), "/contxt now");
    stage.press("ctrl+u");
    stage.types("/usr/bin/env is missing").press("enter");
    assert_eq!(stage.ops().len(), 1, "a path is a message");
}

#[test]
fn history_is_searched_by_what_is_typed() {
    let mut stage = Stage::small();
    stage.take(Msg::History(vec!["fix the parser".into(), "run the tests".into()]));
    stage.press("ctrl+r");
    stage.types("pars");
    stage.press("enter");
    assert!(stage.app.popup.is_none());
    assert_eq!(stage.app.composer.text(), "fix the parser");
    assert_eq!(stage.ops(), []);
}

#[test]
fn help_is_for_this_focus_and_can_be_filtered() {
    let mut stage = Stage::small();
    stage.types("?");
    let screen = stage.screen();
    let first = screen.lines().nth(1).unwrap();
    assert!(first.contains("composer"), "{screen}");
    stage.types("/revoke");
    stage.press("backspace");
    assert!(stage.app.overlay.as_ref().unwrap().filter.as_deref() == Some("revok"));
    stage.press("esc");
    stage.press("esc");
    assert!(stage.app.overlay.is_none());
    stage.types("not empty?");
    assert!(stage.app.overlay.is_none(), "? is a letter once something is written");
}

#[test]
fn a_rule_is_withdrawn_on_its_page() {
    let rule = |source, is_revocable| PermissionRule {
        effect: "allow",
        rule: "Bash(cargo *)".into(),
        source,
        is_revocable,
    };
    let mut stage = Stage::small();
    stage.types("/permissions ").press("enter");
    let rules = vec![rule("user", false), rule("project", true)];
    stage.take(Msg::Engine(Update::Answer(Answer::Permissions(rules))));
    stage.types("x");
    let revoked = Op::RevokeRule { rule: "Bash(cargo *)".into(), scope: ApprovalScope::Project };
    assert_eq!(stage.ops(), [Op::Query(Query::Permissions), revoked, Op::Query(Query::Permissions)]);
}

#[test]
fn search_takes_letters_and_escape_ends_it() {
    let mut stage = Stage::small();
    stage.session().turn("go").answer("needle in the hay").end();
    stage.draw();
    stage.press("ctrl+f");
    stage.types("needle");
    assert!(matches!(stage.app.popup, Some(Popup::Search(_))));
    assert!(stage.screen().contains("needle · 1 place"), "{}", stage.screen());
    assert!(stage.app.composer.is_empty());
    stage.press("esc");
    assert!(stage.app.popup.is_none());
}

#[test]
fn a_paste_goes_into_the_search_and_not_into_the_message() {
    let mut stage = Stage::small();
    stage.session().turn("one").answer("the error is E0502\nand the rest").end();
    stage.types("draft").press("ctrl+f");
    stage.take(Msg::Paste("E0502\r\nnext line".into()));
    assert!(stage.screen().contains("search: E0502 · 1 place"), "{}", stage.screen());
    stage.press("esc");
    stage.types("x").press("enter");
    stage.press("ctrl+r");
    stage.take(Msg::Paste("draf".into()));
    assert!(stage.screen().contains("history: draf"), "{}", stage.screen());
    assert_eq!(stage.app.composer.text(), "");
}
