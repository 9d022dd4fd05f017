//! Writing the log: every request with its lines, in order of time. The same seed gives the same bytes.

use std::fmt::Write as _;
use std::io;

use fastrand::Rng;

use super::{Day, Failure, Mishap, Route, day};

/// What the log is called in the demo's repository.
pub const LOG_NAME: &str = "app.log";

/// Requests of the day: about ten mebibytes of lines.
const REQUESTS: u32 = 28_700;
/// The day, but for the last minute: what began in it would end tomorrow.
const DAY_MILLIS: u64 = (24 * 60 - 1) * 60 * 1_000;
const HOUR_MILLIS: f64 = 60.0 * 60.0 * 1_000.0;
/// What a component says that only waited for another one, or came after it.
const KNOCK_ON: &str = "request failed: no answer from";

/// Writes the log, about ten megabytes, to `out`.
///
/// # Errors
/// Those of `out`.
pub fn write_log(seed: u64, out: &mut dyn io::Write) -> io::Result<()> {
    let mut diary = Diary { random: Rng::with_seed(seed), lines: Vec::new() };
    for number in 0..REQUESTS {
        let began = u64::from(number) * DAY_MILLIS / u64::from(REQUESTS) + diary.random.u64(0..2_000);
        diary.request(day(), number, began);
    }
    diary.lines.sort_by_key(|(at, _)| *at);
    diary.lines.iter().try_for_each(|(at, line)| writeln!(out, "{}{line}", clock(*at)))
}

/// A moment of the day as the log writes it.
fn clock(millis: u64) -> String {
    let seconds = millis / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("2026-03-02T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1_000)
}

/// The lines so far, with the moment of each.
struct Diary {
    random: Rng,
    lines: Vec<(u64, String)>,
}

/// One request while its lines are written.
struct Course {
    id: String,
    at: u64,
}

impl Diary {
    fn request(&mut self, day: &Day, number: u32, began: u64) {
        let Some(route) = self.route(day) else { return };
        let mut course = Course { id: format!("r-{number:05x}"), at: began };
        let call = self.filled(&route.call);
        let from = self.random.u8(1..=254);
        self.line(&mut course, "INFO", "gateway", &format!("received {call} from 10.20.{from}.7"));
        let hour = precise(began) / HOUR_MILLIS;
        let failure = day.failure.iter().find(|failure| self.strikes(failure, route, hour));
        let status = match failure {
            Some(failure) => self.fail(&mut course, route, failure),
            None => self.succeed(&mut course, route, day),
        };
        let (took, level) = (course.at - began, if status < 500 { "INFO" } else { "ERROR" });
        self.line(&mut course, level, "gateway", &format!("answered {status} to {call} in {took} ms"));
    }

    fn route<'a>(&mut self, day: &'a Day) -> Option<&'a Route> {
        let all: u32 = day.route.iter().map(|route| route.weight).sum();
        let mut drawn = if all == 0 { 0 } else { self.random.u32(0..all) };
        day.route.iter().find(|route| {
            let is_it = drawn < route.weight;
            drawn = drawn.saturating_sub(route.weight);
            is_it
        })
    }

    fn strikes(&mut self, failure: &Failure, route: &Route, hour: f64) -> bool {
        route.call.starts_with(&failure.route)
            && failure
                .hours
                .iter()
                .any(|(from, to, share)| (*from..*to).contains(&hour) && self.random.f64() < *share)
    }

    /// The steps up to the one that fails, what it says, and who had waited for it.
    fn fail(&mut self, course: &mut Course, route: &Route, failure: &Failure) -> u16 {
        let component = &failure.component;
        let before = route.steps.iter().take_while(|(name, _)| name != component);
        for (name, says) in before.clone() {
            self.step(course, name, says);
        }
        course.at += self.random.u64(400..2_200);
        let Some(says) = self.random.choice(&failure.says).cloned() else {
            course.at += 30_000;
            return failure.status;
        };
        self.line(course, "ERROR", component, &says);
        if let Some((waiting, _)) = before.last() {
            course.at += self.random.u64(1..9);
            self.line(course, "ERROR", waiting, &format!("{KNOCK_ON} {component}"));
        }
        failure.status
    }

    fn succeed(&mut self, course: &mut Course, route: &Route, day: &Day) -> u16 {
        let hits = |mishap: &Mishap, random: &mut Rng| {
            route.call.starts_with(&mishap.route) && random.f64() < mishap.share
        };
        let is_repeated = hits(&day.retry, &mut self.random);
        let is_refused = !is_repeated && hits(&day.refusal, &mut self.random);
        for (name, says) in &route.steps {
            if is_repeated && *name == day.retry.component {
                course.at += 2_000;
                self.line(course, "ERROR", name, &day.retry.says);
            }
            if is_refused && *name == day.refusal.component {
                self.line(course, "WARN", name, &day.refusal.says);
                return day.refusal.status.unwrap_or(200);
            }
            self.step(course, name, says);
        }
        if route.call.starts_with("POST") { 201 } else { 200 }
    }

    fn step(&mut self, course: &mut Course, component: &str, says: &str) {
        course.at += self.random.u64(2..60);
        let says = self.filled(says);
        self.line(course, "INFO", component, &says);
    }

    fn line(&mut self, course: &mut Course, level: &str, component: &str, says: &str) {
        course.at += 1;
        self.lines.push((course.at, format!(" {level:<5} {component:<8} {} {says}", course.id)));
    }

    /// The text with a number for each `{n}`.
    fn filled(&mut self, text: &str) -> String {
        let mut parts = text.split("{n}");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            // Writing to a text cannot fail.
            write!(filled, "{}{part}", self.random.u32(1..10_000)).ok();
        }
        filled
    }
}

#[expect(clippy::cast_precision_loss, reason = "the milliseconds of a day are exact in a double")]
fn precise(millis: u64) -> f64 {
    millis as f64
}

#[cfg(test)]
mod tests {
    use super::super::reading::requests;
    use super::*;

    fn written(seed: u64) -> String {
        let mut bytes = Vec::new();
        write_log(seed, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_seed_gives_ten_megabytes_in_order_of_time_and_again_the_same() {
        let log = written(7);
        assert!((10_000_000..11_000_000).contains(&log.len()), "{}", log.len());
        let times: Vec<&str> = log.lines().filter_map(|line| line.get(..23)).collect();
        assert!(times.is_sorted() && times.last().unwrap().starts_with("2026-03-02T23:5"));
        assert_eq!(log, written(7));
        assert_ne!(log, written(8));
    }

    #[test]
    fn every_cause_occurs_and_errors_are_not_failures() {
        let log = written(7);
        let requests = requests(&log);
        let failed: Vec<_> = requests.iter().filter(|request| request.has_failed()).collect();
        assert!((400..1_500).contains(&failed.len()), "{}", failed.len());
        for failure in &day().failure {
            let hit = failed.iter().filter(|request| request.cause() == failure.cause).count();
            assert!(hit >= 10, "{}: {hit}", failure.cause);
        }
        let repeated =
            requests.iter().filter(|request| request.repeated.is_some() && !request.has_failed()).count();
        assert!(repeated > 50, "{repeated}");
    }
}
