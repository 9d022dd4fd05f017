//! `budget`: what is used and what is left.

use headwater_protocol::repl::HelperDoc;
use serde_json::Value;

use crate::entry::{HelperCall, HelperEntry};

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "budget",
        signature: "budget()",
        summary: "Calls, tokens, dollars, seconds, turns: used and left.",
    },
    python: include_str!("budget.py"),
    call: Some(call),
};

fn call(call: &HelperCall, _: &Value) -> Result<Value, String> {
    serde_json::to_value(call.host.budget()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::texts::tests::{ask, call_with};

    #[test]
    fn the_budget_is_the_hosts() {
        let budget = ask(&call_with(&[]), "budget", &Value::Null).unwrap();
        assert_eq!(
            (&budget["calls"], &budget["calls_left"], &budget["turns"]),
            (&12.into(), &0.into(), &3.into())
        );
    }
}
