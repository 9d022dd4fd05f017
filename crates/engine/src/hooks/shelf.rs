//! What a session holds of hooks: the book, what runs them, and what they have asked for meanwhile.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use headwater_protocol::op::HookLine;
use headwater_protocol::{CallId, Cancel, HookPoint};
use headwater_sandbox::Runner;

use super::book::{Book, HookPlaces};
use super::drawing::DrawingSetup;
use super::outcome::Reasoned;
use super::process::Ended;
use crate::sessions::StoreError;

/// What hooks are run with.
#[derive(Clone)]
pub struct HookSetup {
    /// Where they are looked for.
    pub places: HookPlaces,
    /// What runs them.
    pub runner: Arc<Runner>,
    /// The environment they get, without anything that looks like a credential.
    pub env: Vec<(String, String)>,
    /// The screen that they may change the drawing of; absent where there is none.
    pub screen: Option<DrawingSetup>,
}

/// The hooks of one session. Clones share them.
#[derive(Clone)]
pub(crate) struct Hooks {
    shared: Arc<Shared>,
    session: Arc<Session>,
    agent: Option<AgentName>,
}

/// Which sub-agent a session belongs to.
#[derive(Clone, Debug)]
pub(crate) struct AgentName {
    pub(crate) id: String,
    pub(crate) kind: String,
}

struct Shared {
    setup: Option<HookSetup>,
    book: RwLock<Arc<Book>>,
}

/// What is of one session alone.
#[derive(Default)]
struct Session {
    /// The turn is to end: which hook said so, and why.
    halt: Mutex<Option<Reasoned>>,
    /// Why a hook at its beginning wants nothing to be done in it.
    unwanted: Mutex<Option<Reasoned>>,
    /// Hooks that nothing waited for and that have ended since.
    late: Mutex<Vec<Late>>,
    /// Hooks of one run a session that have begun here; the log knows them when they have ended.
    begun: Mutex<Vec<(HookPoint, String)>>,
    /// How many records the transcript for hooks holds.
    told: Mutex<usize>,
    /// Ends what nothing waits for.
    leaving: Cancel,
}

/// A hook that nothing waited for.
pub(super) struct Late {
    pub(super) point: HookPoint,
    pub(super) command: String,
    pub(super) call: Option<CallId>,
    /// Whether something waited for it all the same: what it decided counts.
    pub(super) is_awaited: bool,
    pub(super) ended: Ended,
}

impl Hooks {
    /// The hooks that are found now; none where there is nothing to run them with.
    pub(crate) fn new(setup: Option<HookSetup>) -> Self {
        let book = setup.as_ref().map(|setup| Book::load(&setup.places)).unwrap_or_default();
        let shared = Arc::new(Shared { setup, book: RwLock::new(Arc::new(book)) });
        Self { shared, session: Arc::default(), agent: None }
    }

    /// The same hooks, for the session of a sub-agent.
    pub(crate) fn for_agent(&self, agent: AgentName) -> Self {
        // What nothing waits for ends with the conversation, whoever started it.
        let session = Session { leaving: self.leaving(), ..Session::default() };
        Self { shared: Arc::clone(&self.shared), session: Arc::new(session), agent: Some(agent) }
    }

    /// Which sub-agent this is, if one.
    pub(crate) fn agent(&self) -> Option<&AgentName> {
        self.agent.as_ref()
    }

    /// What the person should know of them before the session begins.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.book().warnings.clone()
    }

    /// The hooks for `/hooks`, as the files say it now.
    pub(crate) fn list(&self) -> Vec<HookLine> {
        self.reload();
        self.book().lines()
    }

    /// False when they are no longer those that were shown.
    fn keep_yes(&self, digest: &str) -> Result<bool, StoreError> {
        let Some(setup) = &self.shared.setup else { return Ok(false) };
        self.reload();
        let is_approved = self.book().approve(&setup.places, digest)?;
        self.reload();
        Ok(is_approved)
    }

    /// Whether a hook may run at one of these points.
    pub(crate) fn are_at(&self, points: &[HookPoint]) -> bool {
        self.book().hooks.iter().any(|hook| hook.is_enabled() && points.contains(&hook.definition.point))
    }

    /// Takes what a hook has said about the end of the turn.
    pub(crate) fn take_halt(&self) -> Option<Reasoned> {
        lock(&self.session.halt).take()
    }

    /// Whether a hook wants the turn to end.
    pub(crate) fn is_halted(&self) -> bool {
        lock(&self.session.halt).is_some()
    }

    /// Keeps a yes to the hooks of the project, and says what became of it.
    pub(crate) fn approve(&self, digest: &str) -> String {
        match self.keep_yes(digest) {
            Ok(true) => "The hooks of this project run from now on, until they change.".to_owned(),
            Ok(false) => {
                "The hooks of this project have changed since they were shown; look at /hooks again."
                    .to_owned()
            }
            Err(error) => format!("Your yes could not be kept, so the hooks do not run: {error}."),
        }
    }

    /// Keeps what a hook at the beginning of the session has said against it, for the message that comes first.
    pub(crate) fn object_to_start(&self) {
        *lock(&self.session.unwanted) = self.take_halt();
    }

    /// What was said against the session, once.
    pub(crate) fn take_objection(&self) -> Option<Reasoned> {
        lock(&self.session.unwanted).take()
    }

    /// Ends the hooks that nothing waits for.
    pub(crate) fn leave(&self) {
        self.session.leaving.cancel();
    }

    pub(super) fn halt(&self, halt: Reasoned) {
        lock(&self.session.halt).get_or_insert(halt);
    }

    pub(super) fn setup(&self) -> Option<&HookSetup> {
        self.shared.setup.as_ref()
    }

    pub(super) fn book(&self) -> Arc<Book> {
        Arc::clone(&self.shared.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn leaving(&self) -> Cancel {
        self.session.leaving.child()
    }

    /// Whether a hook of one run a session begins here for the first time; from now on it has begun.
    pub(super) fn is_first_start(&self, point: HookPoint, script: &str) -> bool {
        let mut begun = lock(&self.session.begun);
        let is_first = !begun.iter().any(|(at, known)| *at == point && known == script);
        if is_first {
            begun.push((point, script.to_owned()));
        }
        is_first
    }

    pub(super) fn ended_late(&self, late: Late) {
        lock(&self.session.late).push(late);
    }

    pub(super) fn take_late(&self) -> Vec<Late> {
        std::mem::take(&mut *lock(&self.session.late))
    }

    /// Lets `write` bring the transcript for hooks up to `records`; it is told how many it holds.
    pub(super) fn keep_up(
        &self,
        records: usize,
        write: impl FnOnce(usize) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut told = lock(&self.session.told);
        write(*told)?;
        // Who is behind has nothing to add.
        *told = records.max(*told);
        Ok(())
    }

    fn reload(&self) {
        let Some(setup) = &self.shared.setup else { return };
        let book = Arc::new(Book::load(&setup.places));
        *self.shared.book.write().unwrap_or_else(PoisonError::into_inner) = book;
    }
}

impl HookSetup {
    /// The directory the session works in.
    pub(super) fn workspace(&self) -> &Path {
        &self.places.workspace
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_what_a_sub_agent_left_running_ends_with_the_conversation() {
        let hooks = Hooks::new(None);
        let below = hooks.for_agent(AgentName { id: "a".into(), kind: "general".into() });
        let (left, beside) = (below.leaving(), Hooks::new(None).leaving());
        hooks.leave();
        assert!(left.is_cancelled() && !beside.is_cancelled());
    }
}
