//! Reading a refusal: the status, the headers and the words of an answer that is no success.

use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::LOCATION;
use tokio::time::timeout;

use crate::classify::Refused;
use crate::connection::Endpoint;
use crate::retry::{Failure, asked_wait};

/// How much of an error body is read, in bytes, and for how long.
const BODY_CAP: usize = 64 * 1024;
const BODY_DEADLINE: Duration = Duration::from_secs(5);

impl Endpoint {
    /// Why the server refused.
    pub(crate) async fn refused(&self, mut response: Response) -> Failure {
        let body = read(&mut response).await;
        let headers = response.headers();
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        Refused {
            status: response.status().as_u16(),
            retry_after: asked_wait(headers, SystemTime::now()),
            location: location.map(str::to_owned),
            complaint: self.vendor.wire.complaint(&body),
            body: String::from_utf8_lossy(&body).into_owned(),
        }
        .into_failure(self)
    }

    /// A short answer, as far as it is read.
    pub(crate) async fn body(&self, mut response: Response) -> Vec<u8> {
        read(&mut response).await
    }
}

async fn read(response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend_from_slice(&bytes);
            if body.len() > BODY_CAP {
                break;
            }
        }
    };
    // What has arrived by then has to do.
    timeout(BODY_DEADLINE, read).await.ok();
    body
}
