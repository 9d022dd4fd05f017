//! What front ends are told of children in flight: numbers, at most ten times a second, and nothing at rest.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use headwater_protocol::{Delta, Update};
use tokio::sync::mpsc;

use super::width::Width;

/// The least time between two reports: a screen shows no more, and hundreds of children change far more often.
const INTERVAL: Duration = Duration::from_millis(100);

/// Counts the children of a mission, recursive ones included. Clones share it.
#[derive(Clone, Debug)]
pub struct Meter {
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    queued: AtomicUsize,
    running: AtomicUsize,
    /// Whether something changed since the last report.
    is_stale: AtomicBool,
    /// Whether a task is at work that reports.
    is_told: AtomicBool,
    width: Width,
    updates: mpsc::Sender<Update>,
}

/// A child counts in one of these until its place is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Queued,
    Running,
}

impl Meter {
    /// A meter that tells `updates`, with the width of the child model.
    pub fn new(updates: mpsc::Sender<Update>, width: Width) -> Self {
        let (queued, running) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (is_stale, is_told) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { counts: Arc::new(Counts { queued, running, is_stale, is_told, width, updates }) }
    }

    /// Counts a child until the guard is dropped.
    pub(super) fn count(&self, place: Place) -> Counted {
        self.counts.of(place).fetch_add(1, Ordering::SeqCst);
        self.counts.changed();
        Counted { counts: Arc::clone(&self.counts), place }
    }
}

/// A child that is counted.
#[derive(Debug)]
pub(super) struct Counted {
    counts: Arc<Counts>,
    place: Place,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counts.of(self.place).fetch_sub(1, Ordering::SeqCst);
        self.counts.changed();
    }
}

impl Counts {
    fn of(&self, place: Place) -> &AtomicUsize {
        match place {
            Place::Queued => &self.queued,
            Place::Running => &self.running,
        }
    }

    /// Sees to it that the change is told soon.
    fn changed(self: &Arc<Self>) {
        self.is_stale.store(true, Ordering::SeqCst);
        if self.is_told.swap(true, Ordering::SeqCst) {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(tell(Arc::downgrade(self)))),
            // A guard that outlives the runtime has nobody to tell.
            Err(_) => self.is_told.store(false, Ordering::SeqCst),
        }
    }

    fn delta(&self) -> Delta {
        Delta::Children {
            queued: self.queued.load(Ordering::SeqCst),
            running: self.running.load(Ordering::SeqCst),
            width: self.width.now(),
        }
    }
}

/// Tells until nothing changes any more. A front end that does not keep up gets the next report instead.
async fn tell(counts: Weak<Counts>) {
    while let Some(counts) = counts.upgrade() {
        if counts.is_stale.swap(false, Ordering::SeqCst) {
            if counts.updates.try_send(Update::Delta(counts.delta())).is_err() {
                tracing::trace!("the front end is busy or gone");
            }
        } else {
            counts.is_told.store(false, Ordering::SeqCst);
            // A change between the two lines above found the task still at work.
            if !counts.is_stale.load(Ordering::SeqCst) || counts.is_told.swap(true, Ordering::SeqCst) {
                return;
            }
        }
        drop(counts);
        tokio::time::sleep(INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use headwater_testkit::DEADLINE;
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::children::width::WidthLimits;

    #[tokio::test]
    async fn hundreds_of_changes_are_a_few_reports_and_the_last_one_is_true() {
        let (updates, mut told) = mpsc::channel(64);
        let meter = Meter::new(updates, Width::new(WidthLimits::default()));
        let began = Instant::now();
        for _ in 0..5 {
            let guards: Vec<Counted> = (0..200).map(|_| meter.count(Place::Queued)).collect();
            tokio::task::yield_now().await;
            drop(guards);
            tokio::task::yield_now().await;
        }
        let last = Update::Delta(Delta::Children { queued: 0, running: 0, width: 16 });
        let mut reports = 1;
        while timeout(DEADLINE, told.recv()).await.unwrap().unwrap() != last {
            reports += 1;
        }
        let most = 2 + began.elapsed().as_millis() / INTERVAL.as_millis();
        assert!(reports <= most, "{reports} reports in {:?}", began.elapsed());
        let at_rest = async {
            while meter.counts.is_told.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, at_rest).await.unwrap();
        assert!(told.try_recv().is_err(), "something was told at rest");
    }
}
