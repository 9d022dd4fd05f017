//! The footer's bytes against an emulated terminal, and how far up it is looked for.

use std::num::NonZeroU16;

use ratatui::style::{Color, Modifier, Style};

use super::*;

/// Every write apart.
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

const WIDTH: u16 = 12;

fn rows(lines: &[&str]) -> Buffer {
    Buffer::with_lines(lines.iter().map(|line| format!("{line:<12}")))
}

fn footer(lines: &[&str], cursor: Option<(u16, u16)>) -> Footer {
    Footer { buffer: rows(lines), cursor: cursor.map(Position::from), extra: Vec::new() }
}

fn shown(writer: &InlineWriter<Writes>, height: u16) -> vt100::Parser {
    let size = |cells| NonZeroU16::new(cells).unwrap();
    let mut terminal = vt100::Parser::new(size(height), size(WIDTH), 100);
    writer.sink.0.iter().for_each(|bytes| terminal.process(bytes));
    terminal
}

#[test]
fn printed_rows_scroll_away_once_and_the_footer_stays_below() {
    let mut writer = InlineWriter::new(Writes::default(), true);
    writer.resize(Rect::new(0, 0, WIDTH, 5));
    writer.draw(&footer(&["live 1", "> ", "status"], Some((2, 1)))).unwrap();
    for line in 0..6 {
        writer.print(&rows(&[&format!("line {line}"), ""])).unwrap();
        writer.draw(&footer(&["live 2", "漢 live", "> ", "status"], Some((2, 2)))).unwrap();
    }
    assert_eq!(writer.sink.0.len(), 7, "one write a frame");
    let mut terminal = shown(&writer, 5);
    assert_eq!(terminal.screen().contents(), "\nlive 2\n漢 live\n>\nstatus");
    assert_eq!(terminal.screen().cursor_position(), (3, 2));
    terminal.screen_mut().set_scrollback(usize::MAX);
    assert!(terminal.screen().contents().starts_with("line 0\n\nline 1\n\nline 2"));
}

#[test]
fn an_equal_footer_writes_nothing_until_the_size_changes() {
    let mut writer = InlineWriter::new(Writes::default(), false);
    let same = footer(&["> ", "status"], Some((2, 0)));
    for (area, writes) in [((12, 5), 1), ((12, 5), 1), ((12, 4), 2)] {
        writer.resize(Rect::new(0, 0, area.0, area.1));
        writer.draw(&same).unwrap();
        assert_eq!(writer.sink.0.len(), writes);
    }
    writer.take_away().unwrap();
    assert_eq!(shown(&writer, 5).screen().contents(), "");
}

#[test]
fn rows_that_were_broken_anew_are_counted() {
    let shown = Shown { footer: Vec::new(), columns: vec![12, 0, 7, 12], cursor: Position { x: 8, y: 3 } };
    let table = [(12, 3), (8, 2 + 1 + 1 + 1), (6, 2 + 1 + 2 + 1), (4, 3 + 1 + 2 + 2), (0, 12 + 1 + 7 + 8)];
    for (width, up) in table {
        assert_eq!(shown.rows_above(width), up, "at {width} columns");
    }
}

#[test]
fn a_footer_without_a_cursor_is_found_whatever_width_the_terminal_has_by_then() {
    let mut writer = InlineWriter::new(Writes::default(), true);
    writer.resize(Rect::new(0, 0, WIDTH, 9));
    for width in [12, 5, 30] {
        // No row wraps where the terminal is narrower already, so that the way back to the first one is known; from
        // there nothing has to be counted, for terminals keep the cursor in its row.
        writer.draw(&footer(&["live live li", "> "], None)).unwrap();
        let written = String::from_utf8(writer.sink.0.pop().unwrap()).unwrap();
        assert_eq!(
            written,
            "\x1b[?2026h\x1b[?25l\r\x1b[0m\x1b[K\x1b[C\x1b[J\r\x1b[?7llive live li\r\n>\x1b[?7h\r\x1b[1A\x1b[?2026l"
        );
        writer.resize(Rect::new(0, 0, width, 9));
        writer.forget();
    }
}

#[test]
fn styles_end_with_their_row() {
    let mut buffer = rows(&["plain bold", ""]);
    buffer
        .set_style(Rect::new(6, 0, 4, 1), Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
    buffer.set_style(Rect::new(0, 1, 2, 1), Style::new().bg(Color::Red));
    let mut bytes = Vec::new();
    assert_eq!(write_row(&buffer, 0, &mut bytes).unwrap(), 10);
    assert_eq!(bytes, b"plain \x1b[0;1;38;2;1;2;3mbold\x1b[0m");
    bytes.clear();
    assert_eq!(write_row(&buffer, 1, &mut bytes).unwrap(), 2, "a coloured blank is not blank");
    assert_eq!(bytes, b"\x1b[0;41m  \x1b[0m");
}
