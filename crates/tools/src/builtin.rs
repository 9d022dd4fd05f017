//! The built-in tools, one file or folder each, in the order in which every request lists them.

mod ask_user;
mod contract;
mod edit;
mod glob;
mod grep;
mod jobs;
mod list;
mod read;
mod shell;
mod skill;
mod todos;
mod write;

use std::sync::Arc;

use headwater_protocol::AnyTool;
use headwater_sandbox::Runner;

use crate::background::Background;

pub use self::skill::{SKILL_FILE, SKILL_TOOL, Skill, skills};

/// What commands of the shell tool run with.
#[derive(Clone, Debug)]
pub struct ShellSetup {
    /// Runs and confines them; background jobs die with it.
    pub runner: Arc<Runner>,
    /// Their environment, already free of credentials (`headwater_sandbox::scrubbed_env`).
    pub env: Vec<(String, String)>,
}

/// All built-in tools. The order never changes within a version: requests are prefixes of each other.
pub fn all(setup: ShellSetup) -> Vec<Arc<dyn AnyTool>> {
    let background = Arc::new(Background::new(Arc::clone(&setup.runner)));
    vec![
        Arc::new(read::Read),
        Arc::new(write::Write),
        Arc::new(edit::Edit),
        Arc::new(list::List),
        Arc::new(glob::Glob),
        Arc::new(grep::Grep),
        Arc::new(shell::Shell::new(setup, Arc::clone(&background))),
        Arc::new(jobs::Jobs::new(background)),
        Arc::new(todos::Todos),
        Arc::new(contract::Contract),
        Arc::new(ask_user::AskUser),
    ]
}
