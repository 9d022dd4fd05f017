//! The time that calls of a tool may still take: those that run at the same time draw on one purse, so that together they
//! take no more than is left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The purses of the tools that run. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Purses(Arc<Mutex<HashMap<String, Arc<Purse>>>>);

impl Purses {
    /// The share of a call that begins now; `None` where its tool may take any time. Where others of the tool run already,
    /// it draws on what they have left; otherwise `left` is there.
    pub(crate) fn share(&self, tool: &str, left: Option<Duration>) -> Option<Share> {
        let left = left?;
        let mut purses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = purses.get(tool).filter(|purse| purse.drawn().running > 0);
        let purse = used.map_or_else(|| Arc::new(Purse::new(left)), Arc::clone);
        purses.insert(tool.to_owned(), Arc::clone(&purse));
        purse.change(1);
        Some(Share(purse))
    }
}

/// What calls of a tool have left together.
#[derive(Debug)]
struct Purse {
    drawn: Mutex<Drawn>,
    changed: Notify,
}

#[derive(Debug)]
struct Drawn {
    left: Duration,
    running: u32,
    since: Instant,
}

impl Drawn {
    /// Counts what was taken up to `now`.
    fn settle(&mut self, now: Instant) {
        let taken = now.saturating_duration_since(self.since).saturating_mul(self.running);
        (self.left, self.since) = (self.left.saturating_sub(taken), now);
    }

    /// One call more or less from `now` on.
    fn change(&mut self, now: Instant, by: i32) {
        self.settle(now);
        self.running = self.running.saturating_add_signed(by);
    }

    /// When nothing is left, if those that run go on; `None` where that is never.
    fn end(&self) -> Option<Instant> {
        self.since.checked_add(self.left / self.running.max(1))
    }
}

impl Purse {
    fn new(left: Duration) -> Self {
        let drawn = Drawn { left, running: 0, since: Instant::now() };
        Self { drawn: Mutex::new(drawn), changed: Notify::new() }
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, by: i32) {
        self.drawn().change(Instant::now(), by);
        self.changed.notify_waiters();
    }
}

/// The share of one call, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share(Arc<Purse>);

impl Share {
    /// Resolves once nothing is left.
    pub(super) async fn spent(&self) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let end = self.0.drawn().end();
            tokio::select! {
                () = at(end) => return,
                () = changed => {}
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0.change(-1);
    }
}

async fn at(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A purse with twelve seconds, and the time at so many seconds from its beginning.
    fn purse() -> (Drawn, impl Fn(u64) -> Instant) {
        let since = Instant::now();
        let drawn = Drawn { left: Duration::from_secs(12), running: 0, since };
        (drawn, move |seconds| since + Duration::from_secs(seconds))
    }

    #[test]
    fn a2_calls_that_run_at_the_same_time_share_what_is_left() {
        for (calls, end) in [(1, 12), (3, 4), (4, 3)] {
            let (mut drawn, at) = purse();
            drawn.change(at(0), calls);
            assert_eq!(drawn.end(), Some(at(end)), "{calls} calls");
            drawn.settle(at(end));
            assert_eq!(drawn.left, Duration::ZERO);
        }
    }

    #[test]
    fn a2_what_a_call_leaves_is_there_for_those_beside_it() {
        let (mut drawn, at) = purse();
        drawn.change(at(0), 2);
        drawn.change(at(2), -1);
        assert_eq!(drawn.end(), Some(at(10)), "four are taken by the two");
        drawn.change(at(4), 1);
        assert_eq!(drawn.end(), Some(at(7)), "six are left for the two");
        drawn.settle(at(100));
        assert_eq!((drawn.left, drawn.end()), (Duration::ZERO, Some(at(100))));
    }

    #[tokio::test]
    async fn a2_only_calls_of_the_same_tool_share_and_an_empty_purse_is_spent_at_once() {
        let purses = Purses::default();
        assert!(purses.share("far", None).is_none());
        let all = Some(Duration::from_hours(1));
        let (first, second) = (purses.share("far", all).unwrap(), purses.share("far", all).unwrap());
        let other = purses.share("near", all).unwrap();
        assert_eq!([&first, &second, &other].map(|share| share.0.drawn().running), [2, 2, 1]);
        drop((first, second));
        purses.share("far", Some(Duration::ZERO)).unwrap().spent().await;
    }
}
