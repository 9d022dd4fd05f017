//! Texts in which `${NAME}` stands for a variable of the environment, and `${NAME:-text}` for it or else that text, as the
//! files of other agents write it.

/// A piece of such a text.
enum Piece<'a> {
    Plain(&'a str),
    Variable { name: &'a str, usual: Option<&'a str> },
}

/// The variables that a text names.
pub(crate) fn names(text: &str) -> Vec<&str> {
    let named = |piece| match piece {
        Piece::Variable { name, .. } => Some(name),
        Piece::Plain(_) => None,
    };
    pieces(text).into_iter().filter_map(named).collect()
}

/// The text with what the variables hold; the error names one that is not set.
pub(crate) fn filled(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => Ok(text.to_owned()),
            Piece::Variable { name, usual } => variable(name)
                .or_else(|| usual.map(str::to_owned))
                .ok_or_else(|| format!("the variable {name} is not set")),
        })
        .collect()
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, variable, after)) = first_variable(rest) {
        found.extend([Piece::Plain(before), variable]);
        rest = after;
    }
    found.push(Piece::Plain(rest));
    found
}

/// What stands before the first variable, the variable, what follows it.
fn first_variable(text: &str) -> Option<(&str, Piece<'_>, &str)> {
    let mut begin = 0;
    loop {
        let at = begin + text.get(begin..)?.find("${")?;
        let (inner, after) = text.get(at + 2..)?.split_once('}')?;
        let (name, usual) = match inner.split_once(":-") {
            Some((name, usual)) => (name, Some(usual)),
            None => (inner, None),
        };
        if is_name(name) {
            return Some((text.get(..at)?, Piece::Variable { name, usual }, after));
        }
        begin = at + 2;
    }
}

/// Whether this can be the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_ascii_alphanumeric();
    !text.is_empty() && text.chars().all(is_part) && !text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_variables_are_filled_in() {
        let variable = |name: &str| (name == "A").then(|| "one".to_owned());
        let cases = [
            ("plain $A {A} ${}", Ok("plain $A {A} ${}")),
            ("Bearer ${A}", Ok("Bearer one")),
            ("${A}${A:-x}${B:-two}${B:-}", Ok("oneonetwo")),
            ("${1A} ${A}", Ok("${1A} one")),
            ("${A", Ok("${A")),
            ("${B}", Err("the variable B is not set")),
        ];
        for (text, expected) in cases {
            let found = filled(text, variable);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        }
        assert_eq!(names("${A} ${B:-x} ${1}"), ["A", "B"]);
    }
}
