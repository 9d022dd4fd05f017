//! What is said of an error of JavaScript.

use rquickjs::{Ctx, Exception, Value};

/// The longest message, in characters.
const LONGEST: usize = 2_000;

/// The error that was raised last, as `Name: message (line n)`. What it says of itself is code of the block, which the
/// limits stop like any other.
pub(super) fn raised(ctx: &Ctx<'_>) -> String {
    let value = ctx.catch();
    let said = value.as_object().cloned().and_then(Exception::from_object).map_or_else(
        || thrown(&value),
        |exception| {
            let name = exception.get::<_, String>("name").unwrap_or_else(|_| "Error".to_owned());
            let message = exception.message().unwrap_or_default();
            let line =
                exception.stack().as_deref().and_then(line).map(|line| format!(" (line {line} of the code)"));
            format!("{name}: {message}{}", line.unwrap_or_default())
        },
    );
    // Reading it may have raised another one.
    ctx.catch();
    said.chars().take(LONGEST).collect()
}

/// A thrown value that is no error.
fn thrown(value: &Value<'_>) -> String {
    if value.is_null() {
        // Where not even an error fits into memory, this is what the engine throws.
        return "out of memory, or `null` was thrown".to_owned();
    }
    match value.as_string().and_then(|text| text.to_string().ok()) {
        Some(text) => format!("thrown: {text}"),
        None => format!("thrown: a value of type {}", value.type_name()),
    }
}

/// The first line of the code that a stack names: `at f (js:3:7)`.
fn line(stack: &str) -> Option<&str> {
    let (_, place) = stack.split_once("js:")?;
    place.split(':').next().filter(|line| line.parse::<u32>().is_ok())
}
