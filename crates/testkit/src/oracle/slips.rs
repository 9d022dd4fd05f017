//! What roots do wrong before they do it right, each by a model's name.

use super::root::block;

/// A root that hands the whole context to one child.
pub(super) const DIRECT: &str = "direct";
/// A root that never comes to anything.
const STUBBORN: &str = "stubborn";

/// Every name.
pub(super) const NAMES: &[&str] = &[
    "plan-as-final",
    "missing-variable",
    "open-fence",
    "no-block",
    "failing-block",
    "hundred-thousand-calls",
    "endless-loop",
    "print-everything",
    STUBBORN,
    DIRECT,
];

/// How many messages of its own a kind begins with.
pub(super) fn length(model: &str) -> usize {
    usize::from(first(model).is_some())
}

/// The message of a kind that errs; `None` once it has learnt.
pub(super) fn message(model: &str, said: usize) -> Option<String> {
    if model == STUBBORN {
        return Some("FINAL(I will now look at the text)".to_owned());
    }
    first(model).filter(|_| said == 0)
}

fn first(model: &str) -> Option<String> {
    Some(match model {
        "plan-as-final" => "FINAL(I will now chunk the text and ask about each piece)".to_owned(),
        "missing-variable" => "FINAL_VAR(result)".to_owned(),
        "open-fence" => "Look:\n```repl\nprint('unfinished".to_owned(),
        "no-block" => "The context is long, so a careful strategy is needed.".to_owned(),
        "failing-block" => block("kept = 41\nmissing_name + kept"),
        "hundred-thousand-calls" => block("llm_query_batched([f'question {n}' for n in range(100_000)])"),
        "endless-loop" => block("kept = 1\nwhile True:\n    pass"),
        "print-everything" => block("print(context)"),
        _ => return None,
    })
}
