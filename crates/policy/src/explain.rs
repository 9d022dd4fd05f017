//! A decision with all that led to it, for `headwater policy check`.

use crate::decision::Decision;

/// How a call was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The parts of a command in the order in which they were found; empty for other calls, and for a script that
    /// could not be read.
    pub parts: Vec<PartReport>,
    /// Why a script was not, or not wholly, understood.
    pub problem: Option<String>,
    /// What came of it.
    pub decision: Decision,
}

/// One part of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReport {
    /// Its text.
    pub command: String,
    /// What comes of it where no deny or ask rule is about it: `allow` or `ask`.
    pub verdict: &'static str,
    /// The rule for that.
    pub rule: String,
    /// What was found, one sentence each.
    pub findings: Vec<String>,
}

impl Explanation {
    /// A decision without parts.
    pub(crate) fn plain(decision: Decision) -> Self {
        Self { parts: Vec::new(), problem: None, decision }
    }
}
