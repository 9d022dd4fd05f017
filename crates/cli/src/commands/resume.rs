//! `headwater resume [ID]`: carries on a session in the screen, or answers what waits in it without one.

mod answering;

use anyhow::Result;
use clap::Args;
use headwater_engine::SessionStore;
use headwater_protocol::SessionId;

use self::answering::AnswerArguments;
use super::exec::find;
use super::screen::{Opening, open};
use crate::args::Globals;
use crate::forks::ForkArguments;
use crate::missions::MissionArguments;
use crate::paths::Paths;
use crate::premises::workspace;
use crate::user_error::UserError;

/// Which session.
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// Its id, or the beginning of it; without one, the newest of this directory.
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    forks: ForkArguments,
    #[command(flatten)]
    missions: MissionArguments,
    #[command(flatten)]
    answer: AnswerArguments,
}

pub(super) fn run(own: &ResumeArguments, globals: &Globals) -> Result<u8> {
    let session = match &own.id {
        Some(id) => find(id)?,
        None => newest(globals)?,
    };
    // What is refused makes no copy.
    if own.answer.is_given()? {
        return answering::run(&own.answer, (session, &own.forks), globals);
    }
    let session = own.forks.of(session)?;
    open(
        globals,
        Opening { resume: Some(session), prompt: None, missions: own.missions.clone(), is_ephemeral: false },
    )
}

/// The newest session of the directory.
pub(super) fn newest(globals: &Globals) -> Result<SessionId> {
    let workspace = workspace(globals)?;
    let newest = SessionStore::new(Paths::find()?.state).newest(&workspace)?;
    newest.ok_or_else(|| {
        UserError::failed(format!("there is no session of {} yet", workspace.display()))
            .hint("`headwater sessions list --all` shows those of other directories.")
            .into()
    })
}
