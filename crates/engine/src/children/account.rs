//! What a mission's children may take, and what they have taken: calls, tokens, money, time.
//!
//! *Invariants:* a call is taken before it is made and a price reserved before its request goes out, from this account
//! and from every account above it, so that recursion can never spend what its root does not have.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headwater_protocol::repl::BudgetReport;
use headwater_protocol::{MissionBudget, Tokens, Usage, Usd};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What was consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Calls of children.
    pub calls: u32,
    /// Tokens, prompts and answers together.
    pub tokens: Tokens,
    /// Money, as far as known.
    pub cost: Usd,
    /// Time.
    pub time: Duration,
    /// Answers of the root.
    pub turns: u32,
}

/// Tokens and money of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charge {
    /// Tokens, prompt and answer together.
    pub tokens: Tokens,
    /// Money; zero when the price is unknown.
    pub cost: Usd,
}

impl Charge {
    /// What `usage` amounts to.
    pub fn of(usage: Usage, cost: Option<Usd>) -> Self {
        Self { tokens: usage.input + usage.output, cost: cost.unwrap_or_default() }
    }
}

/// The account of one mission or of one recursive child. Clones share it.
#[derive(Clone, Debug)]
pub struct Account {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    above: Option<Account>,
    began: Instant,
    state: Mutex<State>,
    /// Told when a reservation is settled; one for the whole family, since what is out above may be a cousin's.
    settled: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    limits: MissionBudget,
    spent: Spent,
    reserved: Charge,
}

/// What a reservation came to.
#[derive(Debug)]
enum Attempt {
    Granted,
    /// It would fit if requests that are out cost less than was reserved for them.
    Wait,
    Refused(String),
}

impl Account {
    /// An account with these limits, of which `spent` is used already.
    pub fn new(limits: MissionBudget, spent: Spent) -> Self {
        Self::below(None, limits, spent)
    }

    fn below(above: Option<Self>, limits: MissionBudget, spent: Spent) -> Self {
        let state = Mutex::new(State { limits, spent, reserved: Charge::default() });
        let settled = above.as_ref().map(|above| Arc::clone(&above.shared.settled)).unwrap_or_default();
        Self { shared: Arc::new(Shared { above, began: Instant::now(), state, settled }) }
    }

    /// An account of a recursive child: it has what is left here, and at most `most_calls` calls.
    #[must_use]
    pub fn nested(&self, most_calls: Option<u32>) -> Self {
        let left = self.report();
        let limits = self.lock().limits;
        let limits = MissionBudget {
            calls: most_calls.unwrap_or(u32::MAX).min(left.calls_left),
            tokens: left.tokens_left.map(Tokens),
            cost_usd: left.cost_left_usd.map(Usd),
            seconds: left.seconds_left,
            ..limits
        };
        Self::below(Some(self.clone()), limits, Spent::default())
    }

    /// Replaces the limits: the card was amended.
    pub fn amend(&self, limits: MissionBudget) {
        self.lock().limits = limits;
        self.shared.settled.notify_waiters();
    }

    /// The limits.
    pub fn limits(&self) -> MissionBudget {
        self.lock().limits
    }

    /// Counts an answer of the root.
    pub fn count_turn(&self) {
        self.lock().spent.turns += 1;
    }

    /// Charges what was not reserved: an answer of the root.
    pub fn charge(&self, charge: Charge) {
        self.each(|state| {
            state.spent.tokens += charge.tokens;
            state.spent.cost += charge.cost;
        });
    }

    /// What is used and what is left, here and above.
    pub fn report(&self) -> BudgetReport {
        let elapsed = self.elapsed();
        let state = self.lock();
        let State { limits, spent, reserved } = &*state;
        let own = BudgetReport {
            calls: spent.calls,
            calls_left: limits.calls.saturating_sub(spent.calls),
            tokens: spent.tokens.0,
            tokens_left: limits
                .tokens
                .map(|most| most.0.saturating_sub(spent.tokens.0).saturating_sub(reserved.tokens.0)),
            cost_usd: spent.cost.0,
            cost_left_usd: limits.cost_usd.map(|most| (most.0 - spent.cost.0 - reserved.cost.0).max(0.0)),
            seconds: elapsed.as_secs(),
            seconds_left: Duration::from_secs(limits.seconds).saturating_sub(elapsed).as_secs(),
            turns: spent.turns,
            turns_left: limits.iterations.saturating_sub(spent.turns),
        };
        drop(state);
        match &self.shared.above {
            Some(above) => least(own, above.report()),
            None => own,
        }
    }

