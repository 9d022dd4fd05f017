//! The todo list as it stands.

use super::View;
use crate::event::Event;
use crate::record::Record;
use crate::todo::Todo;

/// The todo list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Todos {
    /// The entries in the model's order.
    pub items: Vec<Todo>,
}

impl Todos {
    /// How many are done, and how many there are.
    pub fn done_of_all(&self) -> (usize, usize) {
        let done = self.items.iter().filter(|todo| !todo.status.is_open()).count();
        (done, self.items.len())
    }
}

impl View for Todos {
    fn apply(&mut self, record: &Record) {
        if let Event::TodosChanged(changed) = &record.event {
            self.items.clone_from(&changed.todos);
        }
    }
}
