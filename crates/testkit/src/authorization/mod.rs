//! An MCP server over HTTP that wants a login, and the authorization server beside it: real OAuth 2.1 on 127.0.0.1, strict
//! in what it takes. And a browser, as far as a login needs one.

mod browser;
mod grants;
mod guarded;
mod running;

pub use browser::{Page, browse, log_in, parameter};
pub use running::{Authorization, Temper};
