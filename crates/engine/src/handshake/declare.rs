//! What the model declares, put to what holds already: it may add, and never change or take away what somebody is held to.

use headwater_protocol::TaskContract;
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::tool::Declaration;
use headwater_protocol::views::ContractView;

use crate::mission::card::lint::predicate_fault;

/// The most requirements of a contract.
const MOST_OUTPUTS: usize = 40;

/// The contract as it is after a declaration; `None` where it stays as it was. The error tells the model what it may not
/// do; then nothing of it holds.
pub(crate) fn merged(held: &ContractView, declared: &Declaration) -> Result<Option<TaskContract>, String> {
    let has_terms = !declared.goal.is_empty() || !declared.outputs.is_empty();
    if !has_terms {
        return Ok(None);
    }
    // Since the person spoke last it may be another task: what the model declared before gives way.
    let base = if held.is_loose { held.of_person() } else { held.contract.as_deref().cloned() };
    let mut contract = base.unwrap_or_default();
    if contract.goal.is_empty() {
        contract.goal.clone_from(&declared.goal);
    }
    for output in &declared.outputs {
        add(&mut contract, output, held)?;
    }
    if contract.required_outputs.len() > MOST_OUTPUTS {
        return Err(format!("A contract has at most {MOST_OUTPUTS} requirements."));
    }
    let is_new = held.contract.as_deref() != Some(&contract) && !contract.is_empty();
    let is_dropped = contract.is_empty() && held.contract.is_some();
    Ok((is_new || is_dropped).then_some(contract))
}

