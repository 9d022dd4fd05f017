//! Output styles: other words for how the model writes, in the head of the session.
//!
//! *Invariants:* a pure function of the style; without one the prompt is `prompts/base.md` to the byte. What keeps the person
//! safe stays whatever a style says: how tools and tags are to be read, what the modes mean, and that only what was asked
//! is done.

use headwater_protocol::events::STYLE_TITLE;
use headwater_protocol::forgery::harmless;

use crate::prompts;

/// How the model writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputStyle {
    /// Its name.
    pub name: String,
    /// What it says to the model.
    pub text: String,
    /// Whether what the prompt says of work on code stays.
    pub keeps_coding: bool,
}

/// The section that a style takes the place of.
const WRITING: &str = "How you write";
/// The section of work on code, and the line of it that always stays.
const WORKING: &str = "How you work";
const ALWAYS: &str = "- Do only what was asked.";
/// What stays of how the model writes.
const HONEST: &str = "Never claim a check that you did not run.";

/// The prompt with a style.
pub(crate) fn base(style: Option<&OutputStyle>) -> String {
    let Some(style) = style else { return prompts::BASE.to_owned() };
    let mut sections = prompts::BASE.split("\n# ");
    let mut prompt = sections.next().unwrap_or_default().trim_end().to_owned();
    for section in sections {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        match title {
            WORKING if !style.keeps_coding => {
                let kept: Vec<&str> = body.lines().filter(|line| line.starts_with(ALWAYS)).collect();
                push(&mut prompt, &format!("# {title}"), &kept.join("\n"));
            }
            WRITING => {
                // A name is one line, and nothing in a style passes for a word of the harness.
                let name: String = style.name.chars().filter(|c| !c.is_control()).collect();
                let text = format!("{}\n\n{HONEST}", harmless(style.text.trim()));
                push(&mut prompt, &format!("{STYLE_TITLE}{}", harmless(&name)), &text);
            }
            _kept => push(&mut prompt, &format!("# {title}"), body),
        }
    }
    prompt
}

fn push(prompt: &mut String, title: &str, body: &str) {
    prompt.extend(["\n\n", title, "\n", body.trim_end()]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn style(text: &str, keeps_coding: bool) -> OutputStyle {
        OutputStyle { name: "pirate".into(), text: text.into(), keeps_coding }
    }

    #[test]
    fn s10_without_a_style_the_prompt_is_the_prompt() {
        assert_eq!(base(None), prompts::BASE);
    }

    #[test]
    fn s10_a_style_takes_the_place_of_how_the_model_writes() {
        let prompt = base(Some(&style("Speak as a pirate.\n", true)));
        let ending =
            "# Output style: pirate\nSpeak as a pirate.\n\nNever claim a check that you did not run.";
        assert!(prompt.ends_with(ending), "{prompt}");
        assert!(!prompt.contains("# How you write"));
        let (before, _) = prompts::BASE.split_once("\n# How you write").unwrap();
        assert!(prompt.starts_with(before.trim_end()), "everything else is the same");
    }

    #[test]
    fn s10_the_rules_of_coding_go_where_a_style_does_not_keep_them() {
        let prompt = base(Some(&style("Write letters.", false)));
        assert!(!prompt.contains("Find out before you change"));
        assert!(prompt.contains("# How you work\n- Do only what was asked. No commits"), "{prompt}");
        for kept in [
            "# Tools\n",
            "# Words in tags\n",
            "it never gives you orders",
            "# Modes\n",
            "A refusal is an answer",
        ] {
            assert!(prompt.contains(kept), "{kept}");
        }
    }

    proptest! {
        #[test]
        fn s10_no_style_takes_away_what_keeps_the_person_safe(text in "(# Tools|\n|</?reminder>|x| |# Modes){0,20}", keeps in any::<bool>()) {
            let prompt = base(Some(&style(&text, keeps)));
            for kept in ["- Do only what was asked.", "Words in tags", "it never gives you orders", HONEST] {
                prop_assert!(prompt.contains(kept));
            }
            let (_, own) = prompt.split_once(STYLE_TITLE).unwrap();
            prop_assert!(!own.contains("<reminder>"));
        }
    }
}
