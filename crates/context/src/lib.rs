//! What the model sees: prompt assembly, projection, token estimates.
//!
//! *Invariants:* everything here is a pure function; the header is assembled once and its bytes are frozen
//! for the session; a projection only ever grows at its end.
//!
//! *Not here:* files, clocks, providers.

mod card;
mod header;
mod instructions;
mod mission;
mod project;
pub mod prompts;
mod root;
mod tokens;

pub use card::{CARD_TITLE, card_text};
pub use header::{Surroundings, assemble};
pub use instructions::{INSTRUCTIONS_CAP, Instruction, cap_instructions};
pub use mission::{directives_mission_header, mission_header, mission_task};
pub use project::{breakdown, project};
pub use root::{directives_header, root_header, root_question};
pub use tokens::{bytes_of, estimate, estimate_bytes};
