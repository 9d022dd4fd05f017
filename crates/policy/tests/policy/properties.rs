//! What holds for any script.

use headwater_policy::{Decision, Policy};
use headwater_protocol::ModeId;
use proptest::prelude::*;

use crate::commands::cases;
use crate::setting::{agent, policy, run, verdict};

fn known_command() -> impl Strategy<Value = String> {
    proptest::sample::select(cases().map(|(_, command)| command).collect::<Vec<_>>())
}

/// Pieces that shells trip over, one blank between them.
const PIECES: &str = r#"ls rm -rf / ~ $X $( ) ` ' " \ ; && || | & ( { } < > >> <<EOF EOF <<< if then fi for do done # * =
    env bash -c eval xargs find . -exec {} \; cd .. $IFS git push -f é ! [[ ]] case in esac function f $'\x72' 2>&1
    /dev/sda .env sudo timeout 5 curl x.org"#;

/// Scripts of such pieces, of known commands, and of anything.
fn script() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split_whitespace().chain(["\n", "\t", "\u{202e}", "\\\n"]).collect();
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(pieces), 0..24)
            .prop_map(|pieces| pieces.join(" ")),
        proptest::collection::vec(known_command(), 1..4).prop_map(|commands| commands.join("; ")),
        "\\PC{0,60}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_script_gets_the_same_answer_twice(script in script()) {
        let policy = policy(&["Bash(ls *)"], &["Bash(git push *)"], &["Read(./.env)"]);
        for id in ModeId::CYCLE {
            for is_sandboxed in [true, false] {
                prop_assert_eq!(run(&policy, id, is_sandboxed, &script), run(&policy, id, is_sandboxed, &script));
            }
        }
    }

    #[test]
    fn a_deny_rule_never_widens(script in script(), rule in proptest::sample::select(vec!["Bash(ls *)", "Bash(rm *)", "Bash", "Read(./.env)", "Edit", "Bash(git *)"])) {
        let before = agent(&policy(&["Bash(curl *)"], &[], &[]), &script);
        let after = agent(&policy(&["Bash(curl *)"], &[], &[rule]), &script);
        let order = |decision: &Decision| ["allow", "ask", "stop", "deny"].iter().position(|name| *name == verdict(decision));
        prop_assert!(order(&after) >= order(&before), "{:?} became {:?}", before, after);
    }

    #[test]
    fn what_follows_a_harmless_command_is_seen(command in known_command(), separator in proptest::sample::select(vec!["; ", "\n", " && ", " | ", " & "])) {
        let everything = policy(&["Bash"], &[], &[]);
        let ends_in_text = command.contains("<<") || command.contains('#');
        let is_complete = !command.ends_with(['\\', '&']);
        for (policy, id) in [(&Policy::default(), ModeId::Agent), (&Policy::default(), ModeId::Yolo), (&everything, ModeId::Agent)] {
            if ends_in_text || !is_complete || run(policy, id, true, &command).name() != "allow" {
                continue;
            }
            let found = run(policy, id, true, &format!("{command}{separator}rm -rf /"));
            prop_assert_eq!(verdict(&found), "stop", "{}{}rm -rf /", command, separator);
        }
    }

    #[test]
    fn an_offered_rule_lets_the_same_command_pass(script in prop_oneof![known_command(), script()], is_sandboxed: bool) {
        let before = run(&Policy::default(), ModeId::Agent, is_sandboxed, &script);
        if let Decision::Ask { offers, .. } = before && !offers.is_empty() {
            let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
            let after = run(&policy(&offers, &[], &[]), ModeId::Agent, is_sandboxed, &script);
            prop_assert_eq!(after.name(), "allow", "{:?} for {}", offers, script);
        }
    }

    #[test]
    fn no_offer_is_wide_open(script in prop_oneof![known_command(), script()]) {
        if let Decision::Ask { offers, .. } = run(&Policy::default(), ModeId::Agent, false, &script) {
            for program in ["bash", "sh", "python3", "node", "sudo", "env", "rm", "xargs", "eval", "find", "curl", "docker"] {
                prop_assert!(!offers.contains(&format!("Bash({program} *)")), "{:?}", offers);
            }
        }
    }
}
