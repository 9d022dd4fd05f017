//! An answer in prose: `FINAL(…)` and `FINAL_VAR(…)` outside of blocks (RECURSIVE §3). Pure.
//!
//! *Invariants:* only a line that is nothing but the call counts, so that "I will call FINAL(answer) later" never
//! ends a mission; what stands in the brackets is taken by balance, not up to the last bracket of the text.

/// An answer that stands in prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProseFinal {
    /// The words; when they are the name of a variable its value is meant.
    Words(String),
    /// Words in quotes, which are no code whatever they look like.
    Quoted(String),
    /// The value of this variable.
    Variable(String),
}

/// Why words in `FINAL(…)` are not taken for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFinal {
    /// They say what will be done.
    Plan,
    /// No block has run, and they would be the first thing that is said.
    NothingRan,
}

/// Beginnings of what is a plan and no answer.
const PLANS: [&str; 12] = [
    "i will",
    "i'll",
    "i’ll",
    "i am going to",
    "i'm going to",
    "i’m going to",
    "let me",
    "next,",
    "next i",
    "first,",
    "first i",
    "we will",
];

/// The first answer in `prose` that stands on a line of its own.
pub(crate) fn prose_final(prose: &str) -> Option<ProseFinal> {
    let mut is_code = false;
    let mut at = 0;
    for line in prose.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_start();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            is_code = !is_code;
        }
        if is_code || line.len() - bare.len() > 3 {
            continue;
        }
        if let Some(found) = prose.get(start..).and_then(call_at_start) {
            return Some(found);
        }
    }
    None
}

/// Whether `words` may be an answer, when `blocks` have run and `is_asked_again` says that the model insists.
pub(crate) fn judge(words: &str, blocks: u32, is_asked_again: bool) -> Result<(), NotFinal> {
    if is_asked_again {
        return Ok(());
    }
    let low = words.trim_start().to_lowercase();
    if PLANS.iter().any(|plan| low.starts_with(plan)) {
        return Err(NotFinal::Plan);
    }
    if blocks == 0 { Err(NotFinal::NothingRan) } else { Ok(()) }
}

/// Whether `words` could be the name of a variable.
pub(crate) fn is_identifier(words: &str) -> bool {
    let mut characters = words.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}

/// The variable of which `words` are a part, written as code: `result["text"]`, `result.strip()`.
pub(crate) fn base_of_expression(words: &str) -> Option<&str> {
    let name = words.get(..words.find(|c: char| !(c.is_alphanumeric() || c == '_'))?)?;
    let rest = words.get(name.len()..)?;
    let is_subscript = rest.starts_with('[') && rest.ends_with(']');
    let is_method = rest.starts_with('.') && rest.ends_with(')') && rest.contains('(') && !rest.contains(' ');
    (is_identifier(name) && (is_subscript || is_method)).then_some(name)
}

/// `FINAL(…)` or `FINAL_VAR(…)` at the beginning of `text`, alone on its lines but for quotes, emphasis and a mark.
fn call_at_start(text: &str) -> Option<ProseFinal> {
    let bare = text.trim_start_matches([' ', '\t']);
    let inner = bare.trim_start_matches(['`', '*']);
    let opened = bare.len() - inner.len();
    let (is_variable, rest) = match inner.strip_prefix("FINAL_VAR") {
        Some(rest) => (true, rest),
        None => (false, inner.strip_prefix("FINAL")?),
    };
    let body = rest.trim_start_matches(' ').strip_prefix('(')?;
    let end = balanced(body)?;
    let behind = body.get(end + 1..)?.lines().next().unwrap_or_default().trim();
    let closes = behind.trim_start_matches(['`', '*']);
    let is_alone = closes.chars().all(|c| matches!(c, '.' | '!' | ';'));
    if !is_alone || (opened == 0 && closes.len() < behind.len()) {
        return None;
    }
    let said = body.get(..end)?.trim();
    let words = unquoted(said);
    Some(if is_variable {
        ProseFinal::Variable(words)
    } else if words.len() < said.len() && said.starts_with(['"', '\'']) {
        ProseFinal::Quoted(words)
    } else {
        ProseFinal::Words(words)
    })
}

