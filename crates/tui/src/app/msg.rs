//! Everything that can happen to the screen.

use std::path::PathBuf;

use crossterm::event::KeyEvent;
use headwater_protocol::Update;
use ratatui::layout::Rect;

use super::MouseInput;
use crate::highlight::Highlighted;
use crate::popups::FileHits;

/// One thing that happened.
#[derive(Debug)]
pub(crate) enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseInput),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The terminal has a new size.
    Resize(Rect),
    /// The deadline of [`super::App::deadline`] passed.
    Tick,
    /// The engine said something.
    Engine(Update),
    /// The history file was read.
    History(Vec<String>),
    /// Files matching the mention being written were found.
    Files(FileHits),
    /// The external editor ended: the text, or why there is none.
    Edited(Result<String, String>),
    /// The diff of the workspace is there: the text, or why there is none.
    Diff(Result<String, String>),
    /// The report of `/doctor` is there: the text, or why there is none.
    Examined(Result<String, String>),
    /// A block of code has its colours.
    Highlighted(Highlighted),
    /// The transcript was written to a file.
    Exported(Result<PathBuf, String>),
    /// A line was added to the project's instructions.
    Remembered(Result<PathBuf, String>),
    /// A text was sent to the clipboard, or not, for being too long.
    Copied(Result<usize, usize>),
}
