//! Files with the secrets of programs: a yes in every mode, and a rule that is one.

use std::path::{Path, PathBuf};

use headwater_policy::{Decision, Policy, Question, SECRETS_RULE, Withheld};
use headwater_protocol::{Access, Capability, ModeId};

use crate::setting::{HOME, WORKSPACE, agent, file, mode, policy, run, verdict};

#[test]
fn p5_file_tools_read_secrets_after_a_yes_only() {
    let policy = Policy::default();
    for (tool, path, expected) in [
        ("read", ".env", ["deny", "ask", "ask", "deny"]),
        ("read", "/work/app/.env", ["deny", "ask", "ask", "deny"]),
        ("read", "sub/.env.local", ["deny", "ask", "ask", "deny"]),
        ("grep", "src/../.env", ["deny", "ask", "ask", "deny"]),
        ("read", "deploy/prod.env", ["deny", "ask", "ask", "deny"]),
        ("edit", ".env", ["deny", "ask", "ask", "deny"]),
        ("write", ".env", ["deny", "ask", "ask", "deny"]),
        ("read", ".env.example", ["allow", "allow", "allow", "allow"]),
        ("read", ".env.sample", ["allow", "allow", "allow", "allow"]),
        ("read", ".env.template", ["allow", "allow", "allow", "allow"]),
        ("read", "src/env.rs", ["allow", "allow", "allow", "allow"]),
        ("glob", ".", ["allow", "allow", "allow", "allow"]),
    ] {
        let modes = [ModeId::Plan, ModeId::Agent, ModeId::Yolo, ModeId::Recursive];
        let found = modes.map(|id| verdict(&file(&policy, id, tool, path)));
        assert_eq!(found, expected, "{tool} {path}");
    }
}

#[test]
fn p5_the_rule_that_is_offered_lets_exactly_this_file_pass() {
    for (tool, path) in [("read", ".env"), ("read", "sub/.env.local"), ("edit", ".env"), ("grep", "prod.env")]
    {
        let asked = file(&Policy::default(), ModeId::Agent, tool, path);
        let Decision::Ask { rule, why, offers, .. } = asked else { panic!("{tool} {path}: {asked:?}") };
        assert_eq!(rule, SECRETS_RULE);
        assert!(why.starts_with(path) && why.contains("secrets"), "{why}");
        let rules: Vec<&str> = offers.iter().map(String::as_str).collect();
        let given = policy(&rules, &[], &[]);
        assert_eq!(verdict(&file(&given, ModeId::Agent, tool, path)), "allow", "{offers:?}");
        assert_eq!(verdict(&file(&given, ModeId::Agent, tool, "other/.env")), "ask", "{offers:?}");
    }
}

#[test]
fn p5_a_rule_for_the_file_counts_for_commands_and_one_for_the_command_does_not() {
    let read = policy(&["Read(./.env)"], &[], &[]);
    for command in ["cat .env", "source ./.env", "grep KEY ./.env", "cat .env | wc -l"] {
        assert_eq!(verdict(&agent(&read, command)), "allow", "{command}");
    }
    assert_eq!(verdict(&agent(&read, "cat .env.local")), "ask");
    let all = policy(&["Bash", "Bash(cat *)"], &[], &[]);
    for id in [ModeId::Agent, ModeId::Yolo] {
        assert_eq!(verdict(&run(&all, id, true, "cat .env")), "ask");
    }
    assert_eq!(verdict(&run(&all, ModeId::Plan, true, "cat .env")), "deny");
    let denied = policy(&["Read(./.env)"], &[], &["Read(./.env)"]);
    assert_eq!(verdict(&agent(&denied, "cat .env")), "deny");
}

#[test]
fn p5_the_rules_offered_for_a_command_let_the_same_command_pass() {
    for command in ["cat .env", "cat .env config/.env.local", "source ./.env"] {
        let asked = agent(&Policy::default(), command);
        let Decision::Ask { offers, .. } = &asked else { panic!("{command}: {asked:?}") };
        let rules: Vec<&str> = offers.iter().map(String::as_str).collect();
        assert!(!rules.is_empty(), "{command}");
        assert_eq!(verdict(&agent(&policy(&rules, &[], &[]), command)), "allow", "{command} {rules:?}");
    }
}

#[test]
fn p5_what_cannot_be_undone_stays_what_it_is() {
    assert_eq!(verdict(&agent(&Policy::default(), "cat .env; sudo rm -rf /")), "stop");
}

#[test]
fn p5_a_command_finds_no_secrets_but_those_it_was_let_read() {
    let files = || [".env", "api/.env.local"].map(|file| Path::new(WORKSPACE).join(file)).to_vec();
    let withheld = |policy: &Policy, command: &str| -> Vec<PathBuf> {
        let access = Access::Run { command: command.to_owned() };
        let question = Question {
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
        };
        policy.withheld(&question, files())
    };
    let none = Policy::default();
    let [root, api] = <[PathBuf; 2]>::try_from(files()).unwrap();
    assert_eq!(withheld(&none, "npm test"), files());
    assert_eq!(withheld(&none, "grep -r KEY ."), files());
    assert_eq!(withheld(&none, "ls .env"), files(), "a name that is only looked at was not asked for");
    assert_eq!(withheld(&none, "cat .env"), std::slice::from_ref(&api));
    assert_eq!(withheld(&none, "cat .e*"), std::slice::from_ref(&api));
    assert_eq!(withheld(&none, "cat \"$PWD/.env\""), std::slice::from_ref(&api));
    assert_eq!(withheld(&none, "cd api && cat .env.local"), [root]);
    assert_eq!(withheld(&policy(&["Read(./.env)"], &[], &[]), "npm test"), [api]);
}
