//! The injection queue: in what order the harness speaks, and what goes unsaid when there is too much (HARNESS B6).
//!
//! *Invariants:* the order is total and stable: by priority, then as they came; a key is said once; where the room is not
//! enough the least urgent go first, and each that goes is named. What safety wants is always said.

use headwater_protocol::{RunState, Tokens};

use crate::tokens::estimate_bytes;

/// The part of the window that the reminders of one request may take, and the most that they may in any.
const ROOM: (u64, Tokens) = (32, Tokens(600));

/// What all reminders of one request may take.
pub fn reminder_room(state: &RunState) -> Tokens {
    let window = state.session.model.as_ref().map_or(Tokens(0), |model| model.window);
    Tokens(window.0 / ROOM.0).min(ROOM.1)
}

/// Something to tell the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Its name in the log; of two with the same only one is said.
    pub key: String,
    /// How urgent it is.
    pub priority: Priority,
    /// The words, without the tag around them.
    pub text: String,
}

/// How urgent a reminder is, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// What may and may not be done.
    Safety,
    /// Something that just went wrong.
    Correction,
    /// What the world is like now.
    State,
    /// What would be wise.
    Advice,
}

/// Reminders that wait for the next request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    waiting: Vec<Reminder>,
}

/// What becomes of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// What is said, in this order.
    pub said: Vec<Reminder>,
    /// What there was no room for.
    pub dropped: Vec<Reminder>,
}

impl Queue {
    /// Puts a reminder in the queue. One with the same key gives way to it, and keeps its place unless the new one is more
    /// urgent.
    pub fn push(&mut self, reminder: Reminder) {
        match self.waiting.iter_mut().find(|other| other.key == reminder.key) {
            Some(other) => {
                other.priority = other.priority.min(reminder.priority);
                other.text = reminder.text;
            }
            None => self.waiting.push(reminder),
        }
    }

    /// Empties the queue: as much is said as there is room for, by the session's factor between bytes and tokens.
    pub fn flush(mut self, room: Tokens, calibration: f64) -> Flushed {
        // Stable: of equals the first to come is the first to be said.
        self.waiting.sort_by_key(|reminder| reminder.priority);
        let mut flushed = Flushed::default();
        let mut bytes = 0;
        for reminder in self.waiting {
            bytes += reminder.text.len();
            let has_room = flushed.dropped.is_empty() && estimate_bytes(bytes, calibration) <= room;
            let is_said = has_room || reminder.priority == Priority::Safety;
            (if is_said { &mut flushed.said } else { &mut flushed.dropped }).push(reminder);
        }
        flushed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reminders() -> impl Strategy<Value = Vec<Reminder>> {
        let priority = prop_oneof![
            Just(Priority::Safety),
            Just(Priority::Correction),
            Just(Priority::State),
            Just(Priority::Advice)
        ];
        let one = ("[a-e]", priority, 1usize..1_500);
        let made = |(key, priority, size): (String, Priority, usize)| Reminder {
            text: key.repeat(size),
            key,
            priority,
        };
        prop::collection::vec(one.prop_map(made), 0..12)
    }

    fn queue(reminders: &[Reminder]) -> Queue {
        let mut queue = Queue::default();
        for reminder in reminders {
            queue.push(reminder.clone());
        }
        queue
    }

    proptest! {
        #[test]
        fn b6_the_order_is_total_and_stable_keys_are_said_once_and_the_least_urgent_go_first(
            reminders in reminders(),
            room in 0u64..900,
        ) {
            let Flushed { said, dropped } = queue(&reminders).flush(Tokens(room), 1.0);
            // Each key once, with the newest words and the most urgent priority.
            let all: Vec<&Reminder> = said.iter().chain(&dropped).collect();
            for reminder in &all {
                let same: Vec<&Reminder> = reminders.iter().filter(|other| other.key == reminder.key).collect();
                prop_assert_eq!(all.iter().filter(|other| other.key == reminder.key).count(), 1);
                prop_assert_eq!(Some(&reminder.text), same.last().map(|other| &other.text));
                prop_assert_eq!(Some(reminder.priority), same.iter().map(|other| other.priority).min());
            }
            let mut keys: Vec<&str> = reminders.iter().map(|reminder| reminder.key.as_str()).collect();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys.len(), all.len(), "none is lost");
            // By priority, and of equals as they came.
            let came = |reminder: &Reminder| reminders.iter().position(|other| other.key == reminder.key);
            for part in [&said, &dropped] {
                prop_assert!(part.is_sorted_by_key(|reminder| (reminder.priority, came(reminder))));
            }
            // Nothing that is said is less urgent than what is not, but for the order among equals.
            for (kept, lost) in said.iter().flat_map(|kept| dropped.iter().map(move |lost| (kept, lost))) {
                prop_assert!((kept.priority, came(kept)) < (lost.priority, came(lost)));
            }
            let is_safety = |reminder: &&Reminder| reminder.priority == Priority::Safety;
            prop_assert_eq!(dropped.iter().find(is_safety), None);
            let bytes: usize = said.iter().map(|reminder| reminder.text.len()).sum();
            let is_within = estimate_bytes(bytes, 1.0).0 <= room || said.iter().all(|one| is_safety(&one));
            prop_assert!(is_within, "{} bytes in {} tokens", bytes, room);
            prop_assert_eq!(queue(&reminders).flush(Tokens(room), 1.0), Flushed { said, dropped });
        }
    }
}
