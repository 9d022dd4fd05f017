//! What the transcript keeps of a contract: its terms, what of an answer was refused, what was accepted.

use headwater_protocol::ContractSource;
use headwater_protocol::events::{ContractDeclared, FinalRefused, UncertaintyNoted, UncertaintyStatus};

use super::TranscriptPane;
use crate::cells::NoticeCell;

impl TranscriptPane {
    pub(super) fn contract_declared(&mut self, declared: &ContractDeclared) {
        let contract = &declared.contract;
        if contract.is_empty() {
            return self
                .add(NoticeCell::new("contract: none; nothing is checked before an answer is believed"));
        }
        let whose = match declared.by {
            ContractSource::Card => "of the card",
            ContractSource::Person => "yours",
            ContractSource::Model => "with what the model declared",
        };
        let outputs = contract.required_outputs.iter();
        let terms = outputs.map(|output| format!("\n☐ {} ({})", output.title(), output.predicate));
        let asks = contract.must_ask.iter().map(|question| format!("\n? ask: {question}"));
        let goal = if contract.goal.is_empty() { String::new() } else { format!(": {}", contract.goal) };
        let list: String = terms.chain(asks).collect();
        self.add(NoticeCell::new(&format!("contract, {whose}{goal}{list}\n/contract shows and edits it")));
    }

    pub(super) fn answer_not_accepted(&mut self, refused: &FinalRefused) {
        let gaps = refused.gaps.iter().map(|gap| format!("\n{}: {}", gap.id, gap.found));
        let list: String = gaps.collect();
        self.add(NoticeCell::warning(&format!("The answer was checked and does not hold yet.{list}")));
    }

    pub(super) fn answer_accepted(&mut self) {
        self.add(NoticeCell::new("The answer was checked against the contract and holds."));
    }

    pub(super) fn uncertainty(&mut self, noted: &UncertaintyNoted) {
        let entry = &noted.uncertainty;
        let what = match entry.status {
            UncertaintyStatus::Open => "open",
            UncertaintyStatus::Resolved => "settled",
            UncertaintyStatus::Accepted => "accepted as it is",
        };
        self.add(NoticeCell::new(&format!("{what}: {} ({})", entry.text, entry.id)));
    }
}