fn add(contract: &mut TaskContract, output: &RequiredOutput, held: &ContractView) -> Result<(), String> {
    if let Some(known) = contract.required_outputs.iter().find(|known| known.id == output.id) {
        if known.predicate == output.predicate {
            return Ok(());
        }
        let whose = if held.is_from_model(&known.id) { "declared already" } else { "the person's" };
        return Err(format!(
            "The requirement \"{}\" is {whose} and stays as it is ({}). You may add others; only the person can change it.",
            known.id, known.predicate
        ));
    }
    if let Some(fault) = predicate_fault(&output.predicate) {
        return Err(format!("The requirement \"{}\" cannot be checked: {fault}.", output.id));
    }
    contract.required_outputs.push(output.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{
        ContractDeclared, Coverage, CoverageChanged, FinalAccepted, FinalProposed, FinalRefused, TurnStarted,
        UserMessage,
    };
    use headwater_protocol::{ContractSource, Event, ModeId, Predicate, Record, Timestamp, View as _};
    use proptest::prelude::*;

    use super::*;

    fn apply(view: &mut ContractView, event: impl Into<Event>) {
        let at = Timestamp::default();
        view.apply(&Record { seq: 0, at, session: "s".into(), parent: None, event: event.into() });
    }

    fn output(id: &str, path: &str) -> RequiredOutput {
        let predicate = Predicate::FileExists { path: path.into() };
        RequiredOutput { id: id.into(), what: id.into(), predicate }
    }

    fn contract(outputs: Vec<RequiredOutput>) -> TaskContract {
        TaskContract { required_outputs: outputs, ..TaskContract::default() }
    }

    fn held(by: ContractSource, outputs: Vec<RequiredOutput>) -> ContractView {
        let mut view = ContractView::default();
        apply(&mut view, ContractDeclared { contract: contract(outputs), by, left_to_model: vec![] });
        view
    }

    fn says(goal: &str, outputs: Vec<RequiredOutput>) -> Declaration {
        Declaration { goal: goal.into(), outputs, ..Declaration::default() }
    }

    fn met(id: &str) -> Coverage {
        Coverage { id: id.into(), is_met: true, found: String::new(), evidence: vec![] }
    }

    /// What the model says becomes what holds, or is refused.
    fn declare(view: &mut ContractView, said: &Declaration) -> Result<(), String> {
        if let Some(contract) = merged(view, said)? {
            apply(view, ContractDeclared { contract, by: ContractSource::Model, left_to_model: vec![] });
        }
        Ok(())
    }

    fn ids(view: &ContractView) -> Vec<&str> {
        view.contract.iter().flat_map(|c| &c.required_outputs).map(|output| output.id.as_str()).collect()
    }

    #[test]
    fn z2_what_the_person_leaves_of_the_models_checks_stays_the_models() {
        let runs = |id: &str, command: &str| RequiredOutput {
            predicate: Predicate::CommandExit0 { command: command.into() },
            ..output(id, "")
        };
        let mut view = held(ContractSource::Person, vec![runs("own", "make own")]);
        declare(&mut view, &says("", vec![runs("theirs", "make theirs"), runs("also", "make also")]))
            .unwrap();
        // One is left, one left under another name, one written anew.
        let edited = contract(vec![
            runs("own", "make own"),
            runs("theirs", "make theirs"),
            runs("renamed", "make also"),
            runs("new", "make new"),
        ]);
        let left_to_model = view.left_to_model(&edited);
        assert_eq!(left_to_model, ["theirs", "renamed"]);
        apply(&mut view, ContractDeclared { contract: edited, by: ContractSource::Person, left_to_model });
        let vouched = ["make own", "make new", "make theirs", "make also"].map(|run| view.vouches_for(run));
        assert_eq!(vouched, [true, true, false, false]);
    }

    #[test]
    fn z2_the_model_adds_to_a_contract_and_never_weakens_one() {
        let mut view = held(ContractSource::Person, vec![output("a", "a.md")]);
        let refused = declare(&mut view, &says("", vec![output("a", "other.md")])).unwrap_err();
        assert!(refused.contains("the person's") && refused.contains("a.md exists"), "{refused}");
        declare(&mut view, &says("Two", vec![output("a", "a.md"), output("b", "b.md")])).unwrap();
        assert_eq!(ids(&view), ["a", "b"]);
        assert!(view.is_from_model("b") && !view.is_from_model("a"));
        // Its own it keeps to as well, as long as the task is the same.
        let refused = declare(&mut view, &says("", vec![output("b", "easier.md")])).unwrap_err();
        assert!(refused.contains("declared already"), "{refused}");
        assert_eq!(merged(&view, &says("", vec![])), Ok(None), "uncertainties alone change nothing");
        let broken = says("", vec![output("c", "../../etc/passwd")]);
        assert!(merged(&view, &broken).unwrap_err().contains("cannot be checked"));
    }

    #[test]
    fn z2_after_the_persons_next_word_the_model_declares_anew_and_the_persons_terms_stay() {
        let mut view = held(ContractSource::Person, vec![output("a", "a.md")]);
        declare(&mut view, &says("", vec![output("b", "b.md")])).unwrap();
        apply(&mut view, UserMessage { text: "something else".into() });
        assert_eq!(ids(&view), ["a", "b"], "nothing is forgotten by itself");
        declare(&mut view, &says("Else", vec![output("c", "c.md")])).unwrap();
        assert_eq!(ids(&view), ["a", "c"]);
        // What was accepted is over with the turn; the person's terms hold for the next one too.
        let coverage = vec![met("a"), met("c")];
        apply(&mut view, CoverageChanged { coverage });
        apply(&mut view, FinalAccepted { text: String::new() });
        apply(&mut view, TurnStarted { turn: 2, mode: ModeId::Agent });
        assert_eq!(ids(&view), ["a"]);
    }

    #[test]
    fn z2_an_answer_that_a_later_one_takes_the_place_of_is_accepted_no_more() {
        let mut view = held(ContractSource::Model, vec![output("a", "a.md")]);
        let proposed = || FinalProposed { text: String::new(), report: None };
        apply(&mut view, CoverageChanged { coverage: vec![met("a")] });
        apply(&mut view, proposed());
        apply(&mut view, FinalAccepted { text: String::new() });
        // A hook sent the model on, and its next answer does not hold.
        apply(&mut view, proposed());
        apply(&mut view, FinalRefused { gaps: vec![], text: String::new() });
        apply(&mut view, TurnStarted { turn: 2, mode: ModeId::Agent });
        assert_eq!(ids(&view), ["a"], "what is not done still holds");
    }

    #[test]
    fn s6_a_rewind_takes_back_what_the_model_declared_and_never_what_the_person_asks_for() {
        let then = held(ContractSource::Person, vec![output("a", "a.md")]);
        let mut view = then.clone();
        declare(&mut view, &says("Two", vec![output("b", "b.md")])).unwrap();
        let mut back = view.clone();
        back.go_back(&then);
        assert_eq!(back, then);
        let by = ContractSource::Person;
        apply(
            &mut view,
            ContractDeclared { contract: contract(vec![output("c", "c.md")]), by, left_to_model: vec![] },
        );
        view.go_back(&then);
        assert_eq!((ids(&view), view.is_from_model("c")), (vec!["c"], false));
        apply(&mut view, ContractDeclared { contract: TaskContract::default(), by, left_to_model: vec![] });
        view.go_back(&then);
        assert_eq!(view.contract, None, "what they have taken away stays away");
    }

    #[test]
    fn z2_the_persons_word_replaces() {
        let mut view = held(ContractSource::Model, vec![output("a", "a.md")]);
        let by = ContractSource::Person;
        apply(
            &mut view,
            ContractDeclared { contract: contract(vec![output("b", "b.md")]), by, left_to_model: vec![] },
        );
        assert_eq!(ids(&view), ["b"]);
        assert!(!view.is_from_model("b"));
        apply(&mut view, ContractDeclared { contract: TaskContract::default(), by, left_to_model: vec![] });
        assert_eq!((view.contract.is_none(), view.met_of_all()), (true, (0, 0)));
    }

    proptest! {
        #[test]
        fn z2_no_row_of_declarations_takes_a_requirement_of_the_person_away(
            said in prop::collection::vec((prop::collection::vec(("[a-d]", "[x-z]"), 0..4), any::<bool>()), 0..12)
        ) {
            let own = vec![output("a", "x"), output("b", "y")];
            let mut view = held(ContractSource::Person, own.clone());
            for (outputs, speaks) in said {
                let outputs = outputs.iter().map(|(id, path)| output(id, path)).collect();
                // A refusal is an answer too.
                declare(&mut view, &says("goal", outputs)).ok();
                if speaks {
                    apply(&mut view, UserMessage { text: "go on".into() });
                }
                let kept = view.of_person().unwrap_or_default().required_outputs;
                prop_assert_eq!(&kept, &own);
            }
        }
    }
}
