//! What the model sees: prompt assembly, projection, token estimates.
//!
//! *Invariants:* everything here is a pure function; the header is assembled once and its bytes are frozen
//! for the session; a projection only ever grows at its end, except where a recorded edit reaches back.
//!
//! *Not here:* files, clocks, providers.

mod card;
mod clearing;
mod density;
mod header;
mod injection;
mod instructions;
mod mission;
mod passages;
mod pressure;
mod project;
pub mod prompts;
pub mod reminders;
mod root;
mod standing;
pub mod strategies;
mod style;
mod summary;
mod tokens;

pub use card::{CARD_TITLE, card_text};
pub use clearing::delegable;
pub use density::bytes_per_token;
pub use header::{Surroundings, assemble, assemble_subagent};
pub use injection::{Flushed, Priority, Queue, Reminder, reminder_room};
pub use instructions::{INSTRUCTIONS_CAP, Instruction, cap_instructions};
pub use mission::{directives_mission_header, mission_header, mission_task};
pub use pressure::{Pressure, Thresholds};
pub use project::{breakdown, project};
pub use root::{directives_header, root_header, root_question};
pub use strategies::shortened;
pub use style::OutputStyle;
pub use summary::{summary_prompt, summary_request, summary_text, summary_words};
pub use tokens::{bytes_of, estimate, estimate_bytes};
