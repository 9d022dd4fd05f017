//! What the person is asked through the client, and what they said. Each kind is a file.
//!
//! *Invariants:* an answer that was not offered is none, and neither is a dialog that was closed; whatever is no longer
//! waited for is taken back from the client.

mod approval;
mod card;
mod open;
mod question;

pub(super) use self::approval::approval;
pub(super) use self::card::card;
pub(super) use self::open::{About, Answered, Asks};
pub(super) use self::question::{form, pick};
