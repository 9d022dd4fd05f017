//! Keys in a real keyring: gnome-keyring on a session bus of its own, unlocked and locked.

use headwater_testkit::workspace::{Finished, spawn};

use crate::support::{left_out, workspace};

/// Programs the tests need; most machines without a desktop lack them.
const NEEDED: [&str; 3] = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"];

const UNLOCK: &str = "printf pass | gnome-keyring-daemon --unlock --components=secrets >&2";
const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >&2";

/// Runs these commands of a shell on a session bus, `$headwater` being the program; `None` where that cannot be.
fn on_a_bus(lines: &[&str]) -> Option<Finished> {
    let workspace = workspace();
    let has = |program: &&str| {
        workspace.sealed("which").arg(program).output().is_ok_and(|found| found.status.success())
    };
    if !NEEDED.iter().all(has) {
        left_out(&format!("one of {} is not installed: a real keyring", NEEDED.join(", ")));
        return None;
    }
    let binary = workspace.command().get_program().to_owned();
    let mut command = workspace.sealed("dbus-run-session");
    // Sealed into one directory, the program leaves the keyring alone.
    command.env_remove("HEADWATER_HOME").env("headwater", binary).env("XDG_RUNTIME_DIR", workspace.home());
    command.args(["--", "sh", "-c", &lines.join("\n")]);
    Some(spawn(&mut command).finish(headwater_testkit::DEADLINE))
}

#[test]
fn a_key_is_kept_in_an_unlocked_keyring_and_leaves_no_file() {
    let Some(finished) = on_a_bus(&[
        UNLOCK,
        "echo sk-secret | $headwater login deepseek",
        "$headwater doctor | grep DeepSeek",
        "find $HOME -name credentials.toml",
        "$headwater logout deepseek; echo code $?",
        "$headwater doctor | grep DeepSeek",
    ]) else {
        return;
    };
    let expected = "The key of DeepSeek is stored in the keyring of the system.
  ok       DeepSeek: in the keyring of the system
The key of DeepSeek was removed from the keyring of the system.
code 0
  note     DeepSeek: none: set DEEPSEEK_API_KEY or `headwater login deepseek`
";
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
}

#[test]
fn a_key_in_a_locked_keyring_is_never_called_gone() {
    let Some(finished) = on_a_bus(&[
        UNLOCK,
        "echo sk-old | $headwater login deepseek",
        LOCK,
        "$headwater doctor | grep -A1 DeepSeek",
        "$headwater logout deepseek; echo code $?",
        "echo sk-new | $headwater login deepseek 2>&1 | grep warning",
        // Unlocked again, the keyring has the older of the two keys.
        UNLOCK,
        "$headwater doctor | grep -c 'DeepSeek: in .*credentials.toml (readable by you only)'",
    ]) else {
        return;
    };
    let expected = "The key of DeepSeek is stored in the keyring of the system.
  PROBLEM  DeepSeek: a key of deepseek lies in the keyring of the system, which is locked
           Unlock the keyring, then try again. Or set DEEPSEEK_API_KEY.
code 6
warning: the keyring of the system is locked, so the key lies in a file
1
";
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
}
