//! The tokens of a server as the login keeps them: JSON, in whatever place a [`TokenKeeper`] has.

use std::sync::Arc;

use rmcp::transport::auth::{AuthError, CredentialRefreshGuard, CredentialStore, StoredCredentials};

use super::TokenKeeper;

/// A keeper as the login asks it.
pub(super) struct Keeping(pub(super) Arc<dyn TokenKeeper>);

#[async_trait::async_trait]
impl CredentialStore for Keeping {
    async fn load(&self) -> Result<Option<StoredCredentials>, AuthError> {
        let text = self.blocking(|keeper| keeper.load()).await?;
        // What cannot be read is no login; another one replaces it.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn save(&self, credentials: StoredCredentials) -> Result<(), AuthError> {
        let text = serde_json::to_string(&credentials)
            .map_err(|error| AuthError::CredentialStoreError(error.to_string()))?;
        self.blocking(move |keeper| keeper.save(&text)).await
    }

    async fn clear(&self) -> Result<(), AuthError> {
        self.blocking(|keeper| keeper.clear()).await
    }

    async fn acquire_refresh_guard(&self) -> Result<Option<CredentialRefreshGuard>, AuthError> {
        let guard = self.blocking(|keeper| keeper.lock()).await?;
        Ok(Some(CredentialRefreshGuard::new(guard)))
    }
}

impl Keeping {
    /// Files and keyrings may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn TokenKeeper) -> Result<T, String> + Send + 'static,
    ) -> Result<T, AuthError> {
        let keeper = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(keeper.as_ref())).await;
        let done = done.unwrap_or_else(|error| Err(error.to_string()));
        done.map_err(AuthError::CredentialStoreError)
    }
}
