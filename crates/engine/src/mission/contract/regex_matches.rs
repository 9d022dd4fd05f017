//! A pattern is found in a file, or in the answer.

use regex::RegexBuilder;

use super::CheckPlace;

/// The most a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 4 << 20;

pub(super) async fn check(path: Option<&str>, pattern: &str, place: &CheckPlace<'_>) -> Result<(), String> {
    let rx = RegexBuilder::new(pattern)
        .multi_line(true)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|_| format!("the pattern /{pattern}/ cannot be used"))?;
    let text = place.text(path).await?;
    let found = tokio::task::spawn_blocking(move || rx.is_match(&text)).await;
    match found {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("/{pattern}/ is not found in {}", path.unwrap_or("the answer"))),
        Err(error) => Err(format!("the check broke off: {error}")),
    }
}
