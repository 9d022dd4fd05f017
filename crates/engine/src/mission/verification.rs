//! Checking the claims that a card rests on, three ways: by code, blind by a reader, and for structure by the strong
//! model (RECURSIVE §7.6).
//!
//! *Invariants:* a claim is never removed; what contradicts it is shown beside it.

pub(crate) mod blind;
pub(crate) mod code;
pub(crate) mod structure;

use std::collections::BTreeSet;

use headwater_protocol::card::{Confidence, SubTask};

use super::claims::Claim;

/// What a detector says of a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Supported,
    /// It does not.
    Contradicted,
    /// It could not be told.
    #[default]
    Insufficient,
    /// Nobody was asked.
    NotAsked,
}

/// What the three detectors say of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// By code: why it does not hold.
    pub code: Option<String>,
    /// Blind, by a reader.
    pub blind: Verdict,
    /// By the strong model.
    pub strong: Verdict,
    /// Words that contradict it.
    pub against: Option<String>,
}

/// How far a claim is believed.
pub(crate) fn confidence(found: &Findings) -> Confidence {
    if found.code.is_some() {
        return Confidence::Unsupported;
    }
    match (found.blind, found.strong) {
        (Verdict::Contradicted, _) | (_, Verdict::Contradicted) => Confidence::Disputed,
        (Verdict::Supported, Verdict::Supported) => Confidence::High,
        (Verdict::Supported, Verdict::Insufficient | Verdict::NotAsked)
        | (Verdict::Insufficient | Verdict::NotAsked, Verdict::Supported) => Confidence::Medium,
        (Verdict::Insufficient | Verdict::NotAsked, Verdict::Insufficient | Verdict::NotAsked) => {
            Confidence::Unchecked
        }
    }
}

/// The claims that a sub-task rests on, in the order of the card.
pub(crate) fn load_bearing<'a>(claims: &'a [Claim], subtasks: &[SubTask]) -> Vec<&'a Claim> {
    let named: BTreeSet<&str> = subtasks.iter().flat_map(|task| &task.claims).map(String::as_str).collect();
    // A refuted hypothesis was checked already, and nothing brings it back.
    let bears = |claim: &&Claim| {
        named.contains(claim.finding.id.as_str()) && claim.finding.confidence != Confidence::Refuted
    };
    claims.iter().filter(bears).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_confidence() {
        use Verdict::{Contradicted, Insufficient, NotAsked, Supported};
        let table = [
            (false, Supported, Supported, Confidence::High),
            (false, Supported, Insufficient, Confidence::Medium),
            (false, Insufficient, Supported, Confidence::Medium),
            (false, Supported, NotAsked, Confidence::Medium),
            (false, Insufficient, Insufficient, Confidence::Unchecked),
            (false, NotAsked, NotAsked, Confidence::Unchecked),
            (false, Supported, Contradicted, Confidence::Disputed),
            (false, Contradicted, Supported, Confidence::Disputed),
            (false, Contradicted, NotAsked, Confidence::Disputed),
            (true, Supported, Supported, Confidence::Unsupported),
            (true, Contradicted, Contradicted, Confidence::Unsupported),
        ];
        for (fails_code, blind, strong, expected) in table {
            let code = fails_code.then(|| "gone".to_owned());
            let found = Findings { code, blind, strong, against: None };
            assert_eq!(confidence(&found), expected, "{found:?}");
        }
    }
}
