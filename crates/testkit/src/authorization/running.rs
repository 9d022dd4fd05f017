//! The running servers: their thread, their address, and what tests ask them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::grants::{Fields, Grants};
use super::guarded;
use crate::loopback::{Loopback, Port};

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
    shared: Arc<Shared>,
    server: Loopback,
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
        let port = Port::take();
        let origin = format!("http://{}", port.address());
        let shared = Arc::new(Shared { origin, temper, state: Mutex::default() });
        let asked = Arc::clone(&shared);
        let server =
            port.serve_http("authorization server", move |request| respond(request, Arc::clone(&asked)));
        Self { shared, server }
    }

    /// Where the MCP server answers.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.server.address())
    }

    /// The grants that tokens were asked for with so far, such as `refresh_token`.
    pub fn grants(&self) -> Vec<String> {
        let state = self.shared.lock();
        state.brought.iter().filter_map(|form| form.get("grant_type").cloned()).collect()
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

/// A status, a header, a body.
type Answer = (u16, Option<(HeaderName, String)>, Value);

async fn respond(request: Request<Incoming>, shared: Arc<Shared>) -> Response<Full<Bytes>> {
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
    response
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
