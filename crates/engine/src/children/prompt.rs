//! What a child is sent: the words and the texts they are about, as long as they fit its window.

use std::sync::Arc;

use headwater_context::{bytes_per_token, estimate_bytes, prompts};
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Block, Corpus, Hints, Message, ModelInfo, Projection, PromptPiece, Tokens};

use super::schema::Shape;

/// Kept free for the answer when nobody says how long it may be, in tokens.
const ANSWER: u64 = 1_024;
/// Tokens of roles and separators around a prompt.
const OVERHEAD: u64 = 32;

/// The most bytes a token that are reckoned with where a text is cut: too few rather than too many.
const MOST_DENSITY: f64 = 3.0;
/// Bytes of each look at a text.
const SAMPLE: usize = 4 << 10;

/// Why a question cannot be asked, in one sentence.
pub(super) type Refusal = String;

/// Where a part of a text begins and ends for the model.
const TEXT_OPENS: &str = "\n\n<text>\n";
const TEXT_CLOSES: &str = "\n</text>";

/// The size of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// The prompt, about.
    pub(super) prompt: Tokens,
    /// The longest answer that is to be reckoned with.
    pub(super) answer: Tokens,
}

/// How large `query` is for `model`; the error says what does not exist or does not fit.
pub(super) fn measure(query: &ChildQuery, corpus: &Corpus, model: &ModelInfo) -> Result<Size, Refusal> {
    let mut bytes = prompts::MISSION_CHILD.len() + TEXT_OPENS.len() + TEXT_CLOSES.len();
    for piece in query.prompt.iter().chain(&query.about) {
        bytes += length(piece, corpus)? + 1;
    }
    if query.prompt.iter().chain(&query.about).all(|piece| length(piece, corpus) == Ok(0)) {
        return Err("there is nothing in this prompt".to_owned());
    }
    bytes += query
        .schema
        .as_ref()
        .map_or(0, |schema| prompts::MISSION_CHILD_JSON.len() + schema.to_string().len());
    let prompt = estimate_bytes(bytes, 1.0) + Tokens(OVERHEAD) + dense(query, corpus);
    let answer = answer_limit(query, model);
    let room = model.window.0.saturating_sub(answer.0);
    if prompt.0 > room {
        return Err(too_long(prompt, room, model));
    }
    Ok(Size { prompt, answer })
}

/// What a text of numbers costs beyond prose of its length.
fn dense(query: &ChildQuery, corpus: &Corpus) -> Tokens {
    let more = query.about.iter().filter_map(|piece| piece.resolve(corpus)).map(|text| {
        let usual = estimate_bytes(text.len(), 1.0).0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length over a density of at least 1 is a small positive number"
        )]
        let real = (text.len() as f64 / density(text)) as u64;
        real.saturating_sub(usual)
    });
    Tokens(more.sum())
}

/// Bytes a token, by a look at the beginning and the end.
fn density(text: &str) -> f64 {
    let head = text.get(..text.floor_char_boundary(SAMPLE.min(text.len()))).unwrap_or_default();
    let tail = text.get(text.ceil_char_boundary(text.len().saturating_sub(SAMPLE))..).unwrap_or_default();
    bytes_per_token(head).min(bytes_per_token(tail))
}

fn answer_limit(query: &ChildQuery, model: &ModelInfo) -> Tokens {
    let wanted = query.max_tokens.unwrap_or(ANSWER);
    let most = model.max_output.map_or(wanted, |most| wanted.min(most.0));
    // A small window is not to be eaten up by the room for an answer.
    Tokens(most.min(model.window.0 / 4))
}

fn too_long(prompt: Tokens, room: u64, model: &ModelInfo) -> Refusal {
    let usable = room.saturating_sub(OVERHEAD).max(1);
    // A little more than the quotient: chunks end at lines.
    let chunks = prompt.0.div_ceil(usable.saturating_mul(9).div_ceil(10));
    format!(
        "this prompt has about {} tokens and {} takes {room} with an answer: split it into {chunks} chunks or more",
        prompt.0, model.name
    )
}

