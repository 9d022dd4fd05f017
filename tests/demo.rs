//! The demo's mission: scripted models, and everything else real: a log of ten megabytes, research, card, blocks,
//! children, checks, report.

use headwater_testkit::{DEADLINE, Screen, Terminal};

use crate::support::{WithCode as _, workspace};

/// How many requests failed, as the answer says it.
fn failures(answer: &str) -> u64 {
    let told =
        answer.split("**").nth(1).and_then(|bold| bold.split(' ').next()).expect("a number of requests");
    told.parse().expect("a number")
}

/// What the table of causes adds up to.
fn sum_of_causes(answer: &str) -> u64 {
    let rows = answer.lines().filter(|line| line.contains("| app.log:"));
    rows.map(|row| row.split('|').nth(3).expect("a cell").trim().parse::<u64>().expect("a number")).sum()
}

#[test]
fn a_completion_over_the_demos_log_accounts_for_every_failed_request() {
    let finished = workspace().run(["rlm", "--provider", "demo", "--json"]).with_code(0);
    let answer = finished.records_of("final_accepted")[0]["text"].as_str().expect("an answer").to_owned();
    assert!(failures(&answer) > 100, "{answer}");
    assert_eq!(sum_of_causes(&answer), failures(&answer), "{answer}");
    for cause in ["| payments | the acquirer did not answer |", "| unknown | the log does not say |"] {
        assert!(answer.contains(cause), "{answer}");
    }
    let children = finished.records_of("child_returned");
    assert!(
        children.len() > 10 && children.iter().all(|child| child["status"] == "ok"),
        "{}",
        children.len()
    );
}

#[test]
fn a_mission_of_the_demo_runs_through_and_its_checks_hold() {
    let arguments = ["exec", "--provider", "demo", "--mode", "recursive", "--approve-mission", "--json"];
    let finished = workspace().run(arguments).with_code(0);
    let card = &finished.records_of("mission_proposed")[0]["card"];
    let beliefs: Vec<&str> = card["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["confidence"].as_str().expect("a belief"))
        .collect();
    for belief in ["high", "medium", "refuted"] {
        assert!(beliefs.contains(&belief), "{beliefs:?}");
    }
    let ticked: Vec<bool> = card["subtasks"]
        .as_array()
        .expect("sub-tasks")
        .iter()
        .map(|task| task["on"].as_bool().expect("a tick"))
        .collect();
    assert_eq!(ticked, [true, true, false], "what rests on a refuted claim alone starts unticked");
    let report = finished.records_of("mission_ended")[0]["report"].as_str().expect("a report").to_owned();
    assert_eq!(sum_of_causes(&report), failures(&report), "{report}");
    // The check of the first sub-task counts the failures with grep.
    assert!(report.contains("✓ written | changed failures.csv"), "{report}");
    assert!(report.contains("✓ written | changed failures.md"), "{report}");
}

#[test]
fn without_an_approval_the_demos_card_is_printed_and_how_to_approve_it() {
    let finished = workspace().run(["exec", "--provider", "demo", "--mode", "recursive"]).with_code(3);
    for told in
        ["MISSION CARD · revision 1", "[ ] 3. Hold the number", "h2 [refuted]", "--approve-mission --resume"]
    {
        assert!(finished.stderr.contains(told), "{told}\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("error: "), "{}", finished.stderr);
}

#[test]
fn another_question_is_answered_honestly() {
    let asked = ["rlm", "--provider", "demo", "how are you?"];
    assert!(workspace().run(asked).with_code(0).stdout.starts_with("I am a recording"));
    let asked = ["exec", "--provider", "demo", "--mode", "recursive", "how are you?"];
    let finished = workspace().run(asked).with_code(1);
    assert!(finished.stderr.contains("I am a recording and know one mission"), "{}", finished.stderr);
}

#[test]
fn on_the_screen_the_demos_mission_is_approved_watched_and_reported() {
    let workspace = workspace();
    let mut command = workspace.command();
    command.args(["--provider", "demo", "--mode", "recursive"]);
    let terminal = Terminal::start(&command, 120, 40);
    terminal.wait_for_text("Say which requests in app.log failed");
    terminal.wait_for_text("[Enter] approve");
    terminal.send("\r");
    terminal.wait_for_text("pieces = chunk");
    terminal.keys("<C-t>");
    // How many there are grows while some are asked again.
    let has_children =
        |screen: &Screen| screen.contains("CALLS") && screen.contains("research") && screen.contains("/4");
    terminal.wait_for(has_children, "the tree of calls", DEADLINE);
    terminal.keys("<Esc>");
    terminal.wait_for_text("requests failed;");
    terminal.wait_for_text("changed failures.md");
}
