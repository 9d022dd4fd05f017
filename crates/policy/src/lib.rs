//! May this call run? Pure rules over the call, the mode and the grants: allow, ask or deny.
//!
//! *The order of evaluation*, for every call:
//!
//! 1. **The mode.** A tool whose class the mode does not have is denied; no rule can change that.
//! 2. **Deny rules**, of all layers. A `Read(…)` or `Edit(…)` rule binds the words of a shell command too, and a
//!    script that cannot be read is denied when it mentions what a deny rule names.
//! 3. **The catastrophic set**: disk wipes, deleting outside the workspace or all of it, forced pushes, rewritten
//!    history, deleted repositories, clusters, volumes and infrastructure, writes to protected configuration,
//!    privilege. It asks in every mode, whatever the allow rules say.
//! 4. **Ask rules.** A person wrote them on purpose, so they hold in YOLO as well.
//! 5. **Allow rules**: each part of a compound command must be covered by one, or pass on its own. A script runs under
//!    one confinement: where a rule opens it, only readers and what is covered too may run beside it. In a mode that
//!    asks nobody there are no allow rules.
//! 6. **Secrets of programs.** `.env` and its like are read after a yes only, in every mode; a `Read(…)` rule is one.
//! 7. **Withheld files** that nothing hides from the command: where no sandbox works, where there are too many files to find them,
//!    and in the history of the repository. What comes by them asks, and is denied where a deny rule is about them.
//! 8. **The posture of the mode.** `Never` denies what is not read-only. `WhenUnsure` lets pass what only reads, and
//!    what the operating system confines to the workspace; it asks for the network, for destruction, for anything
//!    outside the workspace and for what was not understood. `OnlyCatastrophic` lets the rest pass.
//! 9. **Foreign text.** Once the session has read what came over the network, a command that reaches it asks, whatever
//!    let it pass, unless a person has given the rule since. What does not need the network runs without it.
//!
//! Within an effect the first matching rule wins; how specific a rule is does not matter.
//!
//! *"Unknown"* (the word of the product description) means a script which was not understood or whose program is
//! only known when it runs. A program that is in no table is not unknown in this sense: inside a sandbox the
//! operating system confines it, and it runs. Without a working sandbox everything asks but what provably only reads.
//!
//! *The syntax of rules* is described at [`permissions`]; the list of known programs is `rules/mod.rs`.
//!
//! *Invariants:* a decision depends on its arguments alone; a deny rule never widens anything; what cannot be
//! understood is never allowed by being skipped over. *Not here:* IO, symbolic links (the file tools resolve them),
//! clocks, and how a confinement is applied.
#![warn(missing_docs)]

mod calls;
mod command;
mod decision;
mod explain;
mod judge;
mod paths;
pub mod permissions;
mod policy;
mod redaction;
mod rules;
mod secrets;
mod shell;
mod taint;
mod touches;
mod withheld;

pub use decision::{Decision, Foreign, Question};
pub use explain::{Explanation, PartReport};
pub use judge::Going;
pub use permissions::{AfterForeign, Effect, Entry, Layer, RuleError, RuleTexts, Source};
pub use policy::{ListedRule, Policy};
pub use redaction::{KnownSecret, PatternError, RedactedStream, Redactor};
pub use secrets::SECRETS_RULE;
pub use taint::TAINT_RULE;
pub use touches::{Touch, touches};
pub use withheld::{KEPT_RULE, WITHHELD_RULE, Withheld, Withholding};
