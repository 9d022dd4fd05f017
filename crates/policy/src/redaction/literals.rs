//! Known secrets in a text, also where the text was wrapped or put together from pieces in the middle of one.

use std::sync::Arc;

use super::forms;
use super::known::KnownSecret;
use super::spots::{Found, Spot};

/// Letters by which a form is looked for; the rest is compared in place.
const START: usize = 8;
/// The most letters between two letters of a secret that only wrap or join it.
const LONGEST_GAP: usize = 48;
/// The most forms that are looked for.
const MOST_FORMS: usize = 2_048;

/// One form of a known secret.
struct Literal {
    label: Arc<str>,
    form: Vec<u8>,
}

/// The forms of all known secrets.
#[derive(Default)]
pub(super) struct Literals {
    all: Vec<Literal>,
    /// The beginnings, each once, with the forms that begin so.
    starts: Vec<(Vec<u8>, Vec<usize>)>,
}

impl Literals {
    pub(super) fn new(secrets: &[KnownSecret]) -> Self {
        let mut literals = Self::default();
        for secret in secrets {
            let label: Arc<str> = secret.name.as_str().into();
            for form in secret.telling().into_iter().flat_map(forms::of) {
                if literals.all.len() < MOST_FORMS {
                    literals.add(Literal { label: Arc::clone(&label), form });
                }
            }
        }
        literals
    }

    fn add(&mut self, literal: Literal) {
        let Some(start) = literal.form.get(..START) else { return };
        let place = self.all.len();
        match self.starts.iter_mut().find(|(known, _)| known == start) {
            Some((_, places)) => places.push(place),
            None => self.starts.push((start.to_vec(), vec![place])),
        }
        self.all.push(literal);
    }

    /// The beginnings to look for; the place in this list is what [`Literals::at`] wants.
    pub(super) fn starts(&self) -> impl Iterator<Item = &[u8]> {
        self.starts.iter().map(|(start, _)| start.as_slice())
    }

    /// What stands at `at`, where the beginning number `which` was found.
    pub(super) fn at(&self, text: &[u8], at: usize, which: usize) -> Found {
        let places = self.starts.get(which).map_or(&[][..], |(_, places)| places.as_slice());
        let rest = text.get(at..).unwrap_or_default();
        let mut longest: Option<Spot> = None;
        let mut is_open = false;
        for literal in places.iter().filter_map(|place| self.all.get(*place)) {
            match compare(rest, &literal.form) {
                Compared::Same(length) => {
                    let end = at + length;
                    if longest.as_ref().is_none_or(|spot| spot.end < end) {
                        longest = Some(Spot { lead: at, start: at, end, label: Arc::clone(&literal.label) });
                    }
                }
                Compared::CutOff => is_open = true,
                Compared::Other => {}
            }
        }
        Found { spot: longest, is_open }
    }
}

enum Compared {
    /// It is the form, in so many bytes of the text.
    Same(usize),
    /// The text ended before it was decided.
    CutOff,
    Other,
}

/// Whether `text` begins with `form`; what wraps or joins lines and literals may stand within it.
fn compare(text: &[u8], form: &[u8]) -> Compared {
    let mut place = 0;
    let mut gap = 0;
    for wanted in form {
        loop {
            match text.get(place) {
                None => return Compared::CutOff,
                Some(found) if found == wanted => break,
                Some(found) if joins(*found) && gap < LONGEST_GAP => gap += 1,
                Some(_) => return Compared::Other,
            }
            place += 1;
        }
        place += 1;
        gap = 0;
    }
    Compared::Same(place)
}

fn joins(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'\\+.|>".contains(&byte)
}
