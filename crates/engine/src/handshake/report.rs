//! The completion report: how the work stands as the model calls it done, before anything is checked.

use headwater_protocol::RunState;
use headwater_protocol::events::CompletionReport;

/// Files that the report names.
const NAMED: usize = 50;

/// The report of the state as it is.
pub(crate) fn report(state: &RunState) -> CompletionReport {
    let changed = state.files.iter().filter(|(_, file)| file.is_changed);
    CompletionReport {
        deliverables: changed.take(NAMED).map(|(path, _)| path.to_owned()).collect(),
        coverage: state.contract.coverage.clone(),
        open_questions: state.uncertainties.open().map(|entry| entry.text.clone()).collect(),
        confidence: state.contract.confidence,
    }
}
