//! Searching the source texts.

use std::ops::Range;

use super::TranscriptPane;
use crate::cells::Role;
use crate::text::Mark;
use crate::theme::Slot;

/// A search and what it found.
#[derive(Clone, Debug)]
pub(super) struct Search {
    query: Query,
    /// Entry and bytes, in the order of the transcript.
    hits: Vec<(usize, Range<usize>)>,
    /// The one it stands at.
    current: usize,
}

impl Search {
    /// The marks of a cell.
    pub(super) fn marks(&self, entry: usize) -> Vec<Mark> {
        let start = self.hits.partition_point(|(index, _)| *index < entry);
        let hits = self.hits.iter().enumerate().skip(start).take_while(|(_, (index, _))| *index == entry);
        hits.map(|(place, (_, range))| Mark {
            range: range.clone(),
            slot: if place == self.current { Slot::MatchCurrent } else { Slot::Match },
        })
        .collect()
    }
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Query {
    role: Option<Role>,
    words: Vec<char>,
    is_exact: bool,
}

impl Query {
    /// `u:`, `a:`, `t:` and `k:` keep to a role; a capital makes it exact.
    fn new(text: &str) -> Option<Self> {
        let (role, words) = match text.split_at_checked(2) {
            Some(("u:", rest)) => (Some(Role::User), rest),
            Some(("a:", rest)) => (Some(Role::Assistant), rest),
            Some(("t:", rest)) => (Some(Role::Tool), rest),
            Some(("k:", rest)) => (Some(Role::Thinking), rest),
            _ => (None, text),
        };
        let words = words.trim_start();
        let is_exact = words.chars().any(char::is_uppercase);
        (!words.is_empty()).then(|| Self { role, words: words.chars().collect(), is_exact })
    }

    fn is_same(&self, word: char, found: char) -> bool {
        word == found || !self.is_exact && found.to_lowercase().eq(word.to_lowercase())
    }

    /// Non-overlapping hits.
    fn find_all(&self, source: &str) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        let mut from = 0;
        for (start, first) in source.char_indices() {
            let begins = self.words.first().is_some_and(|word| self.is_same(*word, first));
            if start < from || !begins {
                continue;
            }
            if let Some(length) = source.get(start..).and_then(|rest| self.length_at(rest)) {
                from = start + length;
                hits.push(start..from);
            }
        }
        hits
    }

    /// Bytes of the hit at the beginning of a text.
    fn length_at(&self, text: &str) -> Option<usize> {
        let mut characters = text.chars();
        for word in &self.words {
            characters.next().filter(|found| self.is_same(*word, *found))?;
        }
        Some(text.len() - characters.as_str().len())
    }
}

impl TranscriptPane {
    /// Searches the source texts, smart case; `u:`, `a:`, `t:`, `k:` before the words keep to the person, answers,
    /// tools, thinking. Shows the newest hit and says how many there are. An empty query ends the search.
    pub fn search(&mut self, query: &str) -> usize {
        let Some(query) = Query::new(query) else {
            self.search = None;
            return 0;
        };
        let hits = self.hits(&query);
        let found = hits.len();
        self.search = Some(Search { query, hits, current: found.saturating_sub(1) });
        self.reveal_hit();
        found
    }

    /// Goes to the next hit above (`false`) or below (`true`), around the ends.
    pub fn search_next(&mut self, forward: bool) {
        let Some(mut search) = self.search.take() else { return };
        let here = search.hits.get(search.current).cloned();
        search.hits = self.hits(&search.query);
        let key = |hit: &(usize, Range<usize>)| (hit.0, hit.1.start);
        let place = here.map_or(0, |here| search.hits.partition_point(|hit| key(hit) < key(&here)));
        let count = search.hits.len().max(1);
        search.current = if forward { (place + 1) % count } else { (place + count - 1) % count };
        self.search = Some(search);
        self.reveal_hit();
    }

    /// The place of the current hit, from 1, and how many there are.
    pub fn search_position(&self) -> Option<(usize, usize)> {
        let search = self.search.as_ref().filter(|search| !search.hits.is_empty())?;
        Some((search.current + 1, search.hits.len()))
    }

    fn hits(&self, query: &Query) -> Vec<(usize, Range<usize>)> {
        let mut hits = Vec::new();
        for (index, entry) in self.entries.iter().enumerate().filter(|(_, entry)| !entry.is_hidden) {
            let view = entry.cell.view();
            if query.role.is_none_or(|role| role == view.role()) {
                hits.extend(query.find_all(view.source()).into_iter().map(|range| (index, range)));
            }
        }
        hits
    }

    fn reveal_hit(&mut self) {
        let hit = self.search.as_ref().and_then(|search| search.hits.get(search.current).cloned());
        if let Some((entry, range)) = hit {
            self.reveal(entry, range.start);
        }
    }
}
