//! Deleting files (HARNESS B5): every form asks, and what is the session's own does not.

use std::path::{Path, PathBuf};

use headwater_policy::{Decision, Going, Policy, Question, Withheld};
use headwater_protocol::{Access, Capability, ModeId};

use crate::setting::{HOME, WORKSPACE, agent, mode, policy, run, verdict};

const TABLE: &str = include_str!("deletions.table");

/// The lines of the table: the rule that asks and the command.
fn cases() -> impl Iterator<Item = (&'static str, String)> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(|line| {
        let (rule, command) = line.split_once(" | ").unwrap();
        (rule, command.replace('⏎', "\n"))
    })
}

fn asked<T>(command: &str, ask: impl FnOnce(&Question<'_>) -> T) -> T {
    let access = Access::Run { command: command.to_owned() };
    ask(&Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: &mode(ModeId::Agent),
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed: true,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    })
}

/// What is said when these files of the workspace are there and not the session's own.
pub(crate) fn knowing(policy: &Policy, at_stake: &[&str], command: &str) -> Decision {
    let at_stake: Vec<PathBuf> = at_stake.iter().map(|path| Path::new(WORKSPACE).join(path)).collect();
    asked(command, |question| policy.decide(&Question { at_stake: Some(&at_stake), ..*question }))
}

