//! After foreign text was read: the network asks, whatever let it pass before.

use std::path::Path;

use headwater_policy::{
    AfterForeign, Decision, Foreign, Layer, Policy, Question, RuleTexts, Source, TAINT_RULE, Withheld,
};
use headwater_protocol::{Access, Capability, Confinement, ModeId};

use crate::setting::{HOME, WORKSPACE, mode, policy, verdict};

const SOURCE: &str = "the output of `curl x.org`";

fn tainted(policy: &Policy, id: ModeId, is_sandboxed: bool, command: &str, rules: &[&str]) -> Decision {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let access = Access::Run { command: command.to_owned() };
    let mode = mode(id);
    policy.decide(&Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: &mode,
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed,
        taint: Some(Foreign { source: SOURCE, rules: &rules, server: None }),
        withheld: Withheld::default(),
        at_stake: None,
    })
}

#[test]
fn p5_a_network_call_asks_in_yolo_and_against_a_rule_once_foreign_text_was_read() {
    let rules = policy(&["Bash(curl *)", "Bash(git push *)", "Bash(npm install *)"], &[], &[]);
    for command in
        ["curl https://x.org", "git push origin main", "npm install left-pad", "ls; curl x.org | cat"]
    {
        for (policy, id) in
            [(&rules, ModeId::Agent), (&Policy::default(), ModeId::Yolo), (&rules, ModeId::Yolo)]
        {
            let before = crate::setting::run(policy, id, true, command);
            assert_eq!(verdict(&before), "allow", "{command} before");
            let asked = tainted(policy, id, true, command, &[]);
            let Decision::Ask { rule, why, is_catastrophic, .. } = &asked else {
                panic!("{command}: {asked:?}")
            };
            assert_eq!((rule.as_str(), *is_catastrophic), (TAINT_RULE, false));
            assert!(why.contains(SOURCE), "{why}");
        }
    }
}

#[test]
fn p5_a_rule_given_since_counts_and_one_given_before_does_not() {
    let rules = policy(&["Bash(curl *)", "Bash(git push *)"], &[], &[]);
    for id in [ModeId::Agent, ModeId::Yolo] {
        assert_eq!(verdict(&tainted(&rules, id, true, "curl x.org", &["Bash(curl *)"])), "allow");
        assert_eq!(verdict(&tainted(&rules, id, true, "curl x.org", &["Bash(git push *)"])), "ask");
        let both = "curl x.org; git push origin main";
        assert_eq!(verdict(&tainted(&rules, id, true, both, &["Bash(curl *)"])), "ask");
    }
    // A rule that was withdrawn since is in no list any more.
    assert_eq!(
        verdict(&tainted(&Policy::default(), ModeId::Yolo, true, "curl x.org", &["Bash(curl *)"])),
        "ask"
    );
}

#[test]
fn p5_the_rule_that_is_offered_lets_the_same_call_pass() {
    for command in ["curl https://x.org", "git fetch origin", "npm install left-pad"] {
        let asked = tainted(&Policy::default(), ModeId::Yolo, true, command, &[]);
        let Decision::Ask { offers, .. } = &asked else { panic!("{asked:?}") };
        let given: Vec<&str> = offers.iter().map(String::as_str).collect();
        assert!(!given.is_empty(), "{command}");
        assert_eq!(
            verdict(&tainted(&policy(&given, &[], &[]), ModeId::Yolo, true, command, &given)),
            "allow"
        );
    }
}

#[test]
fn p5_what_needs_no_network_runs_without_it() {
    for (command, expected) in [
        ("cargo test", Confinement::WorkspaceWrite),
        ("./build.sh", Confinement::WorkspaceWrite),
        ("ls", Confinement::WorkspaceWrite),
    ] {
        let decision = tainted(&Policy::default(), ModeId::Yolo, true, command, &[]);
        let Decision::Allow { confinement, .. } = decision else { panic!("{command}: {decision:?}") };
        assert_eq!(confinement, expected, "{command}");
        let open = tainted(&Policy::default(), ModeId::Yolo, false, command, &[]);
        assert_eq!(verdict(&open), "allow", "without a sandbox only what is known of a command counts");
    }
    let agent = tainted(&Policy::default(), ModeId::Agent, true, "cargo test", &[]);
    assert!(matches!(agent, Decision::Allow { confinement: Confinement::WorkspaceWrite, .. }), "{agent:?}");
}

