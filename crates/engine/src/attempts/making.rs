//! Making a call: once, as a rule; again when it failed only for now and nothing can have been done twice.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use headwater_protocol::events::AttemptFailed;
use headwater_protocol::{AnyTool, Cancel, Capability, ToolContext, ToolOutcome, Transient};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::delay::delay;
use super::purse::Share;

/// How long after its first attempt a call may be attempted again (HARNESS L2).
const WINDOW: Duration = Duration::from_secs(30);
/// How long a call whose time is up may take to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// A call that is to be made.
pub(crate) struct Making {
    pub(crate) tool: Arc<dyn AnyTool>,
    pub(crate) capability: Capability,
    pub(crate) input: Value,
    pub(crate) context: ToolContext,
    /// Attempts in all.
    pub(crate) attempts: u32,
}

/// Makes the call; each attempt that failed for now is told, and written down when `tell` is done. A cancel ends a wait at
/// once.
pub(crate) async fn make(
    call: Making,
    tell: impl Fn(AttemptFailed) -> BoxFuture<'static, ()> + Send,
) -> ToolOutcome {
    let Making { tool, capability, input, context, attempts } = call;
    let began = Instant::now();
    let mut attempt = 1;
    loop {
        let outcome = tool.run(input.clone(), context.clone()).await;
        let Some(failure) = outcome.failure.filter(|_| !context.cancel.is_cancelled()) else {
            return outcome;
        };
        let wait = delay(&context.call, attempt, failure.retry_after);
        let is_again = attempt < attempts
            && is_safe(capability, failure)
            && began.elapsed().saturating_add(wait) < WINDOW;
        let failed = AttemptFailed {
            call: context.call.clone(),
            attempt,
            delay_millis: is_again.then(|| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            text: outcome.model_text.clone(),
        };
        tell(failed).await;
        if !is_again {
            return told_of(outcome, attempt);
        }
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => return outcome,
            () = sleep(wait) => attempt += 1,
        }
    }
}

/// Whether the same call can do no harm when it is made again.
fn is_safe(capability: Capability, failure: Transient) -> bool {
    failure.had_no_effect || capability == Capability::Read
}

/// What the model reads of a call that went on failing.
fn told_of(outcome: ToolOutcome, attempts: u32) -> ToolOutcome {
    if attempts == 1 {
        return outcome;
    }
    let model_text = format!(
        "{}\n(It was attempted {attempts} times and failed for now each time.)",
        outcome.model_text.trim_end()
    );
    ToolOutcome { model_text, ..outcome }
}

/// Does the work in its share of the time that is left, where there is a limit; `cancel` ends it.
pub(crate) async fn within(
    share: Option<Share>,
    cancel: Cancel,
    work: impl Future<Output = ToolOutcome>,
) -> ToolOutcome {
    let Some(share) = share else { return work.await };
    let began = Instant::now();
    let mut work = pin!(work);
    tokio::select! {
        biased;
        outcome = &mut work => return outcome,
        () = share.spent() => {}
    }
    let took = began.elapsed();
    cancel.cancel();
    let ended = timeout(GRACE, work).await.unwrap_or_else(|_| ToolOutcome::error(""));
    let said = ended.model_text.trim_end();
    let said = if said.is_empty() { String::new() } else { format!("\n\n{said}") };
    let model_text = format!(
        "Ended after {:.1} s: this tool's calls have used up the time they may take in a turn (max_time in [tools]). \
         Whether the call took effect is unknown: look before it is repeated.{said}",
        took.as_secs_f64()
    );
    ToolOutcome { model_text, is_error: true, failure: None, ..ended }
}
