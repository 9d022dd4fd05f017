//! The sessions that are open on a connection: each is a task of its own, and takes its orders one after another.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_client_protocol_schema::v1::{
    CloseSessionResponse, Error, LoadSessionResponse, McpServer, NewSessionResponse, ResumeSessionResponse,
    SessionId,
};
use headwater_engine::Start;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::errors::untimely;
use super::methods::Desk;
use super::session::{Host, Order, Session, open};
use super::wire::Reply;

/// Sessions that may be open at once.
const MOST: usize = 32;
/// Orders that may wait for a session.
const ORDERS: usize = 64;

/// A session that a client asks for.
pub(super) struct Wanted {
    /// Where it works.
    pub(super) cwd: PathBuf,
    /// A new one, or one that exists.
    pub(super) start: Start,
    /// How it is answered.
    pub(super) told: Told,
    /// Servers of tools that it brings.
    pub(super) servers: Vec<McpServer>,
}

/// How the opening of a session is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// With its name.
    New,
    /// After what it holds.
    Loaded,
    /// With nothing of what it holds.
    Resumed,
}

/// The open sessions. Clones share them.
#[derive(Clone)]
pub(super) struct Sessions {
    open: Arc<Mutex<HashMap<SessionId, mpsc::Sender<Order>>>>,
    room: Arc<Semaphore>,
    /// Held by every session, so that its end can be waited for.
    work: mpsc::Sender<()>,
}

impl Sessions {
    /// None yet, and what ends once they all have.
    pub(super) fn new() -> (Self, mpsc::Receiver<()>) {
        let (work, done) = mpsc::channel(1);
        (Self { open: Arc::default(), room: Arc::new(Semaphore::new(MOST)), work }, done)
    }

    /// What is held while something works that is to be waited for.
    pub(super) fn room(&self) -> mpsc::Sender<()> {
        self.work.clone()
    }

    /// Hands an order that wants an answer to a session.
    pub(super) async fn order(&self, id: &SessionId, reply: Reply, order: impl FnOnce(Reply) -> Order) {
        let Some(orders) = self.lock().get(id).cloned() else {
            return reply.give::<()>(Err(Error::session_not_found(id.clone()))).await;
        };
        // A session that has just ended drops the order, and the reply says so.
        orders.send(order(reply)).await.ok();
    }

    /// Hands an order to a session; an error where there is none.
    pub(super) async fn hand(
        &self,
        id: &SessionId,
        order: Order,
    ) -> Result<(), mpsc::error::SendError<Order>> {
        let orders = self.lock().get(id).cloned();
        match orders {
            Some(orders) => orders.send(order).await,
            None => Err(mpsc::error::SendError(order)),
        }
    }

    /// Hands an order to each session.
    pub(super) async fn hand_all(&self, order: impl Fn() -> Order) {
        let all: Vec<_> = self.lock().values().cloned().collect();
        for orders in all {
            orders.send(order()).await.ok();
        }
    }

    /// Nobody gives orders any more: each session ends.
    pub(super) fn end_all(&self) {
        self.room.close();
        self.lock().clear();
    }

    /// A place for one more session.
    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        place
            .map_err(|_| untimely(&format!("{MOST} sessions are open, and no more can be; close one first.")))
    }

    /// Enters a session; its orders come out of what is given back. Refused where no more are to begin.
    fn enter(&self, id: &SessionId) -> Option<mpsc::Receiver<Order>> {
        let (orders, out) = mpsc::channel(ORDERS);
        let mut open = self.lock();
        if self.room.is_closed() {
            return None;
        }
        open.insert(id.clone(), orders);
        Some(out)
    }

    fn leave(&self, id: &SessionId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, mpsc::Sender<Order>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Opens a session beside the other work: a vendor may have to be asked for its model.
    pub(super) async fn open(&self, reply: Reply, wanted: Wanted) {
        let place = match self.sessions.place() {
            Ok(place) => place,
            Err(error) => return reply.give::<()>(Err(error)).await,
        };
        let (host, sessions, work) = (Arc::clone(&self.host), self.sessions.clone(), self.sessions.room());
        tokio::spawn(async move {
            let closed = Box::pin(run(&host, &sessions, reply, wanted)).await;
            drop(place);
            if let Some(reply) = closed {
                reply.give(Ok(CloseSessionResponse::new())).await;
            }
            drop(work);
        });
    }
}

/// A session from its opening to its end; who closed it is to be told.
async fn run(host: &Host, sessions: &Sessions, reply: Reply, wanted: Wanted) -> Option<Reply> {
    let told = wanted.told;
    let session = match open(host, wanted).await {
        Ok(session) => session,
        Err(error) => {
            reply.give::<()>(Err(error)).await;
            return None;
        }
    };
    let id = session.id.clone();
    let Some(orders) = sessions.enter(&id) else {
        drop(reply);
        let (_, none) = mpsc::channel(1);
        return session.run(none).await;
    };
    answer(&session, told, reply).await;
    let closed = session.run(orders).await;
    sessions.leave(&id);
    closed
}

async fn answer(session: &Session, told: Told, reply: Reply) {
    let (modes, options) = session.offered();
    match told {
        Told::New => {
            let response = NewSessionResponse::new(session.id.clone());
            reply.give(Ok(response.modes(modes).config_options(options))).await;
        }
        Told::Loaded => {
            reply.give(Ok(LoadSessionResponse::new().modes(modes).config_options(options))).await;
        }
        Told::Resumed => {
            reply.give(Ok(ResumeSessionResponse::new().modes(modes).config_options(options))).await;
        }
    }
}
