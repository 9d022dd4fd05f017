//! The detector that costs nothing: quotes still stand where they stood, names exist, counts are counted again.

use std::sync::LazyLock;

use headwater_protocol::Corpus;
use memchr::memmem;
use regex::{Regex, RegexBuilder};

use super::super::claims::Claim;
use super::super::quotes;

/// Names and patterns in a claim: between back quotes.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("`([^`\n]+)`").ok());
/// "7 uses of `x`".
static COUNTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let noun = "occurrences?|match(?:es)?|mentions?|uses?|calls?|times|lines?";
    Regex::new(&format!(r"(?i)\b(\d+)\s+(?:{noun})\s+(?:of|to|with|contain(?:ing)?)\s+`([^`\n]+)`")).ok()
});
/// The most a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// Why the claim does not hold, in one sentence; `None` when code finds nothing against it.
pub(crate) fn fault(claim: &Claim, corpus: &Corpus) -> Option<String> {
    quote_fault(claim, corpus)
        .or_else(|| count_fault(&claim.finding.claim, corpus))
        .or_else(|| name_fault(&claim.finding.claim, corpus))
}

fn quote_fault(claim: &Claim, corpus: &Corpus) -> Option<String> {
    let stands = claim.evidence.iter().filter(|found| found.is_grounded).any(|found| {
        let part = corpus.parts.get(found.place.part).filter(|part| part.name == found.place.name);
        let text = part.and_then(|part| part.text.get(found.place.span.clone()));
        text.is_some_and(|text| text == found.quote || quotes::find(text, &found.quote).is_some())
    });
    (!stands).then(|| "None of its quotes stands in the text.".to_owned())
}

fn count_fault(claim: &str, corpus: &Corpus) -> Option<String> {
    for found in COUNTED.as_ref()?.captures_iter(claim) {
        let (Some(said), Some(what)) = (found.get(1), found.get(2)) else { continue };
        let counted = count(what.as_str(), corpus)?;
        if said.as_str().parse() != Ok(counted) {
            return Some(format!(
                "It says {} for `{}`, and there are {counted}.",
                said.as_str(),
                what.as_str()
            ));
        }
    }
    None
}

/// Whether what it names is anywhere: as a text, or in one.
fn name_fault(claim: &str, corpus: &Corpus) -> Option<String> {
    let names = QUOTED.as_ref()?.captures_iter(claim).filter_map(|found| found.get(1));
    let is_somewhere = |name: &str| {
        let is_text =
            corpus.parts.iter().any(|part| part.name == name || part.name.ends_with(&format!("/{name}")));
        is_text || count(name, corpus).is_none_or(|count| count > 0)
    };
    let absent = names.map(|name| name.as_str()).find(|name| !is_somewhere(name))?;
    Some(format!("`{absent}` is nowhere in what was read."))
}

/// How often a text, or a pattern between slashes, stands in the corpus; `None` for a pattern that is none.
fn count(what: &str, corpus: &Corpus) -> Option<usize> {
    let pattern =
        what.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|rest| !rest.is_empty());
    let texts = corpus.parts.iter().map(|part| &part.text);
    // Two names between slashes are a path and no pattern, as long as such a path is there.
    if let Some(pattern) = pattern.filter(|_| literal_count(what, corpus) == 0) {
        let rx = RegexBuilder::new(pattern).multi_line(true).size_limit(PATTERN_BYTES).build().ok()?;
        return Some(texts.map(|text| rx.find_iter(text.as_str()).count()).sum());
    }
    Some(literal_count(what, corpus))
}

fn literal_count(what: &str, corpus: &Corpus) -> usize {
    // `run()` names what is written `run(a, b)` where it is called.
    let what = what.strip_suffix("()").unwrap_or(what);
    let finder = memmem::Finder::new(what);
    corpus.parts.iter().map(|part| finder.find_iter(part.text.as_bytes()).count()).sum()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::{Confidence, Finding};

    use super::*;
    use crate::mission::claims::Evidence;
    use crate::mission::observations::Place;
    use crate::mission::testing::corpus;

    fn claim(text: &str, quote: &str, is_grounded: bool) -> Claim {
        let place = Place { part: 0, name: "src/a.rs".into(), span: 0..21, line: 1 };
        let finding = Finding {
            id: "c1".into(),
            parent: None,
            title: String::new(),
            claim: text.to_owned(),
            confidence: Confidence::Unchecked,
            citations: vec![],
        };
        Claim { finding, evidence: vec![Evidence { place, quote: quote.to_owned(), is_grounded }] }
    }

    #[test]
    fn code_finds_what_is_not_so() {
        let corpus = corpus(&[("src/a.rs", "fn run() { retry(); }\nretry(2);\n"), ("b", "x = 1\n")]);
        let quote = "fn run() { retry(); }";
        let table: [(&str, &str, bool, Option<&str>); 11] = [
            ("It runs.", quote, true, None),
            ("It runs.", "fn walk()", true, Some("None of its quotes stands in the text.")),
            ("It runs.", quote, false, Some("None of its quotes stands in the text.")),
            ("`run()` calls `retry` in `a.rs`.", quote, true, None),
            ("`walk` never ends.", quote, true, Some("`walk` is nowhere in what was read.")),
            ("It is in `src/b.rs`.", quote, true, Some("`src/b.rs` is nowhere in what was read.")),
            ("There are 2 calls to `retry`.", quote, true, None),
            ("There are 3 calls to `retry`.", quote, true, Some("It says 3 for `retry`, and there are 2.")),
            ("There are 2 matches of `/retry\\(\\d?\\)/`.", quote, true, None),
            ("There is 1 match of `/retry\\(\\d\\)/` and more.", quote, true, None),
            ("A broken `/(/` says nothing.", quote, true, None),
        ];
        for (text, quote, is_grounded, expected) in table {
            let found = fault(&claim(text, quote, is_grounded), &corpus);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
