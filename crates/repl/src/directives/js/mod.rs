//! Deterministic JavaScript: code over the variables and the context that computes, and reaches nothing else.

mod engine;
mod errors;
mod request;
mod texts;
mod thread;

pub(super) use engine::LARGEST_GIVEN;
pub(super) use request::{JsEnding, JsRequest, mentioned};
pub(super) use thread::{JsStop, Workshop};
