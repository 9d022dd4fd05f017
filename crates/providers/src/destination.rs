//! For whom a request is written, and what follows from that for every wire.

use headwater_protocol::Projection;

use crate::catalogue::{Model, Quirks};

/// For whom a request is written.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The vendor's name, for telling whose reasoning may be sent back.
    pub vendor: &'a str,
    /// The model.
    pub model: &'a Model,
    /// The vendor's dialect.
    pub quirks: &'a Quirks,
}

impl Destination<'_> {
    /// Whether a message came from the model that is asked: nobody else reads its reasoning.
    pub(crate) fn is_own(&self, origin: &str) -> bool {
        let model = origin.strip_prefix(self.vendor).and_then(|rest| rest.strip_prefix('/'));
        model == Some(&self.model.info.name)
    }

    /// The longest answer that is asked for: what is wanted, and never more than the model gives.
    pub(crate) fn output_limit(&self, request: &Projection) -> Option<u64> {
        let wanted = request.hints.max_output.map(|tokens| tokens.0);
        let most = self.model.info.max_output.map(|tokens| tokens.0);
        match (wanted, most) {
            (Some(wanted), Some(most)) => Some(wanted.min(most)),
            (Some(wanted), None) => Some(wanted),
            (None, most) => most.filter(|_| self.quirks.always_limit_output),
        }
    }
}
