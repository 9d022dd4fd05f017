//! `authenticate`: whether there is a vendor, and a key for it. Keys are stored by `headwater login`, never through a client.

use agent_client_protocol_schema::v1::{
    AuthMethod, AuthMethodAgent, AuthMethodTerminal, AuthenticateRequest, AuthenticateResponse, Error,
};

use super::Desk;
use crate::commands::acp::capabilities::ClientAbilities;
use crate::commands::acp::errors::refused;

/// The one way: its command in a terminal.
const LOGIN: &str = "headwater-login";
const NAME: &str = "Log in with `headwater login`";
const HOW: &str = "Run `headwater login VENDOR` in a terminal, or set the vendor's key variable, and choose the vendor with \
                   `provider` in the settings.";

/// The ways there are.
pub(super) fn methods(abilities: ClientAbilities) -> Vec<AuthMethod> {
    vec![if abilities.has_terminal_login {
        let method = AuthMethodTerminal::new(LOGIN, NAME).description(HOW.to_owned());
        AuthMethod::Terminal(method.args(vec!["login".to_owned()]))
    } else {
        AuthMethod::Agent(AuthMethodAgent::new(LOGIN, NAME).description(HOW.to_owned()))
    }]
}

/// Looks whether it was done.
pub(super) fn answer(desk: &Desk, own: &AuthenticateRequest) -> Result<AuthenticateResponse, Error> {
    if &*own.method_id.0 != LOGIN {
        return Err(refused(&format!("There is no such method; the one there is is \"{LOGIN}\".")));
    }
    desk.host.check_login().map(|()| AuthenticateResponse::new())
}
