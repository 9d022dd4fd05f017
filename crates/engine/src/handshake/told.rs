//! What the model is told of an answer that does not hold, and what the person reads of it at the end.

use headwater_protocol::views::ContractView;
use headwater_protocol::{EndReason, Gap};

use super::demands::is_for_person;

/// The list of gaps for the model, by id. What it was told before in the same words is named and not said again.
pub(crate) fn refusal(gaps: &[Gap], before: &[Gap], is_last: bool) -> String {
    let line = |gap: &Gap| {
        if before.contains(gap) {
            format!("- {}: as before", gap.id)
        } else {
            format!("- {}: {}", gap.id, gap.found)
        }
    };
    let list: Vec<String> = gaps.iter().map(line).collect();
    let then = if is_last {
        "The turn ends here."
    } else {
        "Do what is missing, then answer again. What you say does not close a requirement: each is checked."
    };
    format!("The answer was checked and is not accepted yet. Missing:\n{}\n{then}", list.join("\n"))
}

/// What the person reads at the end of a turn whose answer was refused: the answer with what is missing in it, or what only
/// they can settle. `None` where the turn ended for another reason.
pub(crate) fn ending(held: &ContractView, reason: EndReason) -> Option<String> {
    let list: Vec<String> = held.gaps.iter().map(|gap| format!("- {}: {}", gap.id, gap.found)).collect();
    let list = list.join("\n");
    match reason {
        EndReason::ContractUnmet => {
            let answer = held.proposed.trim_end();
            Some(format!("{answer}\n\nNot met:\n{list}").trim_start().to_owned())
        }
        EndReason::NeedsPerson if is_for_person(&held.gaps) => Some(format!(
            "Only a person can settle what is left; answer it, or take it as it is with /contract:\n{list}"
        )),
        _other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(id: &str, found: &str) -> Gap {
        Gap { id: id.into(), found: found.into() }
    }

    #[test]
    fn z4_each_gap_is_told_once_and_named_by_its_id_after_that() {
        let (tests, report) = (gap("tests", "2 failed"), gap("report", "it is not there"));
        let first = refusal(&[tests.clone(), report.clone()], &[], false);
        assert!(first.contains("- tests: 2 failed\n- report: it is not there\n"), "{first}");
        let second = refusal(&[gap("tests", "1 failed"), report.clone()], &[tests, report], false);
        assert!(second.contains("- tests: 1 failed\n- report: as before\n"), "{second}");
        assert!(refusal(&[], &[], true).ends_with("The turn ends here."));
    }

    #[test]
    fn z4_the_end_says_what_is_missing() {
        let held = |gaps: Vec<Gap>| {
            let mut held = ContractView::default();
            (held.proposed, held.gaps) = ("All done.".into(), gaps);
            held
        };
        let unmet = held(vec![gap("tests", "2 failed"), gap("ask:1", "ask")]);
        let text = ending(&unmet, EndReason::ContractUnmet).unwrap();
        assert_eq!(text, "All done.\n\nNot met:\n- tests: 2 failed\n- ask:1: ask");
        assert_eq!(
            ending(&unmet, EndReason::NeedsPerson),
            None,
            "it was something else that needed a person"
        );
        let asked = ending(&held(vec![gap("ask:1", "Which port?")]), EndReason::NeedsPerson).unwrap();
        assert!(asked.ends_with("- ask:1: Which port?"), "{asked}");
        assert_eq!(ending(&unmet, EndReason::MaxSteps), None);
    }
}
