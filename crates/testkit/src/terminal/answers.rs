//! What a real terminal answers when a program asks it, and what it notes besides the grid.

use super::TerminalOptions;
use std::sync::mpsc::Sender;
use vt100::{Callbacks, Screen};

/// The keyboard protocol's flags which this terminal speaks: disambiguate.
const KEYBOARD_FLAGS: u16 = 0b1;

/// The side of the terminal which talks back.
pub(crate) struct Answers {
    replies: Sender<Vec<u8>>,
    options: TerminalOptions,
    /// Inside a synchronized update: what is drawn is not shown yet.
    pub(crate) is_in_frame: bool,
    /// The screen at the end of the newest synchronized update.
    pub(crate) presented: Option<Screen>,
    /// How many synchronized updates have ended.
    pub(crate) frames: usize,
    pub(crate) title: String,
    pub(crate) clipboard: Vec<Vec<u8>>,
    pub(crate) bells: usize,
    keyboard: Vec<u16>,
}

impl Answers {
    pub(crate) fn new(options: TerminalOptions, replies: Sender<Vec<u8>>) -> Self {
        Self {
            replies,
            options,
            is_in_frame: false,
            presented: None,
            frames: 0,
            title: String::new(),
            clipboard: Vec::new(),
            bells: 0,
            keyboard: Vec::new(),
        }
    }

    /// Whether keys are to be sent without ambiguity.
    pub(crate) fn disambiguates(&self) -> bool {
        self.keyboard_flags() & KEYBOARD_FLAGS != 0
    }

    fn keyboard_flags(&self) -> u16 {
        self.keyboard.last().copied().unwrap_or(0)
    }

    fn reply(&self, answer: impl Into<Vec<u8>>) {
        // Nobody listens any more once the program has ended: then nobody waits for the answer either.
        self.replies.send(answer.into()).ok();
    }

    fn keyboard(&mut self, kind: u8, params: &[&[u16]]) {
        let first = first(params);
        match kind {
            _ if !self.options.keyboard_protocol => {}
            b'?' => self.reply(format!("\x1b[?{}u", self.keyboard_flags())),
            b'>' => self.keyboard.push(first.unwrap_or(0) & KEYBOARD_FLAGS),
            b'=' => {
                self.keyboard.pop();
                self.keyboard.push(first.unwrap_or(0) & KEYBOARD_FLAGS);
            }
            b'<' => {
                let left = self.keyboard.len().saturating_sub(usize::from(first.unwrap_or(1).max(1)));
                self.keyboard.truncate(left);
            }
            _ => {}
        }
    }

    /// Set (1), reset (2) or not known (0), as DECRPM says it.
    fn mode(&self, mode: u16, screen: &Screen) -> u8 {
        let is_set = match mode {
            1 => screen.application_cursor(),
            25 => !screen.hide_cursor(),
            1049 => screen.alternate_screen(),
            2004 => screen.bracketed_paste(),
            2026 => self.is_in_frame,
            _ => return 0,
        };
        if is_set { 1 } else { 2 }
    }

    fn synchronize(&mut self, begins: bool, screen: &Screen) {
        if self.is_in_frame && !begins {
            self.presented = Some(screen.clone());
            self.frames += 1;
        }
        self.is_in_frame = begins;
    }

    fn report_status(&self, screen: &Screen, params: &[&[u16]]) {
        match first(params) {
            Some(5) => self.reply("\x1b[0n"),
            Some(6) => {
                let (row, col) = screen.cursor_position();
                self.reply(format!("\x1b[{};{}R", row + 1, col + 1));
            }
            _ => {}
        }
    }
}

fn first(params: &[&[u16]]) -> Option<u16> {
    params.first()?.first().copied()
}

impl Callbacks for Answers {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _kind: &[u8], data: &[u8]) {
        self.clipboard.push(data.to_vec());
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        mark: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        match (mark, second, last) {
            (None, _, 'c') => self.reply("\x1b[?62;22c"),
            (Some(b'>'), _, 'c') => self.reply("\x1b[>1;10;0c"),
            (Some(b'>'), _, 'q') => self.reply("\x1bP>|testkit 1\x1b\\"),
            (None, _, 'n') => self.report_status(screen, params),
            (None, _, 't') if first(params) == Some(18) => {
                let (rows, cols) = screen.size();
                self.reply(format!("\x1b[8;{rows};{cols}t"));
            }
            (Some(b'?'), Some(b'$'), 'p') => {
                let mode = first(params).unwrap_or(0);
                self.reply(format!("\x1b[?{mode};{}$y", self.mode(mode, screen)));
            }
            (Some(kind @ (b'?' | b'>' | b'<' | b'=')), None, 'u') => self.keyboard(kind, params),
            (Some(b'?'), None, 'h' | 'l') if params.contains(&[2026].as_slice()) => {
                self.synchronize(last == 'h', screen);
            }
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        let colour = match params {
            [b"10", b"?"] => self.options.foreground,
            [b"11", b"?"] => self.options.background,
            _ => return,
        };
        let number = String::from_utf8_lossy(params[0]).into_owned();
        let (red, green, blue) = colour;
        let hex = format!("{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}");
        self.reply(format!("\x1b]{number};rgb:{hex}\x1b\\"));
    }
}
