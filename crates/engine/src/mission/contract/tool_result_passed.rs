//! A tool ran in this session, and its last result passed: the records say so, not the model.

use super::CheckPlace;

pub(super) fn check(tool: &str, command: Option<&str>, place: &CheckPlace<'_>) -> Result<(), String> {
    let what = command.map_or_else(|| tool.to_owned(), |command| format!("`{command}`"));
    let last = match command {
        Some(command) => place.results.of_command(tool, command),
        None => place.results.of_tool(tool),
    };
    let Some(last) = last else { return Err(format!("{what} has not been run in this session")) };
    if !last.has_passed {
        return Err(format!("{what} failed when it was run last (record {})", last.seq));
    }
    if command.is_some() && place.results.has_changed_since(last.seq) {
        return Err(format!(
            "{what} passed (record {}), but files were changed after it; run it again",
            last.seq
        ));
    }
    Ok(())
}
