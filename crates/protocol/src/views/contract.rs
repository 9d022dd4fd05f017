//! The contract that holds, how far it is met, and how often the answer was refused (HARNESS Z2, Z4, Z5).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::View;
use crate::contract::{ContractSource, Gap, RequiredOutput, TaskContract};
use crate::event::Event;
use crate::events::{ContractDeclared, Coverage, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::CONTRACT_TOOL;

/// The contract with its coverage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContractView {
    /// What must hold before "done" is believed.
    pub contract: Option<Arc<TaskContract>>,
    /// How far it is met, requirement by requirement, as the host found it last.
    pub coverage: Vec<Coverage>,
    /// Whether the answer was accepted in this turn.
    pub is_accepted: bool,
    /// How often in a row the answer was refused.
    pub refusals: u32,
    /// The answer that was given last, to be checked.
    pub proposed: String,
    /// What the model was told last that is missing.
    pub gaps: Vec<Gap>,
    /// Whether an answer is being checked: the calls that are made belong to the host.
    pub is_checking: bool,
    /// How sure the model is, as it said in this turn.
    pub confidence: Option<f64>,
    /// Questions that the person has answered.
    pub answered: Vec<String>,
    /// Whether the person has spoken since the model declared something: it may then declare anew.
    pub is_loose: bool,
    /// The requirements that are the model's.
    from_model: BTreeSet<String>,
    asked: HashMap<CallId, String>,
}

impl ContractView {
    /// How many requirements are met, and how many there are.
    pub fn met_of_all(&self) -> (usize, usize) {
        (self.coverage.iter().filter(|one| one.is_met).count(), self.coverage.len())
    }

    /// How far a requirement is met, as the host found it last; not met where it never looked.
    pub fn known(&self, id: &str) -> Coverage {
        let known = self.coverage.iter().find(|one| one.id == id);
        known.cloned().unwrap_or_else(|| unmet(id))
    }

    /// Whether a requirement is the model's own, and nobody else's.
    pub fn is_from_model(&self, id: &str) -> bool {
        self.from_model.contains(id)
    }

    /// Whether nothing but the form of the answer is missing.
    pub fn is_form(&self, gaps: &[Gap]) -> bool {
        let outputs = || self.contract.iter().flat_map(|contract| &contract.required_outputs);
        let is_form = |gap: &Gap| {
            outputs().any(|output| {
                output.id == gap.id
                    && matches!(output.predicate, crate::Predicate::JsonSchemaValid { path: None, .. })
            })
        };
        gaps.iter().all(is_form)
    }

    /// Whether the person stands for this command: it is a check of theirs.
    pub fn vouches_for(&self, command: &str) -> bool {
        let outputs = self.contract.iter().flat_map(|contract| &contract.required_outputs);
        outputs.filter(|output| !self.is_from_model(&output.id)).any(|output| {
            matches!(&output.predicate, crate::Predicate::CommandExit0 { command: own } if own == command)
        })
    }

    /// What of a contract that the person declares now is still the model's: the checks that it declared, under whatever
    /// name, and that the person has not written anew.
    pub fn left_to_model(&self, contract: &TaskContract) -> Vec<String> {
        let held = || self.contract.iter().flat_map(|held| &held.required_outputs);
        let is_left = |output: &&RequiredOutput| {
            let mut same = held().filter(|held| held.predicate == output.predicate).peekable();
            same.peek().is_some() && same.all(|held| self.is_from_model(&held.id))
        };
        contract.required_outputs.iter().filter(is_left).map(|output| output.id.clone()).collect()
    }

    /// The contract without what the model declared.
    pub fn of_person(&self) -> Option<TaskContract> {
        let mut contract = self.contract.as_deref()?.clone();
        contract.required_outputs.retain(|output| !self.is_from_model(&output.id));
        (!contract.is_empty()).then_some(contract)
    }

    /// The contract as it was then. What the person asks for stays as it is: it is no part of the conversation.
    pub fn go_back(&mut self, then: &Self) {
        let own = self.of_person();
        let terms = |own: Option<TaskContract>| own.map(|own| TaskContract { goal: String::new(), ..own });
        *self = then.clone();
        if terms(self.of_person()) != terms(own.clone()) {
            let contract = own.unwrap_or_default();
            let by = ContractSource::Person;
            self.declared(&ContractDeclared { contract, by, left_to_model: Vec::new() });
        }
    }

