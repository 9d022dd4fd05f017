//! The demo's log: a day of a small shop, with requests that fail for reasons that stand in free words.
//!
//! What goes wrong is data, `assets/demo/log.toml`; [`writing`] makes ten megabytes of lines of it and [`reading`] finds
//! requests in any stretch of them.

pub(super) mod reading;
mod writing;

use std::sync::LazyLock;

use serde::Deserialize;

pub use self::writing::{LOG_NAME, write_log};

/// The day, as the asset tells it; an asset that cannot be read is a day without requests, which a test would see.
static DAY: LazyLock<Day> =
    LazyLock::new(|| toml::from_str(include_str!("../../../../../assets/demo/log.toml")).unwrap_or_default());

/// What is asked and what goes wrong.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Day {
    route: Vec<Route>,
    pub(super) failure: Vec<Failure>,
    retry: Mishap,
    refusal: Mishap,
}

/// A kind of request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    /// Method and path.
    call: String,
    /// How often, against the others.
    weight: u32,
    /// Component and what it says when it is done.
    steps: Vec<(String, String)>,
}

/// Something that makes requests fail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    /// Which component fails first.
    pub(super) component: String,
    /// Why, in few words.
    pub(super) cause: String,
    /// What the gateway answers.
    status: u16,
    /// How the calls begin that it hits.
    route: String,
    /// From hour, to hour, share of the requests.
    hours: Vec<(f64, f64, f64)>,
    /// The ways in which the component says it.
    says: Vec<String>,
}

/// Something that looks like a failure.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mishap {
    route: String,
    component: String,
    share: f64,
    /// What the gateway answers; absent for what goes through in the end.
    status: Option<u16>,
    says: String,
}

impl Day {
    /// What a message of a component complains about, when that is the first cause of a failure.
    pub(super) fn cause_of(&self, message: &str) -> Option<&Failure> {
        self.failure.iter().find(|failure| failure.says.iter().any(|says| message.contains(says.as_str())))
    }

    /// Whether a message says that a try is repeated.
    pub(super) fn is_repeated(&self, message: &str) -> bool {
        message.contains(&self.retry.says)
    }
}

/// The day that the log tells.
pub(super) fn day() -> &'static Day {
    &DAY
}
