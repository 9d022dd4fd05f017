//! The mission card: the model fills it, the engine checks it, counts what it will take, and lets a person change it
//! (RECURSIVE §7.8).

pub mod draft;
pub mod edit;
pub mod estimate;
pub mod lint;
pub mod propose;
