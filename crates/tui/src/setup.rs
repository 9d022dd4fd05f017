//! What a screen is started with, and how it ends. The screen never sees the engine: only these channels.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use headwater_protocol::{ModeId, ModeSpec, Op, Redact, SessionId, Update};
use tokio::sync::mpsc;

use crate::theme::ColorDepth;

/// Everything [`crate::run`] needs.
#[derive(Debug)]
pub struct ScreenSetup {
    /// To the engine.
    pub ops: mpsc::Sender<Op>,
    /// From the engine; may begin to speak long after the first frame.
    pub updates: mpsc::Receiver<Update>,
    /// How the transcript is shown.
    pub presenter: Presenter,
    /// Name of a builtin theme (`dark`, `light`); an unknown one is reported and `dark` is used.
    pub theme: String,
    /// What the terminal can show.
    pub color: ColorDepth,
    /// What the mouse does; with Shift the terminal selects natively, whatever is set.
    pub mouse: Mouse,
    /// The `[keys]` table of the settings: action → keys, replacing the default keys of that action.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The workspace: `@` completes its files, `/diff` shows its changes.
    pub workspace: PathBuf,
    /// Where sent messages are kept; `None` keeps none.
    pub history_file: Option<HistoryFile>,
    /// The person's editor as a shell command, such as `$VISUAL` says.
    pub editor: String,
    /// Whether the terminal breaks its lines anew when it gets narrower, as most do; xterm, the Linux console and GNU
    /// screen cut them instead.
    pub has_reflow: bool,
    /// Whether the terminal is inside tmux, which wants clipboard sequences wrapped.
    pub is_tmux: bool,
    /// A message to submit at once.
    pub prompt: Option<String>,
    /// The mode to show until the first record says which one holds.
    pub mode: ModeId,
    /// The model to show until the first record names it.
    pub model: String,
    /// The modes, in the order in which Tab cycles through them.
    pub modes: Vec<ModeSpec>,
    /// What the sandbox really enforces in each mode, in a few words.
    pub sandbox_status: Vec<(ModeId, String)>,
    /// Sentences to show before anything else, such as what was found at the first start.
    pub notices: Vec<String>,
    /// The `*.md` commands of the project and of the person.
    pub commands: Vec<UserCommand>,
    /// The skills, as `/skills` lists them.
    pub skills: Vec<SkillLine>,
    /// The output styles, as `/output-style` lists them.
    pub styles: Vec<StyleLine>,
    /// The program and its arguments that print the report of `/doctor`.
    pub doctor: Vec<String>,
}

/// How the transcript is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presenter {
    /// The alternate screen.
    #[default]
    Full,
    /// The terminal's own scrollback, with what is unfinished and the composer below it.
    Inline,
    /// Appended lines only: for screen readers, pipes and dumb terminals.
    Plain,
}

/// What the mouse does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel scrolls, dragging selects and copies source text.
    #[default]
    On,
    /// The wheel scrolls.
    Wheel,
    /// Nothing: the terminal keeps it.
    Off,
}

/// A slash command made from a `*.md` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserCommand {
    /// Its name, without the slash.
    pub name: String,
    /// One line for the palette.
    pub description: String,
    /// What its arguments are, as the palette shows them.
    pub argument_hint: String,
    /// The prompt; `$ARGUMENTS` and `$1` to `$9` are substituted once.
    pub body: String,
}

impl UserCommand {
    /// The prompt with these arguments put in.
    pub fn prompt(&self, arguments: &str) -> String {
        crate::commands::expand(&self.body, arguments)
    }
}

/// A skill that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkillLine {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it lies.
    pub source: String,
    /// Why it cannot be used, if so.
    pub problem: Option<String>,
}

/// An output style that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StyleLine {
    /// Its name.
    pub name: String,
    /// What it is like.
    pub description: String,
    /// Where it lies.
    pub source: String,
    /// Why it cannot be used, if so.
    pub problem: Option<String>,
}

/// How the screen ended. The engine has been told to shut down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The person quit.
    Quit,
    /// The person wants a new session.
    NewSession {
        /// The output style that was chosen for it, if any.
        output_style: Option<String>,
    },
    /// The person wants to carry on another session.
    Resume(SessionId),
    /// A signal ended it; the number of the signal.
    Signal(i32),
    /// The terminal went away.
    Hangup,
    /// The engine ended by itself.
    EngineClosed,
}

/// The file in which what was typed is kept for later sessions.
#[derive(Clone)]
pub struct HistoryFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What must not be kept in it.
    pub redact: Arc<dyn Redact>,
}

impl std::fmt::Debug for HistoryFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("HistoryFile").field(&self.path).finish()
    }
}
