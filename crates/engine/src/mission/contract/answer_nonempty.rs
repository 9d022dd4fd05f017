//! The answer is not empty.

use super::CheckPlace;

pub(super) fn check(place: &CheckPlace<'_>) -> Result<(), String> {
    if place.answer.trim().is_empty() { Err("the answer is empty".to_owned()) } else { Ok(()) }
}
