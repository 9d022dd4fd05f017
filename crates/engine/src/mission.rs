//! A mission before and around its execution: research, the card, the grant, the contract, the report
//! (RECURSIVE §7).
//!
//! *Invariants:* decisions are functions of the corpus, the answers and the seed; what a model says is checked by the
//! host before it counts. *Not here:* running blocks, writing records, asking the person.

mod answers;
pub mod card;
pub mod claims;
pub mod contract;
mod definitions;
pub mod git;
pub mod grant;
pub mod hypotheses;
pub mod intake;
pub mod narrative;
mod novelty;
pub mod observations;
mod probes;
mod quotes;
pub mod report;
pub mod research;
pub mod sampling;
mod similarity;
pub mod verification;
mod words;

#[cfg(test)]
mod testing;
