//! Keys by meaning: the default keymap, the person's own keys on top of it, and the way back for help.

mod action;
mod chord;

pub(crate) use action::{
    Action, CardKey, Focus, GlobalKey, Keys, MissionKey, OverlayKey, PopupKey, WritingKey,
};
pub(crate) use chord::Chord;

use std::collections::{BTreeMap, HashMap};

const DEFAULT: &str = include_str!("../../../assets/keymap.toml");

/// Which key does what, per focus.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keymap {
    actions: HashMap<(Focus, Chord), Action>,
    /// In the order in which they were written: the first key of an action is the one help shows.
    keys: Vec<(Action, Chord)>,
}

impl Keymap {
    /// The default keys with `overrides` on top; what is wrong with those comes back as sentences.
    pub(crate) fn new(overrides: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let (mut bindings, mut complaints) = defaults();
        for (name, keys) in overrides {
            let Some(action) = Action::ALL.iter().copied().find(|action| action.key() == name) else {
                complaints.push(format!("[keys] {name}: there is no such action; /keys lists them."));
                continue;
            };
            bindings.retain(|(bound, _)| *bound != action);
            bind(&mut bindings, &mut complaints, action, keys);
        }
        let mut keymap = Self::default();
        for (action, chord) in bindings {
            keymap.insert(action, chord, &mut complaints);
        }
        (keymap, complaints)
    }

    fn insert(&mut self, action: Action, chord: Chord, complaints: &mut Vec<String>) {
        let focus = action.focus();
        if let Some(taken) = self.actions.get(&(focus, chord)).filter(|taken| **taken != action) {
            complaints.push(format!(
                "{chord} is both {} and {}; the first one holds.",
                taken.key(),
                action.key()
            ));
            return;
        }
        self.actions.insert((focus, chord), action);
        self.keys.push((action, chord));
    }

    /// What `chord` does where these keys work.
    pub(crate) fn find<K: Keys>(&self, chord: Chord) -> Option<K> {
        self.actions.get(&(K::FOCUS, chord)).copied().and_then(K::of)
    }

    /// The first two keys of an action, for help; empty when it has none.
    pub(crate) fn shortly(&self, action: Action) -> String {
        let keys: Vec<_> = self.keys_of(action).take(2).map(|chord| chord.to_string()).collect();
        keys.join(", ")
    }

    /// All keys of an action, joined; empty when it has none.
    pub(crate) fn shown(&self, action: Action) -> String {
        let keys: Vec<_> = self.keys_of(action).map(|chord| chord.to_string()).collect();
        keys.join(", ")
    }

    /// The first key of an action, for hints; empty when it has none.
    pub(crate) fn hint(&self, action: impl Into<Action>) -> String {
        self.keys_of(action.into()).next().map(|chord| chord.to_string()).unwrap_or_default()
    }

    fn keys_of(&self, action: Action) -> impl Iterator<Item = Chord> {
        self.keys.iter().filter(move |(bound, _)| *bound == action).map(|(_, chord)| *chord)
    }
}

type Bindings = Vec<(Action, Chord)>;

/// The embedded keymap. That it can be read, and names every action, is a test.
fn defaults() -> (Bindings, Vec<String>) {
    let tables: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(DEFAULT).unwrap_or_default();
    let (mut bindings, mut complaints) = (Vec::new(), Vec::new());
    for action in Action::ALL {
        let keys = tables.get(action.focus().key()).and_then(|table| table.get(action.key()));
        bind(&mut bindings, &mut complaints, *action, keys.map_or(&[], Vec::as_slice));
    }
    (bindings, complaints)
}

fn bind(bindings: &mut Bindings, complaints: &mut Vec<String>, action: Action, keys: &[String]) {
    for key in keys {
        match key.parse() {
            Ok(chord) => bindings.push((action, chord)),
            Err(error) => complaints.push(format!("[keys] {}: {error}.", action.key())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_keymap_names_every_action_without_conflict() {
        let (keymap, complaints) = Keymap::new(&BTreeMap::new());
        assert_eq!(complaints, Vec::<String>::new());
        for action in Action::ALL {
            assert!(!keymap.shown(*action).is_empty(), "{} has no key", action.key());
        }
        let tables: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(DEFAULT).unwrap();
        let written: usize = tables.values().map(BTreeMap::len).sum();
        assert_eq!(written, Action::ALL.len(), "an entry names no action of its table");
        assert!(tables.keys().all(|name| Focus::ALL.iter().any(|focus| focus.key() == name)));
    }

    #[test]
    fn a_persons_keys_replace_those_of_the_action_and_mistakes_are_told() {
        let overrides = BTreeMap::from([
            ("next_mode".to_owned(), vec!["f2".to_owned()]),
            ("send".to_owned(), vec!["ctrl+j".to_owned(), "nokey".to_owned()]),
            ("fly".to_owned(), vec![]),
        ]);
        let (keymap, complaints) = Keymap::new(&overrides);
        assert_eq!(keymap.shown(GlobalKey::NextMode.into()), "F2");
        assert_eq!(keymap.find::<GlobalKey>("tab".parse().unwrap()), None);
        assert_eq!(complaints.len(), 3, "{complaints:?}");
    }
}
