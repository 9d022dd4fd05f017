//! A model that knows the answers of the generated evals: behind the scripted server it plays the root of a recursive
//! completion, its children, and an agent that does what its prompt says, all by what stands in the request alone.

mod child;
mod lexicon;
mod model;
mod obedient;
mod root;
mod slips;

pub use model::Oracle;
