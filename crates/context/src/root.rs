//! The head and the first message of a recursive completion: metadata of the context, never the context.

use std::fmt::Write as _;
use std::sync::Arc;

use headwater_protocol::card::MissionBudget;
use headwater_protocol::events::Header;
use headwater_protocol::repl::HelperDoc;
use headwater_protocol::{Corpus, CorpusShape, ModelInfo};

use crate::prompts;

/// The most names of texts that the first message lists.
const NAMES: usize = 12;

/// The frozen head of a root's requests. It has no tools: what a root does it does in blocks.
pub fn root_header(root: &ModelInfo, helpers: &[HelperDoc], child_chars: u64) -> Header {
    let mut system = prompts::root::SYSTEM.replace("{child_chars}", &grouped(child_chars));
    for helper in helpers {
        // Writing to a text cannot fail.
        writeln!(system, "- `{}` {}", helper.signature, helper.summary).ok();
    }
    if root.is_weak_root {
        system = format!("{}\n\n{}", system.trim_end(), prompts::root::WEAK);
    }
    Header { system: system.into(), tools: Arc::from([]) }
}

/// The head where there is no Python: blocks are of directives.
pub fn directives_header(child_chars: u64) -> Header {
    let system = prompts::root::DIRECTIVES.replace("{child_chars}", &grouped(child_chars));
    Header { system: system.into(), tools: Arc::from([]) }
}

/// The first message: the question, what the context is, what may be spent.
pub fn root_question(question: &str, corpus: &Corpus, budget: MissionBudget) -> String {
    format!("Question: {}\n\n{}\nBudget: {}.", question.trim(), describe(corpus), budget_text(budget))
}

/// What the variable `context` is, in a few lines.
pub(crate) fn describe(corpus: &Corpus) -> String {
    let count = corpus.parts.len();
    let bytes = corpus.bytes() as u64;
    let kind = match corpus.shape {
        CorpusShape::Text => "str",
        CorpusShape::List => "list[str]",
        CorpusShape::Dict => "dict[str, str] (name to text)",
    };
    let mut text = format!("`context` is a {kind}, {} bytes in all", grouped(bytes));
    if corpus.shape == CorpusShape::Text {
        let name = corpus.parts.first().map_or("", |part| part.name.as_str());
        write!(text, ", from {name}.").ok();
        return text;
    }
    write!(text, ", {count} texts:").ok();
    for part in corpus.parts.iter().take(NAMES) {
        write!(text, "\n- {} ({} bytes)", part.name, grouped(part.text.len() as u64)).ok();
    }
    if count > NAMES {
        write!(text, "\n- … and {} more", count - NAMES).ok();
    }
    text
}

pub(crate) fn budget_text(budget: MissionBudget) -> String {
    let mut parts = vec![
        format!("{} turns", budget.iterations),
        format!("{} calls", budget.calls),
        format!("{} s", budget.seconds),
    ];
    parts.extend(budget.cost_usd.map(|cost| cost.to_string()));
    parts.extend(budget.tokens.map(|tokens| format!("{} tokens", grouped(tokens.0))));
    parts.join(", ")
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use headwater_protocol::{CorpusPart, SharedText};

    use super::*;

    fn part(name: &str, text: &str) -> CorpusPart {
        let text = SharedText::new(text.to_owned()).unwrap();
        CorpusPart { name: name.into(), sha256: String::new(), file: None, text }
    }

    #[test]
    fn the_static_part_is_at_most_2500_characters() {
        assert!(root_header(&ModelInfo::unknown("m"), &[], 100_000).system.chars().count() <= 2_500);
        assert!(directives_header(100_000).system.chars().count() <= 2_500);
    }

    #[test]
    fn a_weak_root_is_led_to_plans() {
        let weak = ModelInfo { is_weak_root: true, ..ModelInfo::unknown("m") };
        let words = |root: &ModelInfo| {
            root_header(root, &[], 100_000).system.contains("result = PLAN(\"aggregate\").run()")
        };
        assert!(words(&weak) && !words(&ModelInfo::unknown("m")));
    }

    #[test]
    fn the_first_message_has_metadata_and_not_a_word_of_the_context() {
        let corpus = Corpus { shape: CorpusShape::Text, parts: [part("huge.log", "SECRET words")].into() };
        let text = root_question(" why? ", &corpus, MissionBudget::default());
        assert_eq!(
            text,
            "Question: why?\n\n`context` is a str, 12 bytes in all, from huge.log.\nBudget: 20 turns, 200 calls, 900 s."
        );
    }

    #[test]
    fn many_texts_are_named_and_counted() {
        let parts: Vec<CorpusPart> = (0..1_500).map(|n| part(&format!("f{n}"), "x")).collect();
        let corpus = Corpus { shape: CorpusShape::Dict, parts: parts.into() };
        let text = root_question("q", &corpus, MissionBudget::default());
        assert!(text.contains("1,500 bytes in all, 1500 texts:\n- f0 (1 bytes)"), "{text}");
        assert!(text.contains("- … and 1488 more"));
        assert!(text.len() < 600);
    }
}
