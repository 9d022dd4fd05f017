//! The terminal as a test holds it: keys and signals in, the grid and every byte out.

use super::keys::{KeyModes, encode};
use super::process::{Process, pty_size, start};
use super::{Cell, Mouse, Screen, Signal, screen};
use rustix::process::{Pid, kill_process, kill_process_group};
use std::process::Command;

/// A program in a PTY behind an emulated terminal. Dropped, the program's process group is killed.
pub struct Terminal {
    pub(crate) process: Process,
}

/// What the emulated terminal is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// How many columns it has.
    pub cols: u16,
    /// How many rows it has.
    pub rows: u16,
    /// What it says its text colour is (OSC 10): red, green, blue.
    pub foreground: (u8, u8, u8),
    /// What it says its background is (OSC 11).
    pub background: (u8, u8, u8),
    /// Whether it speaks the keyboard protocol (`CSI ? u`), by which keys are sent without ambiguity.
    pub keyboard_protocol: bool,
}

impl TerminalOptions {
    /// A dark terminal of this size which speaks the keyboard protocol.
    pub fn new(cols: u16, rows: u16) -> Self {
        let (foreground, background) = ((0xd4, 0xd4, 0xd4), (0x1e, 0x1e, 0x1e));
        Self { cols, rows, foreground, background, keyboard_protocol: true }
    }
}

impl Terminal {
    /// Starts a program in a dark terminal of this size.
    ///
    /// Its environment is what the command sets explicitly, and nothing of this process's but `PATH`; homes which the
    /// command does not set are an empty temporary directory.
    #[track_caller]
    pub fn start(command: &Command, cols: u16, rows: u16) -> Self {
        Self::start_with(command, TerminalOptions::new(cols, rows))
    }

    /// Starts a program in a terminal like this.
    #[track_caller]
    pub fn start_with(command: &Command, options: TerminalOptions) -> Self {
        let process = start(command, options);
        Self { process: process.unwrap_or_else(|error| panic!("{command:?}: {error:#}")) }
    }

    /// Types keys: plain text, and between angle brackets `Enter` `Tab` `Esc` `BS` `Space` `lt` `gt` `Up` `Down`
    /// `Left` `Right` `Home` `End` `PgUp` `PgDn` `Ins` `Del` `F1`..`F12` or one character, each with any of `C-`
    /// `A-` `S-` before it: `ls <lt>x<Enter>`, `<C-c>`, `<A-Enter>`, `<S-Tab>`.
    #[track_caller]
    pub fn keys(&self, notation: &str) -> &Self {
        let state = self.process.shared.state();
        let modes = KeyModes {
            application_cursor: state.parser.screen().application_cursor(),
            disambiguate: state.parser.callbacks().disambiguates(),
        };
        drop(state);
        match encode(notation, modes) {
            Ok(bytes) => self.send(bytes),
            Err(error) => panic!("{error}"),
        }
    }

    /// Pastes text: in brackets where the program asked for that, as a terminal does, with line ends as returns.
    pub fn paste(&self, text: &str) -> &Self {
        let text = text.replace("\r\n", "\r").replace('\n', "\r");
        let is_bracketed = self.process.shared.state().parser.screen().bracketed_paste();
        self.send(if is_bracketed { format!("\x1b[200~{text}\x1b[201~") } else { text })
    }

    /// Does something with the mouse at a cell.
    pub fn mouse(&self, mouse: Mouse, row: u16, col: u16) -> &Self {
        self.send(mouse.bytes(row, col))
    }

    /// Sends bytes as they are.
    pub fn send(&self, bytes: impl Into<Vec<u8>>) -> &Self {
        // The writing thread leaves when the program has ended; the next wait says so better than this line could.
        self.process.input.send(bytes.into()).ok();
        self
    }

    /// Gives the terminal another size; the program is told by SIGWINCH.
    #[track_caller]
    pub fn resize(&self, cols: u16, rows: u16) -> &Self {
        self.process.shared.change(|state| {
            state.parser.set_size(screen::size(rows), screen::size(cols));
            state.present();
        });
        self.process.master.resize(pty_size(cols, rows)).expect("the PTY takes a new size");
        self
    }

    /// The screen now. Half of a synchronized update is never seen.
    pub fn screen(&self) -> Screen {
        self.process.shared.state().presented.clone()
    }

    /// A cell of the screen now; rows and columns count from 0.
    #[track_caller]
    pub fn cell(&self, row: u16, col: u16) -> Cell {
        self.screen().cell(row, col)
    }

    /// Row and column of the cursor now; none when it is hidden.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        self.screen().cursor()
    }

    /// Every byte the program has written so far.
    pub fn bytes_written(&self) -> Vec<u8> {
        self.process.shared.state().raw.clone()
    }

    /// The same bytes read by read. The kernel hands out at most 4096 bytes at once, and merges quick writes.
    pub fn reads(&self) -> Vec<Vec<u8>> {
        let state = self.process.shared.state();
        let starts = std::iter::once(0).chain(state.reads.iter().copied());
        starts.zip(&state.reads).map(|(start, end)| state.raw[start..*end].to_vec()).collect()
    }

    /// How many synchronized updates have ended so far.
    pub fn frames(&self) -> usize {
        self.process.shared.state().parser.callbacks().frames
    }

    /// The title of the window.
    pub fn title(&self) -> String {
        self.process.shared.state().parser.callbacks().title.clone()
    }

    /// What was copied to the clipboard (OSC 52), each as the base64 it came in.
    pub fn clipboard(&self) -> Vec<Vec<u8>> {
        self.process.shared.state().parser.callbacks().clipboard.clone()
    }

    /// How often the bell rang.
    pub fn bells(&self) -> usize {
        self.process.shared.state().parser.callbacks().bells
    }

    /// The `HOME` of a program whose command sets none.
    pub fn home(&self) -> &std::path::Path {
        self.process.home.path()
    }

    /// The id of the program's process, which leads a session and a process group.
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// Sends a signal to the program, not to its children.
    #[track_caller]
    pub fn signal(&self, signal: Signal) -> &Self {
        if self.process.shared.state().exit.is_none() {
            kill_process(self.raw_pid(), signal).expect("a signal to a running program");
        }
        self
    }

    /// Sends a signal to the program and what it runs in its process group, as a shell does.
    #[track_caller]
    pub fn signal_group(&self, signal: Signal) -> &Self {
        if self.process.shared.state().exit.is_none() {
            kill_process_group(self.raw_pid(), signal).expect("a signal to a running program");
        }
        self
    }

    fn raw_pid(&self) -> Pid {
        let pid = i32::try_from(self.process.pid).ok().and_then(Pid::from_raw);
        pid.expect("an id of a process")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !self.process.shared.state().is_over() {
            // The group may be gone by now, and that is what is wanted.
            kill_process_group(self.raw_pid(), Signal::KILL).ok();
        }
    }
}
