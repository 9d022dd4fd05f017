//! How many requests may be out to one vendor at once: grows while answers come, halves when the vendor complains.
//!
//! *Invariants:* one width a vendor, shared by every pool that asks it; places are given in the order of arrival; the
//! width is halved at most once a round trip, however many requests of it are refused; after a refusal everyone
//! waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

/// Good answers for one more place once the vendor has complained (issue 3, point 5).
const STEADY: u32 = 20;
/// Good answers for one more place until then: an idle vendor is found out in a few round trips.
const EAGER: u32 = 2;
/// Rounds without a single good answer after which the vendor is given up for a while.
const MOST_ROUNDS: u32 = 8;
/// The longest pause of our own choosing.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a vendor that was given up is left alone.
pub(super) const CLOSED: Duration = Duration::from_secs(30);

/// How wide a width may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WidthLimits {
    /// Places at the beginning.
    pub start: usize,
    /// The most places ever.
    pub most: usize,
    /// The pause after a first refusal that names none; doubled for each round without a good answer.
    pub pause: Duration,
}

impl Default for WidthLimits {
    fn default() -> Self {
        Self { start: 16, most: 64, pause: Duration::from_millis(250) }
    }
}

/// The widths of an engine, one a vendor. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Widths {
    limits: WidthLimits,
    by_vendor: Arc<Mutex<HashMap<String, Width>>>,
}

impl Widths {
    /// Widths that begin like this.
    pub fn new(limits: WidthLimits) -> Self {
        Self { limits, by_vendor: Arc::default() }
    }

    /// The width of one vendor.
    pub fn of(&self, vendor: &str) -> Width {
        let mut widths = self.by_vendor.lock().unwrap_or_else(PoisonError::into_inner);
        widths.entry(vendor.to_owned()).or_insert_with(|| Width::new(self.limits)).clone()
    }
}

/// The width of one vendor. Clones share it.
#[derive(Clone, Debug)]
pub struct Width {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limits: WidthLimits,
    state: Mutex<State>,
    /// Told when a place may be free.
    freed: Notify,
    /// Lets one waiter at a time look for a place, in the order of arrival.
    turnstile: Semaphore,
}

#[derive(Debug)]
struct State {
    width: usize,
    taken: usize,
    /// Good answers since the width last changed.
    good: u32,
    /// Whether the vendor has never complained.
    is_eager: bool,
    /// Counts the halvings: what was sent before the newest one halves nothing.
    round: u64,
    /// Halvings since the last good answer.
    bad_rounds: u32,
    /// Nobody begins before this.
    held_until: Option<Instant>,
    /// Until when the vendor is given up, and why.
    closed: Option<(Instant, String)>,
}

/// What the head of the queue gets.
enum Look {
    Taken(Place),
    Full,
    Held(Instant),
    Closed(String),
}

/// What the head of the queue sees.
#[derive(Debug, PartialEq, Eq)]
enum Sight {
    /// A place, which is taken now.
    Free,
    Full,
    Held(Instant),
    Closed(String),
}

impl State {
    fn new(limits: WidthLimits) -> Self {
        Self {
            width: limits.start,
            taken: 0,
            good: 0,
            is_eager: true,
            round: 0,
            bad_rounds: 0,
            held_until: None,
            closed: None,
        }
    }

    fn look(&mut self, now: Instant) -> Sight {
        match &self.closed {
            Some((until, why)) if *until > now => return Sight::Closed(why.clone()),
            Some(_) | None => self.closed = None,
        }
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return Sight::Held(until);
        }
        if self.taken >= self.width {
            return Sight::Full;
        }
        self.taken += 1;
        Sight::Free
    }

    fn good(&mut self, limits: &WidthLimits) {
        self.bad_rounds = 0;
        self.good += 1;
        let needed = if self.is_eager { EAGER } else { STEADY };
        if self.good >= needed {
            self.good = 0;
            self.width = (self.width + 1).min(limits.most);
        }
    }

    /// The vendor complained about a request that was sent in `round`.
    fn refused(&mut self, round: u64, pause: Pause<'_>, limits: &WidthLimits, now: Instant) {
        let mut wait = pause.wait;
        if round == self.round {
            let doubled = limits.pause.saturating_mul(1 << self.bad_rounds.min(16));
            wait = wait.max(doubled.min(LONGEST_PAUSE));
            self.round += 1;
            self.width = (self.width / 2).max(1);
            self.good = 0;
            self.is_eager = false;
            self.bad_rounds += 1;
        }
        self.held_until = self.held_until.max(now.checked_add(wait));
        if self.bad_rounds >= MOST_ROUNDS {
            // After that time one more round decides.
            self.bad_rounds = MOST_ROUNDS - 1;
            let why = format!("{}, {MOST_ROUNDS} times in a row: it is left alone for a while", pause.why);
            self.closed = now.checked_add(CLOSED).map(|until| (until, why));
        }
    }
}

/// What a vendor wants who complains: a wait, and why.
#[derive(Clone, Copy)]
struct Pause<'a> {
    wait: Duration,
    why: &'a str,
}

impl Width {
    /// A width of its own.
    pub fn new(limits: WidthLimits) -> Self {
        let most = limits.most.max(1);
        let limits = WidthLimits { start: limits.start.clamp(1, most), most, ..limits };
        let (state, freed) = (Mutex::new(State::new(limits)), Notify::new());
        Self { shared: Arc::new(Shared { limits, state, freed, turnstile: Semaphore::new(1) }) }
    }

    /// How many may be out at once now.
    pub fn now(&self) -> usize {
        self.lock().width
    }

