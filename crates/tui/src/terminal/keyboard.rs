//! What a person types, read from the terminal when there is something to read.
//!
//! *Invariants:* no thread and no timer waits at rest. Outside of pasted text not a byte is read beyond the event it
//! belongs to, so that what was typed for an editor or a shell is still there when they get the terminal. Dropped, it
//! reads nothing more from that moment on.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::parser::Parser;

/// Bytes of a paste read at once; the kernel hands out 4 KB at most on Linux.
const PASTED: usize = 64 * 1024;

/// The terminal as a source of events.
#[derive(Debug)]
pub(crate) struct Keyboard {
    tty: AsyncFd<OwnedFd>,
    parser: Parser,
    buffer: Vec<u8>,
    /// When an unfinished sequence is given up.
    give_up: Option<Instant>,
}

impl Keyboard {
    /// The terminal of this process: standard input, or the controlling terminal where that is something else.
    pub(crate) fn open() -> io::Result<Self> {
        let stdin = rustix::stdio::stdin();
        if rustix::termios::isatty(stdin) {
            Self::on(rustix::io::dup(stdin)?)
        } else {
            Self::on(File::open("/dev/tty")?.into())
        }
    }

    #[expect(
        deprecated,
        reason = "the other way is unsafe for types that may close a file early; this one cannot"
    )]
    fn on(tty: OwnedFd) -> io::Result<Self> {
        let tty = AsyncFd::with_interest(tty, Interest::READABLE)?;
        Ok(Self { tty, parser: Parser::default(), buffer: vec![0; PASTED], give_up: None })
    }

    /// Waits for the next event. Cancellation safe.
    pub(crate) async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.take()? {
                return Ok(event);
            }
            // What arrived after that look has made the terminal ready again: nothing is waited for in vain.
            let readable = self.tty.readable();
            match self.give_up {
                None => readable.await?.clear_ready(),
                Some(end) => {
                    if let Ok(ready) = tokio::time::timeout_at(end.into(), readable).await {
                        ready?.clear_ready();
                    }
                }
            }
        }
    }

    /// The next event when it is there already.
    pub(crate) fn take(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(event) = self.parser.pop() {
                return Ok(Some(event));
            }
            if !self.is_readable()? {
                return Ok(self.overdue());
            }
            self.read()?;
        }
    }

    /// Looked up each time: the terminal is shared with others and must not be made one that never blocks.
    fn is_readable(&self) -> io::Result<bool> {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut tty = [PollFd::new(self.tty.get_ref(), PollFlags::IN)];
        Ok(rustix::io::retry_on_intr(|| poll(&mut tty, Some(&at_once)))? > 0)
    }

    fn read(&mut self) -> io::Result<()> {
        let most = if self.parser.is_pasting() { PASTED } else { 1 };
        let buffer = self.buffer.get_mut(..most).unwrap_or_default();
        let count = rustix::io::retry_on_intr(|| rustix::io::read(self.tty.get_ref(), &mut *buffer))?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.give_up = None;
        self.parser.feed(buffer.get(..count).unwrap_or_default());
        Ok(())
    }

    /// What an unfinished sequence is after all, once nothing came for long enough.
    fn overdue(&mut self) -> Option<Event> {
        let patience = self.parser.patience()?;
        let end = *self.give_up.get_or_insert_with(|| Instant::now() + patience);
        if Instant::now() < end {
            return None;
        }
        self.give_up = None;
        self.parser.give_up();
        self.parser.pop()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use crossterm::event::{KeyCode, KeyEvent};

    use super::*;

    fn pair() -> (Keyboard, File) {
        let (read, write) = rustix::pipe::pipe().unwrap();
        (Keyboard::on(read).unwrap(), File::from(write))
    }

    fn key(code: KeyCode) -> Event {
        Event::Key(KeyEvent::from(code))
    }

    #[tokio::test]
    async fn nothing_is_read_beyond_a_key() {
        let (mut keyboard, mut typed) = pair();
        typed.write_all(b"xfor the editor").unwrap();
        assert_eq!(keyboard.next().await.unwrap(), key(KeyCode::Char('x')));
        let mut rest = [0; 64];
        let count = rustix::io::read(keyboard.tty.get_ref(), &mut rest).unwrap();
        assert_eq!(rest[..count], *b"for the editor");
    }

    #[tokio::test]
    async fn a_key_behind_a_paste_is_told_after_it() {
        let (mut keyboard, mut typed) = pair();
        typed.write_all(b"\x1b[200~two\rlines\x1b[201~\r").unwrap();
        assert_eq!(keyboard.next().await.unwrap(), Event::Paste("two\rlines".to_owned()));
        assert_eq!(keyboard.take().unwrap(), Some(key(KeyCode::Enter)));
        assert_eq!(keyboard.take().unwrap(), None);
    }

    #[tokio::test]
    async fn escape_is_told_once_nothing_follows_it() {
        let (mut keyboard, mut typed) = pair();
        typed.write_all(b"\x1b").unwrap();
        assert_eq!(keyboard.take().unwrap(), None, "more may come");
        assert_eq!(keyboard.next().await.unwrap(), key(KeyCode::Esc));
        assert_eq!(keyboard.give_up, None, "no timer is left");
    }

    #[tokio::test]
    async fn a_call_that_was_called_off_loses_nothing() {
        let (mut keyboard, mut typed) = pair();
        typed.write_all(b"\x1b[1;5").unwrap();
        tokio::select! {
            biased;
            event = keyboard.next() => panic!("{event:?} of half a sequence"),
            () = std::future::ready(()) => {}
        }
        typed.write_all(b"D").unwrap();
        let left = KeyEvent::new(KeyCode::Left, crossterm::event::KeyModifiers::CONTROL);
        assert_eq!(keyboard.next().await.unwrap(), Event::Key(left));
    }

    #[tokio::test]
    async fn the_end_of_the_terminal_is_an_error() {
        let (mut keyboard, typed) = pair();
        drop(typed);
        assert!(keyboard.next().await.is_err());
    }
}
