//! What a server says without being asked: progress of a call, other tools than before. What it asks for is refused: it
//! gets no model, no files and no answers of the person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater_protocol::Cancel;
use rmcp::RoleClient;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ClientResult, ErrorCode, ErrorData, Implementation,
    ProgressNotificationParam, ProgressToken, ProtocolVersion, ServerNotification, ServerRequest,
};
use rmcp::service::{NotificationContext, RequestContext, Service};
use tokio::sync::Notify;

use super::flood::Gauge;
use super::words;

/// The longest line of progress that is shown, in bytes.
const LONGEST_PROGRESS: usize = 200;

/// Where the progress of a call is shown.
pub(super) type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Hears a server.
pub(super) struct Listener {
    version: &'static str,
    /// Who wants to know how far which call is.
    watched: Arc<Watched>,
    /// Told when the tools have changed.
    changed: Arc<Notify>,
    gauge: Gauge,
}

/// The calls whose progress is shown.
#[derive(Default)]
pub(super) struct Watched(Mutex<HashMap<ProgressToken, Sink>>);

/// As long as it lives, the progress of a call is shown.
pub(super) struct Watch {
    watched: Arc<Watched>,
    token: ProgressToken,
}

impl Listener {
    /// Hears a server; `flooded` is cancelled when it says too much.
    pub(super) fn new(
        version: &'static str,
        watched: Arc<Watched>,
        changed: Arc<Notify>,
        flooded: Cancel,
    ) -> Self {
        Self { version, watched, changed, gauge: Gauge::of_messages(flooded) }
    }

    fn show(&self, progress: &ProgressNotificationParam) {
        let Some(sink) = self.watched.lock().get(&progress.progress_token).cloned() else { return };
        let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
        let message = progress.message.as_deref().unwrap_or_default();
        sink(&format!(
            "{}\n",
            words::line(&format!("{}{total} {message}", progress.progress), LONGEST_PROGRESS)
        ));
    }
}

impl Watched {
    /// Shows the progress of the call with this token.
    pub(super) fn watch(self: &Arc<Self>, token: ProgressToken, sink: Sink) -> Watch {
        self.lock().insert(token.clone(), sink);
        Watch { watched: Arc::clone(self), token }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProgressToken, Sink>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watched.lock().remove(&self.token);
    }
}

impl Service<RoleClient> for Listener {
    async fn handle_request(
        &self,
        request: ServerRequest,
        _context: RequestContext<RoleClient>,
    ) -> Result<ClientResult, ErrorData> {
        self.gauge.count(1);
        match request {
            ServerRequest::PingRequest(_) => Ok(ClientResult::empty(())),
            _other => {
                Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "this client offers no such thing", None))
            }
        }
    }

    async fn handle_notification(
        &self,
        notification: ServerNotification,
        _context: NotificationContext<RoleClient>,
    ) -> Result<(), ErrorData> {
        if self.gauge.count(1) {
            if let ServerNotification::ProgressNotification(progress) = &notification {
                self.show(&progress.params);
            } else if let ServerNotification::ToolListChangedNotification(_) = &notification {
                self.changed.notify_one();
            }
        }
        Ok(())
    }

    fn get_info(&self) -> ClientConfig {
        let who = Implementation::new("headwater", self.version);
        // The newest version in which there is a handshake; without one another is named beforehand.
        ClientConfig::new(ClientCapabilities::default(), who)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }
}
