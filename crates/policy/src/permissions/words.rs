//! Command patterns: words, and `*` for any words.

use crate::shell::Word;

/// The pattern of a `Bash(…)` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WordPattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Exactly this word.
    Exactly(String),
    /// A word in which `*` stands for any part.
    Like(String),
    /// Any words, also none.
    Rest,
}

/// How careful a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// For allow rules: what is not known does not match, and `..` hides in no `*`.
    Narrow,
    /// For deny and ask rules: also by the plain name of a program that is given with its path.
    Wide,
}

impl WordPattern {
    /// Reads a pattern; quotes keep words together.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.strip_suffix(":*").map_or_else(|| text.to_owned(), |prefix| format!("{prefix} *"));
        let words =
            shlex::split(&text).unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect());
        let mut pieces: Vec<Piece> = words.into_iter().map(piece).collect();
        if let Some(Piece::Like(last)) = pieces.last()
            && last.ends_with('*')
        {
            pieces.push(Piece::Rest);
        }
        Self(pieces)
    }

    /// Whether a command matches.
    pub(crate) fn matches(&self, words: &[Word], strictness: Strictness) -> bool {
        matches_pieces(&self.0, words, strictness, true)
    }

    /// Whether it matches every command.
    pub(crate) fn is_everything(&self) -> bool {
        matches!(self.0.as_slice(), [Piece::Rest])
    }

    /// Whether it matches none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it leaves any words open.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.iter().all(|piece| matches!(piece, Piece::Exactly(_)))
    }

    /// The program, if it names one for certain.
    pub(crate) fn program(&self) -> Option<&str> {
        match self.0.first() {
            Some(Piece::Exactly(program)) => Some(program.as_str()),
            Some(Piece::Like(_) | Piece::Rest) | None => None,
        }
    }

    /// The words that any match must contain; patterns inside words count without their `*`.
    pub(crate) fn fixed_words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Exactly(word) => Some(word.as_str()),
            Piece::Like(_) | Piece::Rest => None,
        })
    }
}

fn piece(word: String) -> Piece {
    match word.as_str() {
        "*" => Piece::Rest,
        text if text.contains('*') => Piece::Like(word),
        _ => Piece::Exactly(word),
    }
}

fn matches_pieces(pieces: &[Piece], words: &[Word], strictness: Strictness, is_program: bool) -> bool {
    let Some((piece, more)) = pieces.split_first() else { return words.is_empty() };
    if *piece == Piece::Rest {
        if more.is_empty() {
            return true;
        }
        return (0..=words.len()).any(|skipped| {
            matches_pieces(more, words.get(skipped..).unwrap_or_default(), strictness, false)
        });
    }
    let Some((word, rest)) = words.split_first() else { return false };
    matches_word(piece, word, strictness, is_program) && matches_pieces(more, rest, strictness, false)
}

fn matches_word(piece: &Piece, word: &Word, strictness: Strictness, is_program: bool) -> bool {
    if strictness == Strictness::Narrow && (word.is_dynamic || (word.is_glob && is_program)) {
        return false;
    }
    let plain =
        if is_program { crate::judge::program_name(std::slice::from_ref(word)) } else { word.text.as_str() };
    let base = crate::judge::base_name(plain);
    let is_wide = strictness == Strictness::Wide && is_program;
    match piece {
        Piece::Rest => true,
        Piece::Exactly(expected) => {
            *expected == word.text || expected == plain || (is_wide && expected == base)
        }
        Piece::Like(pattern) => {
            let climbs = word.text.split('/').any(|component| component == "..");
            let is_hidden = strictness == Strictness::Narrow && climbs;
            !is_hidden && (matches_glob(pattern, plain) || (is_wide && matches_glob(pattern, base)))
        }
    }
}

/// Whether `text` matches a pattern in which only `*` is special.
pub(crate) fn matches_glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.len() >= piece.len() && rest.ends_with(piece);
        }
        let Some(found) = rest.find(piece) else { return false };
        rest = rest.get(found + piece.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Strictness, WordPattern, matches_glob};
    use crate::shell::Word;

    #[test]
    fn patterns_respect_word_boundaries() {
        for (pattern, command, expected) in [
            ("ls *", "ls -la", true),
            ("ls *", "ls", true),
            ("ls *", "lsof", false),
            ("ls*", "lsof -i", true),
            ("npm run test:*", "npm run test --watch", true),
            ("npm run test:*", "npm run tester", false),
            ("npm run test:*", "npm run test", true),
            ("git * main", "git push origin main", true),
            ("git * main", "git push origin dev", false),
            ("cat build/*", "cat build/log", true),
            ("cat build/*", "cat build/../secret", false),
            ("cargo test", "cargo test -p x", false),
            ("*", "anything at all", true),
            ("ls *", "/bin/ls x", true),
            ("ls *", "/tmp/ls x", false),
            ("ls *", "./ls x", false),
        ] {
            let words: Vec<Word> = command.split(' ').map(Word::literal).collect();
            let found = WordPattern::parse(pattern).matches(&words, Strictness::Narrow);
            assert_eq!(found, expected, "{pattern} on {command}");
        }
    }

    #[test]
    fn stars_match_any_part() {
        for (pattern, text, expected) in [
            ("*.x.com", "a.x.com", true),
            ("*.x.com", "x.com", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("mcp__srv__*", "mcp__srv__read", true),
        ] {
            assert_eq!(matches_glob(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
