//! The port to the servers of tools that a session may have: what a front end is told of them, and what a person may say
//! to one. *Not here:* the protocol they speak; their tools are tools as any others.

use futures_core::future::BoxFuture;

/// The servers of a session.
pub trait ToolServers: Send + Sync {
    /// All of them, in the order of their names, as they are now.
    fn list(&self) -> Vec<ServerLine>;

    /// Does what the person said to one of them, and says what came of it in one sentence. Never waits for the server.
    fn steer(&self, name: &str, word: &ServerWord) -> String;

    /// Ends all of them as the session ends, politely, and waits for that a few seconds at most.
    fn close(&self) -> BoxFuture<'static, ()>;
}

/// What a person says to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerWord {
    /// It may run, as it was shown, until what it is changes.
    Approve {
        /// What was shown ([`ServerLine::asks`]).
        digest: String,
    },
    /// It is connected, for this session.
    Enable,
    /// It is ended, for this session.
    Disable,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLine {
    /// Its name.
    pub name: String,
    /// What is started, or where it answers.
    pub target: String,
    /// What it is given of the person's: variables, headers. One sentence each.
    pub given: Vec<String>,
    /// The file that it comes from.
    pub source: String,
    /// How it is.
    pub status: ServerStatus,
    /// Its tools, as its calls name them.
    pub tools: Vec<String>,
    /// The digest that a yes to it names; `None` where no yes is wanted.
    pub asks: Option<String>,
}

/// How a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerStatus {
    /// It waits for a yes.
    Waiting,
    /// It is being started.
    Starting,
    /// It answers.
    Ready,
    /// It does not, and why.
    Failed(String),
    /// It wants a login.
    NeedsLogin,
    /// It is switched off.
    Off,
}

impl ServerStatus {
    /// In a few words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Waiting => "waits for your yes".to_owned(),
            Self::Starting => "is being started".to_owned(),
            Self::Ready => "ready".to_owned(),
            Self::Failed(why) => format!("failed: {why}"),
            Self::NeedsLogin => "wants a login".to_owned(),
            Self::Off => "off".to_owned(),
        }
    }
}
