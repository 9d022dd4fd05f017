//! Programs that reach the network.

use crate::judge::{Entry, Finding, Flag, Invocation, Risk, entry};
use crate::paths::Place;
use crate::shell::Word;

/// Clients, transfers and diagnosis.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::Network,
        &["curl", "wget", "http", "https", "httpie", "xh", "aria2c", "axel"],
        "it reaches the network",
    )
    .judge(output)
    .flags(&[
        Flag::new("-K", Risk::Opaque, "its options are in a file"),
        Flag::new("--config", Risk::Opaque, "its options are in a file"),
        Flag::new("--use-askpass", Risk::Opaque, "it runs another program"),
        Flag::new("--execute", Risk::Opaque, "it sets any option"),
    ]),
    entry(Risk::Network, &["ssh", "mosh", "telnet", "rsh", "rlogin"], "it works on another machine")
        .judge(connection),
    entry(Risk::Network, &["scp", "sftp", "ftp", "lftp", "croc"], "it copies from or to another machine")
        .judge(connection),
    entry(
        Risk::Network,
        &[
            "ping",
            "ping6",
            "dig",
            "host",
            "nslookup",
            "whois",
            "traceroute",
            "tracepath",
            "mtr",
            "nmap",
            "nc",
            "ncat",
            "netcat",
            "socat",
            "openssl",
            "websocat",
            "grpcurl",
            "dog",
            "iperf3",
            "tcpdump",
        ],
        "it reaches the network",
    ),
    entry(Risk::ReadOnly, &["ss", "netstat", "ifconfig", "arp"], "it shows connections"),
    entry(Risk::Publish, &["mail", "mailx", "sendmail", "mutt", "msmtp"], "it sends mail"),
    entry(Risk::Local, &["open", "xdg-open", "start"], "it opens another program"),
];

/// Files it writes besides its output.
fn output(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut is_target = false;
    for word in invocation.arguments {
        if is_target && !matches!(invocation.place(word), Place::Sink | Place::Inside | Place::Scratch) {
            findings.push(crate::judge::write_finding(word, invocation.place(word)));
        }
        is_target = matches!(
            word.text.as_str(),
            "-o" | "-O" | "--output" | "-P" | "--output-document" | "-c" | "--cookie-jar" | "-D"
        );
        if let Some(path) = word
            .text
            .strip_prefix("--output=")
            .or_else(|| word.text.strip_prefix("-o").filter(|path| !path.is_empty()))
        {
            let target = Word { text: path.to_owned(), ..word.clone() };
            findings.push(crate::judge::write_finding(&target, invocation.place(&target)));
        }
    }
}

/// `-o ProxyCommand=…` and the like run a program here.
fn connection(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let runs = |word: &Word| {
        let text = word.text.to_lowercase();
        text.contains("proxycommand") || text.contains("localcommand") || text.contains("proxyusefdpass")
    };
    if invocation.arguments.iter().any(runs) {
        findings.push(Finding::new(Risk::Opaque, "an option makes it run another program here"));
    }
}
