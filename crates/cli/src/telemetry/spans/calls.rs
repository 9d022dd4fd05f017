//! Calls of tools and blocks of code: `execute_tool`.

use headwater_protocol::events::{CellReturned, CellStarted, ResultStatus, ToolCalled, ToolReturned};
use headwater_protocol::{ApprovalDecision, Event, Record};

use super::open::OpenSpan;
use super::{SpanFold, ids, names, word};

/// The kind of failure of a tool that ran and failed.
const FAILED: &str = "tool_error";
/// What a block of code runs in.
const REPL: &str = "repl";

impl SpanFold {
    pub(super) fn call_record(&mut self, record: &Record) {
        if let Event::ToolCalled(called) = &record.event {
            self.called(record, called);
        } else if let Event::ApprovalGiven(given) = &record.event {
            if let Some(call) = self.of(&record.session).calls.get_mut(&given.call) {
                call.set(names::APPROVAL, decision(&given.decision));
            }
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(record, returned);
        } else if let Event::CellStarted(cell) = &record.event {
            self.cell_started(record, cell);
        } else if let Event::CellReturned(cell) = &record.event {
            self.cell_returned(record, cell);
        }
    }

    fn called(&mut self, record: &Record, called: &ToolCalled) {
        let (id, call) = (&record.session, &called.request);
        let what = format!("call {}", call.call);
        let place = self.place(id, &what);
        let arguments = self.content.text(&call.input.to_string());
        let mut span = OpenSpan::new(place, ids::span(id, &what), names::EXECUTE_TOOL, &call.name, record.at)
            .with(names::TOOL, call.name.clone())
            .with(names::TOOL_TYPE, "function")
            .with(names::TOOL_CALL, call.call.as_str().to_owned())
            .with(names::CONVERSATION, id.as_str().to_owned());
        if let Some(arguments) = arguments {
            span.set(names::TOOL_ARGUMENTS, arguments);
        }
        self.of(id).calls.insert(call.call.clone(), span);
    }

    fn returned(&mut self, record: &Record, returned: &ToolReturned) {
        let result = self.content.text(&returned.text);
        let Some(mut span) = self.of(&record.session).calls.remove(&returned.call) else { return };
        span.set(names::RAN, i64::try_from(returned.millis).unwrap_or(i64::MAX));
        if let Some(result) = result {
            span.set(names::TOOL_RESULT, result);
        }
        let error = match returned.status {
            ResultStatus::Ran => returned.is_error.then(|| FAILED.to_owned()),
            ResultStatus::Denied
            | ResultStatus::Refused
            | ResultStatus::Repeated
            | ResultStatus::Cancelled
            | ResultStatus::Lost => Some(word(&returned.status)),
        };
        self.end(span, error.as_deref());
    }

    fn cell_started(&mut self, record: &Record, cell: &CellStarted) {
        let id = &record.session;
        let what = format!("cell {}", cell.cell);
        let place = self.place(id, &what);
        let mut span = OpenSpan::new(place, ids::span(id, &what), names::EXECUTE_TOOL, REPL, record.at)
            .with(names::TOOL, REPL)
            .with(names::TOOL_TYPE, "function")
            .with(names::TOOL_CALL, what)
            .with(names::CONVERSATION, id.as_str().to_owned());
        if let Some(code) = self.content.text(&cell.code) {
            span.set(names::TOOL_ARGUMENTS, code);
        }
        self.of(id).cell = Some(span);
    }

    fn cell_returned(&mut self, record: &Record, cell: &CellReturned) {
        let result = self.content.text(&cell.text);
        let Some(mut span) = self.of(&record.session).cell.take() else { return };
        span.set(names::RAN, i64::try_from(cell.millis).unwrap_or(i64::MAX));
        if let Some(result) = result {
            span.set(names::TOOL_RESULT, result);
        }
        self.end(span, cell.error.is_some().then_some(FAILED));
    }
}

/// The decision in one word; what a person wrote with it is content.
fn decision(decision: &ApprovalDecision) -> &'static str {
    match decision {
        ApprovalDecision::Allow => "allow",
        ApprovalDecision::Edit { .. } => "edit",
        ApprovalDecision::Deny { .. } => "deny",
    }
}
