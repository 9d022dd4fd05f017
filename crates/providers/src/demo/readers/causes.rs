//! Which requests of a stretch failed, in which component, and why.

use serde_json::{Value, json};

use crate::demo::log::reading::requests;

pub(super) fn read(text: &str) -> Value {
    let failed: Vec<Value> = requests(text)
        .iter()
        .filter(|request| request.has_failed())
        .map(|request| json!({"request": request.id, "component": request.component(), "cause": request.cause()}))
        .collect();
    json!({ "failed": failed })
}
