//! What a grant lets through, what it does not, and the amendment that each needs.

use std::path::PathBuf;

use headwater_protocol::Usd;
use headwater_protocol::card::{DoneCheck, Estimate, MissionCard, SubTask, Tier};
use headwater_protocol::repl::BudgetReport;
use proptest::prelude::*;

use super::*;

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn rules(reads: &[&str], writes: &[&str]) -> GrantRules {
    let grant = Grant {
        reads: strings(reads),
        writes: strings(writes),
        tools: strings(&["edit"]),
        commands: strings(&["cargo test -p pool"]),
    };
    GrantRules::new(&grant).unwrap()
}

#[test]
fn writes_lie_in_globs_component_by_component() {
    let table = [
        ("src/pool/**", "src/pool/a/b.rs", true),
        ("src/pool", "src/pool/a/b.rs", true),
        ("src/pool/", "src/pool/a.rs", true),
        ("src/pool", "src/pool", true),
        ("src/pool", "src/poolside.rs", false),
        ("src/*.rs", "src/a.rs", true),
        ("src/*.rs", "src/a/b.rs", false),
        ("**/*.md", "docs/deep/a.md", true),
        ("docs/a.md", "./docs/./a.md", true),
        ("docs/a.md", "docs/x/../a.md", true),
        ("docs/**", "docs/../src/a.rs", false),
        ("**", "../outside", false),
        ("**", "/etc/passwd", false),
        ("**", "/w/inside.rs", true),
        ("**", "/wide", false),
        (".", "any/where.rs", true),
        ("{a,b}/x", "b/x", true),
    ];
    for (glob, path, expected) in table {
        let outcome = rules(&[], &[glob]).write(Path::new(path), Path::new("/w"));
        assert_eq!(outcome.is_ok(), expected, "{glob} over {path}: {outcome:?}");
    }
    assert!(rules(&[], &[]).write(Path::new("a"), Path::new("/w")).is_err(), "no globs, no writes");
    assert_eq!(
        GrantRules::new(&Grant { writes: strings(&["a["]), ..Grant::default() }).map(drop).unwrap_err(),
        "`a[` is no glob: unclosed character class; missing ']'"
    );
}

#[test]
fn reads_are_free_within_the_workspace_unless_named() {
    let workspace = Path::new("/w");
    let all = rules(&[], &["out/**"]);
    assert_eq!(all.read(Path::new("any/where.rs"), workspace), Ok(()));
    assert_eq!(all.read(Path::new("/etc/passwd"), workspace), Err(Beyond::Read("/etc/passwd".into())));
    let few = rules(&["src/**"], &["out/**"]);
    assert_eq!(few.read(Path::new("src/a.rs"), workspace), Ok(()));
    assert_eq!(few.read(Path::new("out/a.rs"), workspace), Ok(()), "what is written may be read");
    assert_eq!(few.read(Path::new("/w/docs/a"), workspace), Err(Beyond::Read("docs/a".into())));
}

#[test]
fn calls_are_judged_by_what_they_touch() {
    let rules = rules(&[], &["src/**"]);
    let judge = |tool, capability, access: &Access| {
        rules.judge(&GrantedCall { tool, capability, access }, Path::new("/w"))
    };
    let write = |path: &str| Access::Write(vec![PathBuf::from(path)]);
    let run = |command: &str| Access::Run { command: command.to_owned() };
    assert_eq!(judge("edit", Capability::Write, &write("src/a.rs")), Ok(()));
    assert_eq!(judge("edit", Capability::Write, &write("a.rs")), Err(Beyond::Write("a.rs".into())));
    let both = Access::Write(vec!["src/a.rs".into(), "b.rs".into()]);
    assert_eq!(judge("edit", Capability::Write, &both), Err(Beyond::Write("b.rs".into())));
    assert_eq!(judge("shell", Capability::Shell, &run(" cargo test -p pool\n")), Ok(()));
    let other = "cargo test -p pool && rm -rf x";
    assert_eq!(judge("shell", Capability::Shell, &run(other)), Err(Beyond::Command(other.into())));
    assert_eq!(judge("todos", Capability::State, &Access::Nothing), Ok(()));
    let none = GrantRules::new(&Grant::default()).unwrap();
    let call = GrantedCall { tool: "write", capability: Capability::Write, access: &write("a") };
    assert_eq!(none.judge(&call, Path::new("/w")), Err(Beyond::Tool("write".into())));
}

