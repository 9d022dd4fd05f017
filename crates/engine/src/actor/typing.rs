//! What the person typed, before anything is made of it.

use std::borrow::Cow;

use headwater_protocol::Delta;

use super::Actor;

impl Actor {
    /// The message without secrets. The person is told: what they sent is not what the model reads.
    pub(super) async fn typed(&mut self, text: String) -> String {
        let Cow::Owned(redacted) = self.ledger.redactor().text(&text) else { return text };
        let text = "Your message held a secret, which was taken out: neither the log nor the model gets it. \
            `output.redact = false` in your settings lets secrets through."
            .to_owned();
        self.ledger.tell_delta(Delta::Notice { text }).await;
        redacted
    }
}
