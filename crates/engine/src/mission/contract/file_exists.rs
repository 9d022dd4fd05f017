//! A file is there and not empty.

use super::CheckPlace;

pub(super) async fn check(path: &str, place: &CheckPlace<'_>) -> Result<(), String> {
    let file = place.file(path).await?;
    let meta = tokio::fs::metadata(&file).await.map_err(|error| format!("{path} cannot be read: {error}"))?;
    if !meta.is_file() {
        return Err(format!("{path} is no file"));
    }
    if meta.len() == 0 { Err(format!("{path} is empty")) } else { Ok(()) }
}
