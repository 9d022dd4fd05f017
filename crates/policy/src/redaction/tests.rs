//! What is a secret and what is none, in one piece and in many.
#![expect(clippy::string_slice, reason = "the texts of tests are cut where letters end")]

mod streams;
mod table;
