//! The terminal: entering and leaving it, one write per frame, the signals that concern it.

mod frame;
mod guard;
mod inline;
mod osc;
mod sequences;
mod sgr;
mod signals;

pub(crate) use frame::FrameWriter;
pub(crate) use guard::{Guard, Stage, stdout_file};
pub(crate) use inline::{Footer, InlineWriter};
pub(crate) use osc::{bell, copy, notification, title};
pub(crate) use signals::{Notable, Signals, stop_process_group};
