//! What stands around a block: quotations, lists and their items, and the prefixes they put before it.

use crate::text::{Indent, Span, width};
use crate::theme::Slot;

#[derive(Debug)]
enum Container {
    Quote,
    /// A list with the number of its next item.
    List(Option<u64>),
    /// An item: its marker, until the first row has taken it, and the columns of the marker.
    Item(Option<Span>, usize),
}

/// The containers around the current block, the outermost first.
#[derive(Debug, Default)]
pub(super) struct Containers(Vec<Container>);

impl Containers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    pub(super) fn begin_quote(&mut self) {
        self.0.push(Container::Quote);
    }

    pub(super) fn begin_list(&mut self, first: Option<u64>) {
        self.0.push(Container::List(first));
    }

    pub(super) fn begin_item(&mut self) {
        let marker = match self.0.last_mut() {
            Some(Container::List(Some(number))) => {
                let marker = Span::made(format!("{number}. "), Slot::Marker);
                *number = number.saturating_add(1);
                marker
            }
            _ => Span::fixed("• ", Slot::Marker),
        };
        let columns = width(marker.text(""));
        self.0.push(Container::Item(Some(marker), columns));
    }

    /// The item is a task.
    pub(super) fn mark_task(&mut self, is_done: bool) {
        if let Some(Container::Item(marker, _)) = self.0.last_mut() {
            *marker = Some(Span::fixed(if is_done { "☑ " } else { "☐ " }, Slot::Marker));
        }
    }

    /// Whether the innermost container is an item whose marker no row has taken yet.
    pub(super) fn has_bare_marker(&self) -> bool {
        matches!(self.0.last(), Some(Container::Item(Some(_), _)))
    }

    /// The bars of the quotations alone, for blank rows.
    pub(super) fn quotes(&self) -> Vec<Span> {
        self.0
            .iter()
            .filter(|container| matches!(container, Container::Quote))
            .map(|_| quote_mark())
            .collect()
    }

    /// The prefixes of the next block; markers are taken by it.
    pub(super) fn indent(&mut self, columns: usize) -> Indent {
        let mut indent = Indent::none(columns);
        let mut used = 0;
        for container in &mut self.0 {
            let (first, rest, wide) = match container {
                Container::List(_) => continue,
                Container::Quote => (quote_mark(), quote_mark(), 2),
                Container::Item(marker, wide) => {
                    let blank = Span::blank(*wide);
                    (marker.take().unwrap_or_else(|| blank.clone()), blank, *wide)
                }
            };
            used += wide;
            // Deep nesting must leave room for the text itself.
            if used <= columns * 2 / 3 {
                indent.first.push(first);
                indent.rest.push(rest);
            }
        }
        indent
    }
}

fn quote_mark() -> Span {
    Span::fixed("▎ ", Slot::Quote)
}