/// The bytes of a piece without looking at them, except at their ends.
fn length(piece: &PromptPiece, corpus: &Corpus) -> Result<usize, Refusal> {
    match piece {
        PromptPiece::Text { text } => Ok(text.len()),
        PromptPiece::Span { source, start, end } => {
            let part = corpus.find(source).ok_or("this names a text that is not part of the context")?;
            let bounds = usize::try_from(*start).ok().zip(usize::try_from(*end).ok());
            let (start, end) =
                bounds.filter(|(start, end)| start <= end && *end <= part.text.len()).ok_or_else(|| {
                    format!(
                        "bytes {start} to {end} are no part of {}, which has {}",
                        part.name,
                        part.text.len()
                    )
                })?;
            Ok(end - start)
        }
    }
}

/// What the child is sent; to be built only when it goes out, since it copies its texts.
pub(super) fn request(
    query: &ChildQuery,
    corpus: &Corpus,
    shape: Option<&Shape>,
) -> Result<Projection, Refusal> {
    let mut words = String::new();
    for piece in &query.prompt {
        words.push_str(resolve(piece, corpus)?);
    }
    if !query.about.is_empty() {
        words.push_str(TEXT_OPENS);
        for (place, piece) in query.about.iter().enumerate() {
            if place > 0 {
                words.push('\n');
            }
            words.push_str(resolve(piece, corpus)?);
        }
        words.push_str(TEXT_CLOSES);
    }
    if let Some(shape) = shape {
        words.push_str("\n\n");
        words.push_str(&prompts::MISSION_CHILD_JSON.trim_end().replace("{schema}", &shape.text));
    }
    Ok(Projection {
        system: prompts::MISSION_CHILD.trim_end().into(),
        tools: Arc::new([]),
        messages: vec![Arc::new(Message::user(words))],
        cache_marks: Vec::new(),
        hints: Hints { max_output: query.max_tokens.map(Tokens) },
        clearing: None,
    })
}

fn resolve<'a>(piece: &'a PromptPiece, corpus: &'a Corpus) -> Result<&'a str, Refusal> {
    piece.resolve(corpus).ok_or_else(|| "this cuts the context inside a character".to_owned())
}

/// The same request again after an answer that did not fit.
pub(super) fn again(mut request: Projection, said: String, complaint: &str, origin: String) -> Projection {
    let blocks = vec![Block::Text { text: said }];
    let words = prompts::MISSION_CHILD_JSON_AGAIN.trim_end().replace("{error}", complaint);
    request.messages.push(Arc::new(Message::Assistant { blocks, origin }));
    request.messages.push(Arc::new(Message::user(words)));
    request
}

/// As much of the texts of `query` as fits `model` beside its words, and what was left out in one sentence. For a
/// question that was to be answered recursively and may not be.
pub(super) fn cut_to_fit(
    query: &ChildQuery,
    corpus: &Corpus,
    model: &ModelInfo,
) -> Result<(ChildQuery, String), Refusal> {
    let without = ChildQuery { about: Vec::new(), ..query.clone() };
    let size = measure(&without, corpus, model)?;
    let room = model.window.0.saturating_sub(size.prompt.0 + size.answer.0 + OVERHEAD);
    let density = query
        .about
        .iter()
        .filter_map(|piece| piece.resolve(corpus))
        .map(density)
        .fold(MOST_DENSITY, f64::min);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a window is never negative or near 2^63"
    )]
    let mut room = (room as f64 * density) as usize;
    let (mut kept, mut taken, mut all) = (Vec::new(), 0, 0);
    for piece in &query.about {
        let whole = length(piece, corpus)?;
        all += whole;
        let text = resolve(piece, corpus)?;
        let end = text.floor_char_boundary(room.min(whole));
        if end > 0 {
            kept.push(beginning(piece, end));
        }
        taken += end;
        room = room.saturating_sub(end + 1);
    }
    let said = format!("{taken} of {all} bytes");
    Ok((ChildQuery { about: kept, ..without }, said))
}

