//! A picture of a screen as SVG: text stays text, so that a diff of two pictures can be read.
//!
//! A row is exactly as high as the font's cell, since box lines show gaps otherwise.

use super::{Cell, Screen};
use std::fmt::Write as _;
use vt100::Color;

/// The size of the font, in pixels; everything else follows from it.
const FONT_SIZE: f64 = 14.0;
/// The advance of DejaVu Sans Mono: 1233 of 2048 units.
const CELL_WIDTH: f64 = FONT_SIZE * 1233.0 / 2048.0;
/// Ascent and descent of DejaVu Sans Mono: 1901 and 483 of 2048 units.
const CELL_HEIGHT: f64 = FONT_SIZE * (1901.0 + 483.0) / 2048.0;
const ASCENT: f64 = FONT_SIZE * 1901.0 / 2048.0;
const FONTS: &str = "'DejaVu Sans Mono','Menlo','Consolas',monospace";

/// How a picture looks where the screen does not say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SvgOptions {
    /// The colour of plain text.
    pub foreground: (u8, u8, u8),
    /// The colour behind everything.
    pub background: (u8, u8, u8),
    /// The sixteen named colours.
    pub palette: [(u8, u8, u8); 16],
    /// Pixels around the grid.
    pub margin: u16,
    /// Whether the cursor is drawn where it is visible.
    pub draws_cursor: bool,
}

impl Default for SvgOptions {
    /// A dark terminal, as [`TerminalOptions`](super::TerminalOptions) says of itself.
    fn default() -> Self {
        Self {
            foreground: (0xd4, 0xd4, 0xd4),
            background: (0x1e, 0x1e, 0x1e),
            palette: [
                (0x00, 0x00, 0x00),
                (0xcd, 0x31, 0x31),
                (0x0d, 0xbc, 0x79),
                (0xe5, 0xe5, 0x10),
                (0x24, 0x72, 0xc8),
                (0xbc, 0x3f, 0xbc),
                (0x11, 0xa8, 0xcd),
                (0xe5, 0xe5, 0xe5),
                (0x66, 0x66, 0x66),
                (0xf1, 0x4c, 0x4c),
                (0x23, 0xd1, 0x8b),
                (0xf5, 0xf5, 0x43),
                (0x3b, 0x8e, 0xea),
                (0xd6, 0x70, 0xd6),
                (0x29, 0xb8, 0xdb),
                (0xff, 0xff, 0xff),
            ],
            margin: 10,
            draws_cursor: true,
        }
    }
}

/// What a run of cells looks like once all attributes are worked out.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    text: String,
    behind: String,
    /// Attributes of the text element, each with a space before it.
    style: String,
}

struct Run {
    col: u16,
    columns: u16,
    text: String,
    look: Look,
}

/// The picture of a screen.
pub fn render(screen: &Screen, options: &SvgOptions) -> String {
    let margin = f64::from(options.margin);
    let width = f64::from(screen.cols()).mul_add(CELL_WIDTH, 2.0 * margin);
    let height = f64::from(screen.rows()).mul_add(CELL_HEIGHT, 2.0 * margin);
    let behind = hex(options.background);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.1}\" height=\"{height:.1}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{behind}\"/>\n\
         <g transform=\"translate({margin} {margin})\">\n"
    );
    for row in 0..screen.rows() {
        draw_row(&mut svg, row, &runs(screen, row, options), &behind);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn runs(screen: &Screen, row: u16, options: &SvgOptions) -> Vec<Run> {
    let cursor = if options.draws_cursor { screen.cursor() } else { None };
    let mut runs: Vec<Run> = Vec::new();
    for col in 0..screen.cols() {
        let cell = screen.cell(row, col);
        if cell.columns == 0 {
            continue;
        }
        let look = look(&cell, cursor == Some((row, col)), options);
        let text = if cell.text.is_empty() { " " } else { &cell.text };
        match runs.last_mut() {
            Some(run) if run.look == look && is_plain(text) && is_plain(&run.text) => {
                run.text.push_str(text);
                run.columns += 1;
            }
            _ => runs.push(Run { col, columns: u16::from(cell.columns), text: text.to_owned(), look }),
        }
    }
    runs
}

/// Text of one column a letter in any font of the stack; everything else gets its place of its own.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{2500}'..='\u{259f}'))
}

fn look(cell: &Cell, has_cursor: bool, options: &SvgOptions) -> Look {
    let text = colour(cell.foreground, options.foreground, options);
    let behind = colour(cell.background, options.background, options);
    let is_inverse = cell.inverse != has_cursor;
    let (text, behind) = if is_inverse { (behind, text) } else { (text, behind) };
    Look { text, behind, style: style(cell) }
}

fn style(cell: &Cell) -> String {
    let attributes = [
        (cell.bold, " font-weight=\"bold\""),
        (cell.italic, " font-style=\"italic\""),
        (cell.underline, " text-decoration=\"underline\""),
        (cell.dim, " opacity=\"0.6\""),
    ];
    attributes.iter().filter(|(is_on, _)| *is_on).map(|(_, attribute)| *attribute).collect()
}

