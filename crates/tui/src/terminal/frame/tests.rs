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

/// Draws full rows from this line on, above three that stay; the bytes it took.
fn scrolled(writer: &mut FrameWriter<Writes>, line: u16) -> usize {
    writer
        .draw(|frame| {
            for y in 0..37 {
                let letter = char::from(b'a' + u8::try_from((line + y) % 26).unwrap());
                frame.buf.set_string(0, y, letter.to_string().repeat(119), Style::new());
            }
            for y in 37..40 {
                frame.buf.set_string(0, y, "=".repeat(119), Style::new());
            }
        })
        .unwrap();
    writer.sink.0.last().unwrap().len()
}

#[test]
fn scrolling_costs_the_rows_that_are_new() {
    let mut writer = FrameWriter::new(Writes::default(), Rect::new(0, 0, 120, 40));
    assert!(scrolled(&mut writer, 100) > 120 * 40);
    for (line, new_rows) in [(101, 1), (104, 3), (90, 14), (89, 1)] {
        let bytes = scrolled(&mut writer, line);
        assert!(bytes < 100 + new_rows * 140, "to line {line}: {bytes} bytes");
    }
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

/// A terminal of this size which this is the first frame of.
fn freshly_drawn(buffer: &Buffer) -> vt100::Parser {
    let mut terminal = vt100::Parser::new(size(buffer.area.height), size(buffer.area.width), 0);
    let mut writer = FrameWriter::new(Writes::default(), buffer.area);
    writer.draw(|frame| frame.buf.clone_from(buffer)).unwrap();
    writer.sink.0.iter().for_each(|bytes| terminal.process(bytes));
    terminal
}

fn backgrounds(terminal: &vt100::Parser) -> Vec<vt100::Color> {
    let (rows, cols) = terminal.screen().size();
    let cells = (0..rows.get()).flat_map(|y| (0..cols.get()).map(move |x| (y, x)));
    cells.map(|(y, x)| terminal.screen().cell(y, x).unwrap().bgcolor()).collect()
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
                super::halves::blank(&mut drawn);
            }).unwrap();
            for bytes in std::mem::take(&mut writer.sink.0) {
                terminal.process(&bytes);
            }
            shows(&terminal, &drawn)?;
        }
    }

    /// A window over a long text, between a head and a foot that stay: what scrolling is.
    #[test]
    fn rows_that_move_arrive_whole(
        lines in proptest::collection::vec(("([a-z]|é| ){0,12}", 0u8..4), 40),
        offsets in proptest::collection::vec(0usize..30, 1..12),
    ) {
        let area = Rect::new(0, 0, 30, 8);
        let mut terminal = vt100::Parser::new(size(8), size(30), 0);
        let mut writer = FrameWriter::new(Writes::default(), area);
        for offset in offsets {
            let mut drawn = Buffer::empty(area);
            writer.draw(|frame| {
                let window = lines[offset..offset + 6].iter().zip(1..);
                let moving = window.map(|((text, color), y)| (0, y, text.clone(), *color));
                let fixed = [(0, 0, "head".to_owned(), 1), (3, 7, format!("foot {offset}"), 2)];
                paint(frame, &moving.chain(fixed).collect::<Vec<_>>());
                drawn = frame.buf.clone();
            }).unwrap();
            for bytes in std::mem::take(&mut writer.sink.0) {
                terminal.process(&bytes);
            }
            shows(&terminal, &drawn)?;
            prop_assert_eq!(backgrounds(&terminal), backgrounds(&freshly_drawn(&drawn)));
        }
    }
}
