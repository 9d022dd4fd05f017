//! What is a secret and what is none, in one piece and in many.

mod streams;
mod table;