    /// When the time is up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (limits, spent) = {
            let state = self.lock();
            (state.limits, state.spent)
        };
        let own = Duration::from_secs(limits.seconds).saturating_sub(spent.time);
        let own = self.shared.began.checked_add(own);
        let above = self.shared.above.as_ref().and_then(Self::deadline);
        own.into_iter().chain(above).min()
    }

    /// Takes so many calls, or says how many are left.
    pub(super) fn take_calls(&self, count: u32) -> Result<(), u32> {
        {
            let mut state = self.lock();
            let left = state.limits.calls.saturating_sub(state.spent.calls);
            if count > left {
                return Err(left);
            }
            state.spent.calls += count;
        }
        let Some(above) = &self.shared.above else { return Ok(()) };
        above.take_calls(count).inspect_err(|_| self.lock().spent.calls -= count)
    }

    /// Gives back calls that were not made.
    pub(super) fn return_calls(&self, count: u32) {
        self.each(|state| state.spent.calls = state.spent.calls.saturating_sub(count));
    }

    /// Sets `estimate` aside, waiting while requests that are out may turn out cheaper than was set aside for them.
    /// The error says in one sentence what is spent.
    pub(super) async fn reserve(&self, estimate: Charge) -> Result<Reservation, String> {
        loop {
            let settled = self.shared.settled.notified();
            tokio::pin!(settled);
            // From here on a settlement is not missed.
            settled.as_mut().enable();
            match self.try_reserve(estimate) {
                Attempt::Granted => return Ok(Reservation { account: self.clone(), estimate }),
                Attempt::Refused(why) => return Err(why),
                Attempt::Wait => settled.await,
            }
        }
    }

    fn try_reserve(&self, estimate: Charge) -> Attempt {
        {
            let mut state = self.lock();
            match state.judge(estimate) {
                Attempt::Granted => state.reserved = state.reserved.plus(estimate),
                other => return other,
            }
        }
        let Some(above) = &self.shared.above else { return Attempt::Granted };
        let attempt = above.try_reserve(estimate);
        if !matches!(attempt, Attempt::Granted) {
            let mut state = self.lock();
            state.reserved = state.reserved.minus(estimate);
        }
        attempt
    }

    fn settle(&self, reserved: Charge, actual: Charge) {
        self.each(|state| {
            state.reserved = state.reserved.minus(reserved);
            state.spent.tokens += actual.tokens;
            state.spent.cost += actual.cost;
        });
    }

    /// Changes this account and all above it, and wakes who waits for a settlement.
    fn each(&self, change: impl Fn(&mut State)) {
        let mut next = Some(self);
        while let Some(account) = next {
            change(&mut account.lock());
            next = account.shared.above.as_ref();
        }
        self.shared.settled.notify_waiters();
    }

    fn elapsed(&self) -> Duration {
        let before = self.lock().spent.time;
        self.shared.began.elapsed() + before
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge(&self, estimate: Charge) -> Attempt {
        let tokens = self.limits.tokens.map(|most| (most.0, self.spent.tokens.0));
        if let Some((most, spent)) = tokens {
            if spent.saturating_add(estimate.tokens.0) > most {
                return Attempt::Refused(format!(
                    "the budget is spent: {spent} of {most} tokens are used and this needs about {}; it was not asked",
                    estimate.tokens.0
                ));
            }
            if spent.saturating_add(self.reserved.tokens.0).saturating_add(estimate.tokens.0) > most {
                return Attempt::Wait;
            }
        }
        let Some(most) = self.limits.cost_usd else { return Attempt::Granted };
        let spent = self.spent.cost + estimate.cost;
        if spent.0 > most.0 {
            return Attempt::Refused(format!(
                "the budget is spent: {} of {most} are used and this may cost {}; it was not asked",
                self.spent.cost, estimate.cost
            ));
        }
        if spent.0 + self.reserved.cost.0 > most.0 { Attempt::Wait } else { Attempt::Granted }
    }
}

impl Charge {
    fn plus(self, other: Self) -> Self {
        Self { tokens: self.tokens + other.tokens, cost: self.cost + other.cost }
    }

