//! The prompt on the command line: words joined, and a mistyped command told from a message.

use clap::CommandFactory as _;

use super::Arguments;
use crate::user_error::UserError;

/// The words of a prompt, joined; none when there are none.
pub(crate) fn joined(words: &[String]) -> Option<String> {
    let text = words.join(" ");
    (!text.trim().is_empty()).then_some(text)
}

/// How similar (Jaro-Winkler) a word must be to a command to be taken for a slip of the fingers.
const NEAR: f64 = 0.88;

/// Refuses a prompt whose first word is nearly a command: `headwater exce "…"` would otherwise open the screen.
pub(crate) fn check_for_typo(words: &[String]) -> Result<(), UserError> {
    let Some(first) = words.first().filter(|word| !word.contains(char::is_whitespace)) else { return Ok(()) };
    let command = Arguments::command();
    let similarity = |name: &str| strsim::jaro_winkler(first, name);
    let names = command.get_subcommands().map(clap::Command::get_name);
    match names.max_by(|a, b| similarity(a).total_cmp(&similarity(b))) {
        Some(near) if similarity(near) >= NEAR => {
            Err(UserError::usage(format!("there is no command \"{first}\"; did you mean \"{near}\"?"))
                .hint(format!("If it begins a message, put the message in quotes: headwater \"{first} …\"")))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_command_is_told_from_a_message() {
        let words = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        for (typed, near) in
            [("exce|x", "exec"), ("session", "sessions"), ("docter", "doctor"), ("logni", "login")]
        {
            let error = check_for_typo(&words(typed)).unwrap_err();
            assert!(error.message.contains(&format!("did you mean \"{near}\"?")), "{typed}: {error}");
        }
        for message in ["fix|the|test", "fix the test", "explain", "exce the thing", "why"] {
            check_for_typo(&words(message)).unwrap_or_else(|error| panic!("{message}: {error}"));
        }
        assert!(check_for_typo(&[]).is_ok());
    }
}
