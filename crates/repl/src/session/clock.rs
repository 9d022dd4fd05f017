//! The time of a block: what it ran and what it waited for calls, and the deadline, which waiting does not bring nearer.

use std::time::Duration;

use tokio::time::Instant;

/// The clock of one block.
#[derive(Debug)]
pub(super) struct Clock {
    limit: Duration,
    ran: Duration,
    waited: Duration,
    since: Instant,
    is_waiting: bool,
}

impl Clock {
    /// A clock that runs from now on.
    pub(super) fn start(limit: Duration) -> Self {
        Self { limit, ran: Duration::ZERO, waited: Duration::ZERO, since: Instant::now(), is_waiting: false }
    }

    /// Notes whether the block waits from now on.
    pub(super) fn turn(&mut self, is_waiting: bool) {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.since);
        let spent = if self.is_waiting { &mut self.waited } else { &mut self.ran };
        *spent = spent.saturating_add(passed);
        self.since = now;
        self.is_waiting = is_waiting;
    }

    /// When the block has run long enough; `None` while it waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let left = self.limit.saturating_sub(self.ran);
        // A limit beyond all time is none.
        (!self.is_waiting).then(|| self.since.checked_add(left)).flatten()
    }

    /// What it ran and what it waited.
    pub(super) fn stop(mut self) -> (Duration, Duration) {
        self.turn(false);
        (self.ran, self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_does_not_bring_the_deadline_nearer() {
        let second = Duration::from_secs(1);
        let mut clock = Clock::start(second * 10);
        tokio::time::advance(second * 4).await;
        clock.turn(true);
        assert_eq!(clock.deadline(), None);
        tokio::time::advance(second * 100).await;
        clock.turn(false);
        assert_eq!(clock.deadline(), Some(Instant::now() + second * 6));
        tokio::time::advance(second).await;
        assert_eq!(clock.stop(), (second * 5, second * 100));
    }
}
