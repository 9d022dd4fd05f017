//! Permission rules: `Tool` or `Tool(pattern)`, in the lists allow, ask and deny.
//!
//! *Tools.* `Bash` (our `shell`), `Read` (our `read`, `list`, `glob` and `grep`), `Edit` (our `edit` and `write`),
//! `Write`, `Delete`, `List`, `Glob`, `Grep`, `Todos`, `WebFetch`, and `mcp__server__tool` with `*`, of which `mcp__server` means
//! all tools; upper and lower case are the same.
//!
//! *Commands*: `Bash(npm run test *)` compares word by word, after quotes were resolved. A `*` of its own stands for
//! any words, also none; a `*` inside a word for any part of that word, so that `Bash(ls *)` does not match `lsof`;
//! one that ends the last word opens the rest of the command as well. `Bash(npm run test:*)` means the same as
//! `Bash(npm run test *)`. Each part of a compound command is compared by itself, without wrappers such as `timeout`.
//!
//! *Paths*: as in `.gitignore`. `./x`, `x/y` and `/x` start at the workspace, `//x` at the root of the file system,
//! `~/x` at the home directory; a name without a slash matches at any depth; a directory means what it holds; `*`
//! stays within a name, `**` does not. Deny and ask rules for paths bind the words of a shell command too.
//!
//! *Deleting*: `Delete(build/**)` is about files that a command deletes by their names; an allow rule covers no trees and no
//! patterns of the shell, a deny rule binds those too.
//!
//! *Domains*: `WebFetch(domain:*.example.org)`; a deny rule binds the addresses in a shell command too.

mod breadth;
mod domain;
mod example;
mod families;
mod layer;
mod offer;
mod path;
mod rule;
mod texts;
mod words;

pub use layer::{Effect, Layer, Source};
pub use rule::RuleError;
pub use texts::{AfterForeign, Entry, RuleTexts};

pub(crate) use families::Tools;
pub(crate) use layer::{PlacedRule, after_foreign};
pub(crate) use offer::{offer, offer_deletions};
pub(crate) use path::PathPattern;
pub(crate) use rule::{Rule, Scope};