fn draw_row(svg: &mut String, row: u16, runs: &[Run], plain: &str) {
    let top = f64::from(row) * CELL_HEIGHT;
    for run in runs.iter().filter(|run| run.look.behind != plain) {
        let (left, width) = (f64::from(run.col) * CELL_WIDTH, f64::from(run.columns) * CELL_WIDTH);
        let fill = &run.look.behind;
        put(
            svg,
            format_args!(
                "<rect x=\"{left:.2}\" y=\"{top:.2}\" width=\"{width:.2}\" height=\"{CELL_HEIGHT:.2}\" fill=\"{fill}\"/>\n"
            ),
        );
    }
    for run in runs.iter().filter_map(visible) {
        draw_text(svg, top + ASCENT, &run);
    }
}

/// The run without the blanks at its ends, which some renderers drop, and stretch the rest over their place. None where
/// nothing is left. Under a line blanks are seen, and stay.
fn visible(run: &Run) -> Option<Run> {
    if run.look.style.contains("underline") {
        return Some(Run { text: run.text.clone(), look: run.look.clone(), ..*run });
    }
    let text = run.text.trim_start_matches(' ');
    let before = columns(run.text.len() - text.len());
    let after = columns(text.len() - text.trim_end_matches(' ').len());
    let (col, columns) = (run.col + before, run.columns - before - after);
    let text = text.trim_end_matches(' ').to_owned();
    (!text.is_empty()).then(|| Run { col, columns, text, look: run.look.clone() })
}

/// Blanks fill a column each.
fn columns(blanks: usize) -> u16 {
    u16::try_from(blanks).expect("a row of blanks is no longer than a row")
}

fn draw_text(svg: &mut String, baseline: f64, run: &Run) {
    let left = f64::from(run.col) * CELL_WIDTH;
    let width = f64::from(run.columns) * CELL_WIDTH;
    let Look { text: fill, style, .. } = &run.look;
    let text = escaped(&run.text);
    put(
        svg,
        format_args!(
            "<text x=\"{left:.2}\" y=\"{baseline:.2}\" textLength=\"{width:.2}\" fill=\"{fill}\"{style}>{text}</text>\n"
        ),
    );
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("writing to a string");
}

/// Spaces become no-break spaces: renderers do not agree on how to be told that blanks count.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}")
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn colour(colour: Color, default: (u8, u8, u8), options: &SvgOptions) -> String {
    hex(match colour {
        Color::Default => default,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Idx(index) => indexed(index, options),
    })
}

/// The 256 colours of xterm: 16 named ones, a cube of 6×6×6, 24 greys.
fn indexed(index: u8, options: &SvgOptions) -> (u8, u8, u8) {
    if let Some(named) = options.palette.get(usize::from(index)) {
        return *named;
    }
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return (grey, grey, grey);
    }
    let cube = index - 16;
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_holds_colours_styles_and_wide_characters() {
        let bytes = "\x1b[1;38;2;1;2;3mbold\x1b[0m \x1b[3;4;44mit\x1b[0m\r\n漢<&\x1b[7minv\x1b[0m\x1b[?25l";
        let svg = render(&Screen::of_bytes(bytes.as_bytes(), 12, 2), &SvgOptions::default());
        insta::assert_snapshot!(svg, @r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="121.1" height="52.6" viewBox="0 0 121.1 52.6" font-family="'DejaVu Sans Mono','Menlo','Consolas',monospace" font-size="14">
        <rect width="100%" height="100%" rx="6" fill="#1e1e1e"/>
        <g transform="translate(10 10)">
        <rect x="42.14" y="0.00" width="16.86" height="16.30" fill="#2472c8"/>
        <text x="0.00" y="13.00" textLength="33.71" fill="#010203" font-weight="bold">bold</text>
        <text x="42.14" y="13.00" textLength="16.86" fill="#d4d4d4" font-style="italic" text-decoration="underline">it</text>
        <rect x="33.71" y="16.30" width="25.29" height="16.30" fill="#d4d4d4"/>
        <text x="0.00" y="29.29" textLength="16.86" fill="#d4d4d4">漢</text>
        <text x="16.86" y="29.29" textLength="16.86" fill="#d4d4d4">&lt;&amp;</text>
        <text x="33.71" y="29.29" textLength="25.29" fill="#1e1e1e">inv</text>
        </g>
        </svg>
        "##);
    }

    #[test]
    fn blanks_at_the_ends_of_a_run_are_places_and_not_text() {
        let bytes = "\x1b[31m  a  b  \x1b[4m c \x1b[0m  \x1b[?25l";
        let svg = render(&Screen::of_bytes(bytes.as_bytes(), 14, 1), &SvgOptions::default());
        let texts: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
        insta::assert_snapshot!(texts.join("\n"), @r##"
        <text x="16.86" y="13.00" textLength="33.71" fill="#cd3131">a  b</text>
        <text x="67.43" y="13.00" textLength="25.29" fill="#cd3131" text-decoration="underline"> c </text>
        "##);
    }

    #[test]
    fn indexed_colours_are_those_of_xterm() {
        let options = SvgOptions::default();
        let table = [
            (1, (0xcd, 0x31, 0x31)),
            (16, (0, 0, 0)),
            (21, (0, 0, 255)),
            (231, (255, 255, 255)),
            (232, (8, 8, 8)),
            (255, (238, 238, 238)),
        ];
        for (index, expected) in table {
            assert_eq!(indexed(index, &options), expected, "{index}");
        }
    }
}
