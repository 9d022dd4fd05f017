//! Files that rules and names withhold from commands: what is looked for, and what asks where nothing hides them.

use std::path::{Path, PathBuf};

use headwater_policy::{Decision, Policy, Question, WITHHELD_RULE, Withheld, Withholding};
use headwater_protocol::{Access, Capability, ModeId};
use proptest::prelude::*;

use crate::setting::{HOME, WORKSPACE, agent, mode, policy, verdict};

fn at(path: &str) -> PathBuf {
    Path::new(WORKSPACE).join(path)
}

fn asked<T>(
    id: ModeId,
    is_sandboxed: bool,
    command: &str,
    known: Withheld<'_>,
    ask: impl FnOnce(&Question<'_>) -> T,
) -> T {
    let access = Access::Run { command: command.to_owned() };
    ask(&Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: &mode(id),
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed,
        taint: None,
        withheld: known,
        at_stake: None,
    })
}

fn decide(policy: &Policy, id: ModeId, is_sandboxed: bool, command: &str, known: Withheld<'_>) -> Decision {
    asked(id, is_sandboxed, command, known, |question| policy.decide(question))
}

fn withholding(policy: &Policy, command: &str) -> Withholding {
    asked(ModeId::Agent, true, command, Withheld::default(), |question| policy.withholding(question))
}

/// Commands of git where `.env` and `keys/a.pem` are tracked, and what becomes of each.
const HISTORY: &[(&str, &str)] = &[
    ("git log -p", "ask"),
    ("git log --patch -3", "ask"),
    ("git log -Sswordfish", "ask"),
    ("git log", "allow"),
    ("git log --oneline --stat -20", "allow"),
    ("git log --format=%H -n 5", "allow"),
    ("git show", "ask"),
    ("git show HEAD~3", "ask"),
    ("git show --stat HEAD", "allow"),
    ("git show --name-only HEAD", "allow"),
    ("git show --stat -p HEAD", "ask"),
    ("git show HEAD:src/main.rs", "allow"),
    ("git show HEAD:keys/a.pem", "ask"),
    ("git show HEAD:", "ask"),
    ("git show $(git rev-parse HEAD)", "ask"),
    ("git show HEAD -- src", "allow"),
    ("git show HEAD -- keys", "ask"),
    ("git show HEAD -- .", "ask"),
    ("git show HEAD -- ':(top)keys'", "ask"),
    ("git show HEAD -- 'k*'", "ask"),
    ("cd keys && git show HEAD -- a.pem", "ask"),
    ("cd src && git show HEAD -- .", "allow"),
    ("git diff", "ask"),
    ("git diff HEAD~1 -- src/main.rs", "allow"),
    ("git diff --stat main", "allow"),
    ("git --no-pager diff --cached", "ask"),
    ("git -C . diff", "ask"),
    ("/usr/bin/git diff", "ask"),
    ("timeout 5 git diff", "ask"),
    ("bash -c 'git diff'", "ask"),
    ("git stash show -p", "ask"),
    ("git stash list", "allow"),
    ("git cat-file -p HEAD:keys/a.pem", "ask"),
    ("git show :0:keys/a.pem", "ask"),
    ("git show ':/first'", "ask"),
    ("git show 'HEAD^{/fix:first}'", "ask"),
    ("git show 'HEAD@{2026-11-28 14:00}'", "ask"),
    ("cd src && git show HEAD:keys/a.pem", "ask"),
    ("cd src && git show HEAD:./main.rs", "allow"),
    ("cd keys && git show HEAD:./a.pem", "ask"),
    ("git show HEAD:app/keys/a.pem", "ask"),
    ("git show HEAD:.gitignore", "allow"),
    ("git show HEAD@{0}:src/main.rs", "allow"),
    ("git show 0123abc -- src", "ask"),
    ("git show HEAD~2 -- src", "allow"),
    ("git diff main..HEAD -- src", "allow"),
    ("git show HEAD:keys/a.pem -- src", "ask"),
    ("git archive HEAD:keys -- a.pem", "ask"),
    ("git log -p --full-diff -- src", "ask"),
    ("git log -p --grep fix:this", "ask"),
    ("git log --stat -U1", "ask"),
    ("git log -p -- 'key\\s/a.pem'", "ask"),
    ("git -C src log -p -- ../keys", "ask"),
    ("git -C src log -p -- main.rs", "allow"),
    ("git --icase-pathspecs log -p -- KEYS", "ask"),
    ("GIT_ICASE_PATHSPECS=1 git log -p -- KEYS", "ask"),
    ("git -c stash.showPatch=true stash show", "ask"),
    ("git status -sv", "ask"),
    ("git grep -eword HEAD", "ask"),
    ("git grep -e word", "allow"),
    ("git difftool -x cat", "ask"),
    ("git -C src blame ../keys/a.pem", "ask"),
    ("git blame src/main.rs", "allow"),
    ("/usr/lib/git-core/git-show HEAD", "ask"),
    ("git cat-file blob 0123abc", "ask"),
    ("git cat-file -t HEAD", "allow"),
    ("git grep word", "allow"),
    ("git grep word HEAD", "ask"),
    ("git grep --cached word", "ask"),
    ("git grep word -- src", "allow"),
    ("git archive HEAD", "ask"),
    ("git format-patch -1 --stdout", "ask"),
    ("git worktree add /tmp/x", "ask"),
    ("git worktree list", "allow"),
    ("git checkout-index --prefix=out/ -a", "ask"),
    ("git status", "allow"),
    ("git add -A", "allow"),
    ("git commit -m message", "allow"),
    ("git blame src/main.rs", "allow"),
    ("git lg", "ask"),
    ("cargo test", "allow"),
    ("git log -p; cargo test", "ask"),
];

