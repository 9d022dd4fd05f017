//! What reaches the terminal: frames, and sequences that travel with them.

use std::time::Instant;

use anyhow::Context as _;

use super::canvas::{Canvas, Cursor};
use super::{FRAME, Screen, Urgency, terminal_area};
use crate::app::{Effect, Msg};
use crate::setup::Exit;
use crate::terminal::{bell, copy, notification, title};

impl Screen {
    /// An effect on the terminal that needs no waiting.
    pub(super) fn show(&mut self, effect: Effect) {
        match effect {
            Effect::Copy(text) => self.copy(&text),
            Effect::Notify(words) if !self.app.is_focused => {
                self.extra.extend(bell());
                self.extra.extend(notification(&words));
            }
            Effect::Redraw => self.canvas.forget(),
            Effect::Exit(exit) => self.exit = Some(exit),
            // Looked at by a person already, done by the world, or only ever asked for by a key.
            Effect::Notify(_)
            | Effect::Send(_)
            | Effect::SaveHistory(_)
            | Effect::FindFiles(_)
            | Effect::MakeDiff
            | Effect::Examine
            | Effect::Export { .. }
            | Effect::Remember(_)
            | Effect::OpenEditor(_)
            | Effect::Suspend => {}
        }
    }

    fn copy(&mut self, text: &str) {
        let result = match copy(text, self.is_tmux) {
            Some(bytes) => {
                self.extra.extend(bytes);
                Ok(text.chars().count())
            }
            None => Err(text.len()),
        };
        self.take_in(Urgency::Now, Msg::Copied(result));
    }

    /// Draws what is owed; a terminal that takes no more ends the screen.
    pub(super) fn draw_when_due(&mut self) {
        let is_due = match self.urgency {
            Urgency::Nothing => false,
            Urgency::Stream => self.drawn.elapsed() >= FRAME,
            Urgency::Now => true,
        };
        if !self.guard.is_held() {
            // A part of the program panicked on this thread, and its message stands on the normal screen.
            self.exit = Some(Exit::EngineClosed);
        } else if is_due && self.draw().is_err() {
            self.exit = Some(Exit::Hangup);
        }
    }

    pub(super) fn draw(&mut self) -> anyhow::Result<()> {
        self.app.now = Instant::now();
        if matches!(self.canvas, Canvas::Inline(_)) {
            // The event that tells of a new size comes later than the size; a frame for the old one would be looked for
            // in the wrong rows.
            self.app.area = terminal_area()?;
        }
        self.canvas.print_finished(&mut self.app)?;
        for job in self.app.prepare() {
            // A block that cannot be coloured now is as readable without.
            self.highlighter.request(job);
        }
        let title_now = self.app.title();
        if title_now != self.title {
            self.extra.extend(title(&title_now));
            self.title = title_now;
        }
        self.settled = self.settled.filter(|settled| *settled > self.app.now);
        let cursor = if self.settled.is_some() || self.app.is_busy() && self.app.composer.is_empty() {
            Cursor::Painted
        } else {
            Cursor::Real
        };
        let drawn = self.canvas.draw(&self.app, std::mem::take(&mut self.extra), cursor);
        self.urgency = Urgency::Nothing;
        self.drawn = Instant::now();
        drawn.context("the terminal cannot be written to")
    }
}
