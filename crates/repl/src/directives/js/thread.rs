//! JavaScript runs on a thread of its own, which ends with its code. The engine looks at its limits wherever code loops or
//! calls; the few operations of its own that run long without looking are left behind, and until such a one has ended no
//! other code starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use headwater_protocol::cancel::Cancel;
use tokio::sync::oneshot;

use super::engine::evaluate;
use super::request::{JsOutcome, JsRequest};

/// How long code may take to notice that it must stop.
const GRACE: Duration = Duration::from_secs(2);
/// Stack of the thread, in bytes: what code may use of it and room for the engine.
const STACK: usize = 4 << 20;

/// Tells code to stop.
#[derive(Clone, Debug)]
pub(super) struct Brake {
    deadline: Option<Instant>,
    is_pulled: Arc<AtomicBool>,
}

impl Brake {
    /// Whether it must stop.
    pub(super) fn holds(&self) -> bool {
        self.is_pulled.load(Ordering::Relaxed) || self.is_late()
    }

    /// Makes it stop.
    pub(super) fn pull(&self) {
        self.is_pulled.store(true, Ordering::Relaxed);
    }

    /// Whether its time is up.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Pulls the brake when nobody waits any more.
struct Waiting(Brake);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.pull();
    }
}

/// Where JavaScript runs.
#[derive(Default)]
pub(in crate::directives) struct Workshop {
    /// What the last code comes to, unless that is known.
    last: Option<oneshot::Receiver<Option<JsOutcome>>>,
}

/// Why there is no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directives) enum JsStop {
    /// Its time was up.
    Late,
    /// Nobody wanted it any more.
    Cancelled,
    /// It does not react, or an earlier one still does not.
    Stuck,
    /// There is no thread for it.
    NoThread,
}

impl Workshop {
    /// Runs code for at most `limit`.
    pub(in crate::directives) async fn run(
        &mut self,
        request: JsRequest,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<JsOutcome, JsStop> {
        if let Some(last) = self.last.as_mut()
            && tokio::time::timeout(GRACE, last).await.is_err()
        {
            return Err(JsStop::Stuck);
        }
        let brake = Brake { deadline: Instant::now().checked_add(limit), is_pulled: Arc::default() };
        let waiting = Waiting(brake.clone());
        let (outcome, arrives) = oneshot::channel();
        let work = move || {
            // Who asked may be gone.
            outcome.send(evaluate(request, &brake)).ok();
        };
        let thread = std::thread::Builder::new().name("javascript".to_owned()).stack_size(STACK);
        thread.spawn(work).map_err(|_error| JsStop::NoThread)?;
        let arrives = self.last.insert(arrives);
        let stop = tokio::select! {
            outcome = &mut *arrives => {
                self.last = None;
                // Without an outcome it was stopped at the very moment.
                return outcome.ok().flatten().ok_or(JsStop::Late);
            }
            () = cancel.cancelled() => JsStop::Cancelled,
            () = tokio::time::sleep(limit) => JsStop::Late,
        };
        waiting.0.pull();
        if tokio::time::timeout(GRACE, arrives).await.is_err() {
            return Err(JsStop::Stuck);
        }
        self.last = None;
        Err(stop)
    }
}
