//! Which strategy is taken when, and what it leaves.

mod choosing;
mod keeping;
mod newest;
mod recorded;
mod stage;
