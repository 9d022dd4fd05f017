//! The requests of a login: by the same clients as everything else that a server over HTTP is asked, none of which follows
//! to another origin, so that a code or a token never travels elsewhere.

use reqwest::Request;
use rmcp::transport::auth::{OAuthHttpClient, OAuthHttpClientFuture, OAuthHttpRequest};

use super::super::http;

/// Bytes of an answer that are read at most.
const MOST: usize = 1024 * 1024;

/// Sends them.
pub(super) struct Exchange;

impl OAuthHttpClient for Exchange {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move {
            let deadline = request.timeout;
            let mut asked = Request::try_from(request.request)?;
            *asked.timeout_mut() = deadline;
            let url = asked.url().clone();
            // Reading certificates is file IO.
            let client = tokio::task::spawn_blocking(move || http::client(&url)).await??;
            let mut answer = client.execute(asked).await?;
            let mut head = ::http::Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                head = head.header(name, value);
            }
            let mut body = Vec::new();
            while let Some(piece) = answer.chunk().await? {
                if body.len() + piece.len() > MOST {
                    return Err("the answer is too long".into());
                }
                body.extend_from_slice(&piece);
            }
            Ok(head.body(body)?)
        })
    }
}
