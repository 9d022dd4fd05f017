//! Selecting source text by places of the screen.

/// What a selection grows by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectBy {
    /// Characters: click and drag.
    #[default]
    Character,
    /// Words: double click.
    Word,
    /// Source lines: triple click.
    Line,
}

/// Where and how a selection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectFrom {
    /// Column in the pane, from 0.
    pub column: u16,
    /// Row in the pane, from 0.
    pub row: u16,
    /// What it grows by.
    pub by: SelectBy,
}
