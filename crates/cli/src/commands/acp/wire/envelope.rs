//! What stands in a line: a request, a notification, the answer to a request of ours, or nothing that can be read.

use agent_client_protocol_schema::v1::{Error, RequestId};
use serde_json::{Map, Value};

/// A message of the client.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands::acp) enum Incoming {
    /// It wants an answer.
    Request {
        /// What the answer is to name.
        id: RequestId,
        /// What is asked.
        method: String,
        /// An object where there was none.
        params: Value,
    },
    /// It wants none.
    Notification {
        /// What it is about.
        method: String,
        /// An object where there was none.
        params: Value,
    },
    /// It answers us.
    Response {
        /// The request that it answers.
        id: RequestId,
        /// The answer.
        outcome: Result<Value, Error>,
    },
}

/// What cannot be read: the error, and the id to answer it with.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands::acp) struct Unreadable {
    /// That of the message as far as it had one; `null` otherwise (JSON-RPC 2.0, "Response object").
    pub(in crate::commands::acp) id: RequestId,
    /// Why.
    pub(in crate::commands::acp) error: Error,
}

/// Reads one line.
pub(in crate::commands::acp) fn read(line: &[u8]) -> Result<Incoming, Box<Unreadable>> {
    let value: Value = serde_json::from_slice(line).map_err(|error| {
        // The parser's own words may quote the line; where it broke off is enough.
        let place = format!("no JSON from line {}, column {} on", error.line(), error.column());
        Box::new(Unreadable { id: RequestId::Null, error: Error::parse_error().data(Value::from(place)) })
    })?;
    let Value::Object(mut message) = value else {
        return refused(RequestId::Null, "a message is a JSON object; batches are not taken");
    };
    let id = match message.remove("id") {
        None => None,
        Some(id) => Some(id_of(id)?),
    };
    let named = || id.clone().unwrap_or(RequestId::Null);
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refused(named(), "\"jsonrpc\" is to be \"2.0\"");
    }
    match message.remove("method") {
        Some(Value::String(method)) => {
            let params = params_of(message.remove("params")).or_else(|why| refused(named(), why))?;
            Ok(match id {
                Some(id) => Incoming::Request { id, method, params },
                None => Incoming::Notification { method, params },
            })
        }
        Some(_) => refused(named(), "\"method\" is to be a string"),
        None => match id {
            Some(id) => response(id, message),
            None => refused(RequestId::Null, "neither a method nor the answer to one"),
        },
    }
}

fn response(id: RequestId, mut message: Map<String, Value>) -> Result<Incoming, Box<Unreadable>> {
    if let Some(error) = message.remove("error").filter(|error| !error.is_null()) {
        let error = serde_json::from_value(error).unwrap_or_else(|_| Error::internal_error());
        return Ok(Incoming::Response { id, outcome: Err(error) });
    }
    match message.remove("result") {
        Some(result) => Ok(Incoming::Response { id, outcome: Ok(result) }),
        None => refused(id, "neither a method nor the answer to one"),
    }
}

/// A number with a fraction, or what is neither number nor text, names nothing.
fn id_of(id: Value) -> Result<RequestId, Box<Unreadable>> {
    serde_json::from_value(id)
        .or_else(|_| refused(RequestId::Null, "\"id\" is to be a whole number or a string"))
}

fn params_of(params: Option<Value>) -> Result<Value, &'static str> {
    match params {
        None | Some(Value::Null) => Ok(Value::Object(Map::new())),
        Some(params @ Value::Object(_)) => Ok(params),
        Some(_) => Err("\"params\" is to be an object"),
    }
}

fn refused<T>(id: RequestId, why: &str) -> Result<T, Box<Unreadable>> {
    Err(Box::new(Unreadable { id, error: Error::invalid_request().data(Value::from(why)) }))
}

#[cfg(test)]
mod tests {
    use agent_client_protocol_schema::v1::ErrorCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_answered_by_the_id_it_had() {
        let table = [
            ("{\"jsonrpc\":\"2.0\",", RequestId::Null, ErrorCode::ParseError),
            ("", RequestId::Null, ErrorCode::ParseError),
            ("\u{0}\u{1}", RequestId::Null, ErrorCode::ParseError),
            ("[]", RequestId::Null, ErrorCode::InvalidRequest),
            ("7", RequestId::Null, ErrorCode::InvalidRequest),
            (r#"{"id":3,"method":"x"}"#, RequestId::Number(3), ErrorCode::InvalidRequest),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#, RequestId::Null, ErrorCode::InvalidRequest),
            (r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#, RequestId::Null, ErrorCode::InvalidRequest),
            (
                r#"{"jsonrpc":"2.0","id":"a","method":7}"#,
                RequestId::Str("a".into()),
                ErrorCode::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":4,"method":"x","params":[]}"#,
                RequestId::Number(4),
                ErrorCode::InvalidRequest,
            ),
            (r#"{"jsonrpc":"2.0","id":4}"#, RequestId::Number(4), ErrorCode::InvalidRequest),
            (r#"{"jsonrpc":"2.0"}"#, RequestId::Null, ErrorCode::InvalidRequest),
        ];
        for (line, id, code) in table {
            let unreadable = read(line.as_bytes()).unwrap_err();
            assert_eq!((unreadable.id, unreadable.error.code), (id, code), "{line}");
        }
    }

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let read = |message: Value| read(message.to_string().as_bytes()).unwrap();
        assert_eq!(
            read(json!({"jsonrpc": "2.0", "id": "a", "method": "m"})),
            Incoming::Request { id: RequestId::Str("a".into()), method: "m".into(), params: json!({}) }
        );
        assert_eq!(
            read(json!({"jsonrpc": "2.0", "method": "m", "params": {"x": 1}})),
            Incoming::Notification { method: "m".into(), params: json!({"x": 1}) }
        );
        assert_eq!(
            read(json!({"jsonrpc": "2.0", "id": 2, "result": null})),
            Incoming::Response { id: RequestId::Number(2), outcome: Ok(Value::Null) }
        );
        let refused = read(json!({"jsonrpc": "2.0", "id": 2, "error": {"code": -32601, "message": "no"}}));
        let Incoming::Response { outcome: Err(error), .. } = refused else { panic!("{refused:?}") };
        assert_eq!(error.code, ErrorCode::MethodNotFound);
    }
}
