//! Faults which replace an answer: statuses, pages and noise.

use super::Fault;
use super::plan::Answer;
use super::wires::{Refusal, Wire};
use std::time::Duration;

/// Faults which replace the answer; none for those which break it on its way.
pub(crate) fn refused(wire: &dyn Wire, fault: &Fault) -> Option<Answer> {
    let refusal = |status, kind, message: &str| Answer::json(status, &wire.error(kind, message));
    Some(match fault {
        Fault::Status { code, headers, body } => {
            let answer = Answer::new(*code, "application/json", body.clone().into_bytes());
            headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
        }
        Fault::RateLimited { retry_after } => {
            let answer = refusal(429, Refusal::RateLimited, "Rate limit reached, please slow down.");
            match retry_after {
                Some(wait) => answer.header("retry-after", whole_seconds(*wait).to_string()),
                None => answer,
            }
        }
        Fault::QuotaExhausted => refusal(429, Refusal::QuotaExhausted, "You exceeded your current quota."),
        Fault::Overloaded { code } => refusal(*code, Refusal::Overloaded, "The server is overloaded."),
        Fault::Unauthorized => refusal(401, Refusal::Unauthorized, "Incorrect API key provided."),
        Fault::BadRequest { message } => refusal(400, Refusal::BadRequest, message),
        Fault::WindowExceeded => {
            refusal(400, Refusal::WindowExceeded, "The request is longer than the context window.")
        }
        Fault::Html => {
            Answer::new(200, "text/html; charset=utf-8", b"<!doctype html><h1>Sign in</h1>\n".to_vec())
        }
        Fault::Redirect { to } => Answer::new(307, "text/plain", Vec::new()).header("location", to),
        Fault::Garbage => {
            let noise: Vec<u8> = (0..=255).chain("\r\nnot an event at all\n{]}\n\n".bytes()).collect();
            Answer::new(200, "text/event-stream", noise)
        }
        Fault::CutBeforeAnything
        | Fault::CutAfterBytes(_)
        | Fault::CutAfterDeltas(_)
        | Fault::CutMidUtf8
        | Fault::Stall
        | Fault::StallAfter { .. }
        | Fault::BadJsonInEvent { .. }
        | Fault::BadUtf8InEvent { .. }
        | Fault::ErrorInStream { .. }
        | Fault::SlowBytes(_)
        | Fault::CloseWithoutDone => return None,
    })
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
