//! Waits: for a screen, for text to come or go, for the end. Each has a deadline, and shows the grid when it fails.

use super::process::State;
use super::{Exit, Screen, Terminal};
use crate::DEADLINE;
use std::sync::PoisonError;
use std::time::Duration;

impl Terminal {
    /// Waits until the screen satisfies `is_met`, and returns it; `what` names the wait in the failure.
    #[track_caller]
    pub fn wait_for(&self, is_met: impl Fn(&Screen) -> bool, what: &str, deadline: Duration) -> Screen {
        let (screen, is_over) = self.wait_until(deadline, |state| is_met(&state.presented));
        assert!(is_met(&screen), "{}\n{screen}", failure(what, deadline, is_over));
        screen
    }

    /// Waits until some row holds this text.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) -> Screen {
        self.wait_for(|screen| screen.contains(text), &format!("the text {text:?}"), DEADLINE)
    }

    /// Waits until no row holds this text.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> Screen {
        self.wait_for(|screen| !screen.contains(text), &format!("the text {text:?} to go"), DEADLINE)
    }

    /// Waits until the bytes written so far satisfy `is_met`, and returns them.
    #[track_caller]
    pub fn wait_for_bytes(&self, is_met: impl Fn(&[u8]) -> bool, what: &str, deadline: Duration) -> Vec<u8> {
        let (screen, is_over) = self.wait_until(deadline, |state| is_met(&state.raw));
        let bytes = self.bytes_written();
        assert!(is_met(&bytes), "{}\n{screen}", failure(what, deadline, is_over));
        bytes
    }

    /// Waits until the program has ended and all its output is read.
    #[track_caller]
    pub fn wait_exit(&self) -> Exit {
        let (screen, is_over) = self.wait_until(DEADLINE, State::is_over);
        assert!(is_over, "{}\n{screen}", failure("the end of the program", DEADLINE, is_over));
        self.process.shared.state().exit.clone().expect("the program has ended")
    }

    /// The screen when `is_met`, when the program has ended or when the deadline has passed, and whether it has ended.
    fn wait_until(&self, deadline: Duration, is_met: impl Fn(&State) -> bool) -> (Screen, bool) {
        let shared = &self.process.shared;
        let goes_on = |state: &mut State| !is_met(state) && !state.is_over();
        let waited = shared.changed.wait_timeout_while(shared.state(), deadline, goes_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (state.presented.clone(), state.is_over())
    }
}

fn failure(what: &str, deadline: Duration, is_over: bool) -> String {
    if is_over {
        format!("the program ended before {what}")
    } else {
        format!("waited {deadline:?} for {what}")
    }
}
