//! A command ends with code 0.

use super::super::answers::clip;
use super::CheckPlace;

/// Characters of what the command wrote last that a gap shows.
const SHOWN: usize = 400;

pub(super) async fn check(command: &str, place: &CheckPlace<'_>) -> Result<(), String> {
    let end = place.commands.run(command).await.map_err(|why| format!("`{command}` did not run: {why}"))?;
    let how = match end.code {
        Some(0) => return Ok(()),
        Some(code) => format!("ended with code {code}"),
        None => "was ended before its time".to_owned(),
    };
    let tail = end.tail.trim();
    let last: String = tail.chars().skip(tail.chars().count().saturating_sub(SHOWN)).collect();
    let said = if last.is_empty() { String::new() } else { format!(": {}", clip(&last, SHOWN)) };
    Err(format!("`{command}` {how}{said}"))
}
