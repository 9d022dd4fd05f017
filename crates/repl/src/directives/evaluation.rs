//! What an expression comes to: a value, or words for a prompt in which parts of the context are references.

use std::collections::HashMap;

use headwater_protocol::corpus::{Corpus, PromptPiece};
use serde_json::Value;

use super::place::{Place, bounds, item, missing_item, place};
use super::syntax::{Base, Expression, Question, Step, Term};
use crate::entry::HelperCache;

/// The most of the context, in bytes, that becomes a value of its own.
pub(super) const LARGEST_COPY: usize = 16 << 20;

/// What expressions are read with.
pub(super) struct Reader<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) cache: &'a HelperCache,
    /// The variables that they name.
    pub(super) variables: &'a HashMap<String, Value>,
}

/// Words for a prompt.
type Words = Vec<PromptPiece>;

/// A question as it is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) prompt: Words,
    /// What stands behind `over`.
    pub(super) about: Option<Words>,
}

/// What a term comes to.
enum Worth {
    Context(Place),
    Value(Value),
}

impl Reader<'_> {
    /// The value of an expression; texts joined with `+` are one text.
    pub(super) fn value(&self, expression: &Expression) -> Result<Value, String> {
        if let [only] = expression.as_slice() {
            return match self.term(only)? {
                Worth::Value(value) => Ok(value),
                Worth::Context(Place::One(piece)) => Ok(Value::String(self.copy(&[piece])?)),
                Worth::Context(Place::Many(pieces)) => {
                    let texts: Result<Vec<Value>, String> =
                        pieces.into_iter().map(|piece| Ok(Value::String(self.copy(&[piece])?))).collect();
                    Ok(Value::Array(texts?))
                }
            };
        }
        Ok(Value::String(self.copy(&self.words(expression)?)?))
    }

    /// One question.
    pub(super) fn ask(&self, question: &Question) -> Result<Asked, String> {
        let about = question.over.as_ref().map(|over| self.words(over)).transpose()?;
        Ok(Asked { prompt: self.words(&question.words)?, about })
    }

    /// The questions of a batch: a list stands for each of its items.
    pub(super) fn ask_each(&self, question: &Question) -> Result<Vec<Asked>, String> {
        let prompts = self.each(&question.words)?;
        let Some(over) = &question.over else {
            return Ok(prompts.into_iter().map(|prompt| Asked { prompt, about: None }).collect());
        };
        let abouts = self.each(over)?;
        let asked = |prompt: Words, about: Words| Asked { prompt, about: Some(about) };
        match (prompts.as_slice(), abouts.as_slice()) {
            ([prompt], _) => Ok(abouts.iter().map(|about| asked(prompt.clone(), about.clone())).collect()),
            (_, [about]) => Ok(prompts.iter().map(|prompt| asked(prompt.clone(), about.clone())).collect()),
            _ if prompts.len() == abouts.len() => {
                Ok(prompts.into_iter().zip(abouts).map(|(prompt, about)| asked(prompt, about)).collect())
            }
            _ => Err(format!("{} questions cannot be asked over {} texts", prompts.len(), abouts.len())),
        }
    }

    /// The words of an expression; several texts are paragraphs.
    fn words(&self, expression: &Expression) -> Result<Words, String> {
        let mut words = Vec::new();
        for term in expression {
            match self.term(term)? {
                Worth::Value(value) => words.push(PromptPiece::text(text(value))),
                Worth::Context(Place::One(piece)) => words.push(piece),
                Worth::Context(Place::Many(pieces)) => {
                    for (number, piece) in pieces.into_iter().enumerate() {
                        words.extend((number > 0).then(|| PromptPiece::text("\n\n")));
                        words.push(piece);
                    }
                }
            }
        }
        Ok(words)
    }

    /// The words of an expression, once for each item of the list in it.
    fn each(&self, expression: &Expression) -> Result<Vec<Words>, String> {
        let mut all: Vec<Words> = vec![Vec::new()];
        let mut has_list = false;
        for term in expression {
            let (pieces, is_list) = match self.term(term)? {
                Worth::Value(Value::Array(items)) => {
                    (items.into_iter().map(|item| PromptPiece::text(text(item))).collect(), true)
                }
                Worth::Value(value) => (vec![PromptPiece::text(text(value))], false),
                Worth::Context(Place::One(piece)) => (vec![piece], false),
                Worth::Context(Place::Many(pieces)) => (pieces, true),
            };
            if is_list && has_list {
                return Err("only one list can stand in a question".to_owned());
            }
            has_list |= is_list;
            all = joined(&all, &pieces);
        }
        Ok(all)
    }

    fn term(&self, term: &Term) -> Result<Worth, String> {
        let name = match &term.base {
            Base::Constant(value) => return Ok(Worth::Value(value.clone())),
            Base::Name(name) if name == "context" => {
                return Ok(Worth::Context(place(self.corpus, self.cache, &term.steps)?));
            }
            Base::Name(name) => name,
        };
        let value = self.variables.get(name).ok_or_else(|| format!("no variable is called `{name}`"))?;
        let mut value = std::borrow::Cow::Borrowed(value);
        for step in &term.steps {
            value = std::borrow::Cow::Owned(chosen(&value, step).map_err(|why| format!("`{name}`: {why}"))?);
        }
        Ok(Worth::Value(value.into_owned()))
    }

    /// The words themselves.
    fn copy(&self, words: &[PromptPiece]) -> Result<String, String> {
        let mut copied = String::new();
        for piece in words {
            let part = piece.resolve(self.corpus).ok_or("that part of the context does not exist")?;
            if copied.len().saturating_add(part.len()) > LARGEST_COPY {
                return Err(
                    "a value holds at most 16 MB; take a part of the context: context[a:b]".to_owned()
                );
            }
            copied.push_str(part);
        }
        Ok(copied)
    }
}

/// Each beginning with each continuation: one of them is one alone.
fn joined(beginnings: &[Words], pieces: &[PromptPiece]) -> Vec<Words> {
    let join = |words: &Words, piece: &PromptPiece| {
        let mut words = words.clone();
        words.push(piece.clone());
        words
    };
    beginnings.iter().flat_map(|words| pieces.iter().map(move |piece| join(words, piece))).collect()
}

/// A value as words: a text is itself, anything else its JSON.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// What brackets choose of a value.
fn chosen(value: &Value, step: &Step) -> Result<Value, String> {
    match (value, step) {
        (Value::String(text), Step::Range(start, end)) => {
            let (start, end) = bounds(*start, *end, text.chars().count());
            Ok(Value::String(text.chars().skip(start).take(end - start).collect()))
        }
        (Value::Array(items), Step::Range(start, end)) => {
            let (start, end) = bounds(*start, *end, items.len());
            Ok(Value::Array(items.get(start..end).unwrap_or_default().to_vec()))
        }
        (Value::Array(items), Step::At(at)) => {
            item(items, *at).cloned().ok_or_else(|| missing_item(*at, items.len()))
        }
        (Value::Object(fields), Step::Key(key)) => {
            fields.get(key).cloned().ok_or_else(|| format!("there is no {key:?} in it"))
        }
        _ => Err("these brackets choose nothing of it".to_owned()),
    }
}