    fn declared(&mut self, declared: &ContractDeclared) {
        let before = self.contract.take();
        let had = |id: &str| before.iter().flat_map(|b| &b.required_outputs).any(|output| output.id == id);
        let outputs = &declared.contract.required_outputs;
        self.from_model = match declared.by {
            ContractSource::Card | ContractSource::Person => {
                let left = |output: &&RequiredOutput| declared.left_to_model.contains(&output.id);
                outputs.iter().filter(left).map(|output| output.id.clone()).collect()
            }
            ContractSource::Model => {
                let is_own = |id: &str| !had(id) || self.from_model.contains(id);
                outputs.iter().filter(|output| is_own(&output.id)).map(|output| output.id.clone()).collect()
            }
        };
        let is_same = |output: &&RequiredOutput| {
            before.iter().flat_map(|before| &before.required_outputs).any(|other| other == *output)
        };
        let known = std::mem::take(&mut self.coverage);
        self.coverage = outputs
            .iter()
            .map(|output| {
                let kept = known.iter().find(|one| one.id == output.id).filter(|_| is_same(&output));
                kept.cloned().unwrap_or_else(|| unmet(&output.id))
            })
            .collect();
        self.contract = (!declared.contract.is_empty()).then(|| Arc::new(declared.contract.clone()));
        (self.is_accepted, self.is_loose) = (false, false);
        self.refusals = 0;
        self.gaps.clear();
    }

    /// What the model declared for a task that is done holds no longer. A plan for it does not make it done.
    fn turn_started(&mut self) {
        let is_done = std::mem::take(&mut self.is_accepted) && self.coverage.iter().all(|one| one.is_met);
        if is_done && !self.from_model.is_empty() {
            self.contract = self.of_person().map(Arc::new);
            self.from_model.clear();
            let outputs = self.contract.iter().flat_map(|contract| &contract.required_outputs);
            let ids: BTreeSet<&str> = outputs.map(|output| output.id.as_str()).collect();
            self.coverage.retain(|one| ids.contains(one.id.as_str()));
        }
        (self.refusals, self.is_checking, self.confidence) = (0, false, None);
        self.gaps.clear();
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let data = |key: &str| returned.data.get(key).filter(|value| !value.is_null());
        if let Some(question) = self.asked.remove(&returned.call) {
            let has_answer = !returned.is_error && data("answer").is_some();
            self.answered.extend(has_answer.then_some(question));
        }
        if returned.name == CONTRACT_TOOL && !returned.is_error {
            let told = data("confidence").and_then(Value::as_f64);
            self.confidence = told.or(self.confidence);
        }
    }
}

fn unmet(id: &str) -> Coverage {
    Coverage { id: id.to_owned(), is_met: false, found: String::new(), evidence: Vec::new() }
}

impl View for ContractView {
    fn apply(&mut self, record: &Record) {
        if let Event::ContractDeclared(declared) = &record.event {
            self.declared(declared);
        } else if let Event::CoverageChanged(changed) = &record.event {
            self.coverage.clone_from(&changed.coverage);
        } else if let Event::FinalProposed(proposed) = &record.event {
            (self.is_checking, self.is_accepted) = (true, false);
            self.proposed.clone_from(&proposed.text);
        } else if let Event::FinalAccepted(_) = &record.event {
            (self.is_checking, self.is_accepted, self.refusals) = (false, true, 0);
            self.gaps.clear();
        } else if let Event::FinalRefused(refused) = &record.event {
            self.is_checking = false;
            self.refusals += 1;
            self.gaps.clone_from(&refused.gaps);
        } else if let Event::TurnStarted(_) = &record.event {
            self.turn_started();
        } else if let Event::UserMessage(_) = &record.event {
            self.is_loose = !self.from_model.is_empty();
        } else if let Event::QuestionAsked(asked) = &record.event {
            self.asked.insert(asked.question.call.clone(), asked.question.text.clone());
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        } else if let Event::RequestSent(_) | Event::AssistantMessage(_) = &record.event {
            self.is_checking = false;
        }
    }
}
