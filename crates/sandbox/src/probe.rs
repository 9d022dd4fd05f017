//! Which confinement this machine really offers, found by trying it and never by looking at a version.

use std::fmt;

use crate::profile::Profile;

/// The mechanism that confines commands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// User, mount, process and network namespaces of our own, with dropped capabilities and a seccomp filter.
    Namespaces,
    /// The same, set up by the `bwrap` program.
    Bubblewrap,
    /// A Landlock domain and a seccomp filter; protected paths are restored after the command.
    Landlock {
        /// The version of the Landlock interface of the kernel, 1 or more.
        abi: u8,
    },
    /// Nothing: commands run unconfined, and each one must be asked for.
    None,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespaces => formatter.write_str("namespaces"),
            Self::Bubblewrap => formatter.write_str("bubblewrap"),
            Self::Landlock { abi } => write!(formatter, "landlock v{abi}"),
            Self::None => formatter.write_str("no sandbox"),
        }
    }
}

/// What was found, and why nothing better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The mechanism that is used for every confined command.
    pub mechanism: Mechanism,
    /// Whether a profile without network is really enforced.
    pub network_filter: bool,
    /// Why a better mechanism is refused and what to do about it, one sentence or two each, best mechanism first.
    pub reasons: Vec<String>,
}

/// Every mechanism that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// One probe for each that works, best first.
    pub working: Vec<Probe>,
    /// Why each of the others does not and what to do about it, best mechanism first. Each begins with the name of the
    /// mechanism.
    pub reasons: Vec<String>,
}

impl Probe {
    /// Tries the mechanisms from the best to the worst, each by running `true` in it. Takes 5 to 30 ms; call it once,
    /// off the path of the first frame.
    pub fn detect() -> Self {
        crate::platform::detect()
    }

    /// Tries every mechanism, also those behind the first that works. For `doctor` and for tests.
    pub fn detect_all() -> Survey {
        crate::platform::detect_all()
    }

    /// Whether commands under `profile` are really confined here. An unconfined profile is always as it says.
    pub fn enforces(&self, profile: Profile) -> bool {
        match (profile, self.mechanism) {
            (Profile::Unconfined, _) => true,
            (_, Mechanism::None) => false,
            (profile, Mechanism::Namespaces | Mechanism::Bubblewrap | Mechanism::Landlock { .. }) => {
                profile.has_network() || self.network_filter
            }
        }
    }

    /// What is enforced under `profile`, for a status line: `workspace write, no network (namespaces)`.
    pub fn describe(&self, profile: Profile) -> String {
        let promise = match profile {
            Profile::Unconfined => return "unconfined".to_owned(),
            Profile::ReadOnly => "read only, no network",
            Profile::WorkspaceWrite { network: false } => "workspace write, no network",
            Profile::WorkspaceWrite { network: true } => "workspace write, network on",
        };
        if self.enforces(profile) {
            format!("{promise} ({})", self.mechanism)
        } else {
            format!("NOT ENFORCED: {promise} ({})", self.mechanism)
        }
    }
}
