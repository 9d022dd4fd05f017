//! Requests: `chat`, those of the session itself and those of its children.

use headwater_protocol::events::{AssistantMessage, ChildReturned, ChildStarted, UsageReported};
use headwater_protocol::{Event, Record, SessionId, StopSignal};
use opentelemetry::{Array, StringValue, Value};

use super::open::OpenSpan;
use super::session::Chat;
use super::turns::CUT;
use super::{Anchor, SpanFold, ids, names, word};

/// The kind of failure of a request without an answer.
const NO_ANSWER: &str = "no_answer";
/// What a recursive child is called.
const RECURSIVE: &str = "recursive";

impl SpanFold {
    pub(super) fn chat_record(&mut self, record: &Record) {
        if let Event::RequestSent(_) = &record.event {
            self.asked(record, false);
        } else if let Event::SummaryRequested(_) = &record.event {
            self.asked(record, true);
        } else if let Event::AssistantMessage(said) = &record.event {
            self.answered(record, said);
        } else if let Event::UsageReported(report) = &record.event {
            self.reported(record, report);
        } else if let Event::ToolReturned(_) | Event::ContextEdited(_) = &record.event {
            // A server that reports nothing: its answer was the end.
            self.close_answered(&record.session);
        } else if let Event::ChildStarted(started) = &record.event {
            self.child_started(record, started);
        } else if let Event::ChildReturned(returned) = &record.event {
            self.child_returned(record, returned);
        }
    }

    fn asked(&mut self, record: &Record, is_summary: bool) {
        let id = &record.session;
        self.close_chat(id);
        let what = format!("record {}", record.seq);
        let place = self.place(id, &what);
        let session = self.of(id);
        let mut span = OpenSpan::new(place, ids::span(id, &what), names::CHAT, &session.model, record.at)
            .with(names::PROVIDER, session.provider.clone())
            .with(names::REQUEST_MODEL, session.model.clone())
            .with(names::CONVERSATION, id.as_str().to_owned());
        if is_summary {
            span.set(names::PURPOSE, "summary");
        }
        session.chat = Some(Chat { span, answered: None, is_summary, is_broken: false });
    }

    fn answered(&mut self, record: &Record, said: &AssistantMessage) {
        let content = self.content;
        let Some(chat) = &mut self.of(&record.session).chat else { return };
        let model = said.origin.split_once('/').map_or(said.origin.as_str(), |(_, model)| model);
        chat.span.set(names::RESPONSE_MODEL, model.to_owned());
        chat.span.set(names::FINISH_REASONS, reasons(word(&said.stop)));
        if let Some(text) = content.message("assistant", &said.text) {
            chat.span.set(names::OUTPUT_MESSAGES, text);
        }
        chat.answered = Some(record.at);
        chat.is_broken = said.stop == StopSignal::Interrupted;
    }

    fn reported(&mut self, record: &Record, report: &UsageReported) {
        let session = self.of(&record.session);
        session.count(report.usage, report.cost_usd);
        if let Some(chat) = &mut session.chat {
            chat.span.spent(report.usage, report.cost_usd);
            chat.answered = chat.answered.or(chat.is_summary.then_some(record.at));
        }
        self.close_chat(&record.session);
    }

    fn close_answered(&mut self, session: &SessionId) {
        if self.of(session).chat.as_ref().is_some_and(|chat| chat.answered.is_some() || chat.is_summary) {
            self.close_chat(session);
        }
    }

    /// Ends the request that is out: with its answer, or without one.
    pub(super) fn close_chat(&mut self, session: &SessionId) {
        let now = self.now;
        let Some(chat) = self.of(session).chat.take() else { return };
        let error = match chat.answered {
            Some(_) if chat.is_broken => Some(CUT),
            Some(_) => None,
            None => Some(NO_ANSWER),
        };
        self.done.push(chat.span.close(chat.answered.unwrap_or(now), error));
    }

    /// A recursive child has a session of its own, which hangs where the child was asked for.
    fn child_started(&mut self, record: &Record, started: &ChildStarted) {
        let id = &record.session;
        let what = format!("child {}", started.child);
        let place = self.place(id, &what);
        if let Some(opened) = &started.opened {
            self.anchors.insert(opened.clone(), Anchor { place, agent: RECURSIVE.to_owned() });
            return;
        }
        let (provider, model) = started.model.split_once('/').unwrap_or(("", &started.model));
        let span = OpenSpan::new(place, ids::span(id, &what), names::CHAT, model, record.at)
            .with(names::PROVIDER, provider.to_owned())
            .with(names::REQUEST_MODEL, model.to_owned())
            .with(names::CONVERSATION, id.as_str().to_owned())
            .with(names::PURPOSE, word(&started.kind));
        self.of(id).children.insert(started.child.clone(), span);
    }

    fn child_returned(&mut self, record: &Record, returned: &ChildReturned) {
        let content = self.content;
        let session = self.of(&record.session);
        session.count(returned.usage, returned.cost_usd);
        let Some(mut span) = session.children.remove(&returned.child) else { return };
        span.spent(returned.usage, returned.cost_usd);
        if let Some(text) = content.message("assistant", &returned.text) {
            span.set(names::OUTPUT_MESSAGES, text);
        }
        let error = returned.is_error.then(|| word(&returned.status));
        self.end(span, error.as_deref());
    }
}

fn reasons(word: String) -> Value {
    Value::Array(Array::String(vec![StringValue::from(word)]))
}
