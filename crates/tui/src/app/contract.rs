//! The contract on the screen: shown, edited as a text, and what is open accepted.

use headwater_protocol::{Op, TaskContract, contract};

use super::{App, Effect};
use crate::overlays;

/// A contract in the person's editor.
#[derive(Debug, Default)]
pub(crate) struct ContractEdit {
    /// Whether the editor has it now.
    is_open: bool,
    /// A text that was no contract, to go on from.
    draft: Option<String>,
}

impl App {
    /// Shows the contract.
    pub(crate) fn show_contract(&mut self) {
        self.overlay = Some(overlays::contract(&self.status));
    }

    /// Opens the contract in the editor, or an empty one.
    pub(crate) fn edit_contract(&mut self) -> Vec<Effect> {
        self.overlay = None;
        let written = || contract::write(&self.held());
        let text = self.contract_edit.draft.clone().unwrap_or_else(written);
        self.contract_edit.is_open = true;
        vec![Effect::OpenEditor(text)]
    }

    /// Takes away what is asked for: nothing is checked any more.
    pub(crate) fn drop_contract(&mut self) -> Vec<Effect> {
        self.contract_edit.draft = None;
        declare(TaskContract::default())
    }

    /// Goes on with what is open as it is: the named ones, or all.
    pub(crate) fn accept_uncertainties(&mut self, ids: Vec<String>) -> Vec<Effect> {
        if self.status.uncertainties.open().next().is_none() {
            self.say("Nothing is open.");
            return Vec::new();
        }
        let open: Vec<&str> = self.status.uncertainties.open().map(|entry| entry.id.as_str()).collect();
        if let Some(unknown) = ids.iter().find(|id| !open.contains(&id.as_str())) {
            let text = format!("Nothing open is called \"{unknown}\". Open: {}.", open.join(", "));
            self.notice(&text);
            return Vec::new();
        }
        self.overlay = None;
        vec![Effect::Send(Op::AcceptUncertainties { ids })]
    }

    /// What came back from the editor, when it had the contract.
    pub(super) fn edited_contract(&mut self, result: &Result<String, String>) -> Option<Vec<Effect>> {
        if !std::mem::take(&mut self.contract_edit.is_open) {
            return None;
        }
        let text = match result {
            Ok(text) => text,
            Err(reason) => {
                self.notice(reason);
                return Some(Vec::new());
            }
        };
        let parsed = contract::parse(text);
        Some(match parsed {
            Ok(contract) => {
                self.contract_edit.draft = None;
                if contract == self.held() {
                    return Some(Vec::new());
                }
                if self.is_busy() {
                    self.notice("What runs is held to the new contract too.");
                }
                declare(contract)
            }
            Err(error) => {
                self.contract_edit.draft = Some(text.clone());
                let again = "/contract edit goes on from your text.";
                self.notice(&format!("The contract stays as it was ({error}). {again}"));
                Vec::new()
            }
        })
    }

    fn held(&self) -> TaskContract {
        self.status.contract.contract.as_deref().cloned().unwrap_or_default()
    }
}

fn declare(contract: TaskContract) -> Vec<Effect> {
    vec![Effect::Send(Op::DeclareContract(Box::new(contract)))]
}
