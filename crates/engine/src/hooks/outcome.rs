//! What several hooks of one point want together: a no beats a question, and a question beats a yes.

use serde_json::Value;

use super::output::{Said, Word};

/// Bytes that the hooks of one point together may say to the model.
const MOST_TOLD: usize = 64 * 1024;

/// Who said something, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reasoned {
    /// The hook, as a person knows it: its command, shortened.
    pub(crate) hook: String,
    /// Its reason; may be empty for a yes.
    pub(crate) reason: String,
}

/// What the hooks of one point want.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// One said no; its reasons in the order of the hooks.
    pub(crate) blocked: Vec<Reasoned>,
    /// One wants the person to be asked.
    pub(crate) asked: Option<Reasoned>,
    /// One said yes.
    pub(crate) allowed: Option<Reasoned>,
    /// The arguments that the last one wants instead.
    pub(crate) input: Option<Value>,
    /// Words for the model.
    pub(crate) told: Vec<String>,
    /// One wants the turn to end.
    pub(crate) halt: Option<Reasoned>,
    /// How many ran.
    pub(crate) ran: usize,
}

impl Outcome {
    /// Takes what one hook said into account. False when there was no room left for its words to the model.
    pub(super) fn take(&mut self, hook: &str, said: Said) -> bool {
        let by = |reason: String| Reasoned { hook: hook.to_owned(), reason };
        self.ran += 1;
        match said.word {
            Some(Word::Block(reason)) => self.blocked.push(by(reason)),
            Some(Word::Ask(reason)) => drop(self.asked.get_or_insert(by(reason))),
            Some(Word::Allow(reason)) => drop(self.allowed.get_or_insert(by(reason))),
            None => {}
        }
        self.input = said.input.or(self.input.take());
        if let Some(reason) = said.halt {
            self.halt.get_or_insert(by(reason));
        }
        said.told.is_none_or(|words| self.tell(words))
    }

    /// Adds words for the model; what another hook has said already is said.
    fn tell(&mut self, words: String) -> bool {
        if self.told.contains(&words) {
            return true;
        }
        let length: usize = self.told.iter().map(String::len).sum();
        let has_room = length + words.len() <= MOST_TOLD;
        self.told.extend(has_room.then_some(words));
        has_room
    }

    /// The first no, if any.
    pub(crate) fn no(&self) -> Option<&Reasoned> {
        self.blocked.first()
    }

    /// All noes as one text for the model.
    pub(crate) fn objections(&self) -> String {
        let lines: Vec<String> =
            self.blocked.iter().map(|no| format!("The hook `{}` objects: {}", no.hook, no.reason)).collect();
        lines.join("\n")
    }

    /// Whether the person is to be asked: no hook said no, and one wants it.
    pub(crate) fn asks(&self) -> Option<&Reasoned> {
        self.asked.as_ref().filter(|_| self.blocked.is_empty())
    }

    /// The yes that counts: nobody said no or wants the person to be asked.
    pub(crate) fn yes(&self) -> Option<&Reasoned> {
        self.allowed.as_ref().filter(|_| self.blocked.is_empty() && self.asked.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(word: Option<Word>) -> Said {
        Said { word, ..Said::default() }
    }

    #[test]
    fn s3_no_beats_a_question_and_a_question_beats_a_yes_in_any_order() {
        let words = [
            Some(Word::Allow("fine".into())),
            Some(Word::Ask("sure?".into())),
            Some(Word::Block("never".into())),
            None,
        ];
        for first in 0..words.len() {
            for second in 0..words.len() {
                let mut outcome = Outcome::default();
                outcome.take("a", said(words[first].clone()));
                outcome.take("b", said(words[second].clone()));
                let has = |index: usize| first == index || second == index;
                assert_eq!(outcome.no().is_some(), has(2), "{outcome:?}");
                assert_eq!(outcome.asks().is_some(), has(1) && !has(2), "{outcome:?}");
                assert_eq!(outcome.yes().is_some(), has(0) && !has(1) && !has(2), "{outcome:?}");
            }
        }
    }

    #[test]
    fn b6_words_are_said_once_and_those_beyond_the_room_are_left_out() {
        let with = |text: String| Said { told: Some(text), ..Said::default() };
        let mut outcome = Outcome::default();
        assert!(outcome.take("a", with("x".repeat(40_000))) && outcome.take("b", with("x".repeat(40_000))));
        assert!(!outcome.take("c", with("y".repeat(40_000))));
        assert!(outcome.take("d", with("short".into())));
        assert_eq!(outcome.told.iter().map(String::len).collect::<Vec<_>>(), [40_000, 5]);
    }

    #[test]
    fn b7_the_last_new_input_counts_and_all_words_reach_the_model() {
        let mut outcome = Outcome::default();
        let with = |command: &str| Said {
            input: Some(json!({"command": command})),
            told: Some(command.to_owned()),
            ..Said::default()
        };
        outcome.take("a", with("one"));
        outcome.take("b", with("two"));
        outcome.take("c", Said::default());
        assert_eq!(outcome.input, Some(json!({"command": "two"})));
        assert_eq!((outcome.told, outcome.ran), (vec!["one".to_owned(), "two".to_owned()], 3));
    }
}
