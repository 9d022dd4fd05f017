//! Parts of the context that an expression names: `context`, `context[a:b]`, `context["name"]`. They are references; the
//! words are read only where they are needed.

use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, PromptPiece};

use super::syntax::Step;
use crate::entry::HelperCache;
use crate::texts::landmarks::Landmarks;

/// Texts of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One.
    One(PromptPiece),
    /// Several.
    Many(Vec<PromptPiece>),
}

/// What `context` with these brackets behind it names.
pub(super) fn place(corpus: &Corpus, cache: &HelperCache, steps: &[Step]) -> Result<Place, String> {
    if corpus.shape == CorpusShape::Text {
        let Some(part) = corpus.parts.first() else { return Ok(Place::One(PromptPiece::text(""))) };
        return within(part, cache, steps);
    }
    let Some((first, rest)) = steps.split_first() else {
        return Ok(Place::Many(corpus.parts.iter().map(whole).collect()));
    };
    let found = match first {
        Step::Key(name) => corpus.parts.iter().find(|part| part.name == *name).ok_or_else(|| {
            let names: Vec<&str> = corpus.parts.iter().take(5).map(|part| part.name.as_str()).collect();
            format!("the context has no text {name:?}; it begins with {}", names.join(", "))
        }),
        Step::At(at) => item(&corpus.parts, *at).ok_or_else(|| missing_item(*at, corpus.parts.len())),
        Step::Range(start, end) if rest.is_empty() => {
            let (start, end) = bounds(*start, *end, corpus.parts.len());
            let parts = corpus.parts.get(start..end).unwrap_or_default();
            return Ok(Place::Many(parts.iter().map(whole).collect()));
        }
        Step::Range(..) => Err("brackets behind [a:b] of a list choose nothing".to_owned()),
    };
    within(found?, cache, rest)
}

/// The name of a text, and a range of its characters.
fn within(part: &CorpusPart, cache: &HelperCache, steps: &[Step]) -> Result<Place, String> {
    match steps {
        [] => Ok(Place::One(whole(part))),
        [Step::Range(start, end)] => {
            let marks = landmarks(part, cache);
            let bytes = part.text.as_bytes();
            let characters = marks.characters_before(bytes, bytes.len());
            let (start, end) = bounds(*start, *end, characters);
            let byte = |at| marks.byte_of_character(bytes, at) as u64;
            Ok(Place::One(PromptPiece::Span {
                source: part.sha256.clone(),
                start: byte(start),
                end: byte(end),
            }))
        }
        _ => Err("a text takes one [a:b], in characters".to_owned()),
    }
}

/// Where the characters of a text lie.
pub(super) fn landmarks(part: &CorpusPart, cache: &HelperCache) -> std::sync::Arc<Landmarks> {
    let build = || Landmarks::of(part.text.as_bytes(), part.text.is_ascii());
    cache.get(&format!("landmarks {}", part.sha256), build)
}

/// All of a text.
pub(super) fn whole(part: &CorpusPart) -> PromptPiece {
    PromptPiece::Span { source: part.sha256.clone(), start: 0, end: part.text.len() as u64 }
}

/// Two ends as Python means them: from the end when negative, cut to what there is.
pub(super) fn bounds(start: Option<i64>, end: Option<i64>, length: usize) -> (usize, usize) {
    let at = |at: i64| {
        let distance = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
        if at < 0 { length.saturating_sub(distance) } else { distance.min(length) }
    };
    let start = start.map_or(0, at);
    (start, end.map_or(length, at).max(start))
}

/// The item at a place, from the end when negative.
pub(super) fn item<T>(items: &[T], at: i64) -> Option<&T> {
    let distance = usize::try_from(at.unsigned_abs()).ok()?;
    items.get(if at < 0 { items.len().checked_sub(distance)? } else { distance })
}

/// Why there is no such item.
pub(super) fn missing_item(at: i64, length: usize) -> String {
    format!("there is no item {at} among {length}")
}
