//! A claim of the research with what it rests on; the card shows it as a finding.

use headwater_protocol::card::{Confidence, Finding};

use super::observations::{Observation, Place};

/// A finding with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What the card shows.
    pub finding: Finding,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// Words in the corpus on which a claim rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where they stand.
    pub place: Place,
    /// The words.
    pub quote: String,
    /// Whether they were found there.
    pub is_grounded: bool,
}

impl From<&Observation> for Evidence {
    fn from(observation: &Observation) -> Self {
        Self {
            place: observation.place.clone(),
            quote: observation.quote.clone(),
            is_grounded: observation.is_grounded,
        }
    }
}

impl Claim {
    /// A claim with the citations of its evidence. What rests on no quote at all is unsupported from the start.
    pub(crate) fn new(mut finding: Finding, evidence: Vec<Evidence>) -> Self {
        let mut citations: Vec<String> = evidence.iter().map(|found| found.place.citation()).collect();
        citations.dedup();
        finding.citations = citations;
        if finding.confidence == Confidence::Unchecked && evidence.iter().all(|found| !found.is_grounded) {
            finding.confidence = Confidence::Unsupported;
        }
        Self { finding, evidence }
    }
}
