//! Everything the screen can ask of the world.

use headwater_protocol::Op;

use crate::popups::FileQuery;
use crate::setup::Exit;

/// One thing to do; the driver does it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Tell the engine.
    Send(Op),
    /// Put a text into the clipboard.
    Copy(String),
    /// Add a message to the history file.
    SaveHistory(String),
    /// Look for files.
    FindFiles(FileQuery),
    /// Open the text in the person's editor.
    OpenEditor(String),
    /// Make the diff of the workspace.
    MakeDiff,
    /// Find out what `/doctor` tells.
    Examine,
    /// Write a text to a new file of the workspace.
    Export {
        /// Its name, relative to the workspace or absolute.
        name: String,
        /// Its content.
        text: String,
    },
    /// Add a line to the project's instructions.
    Remember(String),
    /// Tell a person who is looking elsewhere.
    Notify(String),
    /// Paint everything again.
    Redraw,
    /// Give the terminal back and stop until `fg`.
    Suspend,
    /// End the screen.
    Exit(Exit),
}