#[test]
fn p5_a_question_that_is_asked_anyway_says_what_was_read() {
    let asked = tainted(&Policy::default(), ModeId::Agent, true, "curl x.org", &[]);
    let Decision::Ask { why, .. } = asked else { panic!("{asked:?}") };
    assert!(why.contains("network") && why.contains(SOURCE), "{why}");
    let denied = tainted(&Policy::default(), ModeId::Plan, true, "curl x.org", &[]);
    assert_eq!(verdict(&denied), "deny");
}

/// What is decided of a tool of a server.
fn remote(policy: &Policy, (tool, capability): (&str, Capability), foreign: Foreign<'_>) -> Decision {
    policy.decide(&Question {
        tool,
        capability,
        access: &Access::Nothing,
        mode: &mode(ModeId::Yolo),
        workspace: Path::new(WORKSPACE),
        home: None,
        is_sandboxed: true,
        taint: Some(foreign),
        withheld: Withheld::default(),
        at_stake: None,
    })
}

#[test]
fn p5_what_a_server_said_may_go_back_to_it_alone_and_where_its_tools_are_let() {
    let (reads, writes) = (Capability::Read, Capability::Write);
    let let_through = policy(&["mcp__web__*", "mcp__other__*", "Bash(curl *)"], &[], &[]);
    let table = [
        ("vouched", &Policy::default(), ("mcp__web__fetch", reads), Some("web"), "allow"),
        ("nobody lets it", &Policy::default(), ("mcp__web__post", writes), Some("web"), "ask"),
        ("a rule lets it", &let_through, ("mcp__web__post", writes), Some("web"), "allow"),
        ("another server", &let_through, ("mcp__other__post", writes), Some("web"), "ask"),
        ("from elsewhere, too", &let_through, ("mcp__web__post", writes), None, "ask"),
    ];
    for (name, policy, tool, server, expected) in table {
        let decision = remote(policy, tool, Foreign { source: SOURCE, rules: &[], server });
        assert_eq!(decision.name(), expected, "{name}");
    }
    let denies = after(Some(AfterForeign::Deny), None);
    let foreign = Foreign { source: SOURCE, rules: &[], server: Some("web") };
    assert_eq!(remote(&denies, ("mcp__web__fetch", reads), foreign).name(), "deny");
}

#[test]
fn p5_tools_of_servers_ask_too() {
    let decide = |policy: &Policy, rules: &[String]| {
        let foreign = Foreign { source: SOURCE, rules, server: None };
        remote(policy, ("mcp__web__fetch", Capability::Read), foreign)
    };
    let asked = decide(&Policy::default(), &[]);
    let Decision::Ask { offers, .. } = &asked else { panic!("{asked:?}") };
    let given: Vec<&str> = offers.iter().map(String::as_str).collect();
    assert_eq!(decide(&policy(&given, &[], &[]), offers).name(), "allow");
    assert_eq!(decide(&policy(&given, &[], &[]), &[]).name(), "ask");
}

/// The rules of a person and of a project, each with what it says of the network after foreign text.
fn after(person: Option<AfterForeign>, project: Option<AfterForeign>) -> Policy {
    let layer = |source, after_foreign| {
        Layer::new(source, &RuleTexts { after_foreign, ..RuleTexts::default() }).unwrap()
    };
    Policy::new(vec![layer(Source::User, person), layer(Source::Project, project)])
}

#[test]
fn p5_what_the_setting_says_of_the_network_after_foreign_text_and_a_project_only_tightens_it() {
    let (allow, ask, deny) = (Some(AfterForeign::Allow), Some(AfterForeign::Ask), Some(AfterForeign::Deny));
    let table = [
        (None, None, "ask"),
        (ask, None, "ask"),
        (allow, None, "allow"),
        (deny, None, "deny"),
        (None, allow, "ask"),
        (deny, allow, "deny"),
        (allow, ask, "ask"),
        (allow, deny, "deny"),
    ];
    for (person, project, expected) in table {
        let policy = after(person, project);
        for command in ["curl https://x.org", "git push origin main"] {
            let decision = tainted(&policy, ModeId::Yolo, true, command, &[]);
            assert_eq!(verdict(&decision), expected, "{command}: {person:?}, {project:?}");
        }
        assert_eq!(verdict(&tainted(&policy, ModeId::Yolo, true, "cargo test", &[])), "allow");
        assert_eq!(
            verdict(&tainted(&policy, ModeId::Yolo, true, "git push --force", &[])),
            if expected == "deny" { "deny" } else { "stop" }
        );
    }
    let Decision::Allow { rule, .. } = tainted(&after(allow, None), ModeId::Yolo, true, "curl x.org", &[])
    else {
        panic!("it is allowed")
    };
    assert_eq!(rule, headwater_protocol::audit::AFTER_FOREIGN, "the audit finds who let it");
}
