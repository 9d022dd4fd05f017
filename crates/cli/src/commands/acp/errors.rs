//! Errors as the client reads them.

use agent_client_protocol_schema::v1::Error;
use serde_json::Value;

use crate::user_error::describe;

/// Something failed: what, why, and what to do next.
pub(super) fn failed(error: &anyhow::Error) -> Error {
    with_words(Error::internal_error(), &words(error))
}

/// A key or a vendor is missing.
pub(super) fn needs_login(error: &anyhow::Error) -> Error {
    with_words(Error::auth_required(), &words(error))
}

/// What was asked for cannot be.
pub(super) fn refused(why: &str) -> Error {
    with_words(Error::invalid_params(), why)
}

/// It is asked for at the wrong moment.
pub(super) fn untimely(why: &str) -> Error {
    with_words(Error::invalid_request(), why)
}

/// A turn failed.
pub(super) fn broken(why: &str, next_step: &str) -> Error {
    let mut error = with_words(Error::internal_error(), why);
    if !next_step.is_empty() {
        error = error.data(serde_json::json!({ "details": why, "nextStep": next_step }));
    }
    error
}

/// The class stays the code's; the message is what a person reads.
fn with_words(mut error: Error, words: &str) -> Error {
    let class = std::mem::replace(&mut error.message, words.to_owned());
    error.data(Value::from(class))
}

fn words(error: &anyhow::Error) -> String {
    let (text, _) = describe(error);
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}
