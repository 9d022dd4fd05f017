//! The running servers: their thread, their address, and what tests ask them.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use url::form_urlencoded;

use super::grants::{Fields, Grants};
use super::guarded;

/// How an authorization server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// As it should.
    Honest,
    /// Tokens of the first login have run out when they come.
    Hasty,
    /// Its answers say that they are of somebody else.
    Impostor,
    /// It says no to the person.
    Refuses,
}

/// An MCP server that wants a login, and its authorization server, on one port. They stop when dropped.
pub struct Authorization {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    origin: String,
    temper: Temper,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    grants: Grants,
    /// What was brought to the token endpoint, in order.
    brought: Vec<Fields>,
}

impl Authorization {
    /// Starts them.
    pub fn start(temper: Temper) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let address = listener.local_addr().expect("the address of the listener");
        let shared =
            Arc::new(Shared { origin: format!("http://{address}"), temper, state: Mutex::default() });
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("authorization".to_owned());
        let served = Arc::clone(&shared);
        let thread = thread.spawn(move || run(listener, &served, stopped)).expect("a thread");
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Where the MCP server answers.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// The grants that tokens were asked for with so far, such as `refresh_token`.
    pub fn grants(&self) -> Vec<String> {
        let state = self.shared.lock();
        state.brought.iter().filter_map(|form| form.get("grant_type").cloned()).collect()
    }
}

impl Drop for Authorization {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the thread of the authorization server panicked");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn resource(&self) -> String {
        format!("{}/mcp", self.origin)
    }
}

fn run(listener: TcpListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("the listener in the runtime");
        tokio::select! {
            _ = stopped => {}
            () = accept(listener, shared) => {}
        }
    });
}

async fn accept(listener: tokio::net::TcpListener, shared: &Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        let shared = Arc::clone(shared);
        let service = service_fn(move |request| respond(request, Arc::clone(&shared)));
        tokio::spawn(async move {
            // A client that leaves is no fault of the server's.
            drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
        });
    }
}

/// A status, a header, a body.
type Answer = (u16, Option<(HeaderName, String)>, Value);

async fn respond(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let token =
        head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let query = fields(head.uri.query().unwrap_or_default().as_bytes());
    let (status, header, body) = match (head.method.as_str(), head.uri.path()) {
        ("POST", "/mcp") => call(&shared, token, &body),
        ("GET", "/.well-known/oauth-protected-resource" | "/.well-known/oauth-protected-resource/mcp") => {
            (200, None, json!({"resource": shared.resource(), "authorization_servers": [shared.origin]}))
        }
        ("GET", "/.well-known/oauth-authorization-server") => (200, None, metadata(&shared.origin)),
        ("POST", "/register") => register(&shared, &body),
        ("GET", "/authorize") => authorize(&shared, query),
        ("POST", "/token") => redeem(&shared, fields(&body)),
        ("GET", "/mcp") => (405, None, json!({})),
        _ => (404, None, json!({})),
    };
    let text = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a header"));
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value.parse().expect("a header"));
    }
    Ok(response)
}

fn fields(text: &[u8]) -> Fields {
    form_urlencoded::parse(text).into_owned().collect()
}

fn call(shared: &Shared, token: Option<&str>, body: &[u8]) -> Answer {
    if !token.is_some_and(|token| shared.lock().grants.knows(token)) {
        let pointer = format!("{}/.well-known/oauth-protected-resource/mcp", shared.origin);
        let challenge = format!("Bearer resource_metadata=\"{pointer}\"");
        return (401, Some((WWW_AUTHENTICATE, challenge)), json!({"error": "invalid_token"}));
    }
    match guarded::answer(&serde_json::from_slice(body).unwrap_or_default()) {
        Some(answer) => (200, None, answer),
        None => (202, None, Value::Null),
    }
}

fn metadata(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "registration_endpoint": format!("{origin}/register"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn register(shared: &Shared, body: &[u8]) -> Answer {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let redirects = asked["redirect_uris"].as_array().cloned().unwrap_or_default();
    let redirects: Vec<String> =
        redirects.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
    let id = shared.lock().grants.register(redirects.clone());
    (201, None, json!({"client_id": id, "redirect_uris": redirects, "token_endpoint_auth_method": "none"}))
}

fn authorize(shared: &Shared, asked: Fields) -> Answer {
    let redirect = asked.get("redirect_uri").cloned().unwrap_or_default();
    let state = asked.get("state").cloned().unwrap_or_default();
    let mut back = form_urlencoded::Serializer::new(String::new());
    back.append_pair("state", &state);
    if shared.temper == Temper::Refuses {
        back.append_pair("error", "access_denied").append_pair("error_description", "the person said no");
    } else {
        match shared.lock().grants.agree(asked, &shared.resource()) {
            Ok(code) => back.append_pair("code", &code),
            Err(why) => return (400, None, json!({"error": why})),
        };
    }
    let issuer = if shared.temper == Temper::Impostor { "http://127.0.0.1:1" } else { &shared.origin };
    back.append_pair("iss", issuer);
    (302, Some((LOCATION, format!("{redirect}?{}", back.finish()))), Value::Null)
}

fn redeem(shared: &Shared, form: Fields) -> Answer {
    let mut state = shared.lock();
    let issued = state.grants.redeem(&form, &shared.resource());
    let is_first = !state.brought.iter().any(|form| form.contains_key("refresh_token"));
    let is_hasty = shared.temper == Temper::Hasty && is_first && form.contains_key("code");
    state.brought.push(form);
    match issued {
        Ok(issued) => {
            let seconds = if is_hasty { 0 } else { 3600 };
            let body = json!({
                "access_token": issued.access,
                "refresh_token": issued.refresh,
                "token_type": "Bearer",
                "expires_in": seconds,
            });
            (200, None, body)
        }
        Err(error) => (400, None, json!({"error": error})),
    }
}
