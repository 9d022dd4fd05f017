//! How a command ended, in words.

use std::time::Duration;

use headwater_sandbox::Exit;

use crate::text::how_long;

/// How a command ended.
pub(super) fn how(exit: Exit, duration: Duration) -> String {
    let long = how_long(duration);
    match exit {
        Exit::Code(code) => format!("exit code {code}, {long}"),
        Exit::Signal(signal) => format!("killed by signal {signal}, {long}"),
        Exit::TimedOut => {
            format!("timed out and was killed, {long}; set a longer timeout_s, or run it in the background")
        }
        Exit::Cancelled => "interrupted and killed".to_owned(),
        Exit::Stopped => "killed because it changed a protected path".to_owned(),
    }
}

/// The kind of end as the screen names it.
pub(super) fn kind(exit: Exit) -> &'static str {
    match exit {
        Exit::Code(_) => "code",
        Exit::Signal(_) => "signal",
        Exit::TimedOut => "timed_out",
        Exit::Cancelled => "cancelled",
        Exit::Stopped => "stopped",
    }
}
