//! Programs that end, change or outlive other processes.

use crate::judge::{Entry, Finding, Invocation, Risk, entry};

/// Processes and services.
pub(super) const FAMILY: &[Entry] = &[
    entry(Risk::ReadOnly, &["kill"], "it signals processes").judge(kill),
    entry(
        Risk::Process,
        &["pkill", "killall", "skill", "xkill", "fuser", "renice", "taskkill"],
        "it ends processes by name",
    ),
    entry(
        Risk::ReadOnly,
        &[
            "systemctl",
            "service",
            "launchctl",
            "rc-service",
            "supervisorctl",
            "pm2",
            "loginctl",
            "journalctl",
        ],
        "it shows services",
    )
    .judge(services),
    entry(
        Risk::Opaque,
        &[
            "tmux",
            "screen",
            "zellij",
            "at",
            "batch",
            "dtach",
            "abduco",
            "systemd-run",
            "script",
            "entr",
            "watchexec",
        ],
        "it runs commands out of sight",
    ),
    entry(Risk::Catastrophic, &["crontab"], "it changes what runs later on"),
    entry(
        Risk::Privilege,
        &["shutdown", "reboot", "halt", "poweroff", "init", "telinit"],
        "it stops this machine",
    ),
];

/// The shell's own jobs are its own business.
fn kill(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_own = |text: &str| text.starts_with('%') || matches!(text, "$!" | "${!}");
    let only_lists =
        invocation.arguments.iter().any(|word| matches!(word.text.as_str(), "-l" | "-L" | "--list"));
    if !only_lists && !invocation.operands().all(|word| is_own(&word.text)) {
        findings.push(Finding::new(Risk::Process, "it ends processes"));
    }
}

/// What is asked for stands first, or behind the name of the service.
fn services(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut operands = invocation.operands().map(|word| word.text.as_str());
    let only_shows = match (operands.next(), operands.next()) {
        (Some("status" | "list-units" | "is-active" | "show" | "cat" | "list"), _) => true,
        (Some(_), verb) => verb == Some("status"),
        (None, _) => false,
    };
    if !only_shows {
        findings.push(Finding::new(Risk::Privilege, "it changes services of this machine"));
    }
}
