//! Servers of tools that speak MCP: where they are described, who said yes to them, how they are changed, and their
//! wiring into a session.

mod callback;
mod config;
mod consents;
mod definition;
mod edit;
mod project_file;
mod session;
mod survey;
mod template;
mod tokens;

pub(crate) use callback::{Callback, Came};
pub(crate) use config::{WITHIN_SERVER, filled_url};
pub(crate) use consents::Consents;
pub(crate) use definition::{Definition, Origin, Way, are_alike};
pub(crate) use edit::{add, remove};
pub(crate) use headwater_tools::mcp::check_name;
pub(crate) use session::{SessionServers, configured, has_address, setup};
pub(crate) use survey::{Survey, Surveyed};
pub(crate) use template::is_name as is_variable;
pub(crate) use tokens::{Tokens, secrets};