#[test]
fn s3_what_shows_the_history_of_a_withheld_file_asks() {
    let tracked = [at(".env"), at("keys/a.pem")];
    let known = Withheld { tracked: &tracked, ..Withheld::default() };
    for (command, expected) in HISTORY.iter().copied() {
        assert_eq!(
            verdict(&decide(&Policy::default(), ModeId::Agent, true, command, known)),
            expected,
            "{command}"
        );
        let free = verdict(&decide(&Policy::default(), ModeId::Yolo, true, command, known));
        assert_eq!(free, expected, "{command} in yolo");
        let plan = decide(&Policy::default(), ModeId::Plan, true, command, known);
        assert!(expected == "allow" || verdict(&plan) == "deny", "{command} in plan: {plan:?}");
    }
}

#[test]
fn s3_the_rule_that_is_offered_shares_the_history_and_none_is_where_a_rule_denies() {
    let tracked = [at(".env")];
    let known = Withheld { tracked: &tracked, ..Withheld::default() };
    let decision = decide(&Policy::default(), ModeId::Agent, true, "git log -p", known);
    let Decision::Ask { rule, why, offers, .. } = decision else { panic!("{decision:?}") };
    assert_eq!((rule.as_str(), offers.as_slice()), (WITHHELD_RULE, &["Read(./.env)".to_owned()][..]));
    assert_eq!(why, "the repository holds .env, which is withheld");
    assert!(!withholding(&policy(&["Read(./.env)"], &[], &[]), "git log -p").is_withheld(&at(".env")));
    let denied = policy(&[], &[], &["Read(./.env)"]);
    let decision = decide(&denied, ModeId::Agent, true, "git log -p", known);
    assert!(matches!(&decision, Decision::Ask { offers, .. } if offers.is_empty()), "{decision:?}");
}

