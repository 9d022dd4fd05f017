//! Tool calls in fragments: which call a fragment belongs to, when servers do not all say it the same way.
//!
//! The reference gives every fragment an `index`, and id and name with the first one. In the field there are servers
//! that leave the index out, send whole calls at once, give every call index 0, repeat id and name in each fragment,
//! or send the name late; ids may be empty or repeated (the engine makes them unique).

use headwater_protocol::ModelDelta;
use serde::de::IgnoredAny;

use super::chunk::{CallPiece, FunctionPiece};

/// The calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<OpenCall>,
}

#[derive(Debug)]
struct OpenCall {
    /// The server's index, where it gives one.
    index: Option<i64>,
    id: String,
    /// Empty until it has come; nothing is told of the call before.
    name: String,
    /// All arguments so far; those before the name are told when it comes.
    arguments: String,
}

impl Calls {
    /// Whether there are any.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes a fragment.
    pub(super) fn take(&mut self, piece: CallPiece<'_>, out: &mut Vec<ModelDelta>) {
        let fragment = piece.function.as_ref().map(FunctionPiece::arguments).unwrap_or_default();
        let name = piece.function.and_then(|function| function.name).unwrap_or_default();
        let id = piece.id.unwrap_or_default();
        let index = piece.index.filter(|index| *index >= 0);
        let continued = self.place_of(index, &id, &name);
        let begins_anew = |call: &OpenCall| call.begins_anew(&id, &name, &fragment);
        let place = continued.filter(|place| !self.open.get(*place).is_some_and(begins_anew));
        let place = place.unwrap_or_else(|| self.open_new(index));
        if let Some(call) = self.open.get_mut(place) {
            call.extend(place, id, name, fragment, out);
        }
    }

    /// Tells of calls whose name never came: the engine reports them to the model as unknown tools.
    pub(super) fn end(&self, out: &mut Vec<ModelDelta>) {
        for (place, call) in self.open.iter().enumerate() {
            if call.name.is_empty() {
                call.announce(place, out);
            }
        }
    }

    fn open_new(&mut self, index: Option<i64>) -> usize {
        self.open.push(OpenCall { index, id: String::new(), name: String::new(), arguments: String::new() });
        self.open.len() - 1
    }

    /// The call that a fragment continues by its index or id; without either, the newest.
    fn place_of(&self, index: Option<i64>, id: &str, name: &str) -> Option<usize> {
        let newest = self.open.len().checked_sub(1);
        match index {
            Some(_) => self.open.iter().rposition(|call| call.index == index),
            None if id.is_empty() || !name.is_empty() => newest,
            None => self.open.iter().rposition(|call| call.id == id).or(newest),
        }
    }
}

impl OpenCall {
    /// Whether a fragment which seems to continue this call is the beginning of another one.
    fn begins_anew(&self, id: &str, name: &str, fragment: &str) -> bool {
        if name.is_empty() || self.name.is_empty() {
            return false;
        }
        let has_other_id = !id.is_empty() && !self.id.is_empty() && id != self.id;
        has_other_id || name != self.name || (!fragment.is_empty() && self.is_whole())
    }

    /// Whether the arguments are a whole JSON object, behind which nothing can follow.
    fn is_whole(&self) -> bool {
        self.arguments.trim_end().ends_with('}')
            && serde_json::from_str::<IgnoredAny>(&self.arguments).is_ok()
    }

    fn extend(
        &mut self,
        place: usize,
        id: String,
        name: String,
        fragment: String,
        out: &mut Vec<ModelDelta>,
    ) {
        if self.id.is_empty() {
            self.id = id;
        }
        self.arguments.push_str(&fragment);
        if self.name.is_empty() && !name.is_empty() {
            self.name = name;
            self.announce(place, out);
        } else if !self.name.is_empty() && !fragment.is_empty() {
            out.push(ModelDelta::CallArguments { index: place, fragment });
        }
    }

    fn announce(&self, place: usize, out: &mut Vec<ModelDelta>) {
        out.push(ModelDelta::CallStarted { index: place, id: self.id.clone(), name: self.name.clone() });
        if !self.arguments.is_empty() {
            out.push(ModelDelta::CallArguments { index: place, fragment: self.arguments.clone() });
        }
    }
}
