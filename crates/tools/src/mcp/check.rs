//! What is asked each time before a server is started: whether it still may.

use std::fmt;
use std::sync::Arc;

/// Whether a server still may be started. The error is a sentence without its full stop.
#[derive(Clone)]
pub struct StartCheck(Arc<dyn Fn() -> Result<(), String> + Send + Sync>);

impl StartCheck {
    /// Asks this. It may read files.
    pub fn new(check: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// Asks it.
    pub(super) async fn ask(&self) -> Result<(), String> {
        let check = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || check()).await;
        asked.unwrap_or_else(|error| Err(error.to_string()))
    }
}

impl PartialEq for StartCheck {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for StartCheck {}

impl fmt::Debug for StartCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StartCheck")
    }
}
