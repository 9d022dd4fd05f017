//! Reading a stretch of the log: its requests, how each ended, and what was said of it.

use std::collections::HashMap;

use super::{Failure, day};

/// What stands for a component and a cause that nothing tells.
const UNKNOWN: (&str, &str) = ("unknown", "the log does not say");

/// One request, as far as the stretch tells.
#[derive(Clone, Debug, Default)]
pub(in crate::demo) struct Request<'a> {
    /// Its id.
    pub(in crate::demo) id: &'a str,
    /// What the gateway answered.
    status: Option<u16>,
    /// The first cause of a failure, and the words that say so.
    pub(in crate::demo) complaint: Option<(&'static Failure, &'a str)>,
    /// The words that say that a try is repeated.
    pub(in crate::demo) repeated: Option<&'a str>,
    /// The words of the gateway's answer.
    pub(in crate::demo) answer: &'a str,
}

impl Request<'_> {
    /// Whether the gateway answered that the service failed.
    pub(in crate::demo) fn has_failed(&self) -> bool {
        self.status.is_some_and(|status| (500..600).contains(&status))
    }

    /// What failed first, as far as it is known.
    pub(in crate::demo) fn component(&self) -> &'static str {
        self.complaint.map_or(UNKNOWN.0, |(failure, _)| &failure.component)
    }

    /// Why, as far as it is known.
    pub(in crate::demo) fn cause(&self) -> &'static str {
        self.complaint.map_or(UNKNOWN.1, |(failure, _)| &failure.cause)
    }
}

/// The requests of a stretch, in the order in which they are first named.
pub(in crate::demo) fn requests(text: &str) -> Vec<Request<'_>> {
    let mut requests: Vec<Request<'_>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (component, id, says) in text.lines().filter_map(parts) {
        let place = *places.entry(id).or_insert_with(|| {
            requests.push(Request { id, ..Request::default() });
            requests.len() - 1
        });
        let Some(request) = requests.get_mut(place) else { continue };
        if component == "gateway" {
            if let Some(answer) = says.strip_prefix("answered ") {
                request.status = answer.split(' ').next().and_then(|status| status.parse().ok());
                request.answer = says;
            }
        } else if day().is_repeated(says) {
            request.repeated = Some(says);
        } else if let Some(failure) = day().cause_of(says) {
            request.complaint.get_or_insert((failure, says));
        }
    }
    requests
}

/// Component, request and words of a line of the log.
pub(in crate::demo) fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.splitn(2, " r-");
    let (head, rest) = (words.next()?, words.next()?);
    let component = head.split_whitespace().nth(2)?;
    let at = line.len() - rest.len() - 2;
    let (id, says) = line.get(at..)?.split_once(' ')?;
    Some((component, id, says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_put_together_from_its_lines() {
        let text = "2026-03-02T11:00:00.000Z INFO  gateway  r-0001a received POST /checkout from 10.20.1.7\n\
                    cut off line\n\
                    2026-03-02T11:00:02.000Z ERROR payments r-0001a the acquirer stays silent, order given up\n\
                    2026-03-02T11:00:02.001Z ERROR cart     r-0001a request failed: no answer from payments\n\
                    2026-03-02T11:00:02.002Z ERROR gateway  r-0001a answered 504 to POST /checkout in 2002 ms\n\
                    2026-03-02T11:00:03.000Z INFO  gateway  r-0001b answered 402 to POST /checkout in 2 ms\n";
        let found = requests(text);
        let told: Vec<_> = found.iter().map(|one| (one.id, one.has_failed(), one.component())).collect();
        assert_eq!(told, [("r-0001a", true, "payments"), ("r-0001b", false, "unknown")]);
        assert_eq!(found[0].complaint.unwrap().1, "the acquirer stays silent, order given up");
    }
}
