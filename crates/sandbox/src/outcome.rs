//! How a command ended and what it left behind.

use std::fmt;
use std::time::Duration;

use crate::capture::Captured;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned this exit code, 0 to 255.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// Its deadline passed and it was killed.
    TimedOut,
    /// The caller cancelled it and it was killed.
    Cancelled,
    /// It made or replaced a protected path and was killed at once; the violations say which.
    Stopped,
}

impl Exit {
    /// Whether the command returned 0.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    /// The exit code a shell would report: 128 + n for a signal, 124 for a deadline (as `timeout(1)`), 130 for a
    /// cancelled and 126 for a stopped command.
    pub fn shell_code(self) -> u8 {
        let code = match self {
            Self::Code(code) => code & 0xff,
            Self::Signal(signal) => 128 + (signal & 0x7f),
            Self::TimedOut => 124,
            Self::Cancelled => 130,
            Self::Stopped => 126,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "exit code {code}"),
            Self::Signal(signal) => write!(formatter, "killed by signal {signal}"),
            Self::TimedOut => formatter.write_str("timed out"),
            Self::Cancelled => formatter.write_str("cancelled"),
            Self::Stopped => formatter.write_str("stopped: it touched a protected path"),
        }
    }
}

/// What a finished command left behind.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// What it wrote, stdout and stderr in one stream unless they were to be kept apart.
    pub output: Captured,
    /// What it wrote to stderr, where that was kept apart.
    pub errors: Captured,
    /// From the call to the end of the command, the set-up of the confinement included.
    pub duration: Duration,
    /// Protected paths that it changed and that were put back, one sentence each. Empty as a rule.
    pub violations: Vec<String>,
}
