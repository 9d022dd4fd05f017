//! Calls of the file tools and of tools that touch nothing.

use std::path::Path;

use headwater_policy::{Decision, Policy, Question, Withheld};
use headwater_protocol::{Access, Capability, Confinement, ModeId};

use crate::setting::{HOME, WORKSPACE, file, mode, policy, verdict};

#[test]
fn file_tools_work_in_the_workspace_and_nowhere_else() {
    let policy = Policy::default();
    for (tool, path, expected) in [
        ("read", "src/lib.rs", ["allow", "allow", "allow"]),
        ("read", "/work/app/src/lib.rs", ["allow", "allow", "allow"]),
        ("read", ".", ["allow", "allow", "allow"]),
        ("read", "src/../Cargo.toml", ["allow", "allow", "allow"]),
        ("read", "blob:0193", ["allow", "allow", "allow"]),
        ("read", "../other/x", ["deny", "deny", "deny"]),
        ("read", "/etc/hosts", ["deny", "deny", "deny"]),
        ("read", "src/../../x", ["deny", "deny", "deny"]),
        ("read", "/work/application/x", ["deny", "deny", "deny"]),
        ("grep", "src", ["allow", "allow", "allow"]),
        ("list", "/", ["deny", "deny", "deny"]),
        ("write", "src/new.rs", ["deny", "allow", "allow"]),
        ("edit", "src/lib.rs", ["deny", "allow", "allow"]),
        ("edit", "/work/app/src/lib.rs", ["deny", "allow", "allow"]),
        ("write", "../x", ["deny", "deny", "deny"]),
        ("write", "/tmp/x", ["deny", "deny", "deny"]),
        ("write", "/etc/hosts", ["deny", "deny", "deny"]),
        ("write", "src/../../x", ["deny", "deny", "deny"]),
        ("write", ".git/hooks/pre-commit", ["deny", "stop", "stop"]),
        ("edit", ".git/config", ["deny", "stop", "stop"]),
        ("edit", ".GIT/Config", ["deny", "stop", "stop"]),
        ("edit", "vendor/x/.git/hooks/post-merge", ["deny", "stop", "stop"]),
        ("write", ".git/modules/libs/x/hooks/post-checkout", ["deny", "stop", "stop"]),
        ("edit", ".git/modules/x/config", ["deny", "stop", "stop"]),
        ("write", ".git/modules/x/description", ["deny", "allow", "allow"]),
        ("write", ".headwater/config.toml", ["deny", "stop", "stop"]),
        ("write", "src/../.headwater/config.toml", ["deny", "stop", "stop"]),
        ("write", ".vscode/tasks.json", ["deny", "stop", "stop"]),
        ("write", ".mcp.json", ["deny", "stop", "stop"]),
        ("write", "AGENTS.md", ["deny", "allow", "allow"]),
        ("write", ".gitignore", ["deny", "allow", "allow"]),
    ] {
        let found =
            [ModeId::Plan, ModeId::Agent, ModeId::Yolo].map(|id| verdict(&file(&policy, id, tool, path)));
        assert_eq!(found, expected, "{tool} {path}");
    }
}

#[test]
fn rules_bind_file_tools() {
    let policy = policy(
        &["Edit", "Edit(.git/config)"],
        &["Edit(Cargo.toml)"],
        &["Read(./.env)", "Write(docs/**)", "glob", "Read(private/**)"],
    );
    for (tool, path, expected) in [
        ("read", ".env", "deny"),
        ("read", "src/../.env", "deny"),
        ("grep", ".env", "deny"),
        ("read", "sub/.env", "ask"),
        ("glob", "src", "deny"),
        ("grep", "private", "deny"),
        ("grep", "private/deep", "deny"),
        ("list", "src", "allow"),
        ("write", "docs/a/b.md", "deny"),
        ("edit", "docs/a/b.md", "allow"),
        ("edit", "Cargo.toml", "ask"),
        ("edit", "crates/x/Cargo.toml", "ask"),
        ("edit", ".git/config", "stop"),
        ("edit", "../x", "deny"),
    ] {
        assert_eq!(verdict(&file(&policy, ModeId::Agent, tool, path)), expected, "{tool} {path}");
    }
}

#[test]
fn a_call_never_does_more_than_its_class_says() {
    let policy = Policy::default();
    let run = |command: &str| Access::Run { command: command.to_owned() };
    for (id, access) in [
        (ModeId::Plan, Access::Write(vec!["a".into()])),
        (ModeId::Plan, run("touch a")),
        (ModeId::Recursive, run("ls")),
    ] {
        let question = Question {
            tool: "sly",
            capability: Capability::Read,
            access: &access,
            mode: &mode(id),
            workspace: Path::new(WORKSPACE),
            home: Some(Path::new(HOME)),
            is_sandboxed: true,
            taint: None,
            withheld: Withheld::default(),
            at_stake: None,
        };
        assert_eq!(policy.decide(&question).name(), "deny", "{access:?}");
    }
}

#[test]
fn tools_that_touch_nothing_run_unless_they_may_change_something() {
    for (capability, expected) in [
        (Capability::Read, "allow"),
        (Capability::State, "allow"),
        (Capability::Ask, "allow"),
        (Capability::Shell, "allow"),
        (Capability::Write, "ask"),
    ] {
        let decide = |policy: &Policy| {
            policy.decide(&Question {
                tool: "mcp__srv__tool",
                capability,
                access: &Access::Nothing,
                mode: &mode(ModeId::Agent),
                workspace: Path::new(WORKSPACE),
                home: None,
                is_sandboxed: true,
                taint: None,
                withheld: Withheld::default(),
                at_stake: None,
            })
        };
        let found = decide(&Policy::default());
        assert_eq!(found.name(), expected, "{capability:?}");
        if let Decision::Ask { offers, confinement, .. } = found {
            assert_eq!(confinement, Confinement::WorkspaceWrite);
            let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
            assert_eq!(decide(&policy(&offers, &[], &[])).name(), "allow");
        }
        assert_eq!(decide(&policy(&[], &[], &["mcp__srv__*"])).name(), "deny");
    }
}
