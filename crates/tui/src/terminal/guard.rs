//! Holds the terminal in the state the screen needs, and gives it back whatever happens.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use super::sequences;
use crate::setup::Mouse;

/// Whether the terminal is in the screen's state: the panic hook must know without any owner.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal in the screen's state, until this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    mouse: Mouse,
    is_entered: bool,
}

impl Guard {
    /// Enters the screen's state. Asks the terminal nothing, so it cannot block.
    pub(crate) fn enter(mouse: Mouse) -> anyhow::Result<Self> {
        HOOK.call_once(restore_on_panic);
        let mut guard = Self { mouse, is_entered: false };
        guard.resume()?;
        Ok(guard)
    }

    /// Enters again after [`Guard::leave`].
    pub(crate) fn resume(&mut self) -> anyhow::Result<()> {
        crossterm::terminal::enable_raw_mode().context("the terminal cannot be switched to raw mode")?;
        IS_ENTERED.store(true, Ordering::SeqCst);
        self.is_entered = true;
        let bytes = sequences::enter(self.mouse);
        stdout_file().and_then(|mut out| out.write_all(&bytes)).context("the terminal cannot be written to")
    }

    /// Gives the terminal back for a while; does nothing when that has happened.
    pub(crate) fn leave(&mut self) {
        self.is_entered = false;
        restore();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.is_entered {
            restore();
        }
    }
}

/// Standard output without any buffer: what is written at once arrives at once.
pub(crate) fn stdout_file() -> io::Result<File> {
    Ok(File::from(rustix::io::dup(rustix::stdio::stdout())?))
}

fn restore() {
    if !IS_ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // When the terminal is gone there is nothing left to restore, and nobody to tell.
    stdout_file().and_then(|mut out| out.write_all(sequences::LEAVE)).ok();
    crossterm::terminal::disable_raw_mode().ok();
}

/// A panic message belongs on the normal screen.
fn restore_on_panic() {
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        earlier(info);
    }));
}