fn beginning(piece: &PromptPiece, length: usize) -> PromptPiece {
    match piece {
        PromptPiece::Text { text } => PromptPiece::text(text.get(..length).unwrap_or_default()),
        PromptPiece::Span { source, start, .. } => {
            PromptPiece::Span { source: source.clone(), start: *start, end: start + length as u64 }
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::{CorpusPart, CorpusShape, SharedText};

    use super::*;

    fn corpus(text: &str) -> Corpus {
        let text = SharedText::new(text.to_owned()).unwrap();
        let part = CorpusPart { name: "a.txt".into(), sha256: "s".into(), file: None, text };
        Corpus { shape: CorpusShape::Text, parts: [part].into() }
    }

    fn span(start: u64, end: u64) -> PromptPiece {
        PromptPiece::Span { source: "s".into(), start, end }
    }

    fn model(window: u64) -> ModelInfo {
        ModelInfo { window: Tokens(window), ..ModelInfo::unknown("small") }
    }

    fn user_text(projection: &Projection) -> String {
        let Message::User { parts } = &**projection.messages.first().unwrap() else {
            panic!("a user message")
        };
        parts.concat()
    }

    #[test]
    fn the_question_stands_in_the_user_message_before_its_texts() {
        let corpus = corpus("one two three");
        let query = ChildQuery {
            prompt: vec![PromptPiece::text("Which "), PromptPiece::text("word?")],
            about: vec![span(0, 3), span(4, 7)],
            ..ChildQuery::default()
        };
        let request = request(&query, &corpus, None).unwrap();
        assert_eq!(user_text(&request), "Which word?\n\n<text>\none\ntwo\n</text>");
        assert!(request.tools.is_empty() && request.system.len() <= 600, "{}", request.system.len());
    }

    #[test]
    fn p4_what_does_not_exist_or_does_not_fit_is_refused_with_a_sentence() {
        let corpus = corpus(&"x".repeat(40_000));
        let about = |piece| ChildQuery { about: vec![piece], ..ChildQuery::default() };
        let small = model(4_000);
        let table = [
            (about(span(0, 40_001)), "bytes 0 to 40001 are no part of a.txt, which has 40000"),
            (
                about(PromptPiece::Span { source: "t".into(), start: 0, end: 1 }),
                "this names a text that is not part of the context",
            ),
            (about(span(3, 3)), "there is nothing in this prompt"),
        ];
        for (query, expected) in table {
            assert_eq!(measure(&query, &corpus, &small).unwrap_err(), expected);
        }
        let why = measure(&about(span(0, 40_000)), &corpus, &small).unwrap_err();
        assert!(why.contains("split it into 5 chunks or more"), "{why}");
        let size = measure(&about(span(0, 10_000)), &corpus, &small).unwrap();
        assert!((2_700..3_000).contains(&size.prompt.0) && size.answer == Tokens(1_000), "{size:?}");
    }

    #[test]
    fn a_text_is_cut_to_what_fits_and_says_so() {
        let corpus = corpus(&"é".repeat(20_000));
        let query = ChildQuery {
            prompt: vec![PromptPiece::text("Count.")],
            about: vec![span(0, 40_000), span(0, 2)],
            ..ChildQuery::default()
        };
        let (cut, said) = cut_to_fit(&query, &corpus, &model(4_000)).unwrap();
        measure(&cut, &corpus, &model(4_000)).unwrap();
        assert_eq!(cut.about.len(), 1);
        assert!(said.ends_with("of 40002 bytes") && !said.starts_with("0 "), "{said}");
        let (whole, said) = cut_to_fit(&query, &corpus, &model(64_000)).unwrap();
        assert_eq!((whole, said.as_str()), (query, "40002 of 40002 bytes"));
    }
}
