//! Logging in to a server over HTTP: OAuth 2.1 with PKCE. Where to log in is discovered (RFC 9728, RFC 8414), the program
//! registers itself there (RFC 7591), the tokens are for this server only (RFC 8707), and an answer of another issuer is
//! none (RFC 9207).
//!
//! *Not here:* where tokens are kept, the browser, the page that it comes back to.

mod exchange;
mod keeping;

use std::sync::Arc;
use std::time::Duration;

use rmcp::transport::auth::{AuthError, AuthorizationManager, AuthorizationRequest, AuthorizationSession};
use tokio::sync::Mutex;
use tokio::time::timeout;

use self::exchange::Exchange;
use self::keeping::Keeping;

/// What this program calls itself where it registers.
const CLIENT: &str = "headwater";

/// How long a question to an authorization server may take in all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the tokens of one server are kept: a text of some hundred bytes, secret. The errors are sentences.
pub trait TokenKeeper: Send + Sync {
    /// What was kept last.
    fn load(&self) -> Result<Option<String>, String>;

    /// Keeps it; what was there before is gone.
    fn save(&self, text: &str) -> Result<(), String>;

    /// Keeps nothing any more.
    fn clear(&self) -> Result<(), String>;

    /// Keeps other processes from renewing the tokens until what it gives is dropped. May block.
    fn lock(&self) -> Result<Box<dyn Send>, String>;
}

/// A login that has begun: the person goes to its page and comes back with an answer.
pub struct Login {
    session: AuthorizationSession,
}

impl Login {
    /// Finds out where to log in to the server at `url`, registers, and makes the page. `redirect` is where the browser
    /// comes back to; `challenge` is what the server answered without a login, if it is known. The error is a sentence.
    pub async fn begin(
        url: &str,
        redirect: &str,
        challenge: Option<&str>,
        keeper: Arc<dyn TokenKeeper>,
    ) -> Result<Self, String> {
        let begun = async {
            let mut manager = manager(url, keeper).await?;
            let found = manager.resolve_metadata_from_challenge(challenge).await?;
            if !found.source.is_discovered() {
                return Err(AuthError::NoAuthorizationSupport);
            }
            manager.set_metadata(found.metadata);
            let request =
                AuthorizationRequest::new(redirect).with_client_name(CLIENT).with_initial_scope_selection();
            AuthorizationSession::new(manager, request).await.map_err(|(_, error)| error)
        };
        let session = in_time(begun).await?;
        Ok(Self { session })
    }

    /// Where the person logs in.
    pub fn page(&self) -> &str {
        self.session.get_authorization_url()
    }

    /// Takes the address that the browser came back to, and keeps the tokens that its code is good for. One of another
    /// login leaves this one open.
    pub async fn finish(&self, address: &str) -> Result<(), LoginError> {
        let asked = parameter(self.page(), "state");
        if asked.is_none() || parameter(address, "state") != asked {
            return Err(LoginError::Stray);
        }
        if let Some(error) = parameter(address, "error") {
            let words = parameter(address, "error_description").unwrap_or_default();
            return Err(LoginError::Failed(
                format!("the login was refused: {error} {words}").trim().to_owned(),
            ));
        }
        let finished = in_time(self.session.handle_callback_url(address)).await;
        finished.map(drop).map_err(LoginError::Failed)
    }
}

/// Why a login did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The answer is not to this login.
    #[error("this answer is not to the login that runs here")]
    Stray,
    /// It failed; a sentence.
    #[error("{0}")]
    Failed(String),
}

/// A parameter of an address.
fn parameter(address: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(address).ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The tokens of a login that was made before; renewed when they run out.
pub struct Tokens {
    manager: Mutex<AuthorizationManager>,
}

impl Tokens {
    /// Those that are kept for the server at `url`, if any. The error is a sentence.
    pub async fn of(url: &str, keeper: Arc<dyn TokenKeeper>) -> Result<Option<Self>, String> {
        let found = async {
            let mut manager = manager(url, keeper).await?;
            Ok(manager.initialize_from_store().await?.then_some(manager))
        };
        Ok(in_time(found).await?.map(|manager| Self { manager: Mutex::new(manager) }))
    }

    /// One that is good now; nothing where only another login can help. The error is a sentence.
    pub async fn access(&self) -> Result<Option<String>, String> {
        let found = async {
            match self.manager.lock().await.get_access_token().await {
                Ok(token) => Ok(Some(token)),
                Err(AuthError::AuthorizationRequired) => Ok(None),
                Err(error) => Err(error),
            }
        };
        in_time(found).await
    }
}

async fn manager(url: &str, keeper: Arc<dyn TokenKeeper>) -> Result<AuthorizationManager, AuthError> {
    let mut manager = AuthorizationManager::new_with_oauth_http_client(url, Arc::new(Exchange)).await?;
    manager.set_credential_store(Keeping(keeper));
    Ok(manager)
}

async fn in_time<T>(work: impl Future<Output = Result<T, AuthError>>) -> Result<T, String> {
    match timeout(PATIENCE, work).await {
        Ok(outcome) => outcome.map_err(|error| said(&error)),
        Err(_) => Err("the authorization server does not answer".to_owned()),
    }
}

/// An error and what caused it, in one line.
fn said(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(&cause) { text } else { format!("{text}: {cause}") }
    })
}