#[test]
fn b5_every_form_of_deleting_asks_by_its_rule() {
    let mut wrong = Vec::new();
    for (rule, command) in cases() {
        let decision = agent(&Policy::default(), &command);
        let is_asked = matches!(decision, Decision::Ask { .. });
        if !is_asked || decision.rule() != format!("built-in: {rule}") {
            wrong.push(format!("{command:?}: {} by {}", verdict(&decision), decision.rule()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases().count() >= 140);
}

#[test]
fn b5_yolo_asks_before_what_is_catastrophic_and_plan_deletes_nothing() {
    for (rule, command) in cases() {
        let yolo = run(&Policy::default(), ModeId::Yolo, true, &command);
        let expected = if rule == "catastrophic" { "stop" } else { "allow" };
        assert_eq!(verdict(&yolo), expected, "{command}");
        let plan = run(&policy(&["Bash", "Delete"], &[], &[]), ModeId::Plan, true, &command);
        assert_eq!(verdict(&plan), "deny", "{command}");
    }
}

#[test]
fn b5_what_the_session_made_or_is_not_there_goes_without_a_question() {
    let none = Policy::default();
    for (at_stake, command, expected) in [
        (vec![], "rm mine.txt", "allow"),
        (vec!["theirs.txt"], "rm mine.txt", "allow"),
        (vec!["theirs.txt"], "rm mine.txt theirs.txt", "ask"),
        (vec!["theirs.txt"], "rm mine.txt; rm theirs.txt", "ask"),
        (vec!["theirs.txt"], "git rm theirs.txt", "ask"),
        (vec![], "git rm mine.txt", "allow"),
        (vec![], "git rm --cached theirs.txt", "allow"),
        (vec![], "git -C sub rm mine.txt", "ask"),
        (vec!["sub/theirs.txt"], "cd sub && rm theirs.txt", "ask"),
        (vec!["theirs.txt"], "mv mine.txt theirs.txt", "ask"),
        (vec!["theirs.txt"], "mv theirs.txt free.txt", "allow"),
        (vec!["theirs.txt"], "mv -n mine.txt theirs.txt", "allow"),
        (vec!["sub/mine.txt"], "mv mine.txt sub", "ask"),
        (vec!["sub/mine.txt"], "mv -t sub mine.txt", "ask"),
        (vec![], "mv mine.txt sub", "allow"),
        (vec!["sub/*.txt"], "mv *.txt sub", "ask"),
        (vec!["sub/mine.txt"], "mv *.txt sub", "allow"),
        (vec!["theirs.txt"], "ln -sf mine.txt theirs.txt", "ask"),
        (vec!["sub/mine.txt"], "ln -f mine.txt sub", "ask"),
        (vec!["theirs.txt"], "ln -s theirs.txt link", "allow"),
        (vec![], "ln -sfn theirs.txt link", "allow"),
        // What only running it tells, trees and patterns ask whatever is known.
        (vec![], "rm -r sub", "ask"),
        (vec![], "rm *.txt", "ask"),
        (vec![], "rm \"$F\"", "ask"),
        (vec![], "python3 -c \"import os; os.remove('mine.txt')\"", "ask"),
        // Overwriting is writing.
        (vec!["theirs.txt"], "echo x > theirs.txt", "allow"),
        (vec!["theirs.txt"], ": > theirs.txt", "allow"),
        (vec!["theirs.txt"], "cp mine.txt theirs.txt", "allow"),
        (vec!["empty"], "rmdir empty", "allow"),
        (vec!["/opt/x"], "rm /opt/x", "stop"),
    ] {
        assert_eq!(verdict(&knowing(&none, &at_stake, command)), expected, "{command} {at_stake:?}");
    }
}

#[test]
fn b5_words_that_only_look_like_deleting_ask_nothing() {
    for command in [
        "python3 -c \"todos.remove(1); repos.remove(2)\"",
        "python3 -c \"profile.remove(x)\"",
        "python3 -c \"User.objects.all().delete()\"",
        "python3 manage.py shell -c \"session.query(User).delete()\"",
        "node -e \"new Map().delete(1)\"",
        "sed -i '/foo/d' a.txt",
        "sed -i -e '/foo/d' -e '/bar/d' a.txt",
        "sed -i.bak -E '/^import/a import os' a.txt",
        "sed -ni '/unlink/p' a.txt",
        "grep -r 'rm -rf' .",
        "git commit -m 'fs: unlink the socket (rm a.txt)'",
        "cat > clean.sh <<'E'\nrm -rf build\nE",
    ] {
        assert_eq!(verdict(&agent(&Policy::default(), command)), "allow", "{command}");
    }
    for (command, expected) in [
        ("sed -i '/foo/d' /opt/x", "ask"),
        ("sed -i -e d /opt/x", "ask"),
        ("sed -i --expression=d /opt/x", "ask"),
        ("sed -ied /opt/x", "allow"),
        ("sed -i --expr=d .git/hooks/x", "stop"),
        ("sed -i -ed .git/hooks/x", "stop"),
        ("sed -i $X .git/hooks/x", "stop"),
    ] {
        assert_eq!(verdict(&agent(&Policy::default(), command)), expected, "{command}");
    }
}

#[test]
fn b5_the_files_that_go_are_named_for_whoever_looks() {
    let of = |command: &str| {
        let Going { files, replaced, moves, .. } =
            asked(command, |question| Policy::default().going(question));
        let names = |paths: &[PathBuf]| {
            let name = |path: &PathBuf| path.strip_prefix(WORKSPACE).unwrap().display().to_string();
            paths.iter().map(name).collect::<Vec<_>>().join(" ")
        };
        (names(&files), names(&replaced), moves)
    };
    let going = |files: &str, replaced: &str, moves| (files.to_owned(), replaced.to_owned(), moves);
    assert_eq!(of("rm a b; unlink sub/c"), going("a b sub/c", "", false));
    assert_eq!(of("mv a b && rm b"), going("b", "b b/a", true));
    assert_eq!(of("mv a x; mv b x"), going("x", "x x/a x/b", true));
    assert_eq!(of("gzip a && rm a.gz"), going("a.gz", "", true));
    assert_eq!(of("git stash pop; rm a"), going("a", "", true));
    assert_eq!(of("rm -r a; rm *.o; ls"), going("", "", false));
}

#[test]
fn b5_a_yes_for_the_session_covers_files_that_are_named_and_nothing_wider() {
    let Decision::Ask { offers, rule, why, .. } = agent(&Policy::default(), "ls && rm a.txt && cargo add x")
    else {
        panic!("it asks")
    };
    assert_eq!(offers, ["Delete(./**)", "Bash(cargo add *)"]);
    assert_eq!((rule.as_str(), why.as_str()), ("built-in: deletes files", "it deletes a.txt"));
    let given = policy(&["Delete(./**)"], &[], &[]);
    for (command, expected) in [
        ("rm a.txt", "allow"),
        ("rm sub/b.txt c.txt && ls", "allow"),
        ("git rm a.txt", "allow"),
        ("rm -r sub", "ask"),
        ("rm *.o", "ask"),
        ("rm a.txt && curl x.org", "ask"),
        ("find . -name x -delete", "ask"),
        ("git clean -f", "ask"),
        ("python3 -c \"import os; os.remove('a')\"", "ask"),
        ("LD_PRELOAD=./x rm a.txt", "ask"),
        ("rm ../a.txt", "stop"),
        ("rm .git/config", "stop"),
        ("svn rm a.txt", "ask"),
    ] {
        assert_eq!(verdict(&agent(&given, command)), expected, "{command}");
    }
    let Decision::Ask { offers, .. } = run(&Policy::default(), ModeId::Agent, false, "rm a.txt") else {
        panic!("it asks")
    };
    assert_eq!(offers, ["Bash(rm a.txt)"], "without a sandbox the program counts, too");
    let onto = [Path::new(WORKSPACE).join("sub/*.txt")];
    let decision =
        asked("mv *.txt sub", |question| given.decide(&Question { at_stake: Some(&onto), ..*question }));
    let Decision::Ask { offers, .. } = decision else { panic!("what a pattern moves onto nobody has named") };
    assert!(!offers.iter().any(|offer| offer.starts_with("Delete")), "{offers:?}");
    let narrow = policy(&["Delete(build/**)", "Delete(*.o)"], &[], &[]);
    for (command, expected) in [
        ("rm build/a.txt", "allow"),
        ("rm deep/x.o", "allow"),
        ("rm deep/x.o a.txt", "ask"),
        ("rm a.txt", "ask"),
    ] {
        assert_eq!(verdict(&agent(&narrow, command)), expected, "{command}");
    }
}

#[test]
fn b5_a_rule_against_deleting_holds_in_every_mode() {
    let rules = policy(&["Bash"], &[], &["Delete(docs/**)"]);
    for (command, expected) in [
        ("rm docs/a.md", "deny"),
        ("cd docs && rm a.md", "deny"),
        ("rm -r docs", "deny"),
        ("rm docs/*.md", "deny"),
        ("find docs -delete", "deny"),
        ("git rm docs/a.md", "deny"),
        ("rm a.md", "allow"),
        ("cat docs/a.md", "allow"),
    ] {
        for id in [ModeId::Agent, ModeId::Yolo] {
            assert_eq!(verdict(&run(&rules, id, true, command)), expected, "{command}");
        }
    }
    let never = policy(&["Bash"], &[], &["Delete"]);
    for command in ["rm a", "rm -r a", "unlink a", "python3 -c 'import os; os.remove(1)'"] {
        assert_eq!(verdict(&run(&never, ModeId::Yolo, true, command)), "deny", "{command}");
    }
}
