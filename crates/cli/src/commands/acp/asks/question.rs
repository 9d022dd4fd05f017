//! A question of the model: as a form where the client has forms, as a choice among its answers otherwise.

use agent_client_protocol_schema::v1::{
    AgentRequest, CreateElicitationRequest, CreateElicitationResponse, ElicitationAction,
    ElicitationContentValue, ElicitationFormMode, ElicitationPropertySchema, ElicitationSchema,
    ElicitationSessionScope, EnumOption, PermissionOptionKind, SessionId, StringPropertySchema,
    ToolCallStatus, ToolCallUpdateFields, ToolKind,
};
use headwater_protocol::Op;
use headwater_protocol::tool::Question;

use super::approval::{dialog, option};
use super::open::{Ask, chosen};
use crate::commands::acp::updates::text_block;
use crate::output::one_line;

const CHOICE: &str = "choice";
const ANSWER: &str = "answer";
const NONE: &str = "none";

/// A form with the answers to choose from, and a field for any other. A form that is declined or closed declines the
/// question.
pub(in crate::commands::acp) fn form(session: &SessionId, question: &Question) -> Ask {
    let mut schema = ElicitationSchema::new();
    if !question.options.is_empty() {
        let options = question.options.iter().map(|answer| EnumOption::new(answer, answer));
        let field = StringPropertySchema::new().title("Choose").one_of(options.collect::<Vec<_>>());
        schema = schema.property(CHOICE, ElicitationPropertySchema::String(field), false);
    }
    let title = if question.options.is_empty() { "Answer" } else { "Or in your own words" };
    let field = StringPropertySchema::new().title(title);
    schema = schema.property(ANSWER, ElicitationPropertySchema::String(field), false);
    let scope = ElicitationSessionScope::new(session.clone())
        .tool_call_id(agent_client_protocol_schema::v1::ToolCallId::new(question.call.as_str()));
    let mode = ElicitationFormMode::new(scope, schema);
    let call = question.call.clone();
    let options = question.options.clone();
    Ask {
        request: AgentRequest::CreateElicitationRequest(CreateElicitationRequest::new(mode, &question.text)),
        read: Box::new(move |answer| {
            let response: CreateElicitationResponse = serde_json::from_value(answer.clone()).ok()?;
            let text = written(&response.action, &options);
            Some(Op::AnswerQuestion { call: call.clone(), text })
        }),
    }
}

/// What a form says: words before a choice, and a choice only where it was one.
fn written(action: &ElicitationAction, options: &[String]) -> Option<String> {
    let ElicitationAction::Accept(accepted) = action else { return None };
    let content = accepted.content.as_ref()?;
    let text = |name: &str| match content.get(name) {
        Some(ElicitationContentValue::String(text)) => {
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        }
        Some(_) | None => None,
    };
    text(ANSWER).or_else(|| text(CHOICE).filter(|choice| options.contains(choice)))
}

/// A dialog with the answers to choose from, and none of them.
pub(in crate::commands::acp) fn pick(session: &SessionId, question: &Question) -> Ask {
    let mut options: Vec<_> = question
        .options
        .iter()
        .enumerate()
        .map(|(place, answer)| {
            option(&place.to_string(), one_line(answer, 200), PermissionOptionKind::AllowOnce)
        })
        .collect();
    options.push(option(NONE, "None of these".to_owned(), PermissionOptionKind::RejectOnce));
    let fields = ToolCallUpdateFields::new()
        .title(one_line(&question.text, 120))
        .kind(ToolKind::Other)
        .status(ToolCallStatus::Pending)
        .content(vec![text_block(&question.text).into()]);
    let (call, answers) = (question.call.clone(), question.options.clone());
    Ask {
        request: dialog(session, call.as_str(), fields, options),
        read: Box::new(move |answer| {
            let chosen = chosen(answer)?;
            let text = if chosen == NONE {
                None
            } else {
                let place: usize = chosen.parse().ok()?;
                Some(answers.get(place)?.clone())
            };
            Some(Op::AnswerQuestion { call: call.clone(), text })
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn question() -> Question {
        Question { call: "c".into(), text: "Which?".into(), options: vec!["red".into(), "blue".into()] }
    }

    fn answer(text: Option<&str>) -> Op {
        Op::AnswerQuestion { call: "c".into(), text: text.map(str::to_owned) }
    }

    #[test]
    fn a_form_answers_with_words_or_a_choice_and_declines_otherwise() {
        let accept = |content: Value| json!({"action": "accept", "content": content});
        let table = [
            (accept(json!({"choice": "red"})), Some(answer(Some("red")))),
            (accept(json!({"choice": "red", "answer": "green"})), Some(answer(Some("green")))),
            (accept(json!({"choice": "purple"})), Some(answer(None))),
            (accept(json!({"answer": "  "})), Some(answer(None))),
            (accept(json!({})), Some(answer(None))),
            (json!({"action": "decline"}), Some(answer(None))),
            (json!({"action": "cancel"}), Some(answer(None))),
            (json!(null), None),
        ];
        let ask = form(&SessionId::new("s"), &question());
        for (said, expected) in table {
            assert_eq!((ask.read)(&said), expected, "{said}");
        }
    }

    #[test]
    fn a_choice_among_answers_is_one_of_them() {
        let selected = |id: &str| json!({"outcome": {"outcome": "selected", "optionId": id}});
        let ask = pick(&SessionId::new("s"), &question());
        let table =
            [("1", Some(answer(Some("blue")))), ("none", Some(answer(None))), ("2", None), ("blue", None)];
        for (id, expected) in table {
            assert_eq!((ask.read)(&selected(id)), expected, "{id}");
        }
    }
}
