//! Files are not what the model saw of them: the person, or a command, has changed them since.

use std::fmt::Write as _;

use headwater_protocol::Tokens;
use headwater_protocol::views::{FILE_CHANGED, NAMED};

use super::{ChangedFile, Facts};
use crate::injection::{Priority, Reminder, reminder_room};
use crate::prompts;
use crate::tokens::estimate_bytes;

/// The most files that are named at once, in as much as half of the room for reminders; the rest come with the next request.
const MOST: usize = 10;

/// Once for each file, and again when it was read and has changed once more.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let told = facts.changed.get(..fitting(facts))?;
    let (gone, changed): (Vec<&ChangedFile>, Vec<&ChangedFile>) = told.iter().partition(|file| file.is_gone);
    let mut files = String::new();
    list(&mut files, "Changed on disk since you last saw them:", &changed);
    list(&mut files, "No longer there:", &gone);
    let filled = [("{files}", files.trim_end())];
    (!told.is_empty())
        .then(|| super::reminder(FILE_CHANGED, Priority::State, prompts::REMINDER_FILE_CHANGED, &filled))
}

/// How many of the files are named now.
fn fitting(facts: &Facts<'_>) -> usize {
    let room = Tokens(reminder_room(facts.state).0 / 2);
    let calibration = facts.state.budget.calibration;
    let names = facts.changed.iter().scan(0, |bytes, file| {
        *bytes += NAMED.len() + file.path.len() + 1;
        Some(*bytes)
    });
    // One that is longer than all the room is named by itself.
    names
        .take(MOST)
        .take_while(|bytes| estimate_bytes(*bytes, calibration) <= room)
        .count()
        .max(1)
        .min(facts.changed.len())
}

fn list(text: &mut String, title: &str, files: &[&ChangedFile]) {
    if files.is_empty() {
        return;
    }
    // Writing to a text cannot fail.
    writeln!(text, "{title}").ok();
    for file in files {
        writeln!(text, "{NAMED}{}", file.path).ok();
    }
}
