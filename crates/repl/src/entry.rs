//! What a helper of `repl` blocks consists of: its documentation, its Python part, and its part in the host.
//!
//! A text that a block passes to the host is a part of the context by reference, `{"source": sha256, "start": byte,
//! "end": byte}`, or the words themselves, `{"text": "…"}`.
//!
//! All Python parts are run in one namespace, and each function in it whose name has no underscore in front can be called
//! by blocks (a block may still use the name for a variable of its own). What they find there:
//! * `_context()`: the value of `context` (a `Span`, a list or a dict of them, or a lazy text of more than 64 MB);
//! * `_pieces(x=None)`: `x`, or the whole context, as a list of the JSON above, without loading the context; `_piece(x)` for one text;
//! * `_host(name, {…})`: calls a host part, waits, returns its JSON; an error of it is a `ValueError` here;
//! * `_span(source, start, end)`: the `Span` between two byte offsets of a part, as host parts return them;
//! * `Span`: a `str` with `.src` (name of the part) `.start` `.end` (characters) `.line`; `_is_text(x)`: str or lazy text;
//! * `_variables()`: the dict of the block's variables; `_describe(value)`: `list[31]`; `_size(value)`: bytes, about;
//! * `_seed`: the seed of everything random.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::corpus::{Corpus, SharedText};
use headwater_protocol::repl::{HelperDoc, ReplHost};
use serde_json::Value;

/// The part of a helper that runs in the host, on a thread that may block.
pub type HostPart = fn(&HelperCall, &Value) -> Result<Value, String>;

/// One helper.
#[derive(Clone, Copy, Debug)]
pub struct HelperEntry {
    /// What the prompt and the reference say of it.
    pub doc: HelperDoc,
    /// Source that defines its functions, run in the worker's helper namespace after the prelude.
    pub python: &'static str,
    /// Its part in the host, called by the name of the helper.
    pub call: Option<HostPart>,
}

/// A function of a helper's Python part that blocks can call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperFunction<'a> {
    /// How it is called, with every parameter.
    pub signature: &'a str,
    /// Its whole description; the first line is a sentence of its own.
    pub description: String,
}

impl HelperEntry {
    /// The functions of its Python part, in their order.
    pub fn functions(&self) -> Vec<HelperFunction<'static>> {
        let mut lines = self.python.lines();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            let signature = line.strip_prefix("def ").and_then(|line| line.strip_suffix(':'));
            if let Some(signature) = signature.filter(|signature| !signature.starts_with('_')) {
                found.push(HelperFunction { signature, description: description(&mut lines) });
            }
        }
        found
    }
}

/// The text between the quotation marks with which a function's body begins, without its indentation.
fn description<'a>(lines: &mut impl Iterator<Item = &'a str>) -> String {
    let first = lines.next().and_then(|line| line.trim().strip_prefix("\"\"\"")).unwrap_or_default();
    if let Some(only) = first.strip_suffix("\"\"\"") {
        return only.to_owned();
    }
    let more =
        lines.map(|line| line.strip_prefix("    ").unwrap_or(line)).take_while(|line| *line != "\"\"\"");
    std::iter::once(first).chain(more).collect::<Vec<_>>().join("\n")
}

/// What the host part of a helper works with.
pub struct HelperCall {
    /// The context variable.
    pub corpus: Corpus,
    /// What earlier calls worked out.
    pub cache: Arc<HelperCache>,
    /// Whom to ask for the budget.
    pub host: Arc<dyn ReplHost>,
}

impl HelperCall {
    /// The text that `piece` stands for: part of the context, or the words themselves.
    pub fn text<'a>(&'a self, piece: &'a Value) -> Result<Cow<'a, str>, String> {
        if let Some(words) = piece.get("text").and_then(Value::as_str) {
            return Ok(Cow::Borrowed(words));
        }
        let (text, start, end) =
            self.place(piece).ok_or("this is neither a text nor a part of the context")?;
        text.get(start..end)
            .map(Cow::Borrowed)
            .ok_or_else(|| "that part of the context does not exist".to_owned())
    }

    /// Where `piece` lies in the context: the text, its first byte and the byte behind its last; `None` when it is no part of it.
    pub fn place<'a>(&'a self, piece: &Value) -> Option<(&'a SharedText, usize, usize)> {
        let part = self.corpus.find(piece.get("source")?.as_str()?)?;
        let at = |name: &str| usize::try_from(piece.get(name)?.as_u64()?).ok();
        Some((&part.text, at("start")?, at("end")?))
    }
}

/// What host parts work out once and keep: line tables, indexes.
#[derive(Default)]
pub struct HelperCache {
    kept: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
}

impl HelperCache {
    /// What is kept under `key`, worked out by `build` when there is nothing of that type yet. Two callers at the same
    /// moment may both work it out; the first result stays.
    pub fn get<T: Any + Send + Sync>(&self, key: &str, build: impl FnOnce() -> T) -> Arc<T> {
        if let Some(found) = self.find(key) {
            return found;
        }
        let fresh = Arc::new(build());
        if let Some(found) = self.find(key) {
            return found;
        }
        let kept: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(&fresh);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), kept);
        fresh
    }

    fn find<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        let found = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()?;
        found.downcast().ok()
    }
}
