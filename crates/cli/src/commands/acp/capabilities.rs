//! What the client can do, as it said when it began.

use agent_client_protocol_schema::v1::ClientCapabilities;

/// The abilities that something here asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientAbilities {
    /// It shows sentences that are no part of the conversation.
    pub(super) has_notices: bool,
    /// It shows forms.
    pub(super) has_forms: bool,
    /// It opens a terminal for a login.
    pub(super) has_terminal_login: bool,
}

impl From<&ClientCapabilities> for ClientAbilities {
    fn from(said: &ClientCapabilities) -> Self {
        Self {
            has_notices: said.session.as_ref().is_some_and(|session| session.notices.is_some()),
            has_forms: said.elicitation.as_ref().is_some_and(|elicitation| elicitation.form.is_some()),
            has_terminal_login: said.auth.terminal,
        }
    }
}
