//! CONCAT: answers one behind the other, without those that have nothing to say.

/// Whether an answer says that there is nothing.
pub(super) fn is_none(answer: &str) -> bool {
    let bare = answer.trim().trim_matches(|c: char| !c.is_alphanumeric());
    bare.is_empty() || bare.eq_ignore_ascii_case("none")
}

/// The answers that say something, a line break between them.
pub(super) fn concat<'a>(answers: impl IntoIterator<Item = &'a str>) -> String {
    let said: Vec<&str> = answers.into_iter().map(str::trim).filter(|answer| !is_none(answer)).collect();
    said.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out_in_every_spelling() {
        assert_eq!(concat(["a\n", "none", " None. ", "**none**", "", "b"]), "a\nb");
        assert!(!is_none("none of them failed"));
    }
}
