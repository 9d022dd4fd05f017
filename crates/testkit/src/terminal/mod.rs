//! The terminal driver: a program in a PTY, keys in, screens out, and pictures of them.

mod answers;
mod driver;
mod keys;
mod mouse;
mod play;
mod process;
mod screen;
pub mod svg;
mod wait;

pub use driver::{Terminal, TerminalOptions};
pub use mouse::Mouse;
pub use process::Exit;
pub use rustix::process::Signal;
pub use screen::{Cell, Screen};
pub use vt100::Color;
