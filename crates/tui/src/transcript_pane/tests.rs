//! The pane as a person sees it: screens, movement, selection, and what must never happen.

mod fixture;
mod moving;
mod never;
mod plain;
mod printing;
mod screens;
mod selecting;