    fn minus(self, other: Self) -> Self {
        let tokens = Tokens(self.tokens.0.saturating_sub(other.tokens.0));
        // Sums of floats come back to about nothing: what is left below a millionth of a cent is nothing.
        let cost = self.cost.0 - other.cost.0;
        Self { tokens, cost: Usd(if cost < 1e-8 { 0.0 } else { cost }) }
    }

    fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What is set aside for one request; dropped unsettled it is given back whole.
#[derive(Debug)]
pub(super) struct Reservation {
    account: Account,
    estimate: Charge,
}

impl Reservation {
    /// Replaces what was set aside by what it really took.
    pub(super) fn settle(mut self, actual: Charge) {
        self.account.settle(std::mem::take(&mut self.estimate), actual);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.estimate.is_nothing() {
            self.account.settle(self.estimate, Charge::default());
        }
    }
}

fn least(own: BudgetReport, above: BudgetReport) -> BudgetReport {
    let both = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    BudgetReport {
        calls_left: own.calls_left.min(above.calls_left),
        tokens_left: both(own.tokens_left, above.tokens_left),
        cost_left_usd: own.cost_left_usd.into_iter().chain(above.cost_left_usd).reduce(f64::min),
        seconds_left: own.seconds_left.min(above.seconds_left),
        ..own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(tokens: u64, cost: f64) -> Charge {
        Charge { tokens: Tokens(tokens), cost: Usd(cost) }
    }

    fn account(budget: MissionBudget) -> Account {
        Account::new(budget, Spent::default())
    }

    #[tokio::test]
    async fn calls_are_taken_from_every_account_above() {
        let root = account(MissionBudget { calls: 10, ..MissionBudget::default() });
        let child = root.nested(Some(8));
        let grandchild = child.nested(None);
        assert_eq!(grandchild.take_calls(9), Err(8));
        grandchild.take_calls(5).unwrap();
        root.take_calls(4).unwrap();
        assert_eq!(child.take_calls(3), Err(1), "the root has one left");
        assert_eq!((child.report().calls, child.report().calls_left, root.report().calls), (5, 1, 9));
        grandchild.return_calls(5);
        assert_eq!(root.report().calls_left, 6);
    }

    #[tokio::test]
    async fn money_is_set_aside_and_settled() {
        let root = account(MissionBudget { cost_usd: Some(Usd(1.0)), ..MissionBudget::default() });
        let first = root.reserve(charge(10, 0.6)).await.unwrap();
        assert!(matches!(root.try_reserve(charge(10, 0.6)), Attempt::Wait));
        assert!(matches!(root.try_reserve(charge(10, 1.1)), Attempt::Refused(_)));
        let waiting = root.reserve(charge(10, 0.6));
        let settling = async { first.settle(charge(10, 0.2)) };
        let (second, ()) = tokio::join!(waiting, settling);
        second.unwrap().settle(charge(10, 0.6));
        let why = root.reserve(charge(10, 0.6)).await.unwrap_err();
        assert!(why.contains("$0.80 of $1.00"), "{why}");
        assert!((root.report().cost_left_usd.unwrap() - 0.2).abs() < 1e-9);
    }

    #[tokio::test]
    async fn a_reservation_that_is_dropped_costs_nothing() {
        let root = account(MissionBudget { tokens: Some(Tokens(100)), ..MissionBudget::default() });
        let child = root.nested(None);
        drop(child.reserve(charge(90, 0.0)).await.unwrap());
        assert_eq!((child.report().tokens_left, root.report().tokens_left), (Some(100), Some(100)));
        child.reserve(charge(90, 0.0)).await.unwrap().settle(charge(95, 0.0));
        assert_eq!(root.report().tokens, 95);
        assert!(root.reserve(charge(6, 0.0)).await.unwrap_err().contains("95 of 100 tokens"));
        root.amend(MissionBudget { tokens: Some(Tokens(200)), ..MissionBudget::default() });
        root.reserve(charge(6, 0.0)).await.unwrap();
    }

    #[test]
    fn time_that_was_used_before_counts() {
        let spent = Spent { time: Duration::from_mins(1), ..Spent::default() };
        let root = Account::new(MissionBudget { seconds: 100, ..MissionBudget::default() }, spent);
        let report = root.report();
        assert!((60..65).contains(&report.seconds) && (35..=40).contains(&report.seconds_left), "{report:?}");
        let until = root.nested(None).deadline().unwrap() - Instant::now();
        assert!((35..=40).contains(&until.as_secs()), "{until:?}");
    }
}
