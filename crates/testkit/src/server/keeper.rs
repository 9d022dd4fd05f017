//! What the server keeps of conversations, on the responses wire: answers by their id, and conversations that requests
//! add to.
//!
//! Source: the guide "Conversation state" of the Responses API: input and output of a stored response are the context of
//! the next one; an unknown id is an error and changes nothing.

use super::Recorded;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The conversations of one server.
#[derive(Default)]
pub(crate) struct Keeper {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The items behind each stored answer.
    answers: BTreeMap<String, Vec<Value>>,
    conversations: BTreeMap<String, Vec<Value>>,
    begun: usize,
    /// Whether requests are answered as though they followed nothing.
    is_absent: bool,
    offers_none: bool,
}

/// What a request is answered with beside its turn.
pub(crate) struct Standing {
    /// Everything that the model is shown: what was kept, and what was sent.
    pub(crate) items: Vec<Value>,
    /// `previous_response_id` and `conversation` of the answer.
    pub(crate) place: [Value; 2],
}

impl Keeper {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a conversation; `None` where the server has none.
    pub(crate) fn begin(&self) -> Option<Value> {
        let mut kept = self.kept();
        if kept.offers_none {
            return None;
        }
        kept.begun += 1;
        let id = format!("conv_{}", kept.begun);
        kept.conversations.insert(id.clone(), Vec::new());
        Some(json!({"id": id, "object": "conversation", "metadata": {}}))
    }

    /// Where a request stands, or the status and the error of one that follows what is not known.
    pub(crate) fn stand(&self, request: &Recorded) -> Result<Standing, (u16, Value)> {
        let mut kept = self.kept();
        let (before, within) = (&request.body["previous_response_id"], &request.body["conversation"]);
        let mut items = Vec::new();
        if let Some(id) = before.as_str() {
            items = kept.answers.get(id).cloned().ok_or_else(|| unknown_answer(id))?;
        }
        if let Some(id) = within.as_str() {
            items = kept.conversations.get(id).cloned().ok_or_else(|| unknown_conversation(id))?;
        }
        if kept.is_absent {
            items.clear();
        }
        items.extend(request.body["input"].as_array().into_iter().flatten().cloned());
        if let Some(missing) = without_call(&items) {
            return Err((
                400,
                json!({"error": {"message": format!("No tool call found for function call output with call_id {missing}."), "type": "invalid_request_error", "param": "input", "code": null}}),
            ));
        }
        // Whatever becomes of the answer, the conversation has it by now.
        if let Some(conversation) = within.as_str().and_then(|id| kept.conversations.get_mut(id)) {
            conversation.clone_from(&items);
        }
        let named = if within.is_string() { json!({"id": within}) } else { Value::Null };
        Ok(Standing { items, place: [before.clone(), named] })
    }

    /// An answer was given: what follows it may build on it, where it was to be stored.
    pub(crate) fn answered(&self, request: &Recorded, standing: Standing, answer: &Value) {
        if request.body["store"] != true {
            return;
        }
        let mut items = standing.items;
        items.extend(answer["output"].as_array().into_iter().flatten().cloned());
        let mut kept = self.kept();
        if let Some(id) = request.body["conversation"].as_str() {
            kept.conversations.insert(id.to_owned(), items.clone());
        }
        if let Some(id) = answer["id"].as_str() {
            kept.answers.insert(id.to_owned(), items);
        }
    }

    /// The items behind each name.
    pub(crate) fn all(&self) -> BTreeMap<String, Vec<Value>> {
        let kept = self.kept();
        kept.answers
            .iter()
            .chain(&kept.conversations)
            .map(|(id, items)| (id.clone(), items.clone()))
            .collect()
    }

    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        kept.answers.clear();
        kept.conversations.clear();
    }

    pub(crate) fn is_absent(&self, is_absent: bool) {
        self.kept().is_absent = is_absent;
    }

    pub(crate) fn offers_none(&self) {
        self.kept().offers_none = true;
    }
}

/// The call of a result that nothing asked for.
fn without_call(items: &[Value]) -> Option<&str> {
    let calls: Vec<&str> = items
        .iter()
        .filter(|item| item["type"] == "function_call")
        .filter_map(|item| item["call_id"].as_str())
        .collect();
    let results = items.iter().filter(|item| item["type"] == "function_call_output");
    results.filter_map(|item| item["call_id"].as_str()).find(|call| !calls.contains(call))
}

fn unknown_answer(id: &str) -> (u16, Value) {
    let message = format!("Previous response with id '{id}' not found.");
    let code = "previous_response_not_found";
    (
        400,
        json!({"error": {"message": message, "type": "invalid_request_error", "param": "previous_response_id", "code": code}}),
    )
}

fn unknown_conversation(id: &str) -> (u16, Value) {
    let message = format!("Conversation with id '{id}' not found.");
    (
        404,
        json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}}),
    )
}