#[test]
fn s3_without_a_sandbox_a_command_that_comes_by_a_withheld_file_asks_or_is_denied() {
    let open = [at("keys/a.pem"), at("api/.env")];
    let known = Withheld { open: &open, ..Withheld::default() };
    let (none, denying) = (Policy::default(), policy(&[], &[], &["Read(keys/**)"]));
    for (command, by_name, by_rule) in [
        ("grep -r x .", "ask", "deny"),
        ("grep -rn x", "ask", "deny"),
        ("grep -r x src", "allow", "allow"),
        ("grep -r x keys", "ask", "deny"),
        ("grep x src/main.rs", "allow", "allow"),
        ("rg x", "ask", "deny"),
        ("rg x src", "allow", "allow"),
        ("rg x api", "ask", "ask"),
        ("cat src/main.rs", "allow", "allow"),
        ("cat keys/*", "ask", "deny"),
        ("cat */a.pem", "ask", "deny"),
        ("cat api/*", "allow", "allow"),
        ("cat api/.e*", "ask", "ask"),
        ("cat *", "allow", "allow"),
        ("head -3 $FILE", "allow", "ask"),
        ("ls -R", "allow", "allow"),
        ("find . -name x", "allow", "allow"),
        ("find . -type f -exec cat {} +", "ask", "deny"),
        ("git status", "allow", "allow"),
        ("tar cf - .", "ask", "deny"),
        ("cp -r . /tmp/x", "ask", "deny"),
        ("cargo test", "allow", "ask"),
        ("python3 x.py", "allow", "ask"),
        ("echo done", "allow", "allow"),
        ("echo done && rg x", "ask", "deny"),
    ] {
        let yolo = |policy| verdict(&decide(policy, ModeId::Yolo, false, command, known));
        assert_eq!(yolo(&none), by_name, "{command}");
        assert_eq!(yolo(&denying), by_rule, "{command} with a rule");
    }
    let unsearched = Withheld { is_unsearched: true, ..Withheld::default() };
    for (command, expected) in [
        ("cargo test", "ask"),
        ("rg x", "ask"),
        ("ls", "allow"),
        ("cat src/main.rs", "allow"),
        ("git status", "allow"),
    ] {
        assert_eq!(verdict(&decide(&none, ModeId::Yolo, true, command, unsearched)), expected, "{command}");
    }
}

#[test]
fn s3_without_a_sandbox_other_names_and_what_lies_in_withheld_directories_count_too() {
    let open = [at("keys"), at("twin.txt"), at("api/.env")];
    let known = Withheld { open: &open, ..Withheld::default() };
    let denying = policy(&[], &[], &["Read(keys/**)"]);
    for (command, expected) in [
        ("cat twin.txt", "ask"),
        ("head < twin.txt", "ask"),
        ("while read line; do echo $line; done < twin.txt", "ask"),
        ("echo $(<twin.txt)", "ask"),
        ("cat /proc/self/cwd/k*/a.pem", "ask"),
        ("ls -R", "allow"),
        ("find . -name '*.rs'", "allow"),
        ("cat src/twin.txt", "allow"),
        ("ls -l twin.txt", "allow"),
        ("cat */*.pem", "deny"),
        ("cat k*/deep/a.pem", "deny"),
        ("cd k* && cat a.pem", "ask"),
        ("python3 x.py", "ask"),
    ] {
        assert_eq!(verdict(&decide(&denying, ModeId::Yolo, false, command, known)), expected, "{command}");
    }
    let written = decide(&Policy::default(), ModeId::Yolo, false, "cp x api/.env", known);
    assert_eq!(verdict(&written), "allow", "it is not read");
}

