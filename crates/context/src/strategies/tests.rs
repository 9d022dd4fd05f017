//! Which strategy is taken when, and what it leaves.

mod choosing;
mod keeping;
mod leaving;
mod newest;
mod recorded;
mod stage;
