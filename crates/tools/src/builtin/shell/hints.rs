//! Failures that come from the sandbox, told to a model which would else look for them in its command.

use std::path::PathBuf;

use headwater_sandbox::Mechanism;

/// What programs say when they do not reach the network.
const OFFLINE: &[&str] = &[
    "could not resolve",
    "couldn't resolve",
    "couldn't connect to server",
    "temporary failure in name resolution",
    "name or service not known",
    "network is unreachable",
    "no such host",
    "getaddrinfo",
    "enotfound",
    "eai_again",
    "failed to lookup address",
    "nodename nor servname",
    "dns error",
    "unable to connect to",
    "failed to establish a new connection",
    "socket: operation not permitted",
];

/// What programs say when they may not write.
const READ_ONLY: &[&str] = &["read-only file system"];

/// Notes on a command that failed with this output.
pub(super) fn notes(output: &str, is_offline: bool) -> Vec<String> {
    let output = output.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| output.contains(phrase));
    let mut notes = Vec::new();
    if is_offline && says(OFFLINE) {
        notes.push(
            "Commands have no network here, and this failure looks like that. Do not try other ways to reach it. If the task needs the network, say which command needs it and why, and let the person decide."
                .to_owned(),
        );
    }
    if says(READ_ONLY) {
        notes.push(
            "The sandbox lets commands write only where the mode allows: nowhere in Plan, else the workspace and temporary directories, without the protected paths. If the task needs more, say so to the person."
                .to_owned(),
        );
    }
    notes
}

/// A note on a command that failed at a file which was hidden from it.
pub(super) fn hidden(output: &str, files: &[PathBuf]) -> Option<String> {
    let names = files.iter().filter_map(|file| file.file_name()?.to_str());
    let name = names.into_iter().find(|name| output.contains(name))?;
    Some(format!(
        "{name} is withheld: a command that does not name it cannot read it here. If the task needs it, a command that names it \
         asks the person."
    ))
}

/// A note on a command that failed at what the program keeps for itself.
pub(super) fn kept(output: &str, places: &[PathBuf]) -> Option<String> {
    let place =
        places.iter().map(|place| place.display().to_string()).find(|place| output.contains(place))?;
    Some(format!(
        "{place} is where sessions and settings are kept: no command reads or changes it, whatever it names. What a result has \
         stored is read with read and its blob."
    ))
}

/// A note on a command that failed where it may have read what it made itself, which Landlock forbids beside what is withheld.
pub(super) fn beside(output: &str, withheld: [&[PathBuf]; 2], mechanism: Mechanism) -> Option<String> {
    let is_landlock = matches!(mechanism, Mechanism::Landlock { .. });
    let is_beside = withheld.iter().any(|paths| !paths.is_empty());
    let is_refused = output.to_lowercase().contains("permission denied");
    (is_landlock && is_beside && is_refused).then(|| {
        "A file that a command makes in a directory with a withheld file can be read from the next command on, not by \
         itself: make it in one call and read it in another, or make it in a directory of its own."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_a_failure_at_a_hidden_file_says_why() {
        let files = [PathBuf::from("/w/.env")];
        assert!(
            hidden("cat: .env: Permission denied", &files)
                .is_some_and(|note| note.starts_with(".env is withheld"))
        );
        assert_eq!(hidden("assertion failed", &files), None);
        assert_eq!(hidden("cat: .env: Permission denied", &[]), None);
    }

    #[test]
    fn p5_a_failure_at_what_is_kept_and_beside_the_withheld_says_why() {
        let places = [PathBuf::from("/home/a/.local/state/headwater")];
        let said = "cat: /home/a/.local/state/headwater/sessions: Permission denied";
        assert!(
            kept(said, &places).is_some() && kept("cat: headwater: Permission denied", &places).is_none()
        );
        let landlock = Mechanism::Landlock { abi: 6 };
        assert!(beside(said, [&[], &places], landlock).is_some());
        assert!(beside(said, [&[], &[]], landlock).is_none());
        assert!(beside(said, [&places, &[]], Mechanism::Namespaces).is_none());
        assert!(beside("assertion failed", [&places, &[]], landlock).is_none());
    }

    #[test]
    fn only_failures_that_look_like_the_sandbox_are_explained() {
        let table = [
            ("curl: (6) Could not resolve host: example.com", true, 1),
            ("curl: (6) Could not resolve host: example.com", false, 0),
            ("npm error code EAI_AGAIN", true, 1),
            ("touch: cannot touch '/etc/x': Read-only file system", true, 1),
            ("assertion failed", true, 0),
        ];
        for (output, is_offline, expected) in table {
            assert_eq!(notes(output, is_offline).len(), expected, "{output}");
        }
    }
}
