//! The table of commands: what each mode says, with and without a sandbox.

use headwater_policy::{Decision, Policy};
use headwater_protocol::{Confinement, ModeId};

use crate::setting::{explain, run, verdict};

const TABLE: &str = include_str!("commands.table");

/// The lines of the table: three expected verdicts and the command.
pub(crate) fn cases() -> impl Iterator<Item = ([&'static str; 3], String)> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(|line| {
        let (expected, command) = line.split_once(" | ").unwrap();
        let expected: Vec<&str> = expected.split(' ').collect();
        (expected.try_into().unwrap(), command.replace('⏎', "\n"))
    })
}

#[test]
fn every_command_of_the_table_gets_its_verdict() {
    let policy = Policy::default();
    let mut wrong = Vec::new();
    for (expected, command) in cases() {
        let settings = [(ModeId::Agent, true), (ModeId::Agent, false), (ModeId::Yolo, true)];
        let found = settings.map(|(id, is_sandboxed)| verdict(&run(&policy, id, is_sandboxed, &command)));
        if found != expected {
            let why = explain(&policy, ModeId::Agent, true, &command);
            wrong.push(format!("{command:?}\n  expected {expected:?}, found {found:?}: {:?}", why.decision));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_as_large_as_promised() {
    assert!(cases().count() >= 300);
}

#[test]
fn plan_mode_runs_what_only_reads_and_no_rule_makes_it_more() {
    let everything = crate::setting::policy(&["Bash", "Bash(*)"], &[], &[]);
    for (expected, command) in cases() {
        // Where no sandbox works, Agent runs without a question what only reads, and nothing else.
        let reads = expected[1] == "allow";
        for policy in [&Policy::default(), &everything] {
            let decision = run(policy, ModeId::Plan, true, &command);
            assert_eq!(verdict(&decision), if reads { "allow" } else { "deny" }, "{command}");
            if let Decision::Allow { confinement, .. } = decision {
                assert_eq!(confinement, Confinement::ReadOnly, "{command}");
            }
        }
        let decision = run(&everything, ModeId::Recursive, true, &command);
        assert_eq!((verdict(&decision), decision.rule()), ("deny", "mode: recursive"), "{command}");
    }
}

#[test]
fn limits_fail_closed() {
    let policy = Policy::default();
    let long = format!("echo {}", "a".repeat(10_001));
    let many = "ls; ".repeat(201);
    let deep = format!("{}ls{}", "$(".repeat(90), ")".repeat(90));
    for command in [long, many, format!("echo {deep}")] {
        assert_eq!(verdict(&run(&policy, ModeId::Agent, true, &command)), "ask");
    }
    let hidden = format!("rm -rf /; {}", "ls; ".repeat(300));
    assert_eq!(verdict(&run(&policy, ModeId::Yolo, true, &hidden)), "stop");
}

#[test]
fn a_value_expanded_as_a_prompt_hides_no_command() {
    let policy = Policy::default();
    for command in [
        r#"x='$(rm -rf .)'; echo "${x@P}""#,
        r"x='`rm -rf .`'; y=${x@P}",
        r#"x='$(rm -rf .)'; cat <<< "a${x[0]@P}""#,
        "x='$(rm -rf .)'; cat <<E\n${x@P}\nE",
    ] {
        assert_eq!(verdict(&run(&policy, ModeId::Yolo, true, command)), "stop", "{command}");
    }
    assert_eq!(verdict(&run(&policy, ModeId::Agent, true, r#"echo "${x@P}""#)), "ask");
    assert_eq!(verdict(&run(&policy, ModeId::Agent, true, r#"echo "${x@Q}""#)), "allow");
}

#[test]
fn a_reader_with_an_option_that_acts_is_no_reader() {
    let policy = Policy::default();
    for command in
        ["date -s 2020-01-01", "date --set=@0", "date 010100002020", "man -P ./x ls", "man -H./x ls"]
    {
        assert_eq!(verdict(&run(&policy, ModeId::Agent, true, command)), "ask", "{command}");
    }
    for command in ["date", "date +%s", "date -d tomorrow", "date -u +%F", "man ls"] {
        assert_eq!(
            explain(&policy, ModeId::Plan, true, command).decision,
            run(&policy, ModeId::Plan, true, "ls")
        );
    }
}

#[test]
fn characters_beyond_ascii_do_not_end_the_process() {
    for script in [
        "㺸꣔8&={\u{e01c7}§{C𐮪{:🀱🂧㆜?ெଏY%🕴$-&Ⱥﴮ0𑀙å{𚿳",
        "ö=1; $ö; ${ö}; {a..ö}; [[ ö == 漢* ]]; ((ö)); echo <<ö\nö",
    ] {
        for _ in 0..200 {
            let report = explain(&Policy::default(), ModeId::Agent, true, script);
            assert!(!report.decision.name().is_empty());
        }
    }
}
