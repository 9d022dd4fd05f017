//! A door at which a turn waits until the test opens it.

use tokio::sync::watch;

/// A door at which a turn waits until the test opens it: the way to act in the middle of a stream without any sleep.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets everything through that waits now or comes later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn passed(&self) {
        let mut state = self.0.subscribe();
        if state.wait_for(|open| *open).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
