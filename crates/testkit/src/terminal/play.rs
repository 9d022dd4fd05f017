//! The three-part notation: screen, keys, screen.
//!
//! ```text
//! === screen
//! lines which must appear, in this order, each in a row of its own; `…` stands for anything
//! === keys
//! hello<Enter>
//! === gone
//! text which must be nowhere
//! ```
//! Further parts: `=== paste` (the lines as they stand), `=== resize` (`100x30`). Blank lines do not count; the lines
//! of a keys part are typed one after the other with nothing in between.

use super::{Screen, Terminal};
use crate::DEADLINE;

enum Part {
    Screen(Vec<String>),
    Gone(Vec<String>),
    Keys(String),
    Paste(String),
    Resize(u16, u16),
}

impl Terminal {
    /// Plays a script in the three-part notation (see the head of this file), and returns the last screen.
    #[track_caller]
    pub fn play(&self, script: &str) -> Screen {
        let parts = parse(script).unwrap_or_else(|error| panic!("{error}"));
        for part in &parts {
            self.play_part(part);
        }
        self.screen()
    }

    #[track_caller]
    fn play_part(&self, part: &Part) {
        match part {
            Part::Screen(lines) => {
                let what = format!("the lines\n  {}\n", lines.join("\n  "));
                drop(self.wait_for(|screen| shows(screen, lines), &what, DEADLINE));
            }
            Part::Gone(lines) => lines.iter().for_each(|line| drop(self.wait_gone(line))),
            Part::Keys(keys) => drop(self.keys(keys)),
            Part::Paste(text) => drop(self.paste(text)),
            Part::Resize(cols, rows) => drop(self.resize(*cols, *rows)),
        }
    }
}

fn parse(script: &str) -> Result<Vec<Part>, String> {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for line in script.lines() {
        if let Some(title) = line.trim().strip_prefix("===") {
            parts.push((title.trim().to_owned(), Vec::new()));
        } else if let Some((_, lines)) = parts.last_mut() {
            lines.push(line);
        } else if !line.trim().is_empty() {
            return Err(format!("a script begins with a part such as `=== screen`, not with {line:?}"));
        }
    }
    parts.iter().map(|(title, lines)| part(title, lines)).collect()
}

fn part(title: &str, lines: &[&str]) -> Result<Part, String> {
    let trimmed = || lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    Ok(match title {
        "screen" => Part::Screen(trimmed().collect()),
        "gone" => Part::Gone(trimmed().collect()),
        "keys" => Part::Keys(trimmed().collect()),
        "paste" => Part::Paste(lines.join("\n").trim_end().to_owned()),
        "resize" => {
            let text: String = trimmed().collect();
            let size = text
                .split_once(['x', '×'])
                .and_then(|(cols, rows)| Some((cols.parse().ok()?, rows.parse().ok()?)));
            let (cols, rows) = size.ok_or_else(|| format!("a size is written 100x30, not {text:?}"))?;
            Part::Resize(cols, rows)
        }
        _ => return Err(format!("no part is named {title:?}: screen, gone, keys, paste, resize")),
    })
}

/// Whether each line appears in a row below the one of the line before.
fn shows(screen: &Screen, lines: &[String]) -> bool {
    let mut rows = (0..screen.rows()).map(|row| screen.row(row));
    lines.iter().all(|line| rows.any(|row| appears(&row, line)))
}

/// Whether the pieces between the `…` of a line appear in a row, in order.
fn appears(row: &str, line: &str) -> bool {
    let mut rest = row;
    line.split('…').map(str::trim).all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_appear_in_order_and_dots_stand_for_anything() {
        let screen = Screen::of_bytes(b"one two three\r\nfour\r\nfive", 20, 4);
        let lines = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
        assert!(shows(&screen, &lines("two\nfive")));
        assert!(shows(&screen, &lines("one … three\n… our")));
        assert!(!shows(&screen, &lines("five\nfour")));
        assert!(!shows(&screen, &lines("one\ntwo")));
        assert!(!shows(&screen, &lines("three … one")));
    }

    #[test]
    fn a_script_says_what_is_wrong_with_it() {
        assert!(parse("hello\n=== keys").err().unwrap().contains("hello"));
        assert!(parse("=== kyes\nx").err().unwrap().contains("kyes"));
        assert!(parse("=== resize\nwide").err().unwrap().contains("wide"));
        assert_eq!(parse("\n=== screen\na\n\n=== keys\nb\n=== resize\n80x24").unwrap().len(), 3);
    }
}
