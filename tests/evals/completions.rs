//! Generated contexts: roots that do well, roots that err first.

use headwater_testkit::Oracle;
use serde_json::Value;

use super::{eval, oracle, report};
use crate::support::{WithCode as _, workspace};

fn of_group<'a>(trials: &'a [Value], group: &str) -> Vec<&'a Value> {
    let found: Vec<&Value> = trials.iter().filter(|trial| trial["group"] == group).collect();
    assert!(!found.is_empty(), "no trial of {group}");
    found
}

fn mean_score(trials: &[&Value]) -> f64 {
    trials.iter().map(|trial| trial["score"].as_f64().expect("a score")).sum::<f64>() / trials.len() as f64
}

#[test]
fn generated_sets_are_answered_well_and_the_prompt_of_the_root_stays_as_it_is() {
    let (workspace, oracle) = (workspace(), oracle());
    let finished = eval(&workspace, &oracle, "small.toml", &["--out", "run"]).with_code(0);
    assert!(finished.stdout.contains("small: 10 of 10 trials passed"), "{}", finished.stdout);
    let trials = report(&workspace, "run");
    let calls = |group: &str| of_group(&trials, group)[0]["figures"]["calls"].as_u64().expect("calls");
    assert_eq!((calls("s-niah/32000"), calls("s-niah/3200000")), (1, 1), "a needle takes one call");
    assert_eq!((calls("oolong/32000"), calls("oolong/320000")), (2, 13), "a count takes calls by the size");
    let (recursive, direct) = (
        mean_score(&of_group(&trials, "oolong/320000")),
        mean_score(&of_group(&trials, "oolong-direct/320000")),
    );
    assert!(recursive > 0.9 && direct < 0.7, "pieces are read better than the whole: {recursive} {direct}");
    for task in ["s-niah", "oolong"] {
        let prompts: Vec<f64> = trials
            .iter()
            .filter(|trial| {
                trial["group"].as_str().is_some_and(|group| group.split('/').next() == Some(task))
            })
            .map(|trial| trial["figures"]["largest_prompt"].as_f64().expect("tokens"))
            .collect();
        let (least, most) = prompts.iter().fold((f64::MAX, 0_f64), |(a, b), n| (a.min(*n), b.max(*n)));
        assert!(least > 500.0 && most / least < 1.02, "{task}: {prompts:?}");
    }
}

#[test]
fn a_root_that_errs_is_brought_back_and_one_that_never_learns_is_ended() {
    let (workspace, oracle) = (workspace(), oracle());
    let finished = eval(&workspace, &oracle, "slips.toml", &["--out", "run"]);
    let trials = report(&workspace, "run");
    let names: Vec<&str> = trials
        .iter()
        .map(|trial| trial["group"].as_str().expect("a group").split('/').next().expect("a task"))
        .collect();
    let slips: Vec<&&str> = Oracle::SLIPS.iter().filter(|name| **name != "direct").collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), slips, "every slip has a task");
    for trial in &trials {
        assert_eq!(trial["status"], "passed", "{trial}\n{}", finished.stdout);
        let prompt = trial["figures"]["largest_prompt"].as_u64().expect("tokens");
        assert!(prompt < 8_000, "{prompt} tokens in {trial}");
    }
    finished.with_code(0);
}
