//! The commands which people write as `*.md`: their arguments are put in once and never looked at again.

use crate::app::{App, Effect};

/// Sends the prompt of a command; nothing when there is none of that name.
pub(super) fn run(app: &mut App, name: &str, arguments: &str) -> Vec<Effect> {
    let command = app.config.commands.iter().find(|command| command.name == name);
    let prompt = command.map(|command| command.prompt(arguments));
    prompt.map_or_else(Vec::new, |prompt| app.send(prompt))
}

/// Puts the arguments in: `$ARGUMENTS` all of them, `$1` to `$9` single ones. A body which names none of these
/// gets them at its end.
pub(crate) fn expand(body: &str, arguments: &str) -> String {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let mut prompt = String::with_capacity(body.len() + arguments.len());
    let mut is_used = false;
    let mut pieces = body.split('$');
    prompt.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let number = piece.chars().next().and_then(|c| c.to_digit(10)).filter(|number| *number > 0);
        if let Some(rest) = piece.strip_prefix("ARGUMENTS") {
            prompt.push_str(arguments);
            prompt.push_str(rest);
            is_used = true;
        } else if let Some(place) = number.and_then(|number| usize::try_from(number - 1).ok()) {
            prompt.push_str(words.get(place).copied().unwrap_or_default());
            prompt.push_str(piece.get(1..).unwrap_or_default());
            is_used = true;
        } else {
            prompt.push('$');
            prompt.push_str(piece);
        }
    }
    if !is_used && !arguments.is_empty() {
        prompt.push_str("\n\n");
        prompt.push_str(arguments);
    }
    prompt
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn arguments_are_put_in_once() {
        let cases = [
            ("Review $1 for $2.", "a.rs speed", "Review a.rs for speed."),
            ("Do: $ARGUMENTS!", "x $1 $ARGUMENTS", "Do: x $1 $ARGUMENTS!"),
            ("Costs $5? $0 $$1", "a", "Costs ? $0 $a"),
            ("No place", "for these", "No place\n\nfor these"),
            ("No place", "", "No place"),
        ];
        for (body, arguments, expected) in cases {
            assert_eq!(expand(body, arguments), expected);
        }
    }
}
