//! What the supervising process tells its parent over their socket: messages of eight bytes.

use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::SendFlags;

/// The size of a message in bytes.
pub(crate) const REPORT_BYTES: usize = 8;

/// One message from the supervising process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// The program runs.
    Started,
    /// A step of the set-up failed with this error number; the program was not run.
    Failed(Stage, i32),
    /// The program ended with this wait status.
    Ended(i32),
    /// The guard found that this entry of its list was made or replaced, and undid it.
    Violated(u16),
    /// Nothing of the command lives, and nothing is left to report. What is left to do is the kernel's: taking the namespaces
    /// down, and the copy of the parent's memory, takes longer than many a command.
    Over,
}

/// The steps of the set-up that can fail, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Supervise = 1,
    MapIdentity,
    PrivateMounts,
    ReadOnlyTree,
    WritablePlaces,
    ProtectedPaths,
    Devices,
    HiddenPlaces,
    Loopback,
    Fork,
    Session,
    Streams,
    WorkingDirectory,
    Capabilities,
    Landlock,
    Seccomp,
    Execute,
    Limits,
}

/// A step that failed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) stage: Stage,
    pub(crate) errno: Errno,
}

impl Stage {
    /// Every stage, in the order of the discriminants, which start at one.
    const ALL: [Self; 18] = [
        Self::Supervise,
        Self::MapIdentity,
        Self::PrivateMounts,
        Self::ReadOnlyTree,
        Self::WritablePlaces,
        Self::ProtectedPaths,
        Self::Devices,
        Self::HiddenPlaces,
        Self::Loopback,
        Self::Fork,
        Self::Session,
        Self::Streams,
        Self::WorkingDirectory,
        Self::Capabilities,
        Self::Landlock,
        Self::Seccomp,
        Self::Execute,
        Self::Limits,
    ];

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte).checked_sub(1)?).copied()
    }

    /// What was being done.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Supervise => "preparing the supervising process",
            Self::MapIdentity => "mapping user and group into the namespace",
            Self::PrivateMounts => "detaching the mounts from those of the system",
            Self::ReadOnlyTree => "making the file tree read-only",
            Self::WritablePlaces => "making the workspace writable",
            Self::ProtectedPaths => "making the protected paths read-only",
            Self::Devices => "mounting private devices",
            Self::HiddenPlaces => "hiding withheld files and the sockets of other programs",
            Self::Loopback => "raising the private loopback interface",
            Self::Fork => "starting the process of the command",
            Self::Session => "giving the command its own session",
            Self::Streams => "connecting the streams of the command",
            Self::WorkingDirectory => "entering the working directory",
            Self::Capabilities => "dropping capabilities",
            Self::Landlock => "entering the Landlock domain",
            Self::Seccomp => "installing the system call filter",
            Self::Execute => "executing the program",
            Self::Limits => "setting the limits of the program",
        }
    }

    /// Names the failing step of a system call's result.
    pub(crate) fn of<T>(self, result: Result<T, Errno>) -> Result<T, Fault> {
        result.map_err(|errno| Fault { stage: self, errno })
    }
}

impl Report {
    fn encode(self) -> [u8; REPORT_BYTES] {
        let (kind, stage, index, value) = match self {
            Self::Started => (1, 0, 0, 0),
            Self::Failed(stage, errno) => (2, stage as u8, 0, errno),
            Self::Ended(status) => (3, 0, 0, status),
            Self::Violated(index) => (4, 0, index, 0),
            Self::Over => (5, 0, 0, 0),
        };
        let [low, high] = index.to_le_bytes();
        let [a, b, c, d] = value.to_le_bytes();
        [kind, stage, low, high, a, b, c, d]
    }

    /// Reads a message; `None` when it is not one of ours.
    pub(crate) fn decode(bytes: [u8; REPORT_BYTES]) -> Option<Self> {
        let [kind, stage, low, high, a, b, c, d] = bytes;
        let value = i32::from_le_bytes([a, b, c, d]);
        match kind {
            1 => Some(Self::Started),
            2 => Some(Self::Failed(Stage::from_byte(stage)?, value)),
            3 => Some(Self::Ended(value)),
            4 => Some(Self::Violated(u16::from_le_bytes([low, high]))),
            5 => Some(Self::Over),
            _ => None,
        }
    }

    /// Sends it. Only a system call: safe between fork and exec. A parent that is gone needs no message.
    pub(crate) fn send(self, socket: BorrowedFd<'_>) {
        rustix::net::send(socket, &self.encode(), SendFlags::NOSIGNAL).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_survives_the_wire() {
        let failures = Stage::ALL.into_iter().map(|stage| Report::Failed(stage, 13));
        let others =
            [Report::Started, Report::Ended(0x0b00), Report::Ended(-1), Report::Violated(513), Report::Over];
        for report in failures.chain(others) {
            assert_eq!(Report::decode(report.encode()), Some(report));
        }
        assert_eq!(Report::decode([9; REPORT_BYTES]), None);
    }
}
