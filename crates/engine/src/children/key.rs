//! The key of a question: a digest of everything its answer depends on (RECURSIVE §8).

use headwater_protocol::PromptPiece;
use headwater_protocol::projection::hex;
use headwater_protocol::repl::{ChildKind, ChildQuery};
use sha2::{Digest as _, Sha256};

/// The key of `query`, asked of `model` under the system prompt `system`. Equal keys have equal answers.
pub(super) fn key(kind: ChildKind, model: &str, system: &str, query: &ChildQuery) -> String {
    let mut hasher = Sha256::new();
    let kind = match kind {
        ChildKind::Llm => "llm",
        ChildKind::Rlm => "rlm",
        ChildKind::Probe => "probe",
        ChildKind::Plan => "plan",
    };
    for words in [kind, model, system] {
        part(&mut hasher, words.as_bytes());
    }
    for pieces in [&query.prompt, &query.about] {
        part(&mut hasher, &pieces.len().to_le_bytes());
        for each in pieces {
            piece(&mut hasher, each);
        }
    }
    let schema = query.schema.as_ref().map(ToString::to_string);
    part(&mut hasher, schema.unwrap_or_default().as_bytes());
    number(&mut hasher, query.max_tokens);
    number(&mut hasher, query.max_calls.map(u64::from));
    hex(&hasher.finalize())
}

/// A part of the corpus counts by its digest and its place, so that a megabyte of prompt costs a hundred bytes here.
fn piece(hasher: &mut Sha256, piece: &PromptPiece) {
    match piece {
        PromptPiece::Text { text } => {
            part(hasher, b"text");
            part(hasher, text.as_bytes());
        }
        PromptPiece::Span { source, start, end } => {
            part(hasher, b"span");
            part(hasher, source.as_bytes());
            number(hasher, Some(*start));
            number(hasher, Some(*end));
        }
    }
}

fn number(hasher: &mut Sha256, number: Option<u64>) {
    match number {
        Some(number) => part(hasher, &number.to_le_bytes()),
        None => part(hasher, b""),
    }
}

/// Each part goes in with its length, so that no two lists of parts look alike.
fn part(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(prompt: &[&str], about: &[&str]) -> ChildQuery {
        let pieces = |texts: &[&str]| texts.iter().map(|text| PromptPiece::text(*text)).collect();
        ChildQuery { prompt: pieces(prompt), about: pieces(about), ..ChildQuery::default() }
    }

    #[test]
    fn whatever_the_answer_depends_on_changes_the_key() {
        let span = PromptPiece::Span { source: "a".into(), start: 0, end: 1 };
        let further = PromptPiece::Span { source: "a".into(), start: 0, end: 2 };
        let base = query(&["a", "b"], &[]);
        let variants = [
            base.clone(),
            query(&["ab"], &[]),
            query(&["a"], &["b"]),
            query(&["b", "a"], &[]),
            ChildQuery { max_tokens: Some(1), ..base.clone() },
            ChildQuery { max_calls: Some(1), ..base.clone() },
            ChildQuery { schema: Some(serde_json::json!({})), ..base.clone() },
            ChildQuery { about: vec![span], ..base.clone() },
            ChildQuery { about: vec![further], ..base.clone() },
        ];
        let mut keys: Vec<String> =
            variants.iter().map(|query| key(ChildKind::Llm, "m", "s", query)).collect();
        keys.push(key(ChildKind::Probe, "m", "s", &base));
        keys.push(key(ChildKind::Llm, "n", "s", &base));
        keys.push(key(ChildKind::Llm, "m", "t", &base));
        assert_eq!(keys.first(), Some(&key(ChildKind::Llm, "m", "s", &base.clone())));
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
