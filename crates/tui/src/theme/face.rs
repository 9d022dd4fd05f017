//! What a piece of text is, before any theme: a slot and attributes.

use ratatui::style::{Modifier, Style};

use super::{Slot, Theme};

/// A slot with attributes on top; rows are kept with faces so that a change of theme needs no new layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Face {
    /// What the text means.
    pub slot: Slot,
    /// Attributes added to the slot's own.
    pub modifier: Modifier,
}

impl Face {
    /// A slot as it is.
    pub const fn of(slot: Slot) -> Self {
        Self { slot, modifier: Modifier::empty() }
    }

    /// The same with more attributes.
    #[must_use]
    pub const fn with(self, modifier: Modifier) -> Self {
        Self { slot: self.slot, modifier: self.modifier.union(modifier) }
    }

    /// The style under a theme.
    pub fn style(self, theme: &Theme) -> Style {
        theme.style(self.slot).add_modifier(self.modifier)
    }
}

impl From<Slot> for Face {
    fn from(slot: Slot) -> Self {
        Self::of(slot)
    }
}
