//! The terminal: entering and leaving it, one write per frame, what is typed, the signals that concern it.

mod frame;
mod guard;
mod inline;
mod keyboard;
mod osc;
mod parser;
mod sequences;
mod sgr;
mod signals;

pub(crate) use frame::FrameWriter;
pub(crate) use guard::{Guard, Stage, stdout_file};
pub(crate) use inline::{Footer, InlineWriter};
pub(crate) use keyboard::Keyboard;
pub(crate) use osc::{bell, copy, notification, title};
pub(crate) use signals::{Notable, Signals, stop_process_group};
