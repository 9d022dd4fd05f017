//! Which strategy is taken when, and what it leaves.

mod choosing;
mod keeping;
mod recorded;
mod stage;
