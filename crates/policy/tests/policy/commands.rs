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

/// The verdicts of Agent mode in a sandbox on these commands.
fn verdicts<'a>(commands: &[&'a str]) -> Vec<(&'a str, &'static str)> {
    let judge =
        |command: &&'a str| (*command, verdict(&run(&Policy::default(), ModeId::Agent, true, command)));
    commands.iter().map(judge).collect()
}

#[test]
fn a_letter_in_the_pattern_of_git_clean_is_no_dry_run() {
    let found = verdicts(&[
        "git clean -fd -enode_modules",
        "git clean -fd -e -n",
        "git clean -fd --exclude -n",
        "git clean -fdenode_modules",
        "git clean -fdx -enode_modules",
        "git clean -nfd",
        "git clean -fd --exclude=x -n",
        "git clean -xd --dry-run",
    ]);
    let expected = ["ask", "ask", "ask", "ask", "stop", "allow", "allow", "allow"];
    assert_eq!(found.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(), expected, "{found:?}");
}

#[test]
fn what_destroys_asks_in_every_spelling() {
    for (command, found) in verdicts(&[
        "git branch -f main HEAD~3",
        "git branch --delete --force x",
        "git prune",
        "git prune --expire=now",
        "rm --r -f src",
        "rm --rec src",
        "rimraf src",
        "tar -I 'rm -rf .' -cf a.tar b",
        "tar -cf a.tar -F ./script b",
        "systemctl stop cat",
        "script -qc 'make clean' /dev/null",
    ]) {
        assert_ne!(found, "allow", "{command}");
    }
    let rewriting = run(&Policy::default(), ModeId::Yolo, true, "git push --mi");
    assert_eq!(verdict(&rewriting), "stop", "an abbreviated --mirror");
    for (command, found) in verdicts(&["git prune -n", "systemctl status x", "service x status", "git gc"]) {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn what_xargs_puts_in_place_of_a_mark_is_seen() {
    for (command, found) in verdicts(&[
        "ls | xargs -I % sh -c '%'",
        "ls | xargs -I% sh -c 'echo; %'",
        "ls | xargs -0I % sh -c '%'",
        "ls | xargs --replace=% sh -c '%'",
        "ls | xargs -0I % rm -rf %",
        "ls | xargs -0n 1 rm -rf",
        "ls | toybox rm -rf src",
    ]) {
        assert_ne!(found, "allow", "{command}");
    }
    for (command, found) in
        verdicts(&["ls | xargs -I % cat %", "ls | xargs -0 -n 1 wc -l", "ls | xargs -dn wc"])
    {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn a_place_of_secrets_is_found_behind_patterns_and_variables() {
    for (command, found) in verdicts(&[
        "cat ~/.ss*/id_rsa",
        "cat ~/.s?h/*",
        "cat /home/ada/.a[w]s/credentials",
        "K=~/.ssh; cat $K/id_rsa",
        "cat /proc/*/environ",
        "cat /proc/$PPID/environ",
    ]) {
        assert_eq!(found, "ask", "{command}");
    }
    for (command, found) in
        verdicts(&["ls ~/*", "cat ~/.bash*rc", "cat /proc/$PPID/status", "ls /etc/*release"])
    {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn a_command_in_an_array_index_is_found_in_pieces() {
    for (command, found) in verdicts(&[
        r"let $'a[\x24(touch x)]=1'",
        r#"let 'a['"\$(touch x)"']=1'"#,
        r"unset $'a[\x60touch x\x60]'",
        r"printf -v $'a[\x24(touch x)]' y",
    ]) {
        assert_eq!(found, "ask", "{command}");
    }
    for (command, found) in verdicts(&["let x=1", "printf \"[$(date)]\"", "unset x", "echo \"[$(pwd)]\""]) {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn a_reader_told_to_write_protected_configuration_stops() {
    for command in [
        "sort -o .git/hooks/pre-commit x",
        "sort -o.git/config x",
        "uniq a .git/config",
        "xxd -r a .git/hooks/pre-push",
        "tree -o .headwater/config.toml",
        "find . -fprint .git/hooks/pre-commit",
    ] {
        assert_eq!(verdict(&run(&Policy::default(), ModeId::Yolo, true, command)), "stop", "{command}");
    }
    for (command, found) in verdicts(&["sort -o x x", "uniq a b", "find . -fprint out", "tree -o out"]) {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn a_checkout_of_what_may_be_a_file_asks_and_names_git_switch() {
    for command in ["git checkout Makefile", "git checkout src", "git checkout fix~", "git checkout v1.2.rs"]
    {
        let Decision::Ask { why, .. } = run(&Policy::default(), ModeId::Agent, true, command) else {
            panic!("{command} did not ask")
        };
        assert!(why.contains("may be a file") && why.contains("git switch"), "{command}: {why}");
    }
    for (command, found) in verdicts(&["git checkout master", "git checkout v2.0.1", "git switch src"]) {
        assert_eq!(found, "allow", "{command}");
    }
}

#[test]
fn yolo_stops_at_deletions_elsewhere_and_a_yes_opens_no_more_than_the_network() {
    for command in ["gh repo delete --yes", "kubectl delete ns x", "terraform destroy", "aws s3 rb s3://x"] {
        let decision = run(&Policy::default(), ModeId::Yolo, true, command);
        assert_eq!(verdict(&decision), "stop", "{command}");
        let Decision::Ask { confinement, .. } = decision else { panic!("{command} did not ask") };
        assert_eq!(confinement, Confinement::WorkspaceWriteNetwork, "{command}");
    }
}

#[test]
fn what_a_runner_or_a_small_shell_of_its_own_destroys_asks() {
    for (command, found) in verdicts(&[
        "cmake -E rm -rf src",
        "npm exec -- rimraf .",
        "uv run --with x rm -rf .",
        "make -f /dev/stdin",
        "git mv -f a b",
        "while read f; do > \"$f\"; done",
    ]) {
        assert_ne!(found, "allow", "{command}");
    }
    let reader = run(&Policy::default(), ModeId::Plan, true, "npm exec -- ls");
    assert_eq!(verdict(&reader), "deny", "a package may be called like a reader");
}
