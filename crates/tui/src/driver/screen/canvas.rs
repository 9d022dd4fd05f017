//! Where the screen is drawn: all of the alternate screen, or a footer below what the terminal keeps.

use std::fs::File;
use std::io;

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use crate::app::App;
use crate::setup::{Presenter, ScreenSetup};
use crate::terminal::{Footer, FrameWriter, InlineWriter, Stage};
use crate::transcript_pane::Printing;
use crate::view::{areas, headline, view};

/// What frames go to.
#[derive(Debug)]
pub(super) enum Canvas {
    Full(FrameWriter<File>),
    Inline(InlineWriter<File>),
}

/// What shows where the next character goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// The terminal's own.
    Real,
    /// A painted cell. The terminal's waits in the first cell of the footer, from where that is found again whatever
    /// happened to the width, even when the terminal has not told of it yet.
    Painted,
}

/// Where a presenter draws.
pub(super) fn stage_of(presenter: Presenter) -> Stage {
    match presenter {
        Presenter::Inline => Stage::Inline,
        Presenter::Full | Presenter::Plain => Stage::Alternate,
    }
}

impl Canvas {
    /// The canvas of a setup, on standard output.
    pub(super) fn new(setup: &ScreenSetup, app: &App, sink: File) -> io::Result<Self> {
        match stage_of(setup.presenter) {
            Stage::Alternate => Ok(Self::Full(FrameWriter::new(sink, app.area))),
            Stage::Inline => {
                let mut writer = InlineWriter::new(sink, setup.has_reflow);
                writer.print(&headline(app))?;
                Ok(Self::Inline(writer))
            }
        }
    }

    /// Prints what became final, where the terminal keeps it; before the rest is laid out.
    pub(super) fn print_finished(&mut self, app: &mut App) -> io::Result<()> {
        let is_busy = app.is_busy();
        self.print(app, is_busy, false)
    }

    fn print(&mut self, app: &mut App, is_busy: bool, is_end: bool) -> io::Result<()> {
        let Self::Inline(writer) = self else { return Ok(()) };
        let printing =
            Printing { width: app.area.width, now_ms: app.clock_ms(), is_busy, is_end, theme: &app.theme };
        let mut result = Ok(());
        app.pane.print_finished(printing, |rows| {
            if result.is_ok() {
                result = writer.print(rows);
            }
        });
        result
    }

    /// Whether the terminal moves what was drawn when its size changes.
    pub(super) fn moves_with_the_size(&self) -> bool {
        matches!(self, Self::Inline(_))
    }

    /// Draws the state; the cursor matters for a footer only.
    pub(super) fn draw(&mut self, app: &App, extra: Vec<u8>, wanted: Cursor) -> io::Result<()> {
        match self {
            Self::Full(writer) => {
                writer.resize(app.area);
                writer.draw(|frame| {
                    frame.cursor = view(app, frame.buf);
                    frame.extra = extra;
                })
            }
            Self::Inline(writer) => {
                writer.resize(app.area);
                let mut buffer = Buffer::empty(areas(app).whole);
                let mut cursor = view(app, &mut buffer);
                if wanted == Cursor::Painted
                    && let Some(cell) = cursor.take().and_then(|place| buffer.cell_mut(place))
                {
                    cell.modifier.insert(Modifier::REVERSED);
                }
                writer.draw(&Footer { buffer, cursor, extra })
            }
        }
    }

    /// Paints everything with the next frame.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Full(writer) => writer.forget(),
            Self::Inline(writer) => writer.forget(),
        }
    }

    /// The terminal's size changed, perhaps to and fro: its cells may be lost although the size is the old one.
    pub(super) fn resized(&mut self) {
        match self {
            Self::Full(writer) => writer.forget(),
            // The footer only; what stands above it belongs to the terminal.
            Self::Inline(writer) => writer.forget(),
        }
    }

    /// Clears the terminal for others who write to it meanwhile.
    pub(super) fn step_aside(&mut self) -> io::Result<()> {
        match self {
            Self::Full(_) => Ok(()),
            Self::Inline(writer) => writer.take_away(),
        }
    }

    /// Leaves on the terminal what is to stay there; whether that is the transcript.
    pub(super) fn finish(&mut self, app: &mut App) -> io::Result<bool> {
        self.print(app, false, true)?;
        self.step_aside()?;
        Ok(matches!(self, Self::Inline(_)))
    }
}
