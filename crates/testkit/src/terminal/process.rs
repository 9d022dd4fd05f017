//! The program in the PTY: how it is started sealed, and the threads that read, write and wait.

use super::answers::Answers;
use super::{Screen, TerminalOptions, screen};
use anyhow::{Context as _, Result};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// How many rows that scrolled off the main screen are kept.
const SCROLLBACK: usize = 2000;

/// How the program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; 1 when a signal ended it.
    pub code: u32,
    /// The name of the signal that ended it, as the C library words it ("Killed").
    pub signal: Option<String>,
}

/// What the threads of a terminal share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) changed: Condvar,
}

pub(crate) struct State {
    pub(crate) parser: vt100::Parser<Answers>,
    /// What is on show: without the half of a synchronized update.
    pub(crate) presented: Screen,
    pub(crate) raw: Vec<u8>,
    /// Where in `raw` each read of the PTY ended.
    pub(crate) reads: Vec<usize>,
    pub(crate) is_open: bool,
    pub(crate) exit: Option<Exit>,
}

impl Shared {
    fn new(options: TerminalOptions, replies: Sender<Vec<u8>>) -> Self {
        let (rows, cols) = (screen::size(options.rows), screen::size(options.cols));
        let parser =
            vt100::Parser::new_with_callbacks(rows, cols, SCROLLBACK, Answers::new(options, replies));
        let presented = Screen::new(parser.screen().clone());
        let state =
            State { parser, presented, raw: Vec::new(), reads: Vec::new(), is_open: true, exit: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }
}

impl State {
    pub(crate) fn is_over(&self) -> bool {
        !self.is_open && self.exit.is_some()
    }

    fn read(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.reads.push(self.raw.len());
        self.parser.process(bytes);
        self.present();
    }

    /// Shows what is drawn, unless a synchronized update is under way; then, what the newest whole one has drawn.
    pub(crate) fn present(&mut self) {
        let whole = self.parser.callbacks_mut().presented.take();
        if !self.parser.callbacks().is_in_frame {
            self.presented = Screen::new(self.parser.screen().clone());
        } else if let Some(whole) = whole {
            self.presented = Screen::new(whole);
        }
    }

    /// The output has ended, and with it any update that was under way.
    fn close(&mut self) {
        self.is_open = false;
        self.presented = Screen::new(self.parser.screen().clone());
    }
}

/// A started program with the handles of its PTY.
pub(crate) struct Process {
    pub(crate) shared: Arc<Shared>,
    pub(crate) master: Box<dyn MasterPty + Send>,
    pub(crate) input: Sender<Vec<u8>>,
    pub(crate) pid: u32,
    pub(crate) home: TempDir,
}

/// Starts a program in a PTY of its own.
pub(crate) fn start(command: &Command, options: TerminalOptions) -> Result<Process> {
    let pair = native_pty_system().openpty(pty_size(options.cols, options.rows))?;
    let home = tempfile::Builder::new().prefix("headwater-terminal-").tempdir()?;
    let child = pair.slave.spawn_command(builder(command, &home))?;
    // The end of output is only seen once nobody but the program holds the slave.
    drop(pair.slave);
    let pid = child.process_id().context("a started program has an id")?;
    let (input, inputs) = channel();
    let shared = Arc::new(Shared::new(options, input.clone()));
    read_output(pair.master.try_clone_reader()?, Arc::clone(&shared));
    write_input(pair.master.take_writer()?, inputs);
    wait_for_end(child, Arc::clone(&shared));
    Ok(Process { shared, master: pair.master, input, pid, home })
}

pub(crate) fn pty_size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// The program with exactly the environment that its command sets, and homes, `PATH` and `TERM` where it sets none.
fn builder(command: &Command, home: &TempDir) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    builder.env_clear();
    builder.env("HOME", home.path());
    builder.env("HEADWATER_HOME", home.path().join("headwater"));
    builder.env("TERM", "xterm-256color");
    builder.env("LANG", "C.UTF-8");
    if let Some(path) = std::env::var_os("PATH") {
        builder.env("PATH", path);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    if let Some(directory) = command.get_current_dir() {
        builder.cwd(directory);
    }
    builder
}

fn read_output(mut from: Box<dyn Read + Send>, shared: Arc<Shared>) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            shared.change(|state| state.read(&buffer[..count]));
        }
        shared.change(State::close);
    });
}

/// Writes on a thread of its own: a program that does not read must keep neither the test nor the answers waiting.
fn write_input(mut to: Box<dyn Write + Send>, inputs: Receiver<Vec<u8>>) {
    std::thread::spawn(move || {
        for bytes in inputs {
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
}

fn wait_for_end(mut child: Box<dyn Child + Send + Sync>, shared: Arc<Shared>) {
    std::thread::spawn(move || {
        let status = child.wait().expect("the status of our own child");
        let exit = Exit { code: status.exit_code(), signal: status.signal().map(ToOwned::to_owned) };
        shared.change(|state| state.exit = Some(exit));
    });
}