    /// Waits for a place; the error says why the vendor is given up. Cancellation safe.
    pub(super) async fn place(&self) -> Result<Place, String> {
        // The turnstile is never closed.
        let _turn = self.shared.turnstile.acquire().await;
        loop {
            let freed = self.shared.freed.notified();
            match self.look() {
                Look::Taken(place) => return Ok(place),
                Look::Closed(why) => return Err(why),
                Look::Full => freed.await,
                Look::Held(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    fn look(&self) -> Look {
        let mut state = self.lock();
        match state.look(Instant::now()) {
            Sight::Free => Look::Taken(Place { width: self.clone(), round: state.round }),
            Sight::Full => Look::Full,
            Sight::Held(until) => Look::Held(until),
            Sight::Closed(why) => Look::Closed(why),
        }
    }

    /// Gives the vendor up for a while: every request would fail like this.
    pub(super) fn close(&self, why: &str, pause: Duration) {
        let until = Instant::now().checked_add(pause);
        self.lock().closed = until.map(|until| (until, why.to_owned()));
        self.shared.freed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the requests that are out; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    width: Width,
    round: u64,
}

impl Place {
    /// The request was answered well.
    pub(super) fn good(self) {
        self.width.lock().good(&self.width.shared.limits);
        self.width.shared.freed.notify_one();
    }

    /// The vendor complained and wants a wait; `why` is what those are told who wait in vain.
    pub(super) fn refused(&mut self, wait: Duration, why: &str) {
        let mut state = self.width.lock();
        state.refused(self.round, Pause { wait, why }, &self.width.shared.limits, Instant::now());
        // Its next request, if it keeps its place, belongs to the round after the halving.
        self.round = state.round;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.width.lock().taken -= 1;
        self.width.shared.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A width without a runtime: the number of places and what came of requests, at times that the test sets.
    struct Bench {
        limits: WidthLimits,
        state: State,
        now: Instant,
    }

    impl Bench {
        fn new(start: usize, most: usize) -> Self {
            let limits = WidthLimits { start, most, pause: SECOND };
            Self { limits, state: State::new(limits), now: Instant::now() }
        }

        fn look(&mut self) -> Sight {
            self.state.look(self.now)
        }

        fn good(&mut self) {
            self.state.taken -= 1;
            self.state.good(&self.limits);
        }

        fn refused(&mut self, round: u64, wait: u64, why: &str) {
            self.state.taken -= 1;
            let pause = Pause { wait: SECOND * u32::try_from(wait).unwrap(), why };
            self.state.refused(round, pause, &self.limits, self.now);
        }
    }

    #[test]
    fn it_grows_fast_until_the_first_complaint_and_slowly_after_it() {
        let mut bench = Bench::new(16, 20);
        for _ in 0..16 {
            assert_eq!(bench.look(), Sight::Free);
        }
        assert_eq!(bench.look(), Sight::Full);
        (0..16).for_each(|_| bench.good());
        assert_eq!(bench.state.width, 20, "8 more, but 20 is the most");
        bench.look();
        bench.refused(0, 0, "busy");
        assert_eq!(bench.state.width, 10);
        bench.now += SECOND;
        for _ in 0..39 {
            assert_eq!(bench.look(), Sight::Free);
            bench.good();
        }
        assert_eq!(bench.state.width, 11);
    }

    #[test]
    fn one_round_trip_halves_once_and_everyone_waits_as_long_as_asked() {
        let mut bench = Bench::new(16, 16);
        (0..16).for_each(|_| assert_eq!(bench.look(), Sight::Free));
        (0..16).for_each(|_| bench.refused(0, 7, "busy"));
        assert_eq!(bench.state.width, 8, "the width was halved once");
        assert_eq!(bench.look(), Sight::Held(bench.now + SECOND * 7));
        bench.now += SECOND * 7;
        (0..8).for_each(|_| assert_eq!(bench.look(), Sight::Free));
        assert_eq!(bench.look(), Sight::Full);
        bench.refused(1, 0, "busy");
        assert_eq!(bench.state.width, 4, "a new round halves again");
    }

    #[test]
    fn pauses_double_and_a_vendor_that_never_answers_is_given_up() {
        let mut bench = Bench::new(4, 4);
        let mut pauses = Vec::new();
        let why = loop {
            match bench.look() {
                Sight::Free => bench.refused(bench.state.round, 0, "it is down"),
                Sight::Held(until) => {
                    pauses.push((until - bench.now).as_secs());
                    bench.now = until;
                }
                Sight::Closed(why) => break why,
                Sight::Full => panic!("nothing is out"),
            }
        };
        assert!(why.starts_with("it is down, 8 times in a row"), "{why}");
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        bench.now += CLOSED;
        assert_eq!(bench.look(), Sight::Free);
        bench.good();
        assert_eq!((bench.state.width, bench.state.bad_rounds), (1, 0));
    }

    #[tokio::test]
    async fn places_are_given_in_the_order_of_arrival() {
        let width = Width::new(WidthLimits { start: 1, most: 1, ..WidthLimits::default() });
        let held = width.place().await.unwrap();
        let order = Mutex::new(Vec::new());
        let wait = |number: usize| {
            let (width, order) = (&width, &order);
            async move {
                let place = width.place().await.unwrap();
                order.lock().unwrap().push(number);
                place.good();
            }
        };
        let release = async { drop(held) };
        tokio::join!(wait(0), wait(1), wait(2), release);
        assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    }

    #[tokio::test]
    async fn one_vendor_has_one_width() {
        let widths = Widths::new(WidthLimits { start: 3, ..WidthLimits::default() });
        let _place = widths.of("a").place().await.unwrap();
        assert_eq!((widths.of("a").lock().taken, widths.of("b").lock().taken), (1, 0));
    }
}
