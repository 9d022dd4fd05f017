//! Holds the terminal in the state the screen needs, and gives it back whatever happens.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use anyhow::Context as _;

use super::sequences;
use crate::setup::Mouse;

/// Whether the terminal is in the screen's state: the panic hook must know without any owner.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether it was entered on the normal screen.
static IS_INLINE: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
/// The thread that draws.
static DRAWER: Mutex<Option<ThreadId>> = Mutex::new(None);
/// What other threads said when they panicked, to be printed once the terminal is given back.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

/// Where the screen is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// On the alternate screen.
    Alternate,
    /// On the normal one, below what it holds already.
    Inline,
}

/// The terminal in the screen's state, until this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    stage: Stage,
    mouse: Mouse,
    is_entered: bool,
}

impl Guard {
    /// Enters the screen's state. Asks the terminal nothing, so it cannot block.
    pub(crate) fn enter(stage: Stage, mouse: Mouse) -> anyhow::Result<Self> {
        HOOK.call_once(restore_on_panic);
        let mut guard = Self { stage, mouse, is_entered: false };
        guard.resume()?;
        Ok(guard)
    }

    /// Whether the terminal is still in the screen's state: a panic takes it away.
    pub(crate) fn is_held(&self) -> bool {
        self.is_entered && IS_ENTERED.load(Ordering::SeqCst)
    }

    /// Enters again after [`Guard::leave`].
    pub(crate) fn resume(&mut self) -> anyhow::Result<()> {
        crossterm::terminal::enable_raw_mode().context("the terminal cannot be switched to raw mode")?;
        *DRAWER.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        IS_INLINE.store(self.stage == Stage::Inline, Ordering::SeqCst);
        IS_ENTERED.store(true, Ordering::SeqCst);
        self.is_entered = true;
        let bytes = sequences::enter(self.stage, self.mouse);
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
    let is_inline = IS_INLINE.load(Ordering::SeqCst);
    let bytes = if is_inline { sequences::LEAVE_INLINE } else { sequences::LEAVE };
    stdout_file().and_then(|mut out| out.write_all(bytes)).ok();
    crossterm::terminal::disable_raw_mode().ok();
    let words = std::mem::take(&mut *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner));
    stdout_file().and_then(|mut out| out.write_all(words.as_bytes())).ok();
}

/// A panic message belongs on the normal screen: at once when the thread that draws panicked, else when the
/// screen ends, for it goes on without that thread.
fn restore_on_panic() {
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let drawer = *DRAWER.lock().unwrap_or_else(PoisonError::into_inner);
        if IS_ENTERED.load(Ordering::SeqCst) && drawer != Some(thread::current().id()) {
            let mut words = LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner);
            words.push_str(&info.to_string());
            words.push('\n');
            return;
        }
        restore();
        earlier(info);
    }));
}