/// The place of the bracket that closes the one before `text`. Brackets in quotes do not count, unless the quote
/// never ends: then it is an apostrophe.
fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            '"' | '\'' => {
                let rest = text.get(at + 1..)?;
                if is_quote_start(text, at)
                    && let Some(end) = quote_end(rest, c)
                {
                    characters = text.char_indices();
                    let behind = at + 1 + end;
                    characters.by_ref().take_while(|(place, _)| *place < behind).for_each(drop);
                }
            }
            _ => {}
        }
    }
    None
}

/// A quote begins behind no letter: `don't` has an apostrophe.
fn is_quote_start(text: &str, at: usize) -> bool {
    !text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric)
}

/// The place of the quote mark that ends a quote on the same line.
fn quote_end(rest: &str, mark: char) -> Option<usize> {
    let line = rest.lines().next()?;
    let mut is_escaped = false;
    line.char_indices().find_map(|(at, c)| {
        let is_end = c == mark && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

/// Without the one pair of quotes around all of it.
fn unquoted(words: &str) -> String {
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        if let Some(inner) = words.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
            && words.len() >= 2 * quote.len()
            && !inner.contains(quote)
        {
            return inner.to_owned();
        }
    }
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> ProseFinal {
        ProseFinal::Words(text.into())
    }

    #[test]
    fn the_table_of_finals() {
        let words = |text: &str| Some(said(text));
        let quoted = |text: &str| Some(ProseFinal::Quoted(text.into()));
        let variable = |name: &str| Some(ProseFinal::Variable(name.into()));
        let table = [
            ("FINAL(f(x) is (3))", words("f(x) is (3)")),
            ("FINAL(a)\nsome text (b)\n", words("a")),
            ("I will call FINAL(answer) later.", None),
            ("FINAL(answer) is what I will say", None),
            ("`FINAL(42)`", words("42")),
            ("**FINAL(42)**.", words("42")),
            ("so `FINAL(42)` it is", None),
            ("FINAL(\"yes\")", quoted("yes")),
            ("FINAL('Config.parse()')", quoted("Config.parse()")),
            ("FINAL(`Config.parse()`)", words("Config.parse()")),
            ("FINAL('it''s')", words("'it''s'")),
            ("FINAL(don't stop (now))", words("don't stop (now)")),
            ("FINAL(a \")\" b)", words("a \")\" b")),
            ("Text before.\n\nFINAL(several\nlines)\n", words("several\nlines")),
            ("FINAL_VAR(result)", variable("result")),
            ("FINAL_VAR(\"result\")", variable("result")),
            ("FINAL_VAR( result )!", variable("result")),
            ("FINAL(", None),
            ("FINAL", None),
            ("FINALLY(x)", None),
            ("    FINAL(quoted)", None),
            ("> FINAL(quoted)", None),
            ("```\nFINAL(in code)\n```\n", None),
            ("```\nFINAL(in code)\n```\nFINAL(out)", words("out")),
            ("FINAL()", words("")),
            ("FINAL (spaced)", words("spaced")),
        ];
        for (text, expected) in table {
            assert_eq!(prose_final(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_plan_is_no_answer_unless_the_model_insists() {
        let table = [
            ("I will now chunk the text", 3, false, Err(NotFinal::Plan)),
            ("Let me look first", 0, false, Err(NotFinal::Plan)),
            ("42", 0, false, Err(NotFinal::NothingRan)),
            ("42", 1, false, Ok(())),
            ("I will be there at 8", 1, true, Ok(())),
        ];
        for (text, blocks, again, expected) in table {
            assert_eq!(judge(text, blocks, again), expected, "{text}");
        }
    }

    #[test]
    fn code_is_told_from_words() {
        let table = [
            ("result[\"text\"]", Some("result")),
            ("result.strip()", Some("result")),
            ("parts[0][1]", Some("parts")),
            ("see a.rs (line 3)", None),
            ("a.rs", None),
            ("[1, 2]", None),
            ("42", None),
        ];
        for (words, expected) in table {
            assert_eq!(base_of_expression(words), expected, "{words}");
        }
    }

    #[test]
    fn names_are_told_from_words() {
        assert!(is_identifier("result_2") && is_identifier("_x"));
        assert!(!is_identifier("2x") && !is_identifier("a b") && !is_identifier(""));
    }
}
