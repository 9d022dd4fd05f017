//! What the actor does for hooks: those of the session's ends, of a message before it is sent, and the person's yes.

use headwater_protocol::Delta;

use super::Actor;

impl Actor {
    /// The person said yes to the hooks that the project brings.
    pub(super) async fn approve_hooks(&mut self, digest: &str) {
        let text = format!("No hooks of this project wait for a yes ({digest}).");
        self.ledger.tell_delta(Delta::Notice { text }).await;
    }
}