#[test]
fn s3_what_rules_withhold_and_fix() {
    let policy = policy(
        &["Read(./shared/.env)"],
        &["Read(notes/**)"],
        &[
            "Read(keys/**)",
            "Read(*.pem)",
            "Edit(migrations/**)",
            "Write(./Cargo.lock)",
            "Read(~/.ssh/**)",
            "Read",
        ],
    );
    let all = withholding(&policy, "cargo test");
    for (path, is_withheld, is_fixed) in [
        (".env", true, false),
        ("shared/.env", false, false),
        ("shared/.env.example", false, false),
        ("keys/a/b", true, false),
        ("src/x.pem", true, false),
        ("notes/today", false, false),
        ("src/main.rs", false, false),
        ("migrations/1.sql", false, true),
        ("Cargo.lock", false, true),
        ("/home/ada/.ssh/id", true, false),
    ] {
        assert_eq!(all.is_withheld(&at(path)), is_withheld, "{path}");
        assert_eq!(all.is_fixed(&at(path)), is_fixed, "{path}");
    }
    for (path, whole) in
        [("keys", true), ("notes", false), ("src", false), (".", false), ("migrations", false)]
    {
        assert_eq!(all.withholds_all_of(&at(path)), whole, "{path}");
    }
    assert!(all.fixes_all_of(&at("migrations")) && !all.fixes_all_of(&at("src")));
    let places = ["keys", "migrations", "Cargo.lock"].map(at);
    assert!(places.iter().all(|place| all.places().contains(place)), "{:?}", all.places());
    assert!(all.places().contains(&"/home/ada/.ssh".into()));
    assert_eq!(all.bases(), [PathBuf::from(WORKSPACE)]);
    // A search of a tool passes over what a rule asks for; a command may come by it.
    let search = Question {
        tool: "grep",
        capability: Capability::Read,
        access: &Access::Read(vec![".".into()]),
        mode: &mode(ModeId::Agent),
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed: true,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    };
    assert!(policy.withholding(&search).is_withheld(&at("notes/today")));
    assert!(withholding(&policy, "cat keys/a").is_withheld(&at("keys/a")), "also from who names it");
}

#[test]
fn s3_a_rule_for_a_whole_tool_hides_nothing() {
    let bare = policy(&[], &[], &["Read", "Edit"]);
    assert!(!withholding(&bare, "ls").has_rules() && !withholding(&bare, "ls").is_withheld(&at("x")));
    assert_eq!(verdict(&agent(&bare, "ls")), "allow");
}

proptest! {
    /// A command that was judged without withheld files is never judged more mildly with them.
    #[test]
    fn s3_what_is_withheld_only_tightens(
        words in proptest::collection::vec("[a-z./*$-]{1,8}", 1..5),
        program in proptest::sample::select(vec!["cat", "git show", "git log -p", "rg", "grep -r", "make", "tar cf"]),
        yolo in any::<bool>(),
        is_sandboxed in any::<bool>(),
    ) {
        let files = [at("keys/a.pem"), at(".env")];
        let command = format!("{program} {}", words.join(" "));
        let id = if yolo { ModeId::Yolo } else { ModeId::Agent };
        let policy = policy(&["Bash(make *)"], &[], &["Read(keys/**)"]);
        let order = |decision: &Decision| ["allow", "ask", "deny"].iter().position(|name| *name == decision.name());
        let known = Withheld { tracked: &files, open: &files, is_unsearched: true };
        let before = decide(&policy, id, is_sandboxed, &command, Withheld::default());
        let after = decide(&policy, id, is_sandboxed, &command, known);
        prop_assert!(order(&after) >= order(&before), "{command}: {before:?} {after:?}");
    }

    /// All that is withheld lies where it is looked for.
    #[test]
    fn s3_a_search_looks_wherever_a_rule_may_mean_something(
        pattern in "(\\./|/|~/|)([a-c]|\\*|\\*\\*|[a-c]\\*)(/([a-c]|\\*|\\*\\*|\\*\\.c)){0,3}",
        path in "([a-c]/){0,3}[a-c](\\.c)?",
        in_home in any::<bool>(),
    ) {
        let Ok(layer) = headwater_policy::Layer::new(
            headwater_policy::Source::User,
            &headwater_policy::RuleTexts { deny: vec![format!("Read({pattern})").as_str().into()], ..Default::default() },
        ) else { return Ok(()) };
        let withholding = withholding(&Policy::new(vec![layer]), "ls");
        let file = Path::new(if in_home { HOME } else { WORKSPACE }).join(path);
        if withholding.is_withheld(&file) {
            let mut looked = withholding.places().into_iter().chain(withholding.bases());
            prop_assert!(looked.any(|place| file.starts_with(&place)), "{pattern} {file:?}");
        }
    }
}
