//! The pane as a person sees it: screens, movement, selection, and what must never happen.

mod fixture;
mod moving;
mod never;
mod plain;
mod screens;
mod selecting;
