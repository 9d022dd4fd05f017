//! The project's instructions (`AGENTS.md` and kin): comments stripped, capped, never silently.

/// The most bytes of instructions in a header; what others cut silently at 32 KiB we cut with a warning.
pub const INSTRUCTIONS_CAP: usize = 32 * 1024;

/// One file of instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Where it stands, as the person would name it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Strips HTML comments and cuts to [`INSTRUCTIONS_CAP`] in all, the nearest (last) files first to be kept.
/// Returns the files in their order and a warning for each that was shortened or dropped.
pub fn cap_instructions(files: Vec<Instruction>) -> (Vec<Instruction>, Vec<String>) {
    let mut room = INSTRUCTIONS_CAP;
    let mut warnings = Vec::new();
    let mut kept: Vec<Instruction> = files
        .into_iter()
        .rev()
        .filter_map(|file| {
            let text = without_comments(&file.text);
            let fitting = floor_boundary(&text, room);
            if fitting < text.len() {
                warnings.push(format!(
                    "{} is {} bytes; only {fitting} fit the {INSTRUCTIONS_CAP} bytes for instructions. Shorten it.",
                    file.path,
                    text.len()
                ));
            }
            room -= fitting;
            let text = text.get(..fitting)?.to_owned();
            (!text.trim().is_empty()).then_some(Instruction { path: file.path, text })
        })
        .collect();
    kept.reverse();
    (kept, warnings)
}

/// The largest character boundary of `text` that is not beyond `limit`.
fn floor_boundary(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        match after.split_once("-->") {
            Some((_, behind)) => rest = behind,
            None => return kept,
        }
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: String) -> Instruction {
        Instruction { path: path.into(), text }
    }

    #[test]
    fn comments_are_stripped() {
        let cases =
            [("a<!-- b -->c", "ac"), ("a<!-- open", "a"), ("plain", "plain"), ("<!---->x<!--y-->", "x")];
        for (text, expected) in cases {
            assert_eq!(without_comments(text), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_file_is_kept_whole_and_the_cut_is_said() {
        let far = file("AGENTS.md", "é".repeat(INSTRUCTIONS_CAP));
        let near = file("sub/AGENTS.md", "near".into());
        let (kept, warnings) = cap_instructions(vec![far, near]);
        assert_eq!(
            kept.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            ["AGENTS.md", "sub/AGENTS.md"]
        );
        assert_eq!(kept[1].text, "near");
        assert!(kept[0].text.len() + 4 <= INSTRUCTIONS_CAP);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("AGENTS.md is 65536 bytes"));
    }
}
