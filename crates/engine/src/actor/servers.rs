//! What the actor does for the servers of tools: it hands on what the person asks and says. Whether one may run is not
//! decided here.

use headwater_protocol::{Answer, Delta, ServerLine, ServerWord, Update};

use super::Actor;
use crate::parts::Parts;

/// The servers as they are now.
pub(super) fn list(parts: &Parts) -> Vec<ServerLine> {
    parts.servers.as_ref().map(|servers| servers.list()).unwrap_or_default()
}

/// Hands a word of the person on; what the front end is told of it.
pub(super) fn steer(parts: &Parts, name: &str, word: &ServerWord) -> [Update; 2] {
    let text = match &parts.servers {
        Some(servers) => servers.steer(name, word),
        None => "There are no servers of tools here.".to_owned(),
    };
    [Update::Delta(Delta::Notice { text }), Update::Answer(Answer::Servers(list(parts)))]
}

/// Ends the servers with the session.
pub(super) async fn leave(parts: &Parts) {
    if let Some(servers) = &parts.servers {
        servers.close().await;
    }
}

impl Actor {
    /// The person said something to a server.
    pub(super) async fn steer_server(&mut self, name: &str, word: &ServerWord) {
        for update in steer(&self.parts, name, word) {
            self.ledger.tell(update).await;
        }
    }
}