fn card() -> MissionCard {
    let task = |n: u32, on: bool| SubTask {
        n,
        title: "t".into(),
        looks_at: vec!["src/**".into()],
        expected_output: "o".into(),
        done_check: DoneCheck::Command { command: "true".into() },
        writes: vec![],
        tools: vec![],
        tier: Tier::Cheap,
        depends_on: vec![],
        claims: vec![],
        on,
    };
    MissionCard {
        goal: "Go.".into(),
        subtasks: vec![task(1, true), task(2, true), task(3, false)],
        ..MissionCard::default()
    }
}

#[test]
fn an_amendment_allows_exactly_what_lay_beyond() {
    let table = [
        (Beyond::Read("docs/a.md".into()), Some(1), "+ sub-task 1 would also read docs/a.md"),
        (Beyond::Write("docs/a.md".into()), None, "+ sub-task 2 would also write docs/a.md"),
        (Beyond::Tool("edit".into()), Some(2), "+ sub-task 2 would also call edit"),
        (Beyond::Command("make".into()), None, "+ would also run `make`, behind sub-task 2"),
        (Beyond::Calls(300), None, "budget: 200 → 300 calls"),
        (Beyond::Cost(1_500), None, "budget: no limit → $1.50"),
    ];
    for (beyond, subtask, expected) in table {
        let amendment = amend(&card(), &beyond, subtask).unwrap();
        assert_eq!(amendment.change, expected);
        assert_ne!(amendment.card.hash(), card().hash());
        assert_eq!(crate::mission::card::lint::lint(&amendment.card), Vec::<String>::new(), "{beyond:?}");
        let rules = GrantRules::new(&amendment.card.grant()).unwrap();
        let holds = match &beyond {
            Beyond::Read(path) => rules.read(Path::new(path), Path::new("/w")).is_ok(),
            Beyond::Write(path) => rules.write(Path::new(path), Path::new("/w")).is_ok(),
            Beyond::Tool(tool) => amendment.card.grant().tools.contains(tool),
            Beyond::Command(command) => rules.command(command).is_ok(),
            Beyond::Calls(calls) => amendment.card.budget.calls == *calls,
            Beyond::Cost(_) => amendment.card.budget.cost_usd == Some(Usd(1.5)),
        };
        assert!(holds, "{beyond:?}");
    }
    assert_eq!(amend(&card(), &Beyond::Tool("edit".into()), Some(3)), None, "it is switched off");
}

#[test]
fn a_mission_may_go_somewhat_beyond_its_estimate() {
    let estimate = Estimate { calls: (5, 10), cost_usd: Some((Usd(0.1), Usd(0.2))), ..Estimate::default() };
    let used = |calls: u32, cost_usd: f64| BudgetReport { calls, cost_usd, ..BudgetReport::default() };
    assert_eq!(over_budget(&estimate, &used(10, 0.2), 8), None);
    assert_eq!(over_budget(&estimate, &used(10, 0.2), 9), Some(Beyond::Calls(19)));
    let many = Estimate { calls: (50, 100), ..estimate };
    assert_eq!(over_budget(&many, &used(100, 0.2), 50), None);
    assert_eq!(over_budget(&many, &used(100, 0.2), 51), Some(Beyond::Calls(151)));
    assert_eq!(over_budget(&estimate, &used(10, 0.2101), 0), Some(Beyond::Cost(211)));
    assert_eq!(over_budget(&Estimate::default(), &used(99, 9.0), 9), None, "nothing was estimated");
}

proptest! {
    #[test]
    fn no_way_of_writing_a_path_leaves_the_workspace(
        parts in prop::collection::vec(prop::sample::select(vec!["a", "..", ".", "src", ""]), 0..8),
        is_absolute in any::<bool>(),
    ) {
        let joined = parts.join("/");
        let path = if is_absolute { format!("/w/{joined}") } else { joined.clone() };
        let depth = parts.iter().try_fold(0u32, |depth, part| match *part {
            ".." => depth.checked_sub(1),
            "." | "" => Some(depth),
            _ => Some(depth + 1),
        });
        // A relative path that begins with an empty part is an absolute one of another place.
        let is_inside = depth.is_some() && (is_absolute || !joined.starts_with('/'));
        let granted = rules(&["**"], &["**"]);
        prop_assert_eq!(granted.write(Path::new(&path), Path::new("/w")).is_ok(), is_inside, "{}", path);
        prop_assert_eq!(granted.read(Path::new(&path), Path::new("/w")).is_ok(), is_inside, "{}", path);
    }
}
