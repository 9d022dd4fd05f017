//! Wire formats, SSE, retry, vendor data, the model catalogue, the demo provider.
//!
//! [`Catalogue`] says what is known of vendors and models, [`connect`] makes a model port of it, [`discover`] finds
//! the local servers that answer, and [`demo`] plays a recorded session.
//!
//! *Invariants:* a vendor is a file in `assets/providers/` and no line of code; a key is never shown; a request is
//! repeated only while nothing of its answer has been received.
//!
//! *Not here:* turns, what tools mean, where keys and settings are kept.
#![warn(missing_docs)]

mod answer;
mod catalogue;
mod classify;
mod cleared;
mod complaint;
mod connection;
mod course;
pub mod demo;
mod destination;
mod exchange;
mod http;
mod key;
mod local;
mod network;
mod refusal;
mod retry;
pub mod sse;
mod text_calls;
pub mod wires;
mod words;
mod writing;

pub use catalogue::{
    Catalogue, CatalogueError, Echo, EmptyContent, Model, ModelSettings, OutputLimit, Overlay, Quirks,
    UnknownVendor, Vendor, VendorSettings,
};
pub use connection::{Connection, connect};
pub use http::Http;
pub use key::Key;
pub use local::{Found, discover, learn_window, list_models};
pub use network::Network;
