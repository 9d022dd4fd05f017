//! What the server does with one HTTP request: file it, find its wire and its turn, answer by plan.

use super::body::{StepBody, Verdict};
use super::clearing::Editor;
use super::connection::Busy;
use super::keeper::Keeper;
use super::log::{Log, Outcome, Place, Recorded};
use super::minimal;
use super::plan::{Answer, Plan, plan};
use super::script::Script;
use super::wires::{self, Refusal, Wire};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

/// What all connections of a server share.
pub(crate) struct House {
    pub(crate) script: Script,
    pub(crate) log: Arc<Log>,
    pub(crate) keeper: Keeper,
    pub(crate) editor: Editor,
}

/// Answers one request; an error closes the connection.
pub(crate) async fn serve(
    house: Arc<House>,
    busy: Arc<Busy>,
    request: Request<Incoming>,
) -> io::Result<Response<StepBody>> {
    let at = busy.first_byte_at();
    let (head, body) = request.into_parts();
    let raw = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let wire = if head.method == hyper::Method::POST { wires::by_path(head.uri.path()) } else { None };
    let mut request = Recorded {
        index: 0,
        at,
        finished_at: None,
        outcome: Outcome::Streaming,
        method: head.method.to_string(),
        path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers(&head.headers),
        body: serde_json::from_slice(&raw).unwrap_or(Value::Null),
        raw,
        standing: None,
        shown: 0,
        edited: None,
        connection: busy.connection,
    };
    let refused = match house.editor.edit(&request) {
        Ok(edited) => {
            request.edited = edited;
            None
        }
        Err(sentence) => Some(sentence),
    };
    let refused = refused.or_else(|| wire.and_then(|wire| not_minimal(wire, &request.body)));
    let (place, request) = house.log.file(request, wire.is_some(), house.script.keeps_bodies());
    busy.answers(place);
    let plan = match wire {
        Some(wire) => match refused {
            Some(sentence) => Plan::Answer(Answer::json(400, &wire.error(Refusal::BadRequest, &sentence))),
            None => turn_plan(&house, wire, &request),
        },
        None => Plan::Answer(other(&house, &request)),
    };
    carry_out(plan, &house.log, place).await
}

/// Where requests of the wire are posted that most servers speak.
const PLAIN: &str = "/v1/chat/completions";

/// What a minimal server says of a request on the wire that such servers speak.
fn not_minimal(wire: &dyn Wire, body: &Value) -> Option<String> {
    if minimal::is_minimal() && wire.path() == PLAIN { minimal::refusal(body) } else { None }
}

fn headers(map: &hyper::HeaderMap) -> std::collections::BTreeMap<String, String> {
    map.iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn turn_plan(house: &House, wire: &dyn Wire, request: &Recorded) -> Plan {
    let standing = match house.keeper.stand(request) {
        Ok(standing) => standing,
        Err((status, error)) => return Plan::Answer(Answer::json(status, &error)),
    };
    // What the model is shown is what the script and the usage go by.
    let mut request = request.clone();
    request.standing = Some(standing.place.clone());
    request.shown = standing.items.iter().map(|item| item.to_string().len() + 1).sum();
    match house.script.answer(&request) {
        Ok(turn) => {
            let request = &request;
            if turn.fault.is_none() {
                house.keeper.answered(request, standing, &wire.whole(&turn, request));
            }
            plan(wire, &turn, request)
        }
        Err(sentence) => {
            house.log.write(|seen| seen.exhausted += 1);
            Plan::Answer(Answer::json(500, &wire.error(Refusal::ServerError, &sentence)))
        }
    }
}

/// The list of models, and 404 for what no wire knows.
fn other(house: &House, request: &Recorded) -> Answer {
    let path = request.path.split('?').next().unwrap_or_default();
    if request.method == "POST" && path == "/v1/conversations" {
        let begun = house.keeper.begin();
        let missing = json!({"error": {"message": "no conversations here", "type": "not_found"}});
        return begun.map_or_else(|| Answer::json(404, &missing), |begun| Answer::json(200, &begun));
    }
    if request.method == "GET" && path == "/v1/models" {
        let models = house.script.model_names().iter();
        let models: Vec<Value> = models.map(|name| json!({"id": name, "object": "model"})).collect();
        return Answer::json(200, &json!({"object": "list", "data": models}));
    }
    let message = format!("the scripted server knows no {} {}", request.method, request.path);
    Answer::json(404, &json!({"error": {"message": message, "type": "not_found"}}))
}

async fn carry_out(plan: Plan, log: &Arc<Log>, place: Place) -> io::Result<Response<StepBody>> {
    let verdict = Verdict::new(Arc::clone(log), place);
    match plan {
        Plan::Hang => {
            std::future::pending::<()>().await;
            drop(verdict);
            Err(io::Error::other("a pending future ended"))
        }
        Plan::Drop => {
            verdict.is(Outcome::Cut);
            Err(io::Error::other("cut by the script"))
        }
        Plan::Answer(answer) => response(answer, verdict),
    }
}

fn response(answer: Answer, verdict: Verdict) -> io::Result<Response<StepBody>> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, Bytes::copy_from_slice(value.as_bytes()).as_ref());
    }
    response.body(StepBody::start(answer.steps, answer.end, verdict)).map_err(io::Error::other)
}
