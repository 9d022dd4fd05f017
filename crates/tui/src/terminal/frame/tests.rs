//! Frames as a terminal gets them.

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::style::{Color, Style};

use super::*;

/// A sink that keeps its writes apart.
#[derive(Debug, Default)]
struct Writes(Vec<Vec<u8>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn draw(writer: &mut FrameWriter<Writes>, text: &str) {
    writer
        .draw(|frame| {
            frame.buf.set_string(0, 0, text, Style::new());
            frame.cursor = Some(Position { x: 1, y: 0 });
        })
        .unwrap();
}

#[test]
fn a_frame_is_one_synchronized_write_that_clears_nothing() {
    let mut writer = FrameWriter::new(Writes::default(), Rect::new(0, 0, 200, 60));
    for (count, text) in ["first", "second 漢字", "third"].into_iter().enumerate() {
        draw(&mut writer, text);
        assert_eq!(writer.sink.0.len(), count + 1);
    }
    writer.resize(Rect::new(0, 0, 100, 30));
    draw(&mut writer, "after");
    assert_eq!(writer.sink.0.len(), 4);
    for write in &writer.sink.0 {
        assert!(write.starts_with(BEGIN_FRAME) && write.ends_with(END_FRAME));
        let text = String::from_utf8_lossy(write);
        assert!(!text.contains("\x1b[2J") && !text.contains("\x1b[J") && !text.contains("\x1b[3J"));
    }
}

#[test]
fn an_equal_frame_writes_nothing_and_a_small_change_little() {
    let mut writer = FrameWriter::new(Writes::default(), Rect::new(0, 0, 120, 40));
    draw(&mut writer, "same");
    draw(&mut writer, "same");
    assert_eq!(writer.sink.0.len(), 1);
    draw(&mut writer, "some");
    assert!(writer.sink.0[1].len() < 80, "{} bytes", writer.sink.0[1].len());
    writer.forget();
    draw(&mut writer, "some");
    assert!(writer.sink.0[2].len() > 120 * 40);
}

/// A piece of a frame: place, text, colour.
type Piece = (u16, u16, String, u8);

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let text = "([a-z]|漢|é|字 |👍|─){1,12}";
    proptest::collection::vec((0u16..30, 0u16..8, text, 0u8..4), 0..8)
}

fn paint(frame: &mut Frame<'_>, pieces: &[Piece]) {
    let area = frame.buf.area;
    for (x, y, text, color) in pieces.iter().filter(|(x, y, ..)| *x < area.width && *y < area.height) {
        let style = Style::new().fg(Color::Indexed(*color)).bg(Color::Indexed(*color + 8));
        frame.buf.set_string(*x, *y, text, style);
    }
}

fn size(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).unwrap()
}

/// Whether an emulated terminal shows what was drawn.
fn shows(terminal: &vt100::Parser, buffer: &Buffer) -> Result<(), TestCaseError> {
    for row in buffer.area.rows() {
        let mut covered = 0;
        for column in row.columns() {
            let wanted = &buffer[(column.x, row.y)];
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = wanted.symbol().width().max(1) - 1;
            let cell = terminal.screen().cell(row.y, column.x).unwrap();
            let shown = if cell.contents().is_empty() { " " } else { cell.contents() };
            prop_assert_eq!(shown, wanted.symbol(), "at {},{}", column.x, row.y);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_terminal_shows_what_was_drawn(frames in proptest::collection::vec((pieces(), any::<bool>()), 1..8)) {
        let sizes = [Rect::new(0, 0, 30, 8), Rect::new(0, 0, 20, 5)];
        let mut terminal = vt100::Parser::new(size(8), size(30), 0);
        let mut writer = FrameWriter::new(Writes::default(), sizes[0]);
        for (pieces, is_small) in frames {
            let area = sizes[usize::from(is_small)];
            terminal.screen_mut().set_size(size(area.height), size(area.width));
            writer.resize(area);
            let mut drawn = Buffer::empty(area);
            writer.draw(|frame| {
                paint(frame, &pieces);
                drawn = frame.buf.clone();
            }).unwrap();
            for bytes in std::mem::take(&mut writer.sink.0) {
                terminal.process(&bytes);
            }
            shows(&terminal, &drawn)?;
        }
    }
}
