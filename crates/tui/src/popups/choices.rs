//! A list of which one entry is chosen.

/// Entries with a chosen one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choices<T> {
    items: Vec<T>,
    chosen: usize,
}

/// One entry as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The entry.
    pub(crate) text: String,
    /// A word about it, dim; may be empty.
    pub(crate) detail: String,
}

impl Row {
    /// An entry with nothing to say about it.
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), detail: String::new() }
    }
}

impl<T> Choices<T> {
    /// The first entry is chosen.
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self { items, chosen: 0 }
    }

    /// The chosen entry.
    pub(crate) fn chosen(&self) -> Option<&T> {
        self.items.get(self.chosen)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Chooses the next or previous entry, round the ends.
    pub(crate) fn step(&mut self, is_down: bool) {
        let count = self.items.len().max(1);
        let step = if is_down { 1 } else { count - 1 };
        self.chosen = (self.chosen + step) % count;
    }

    /// The entries as rows, and the place of the chosen one.
    pub(crate) fn rows(&self, row: impl Fn(&T) -> Row) -> (Vec<Row>, usize) {
        (self.items.iter().map(row).collect(), self.chosen)
    }
}
