//! Moving the view.

/// A movement of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// By rows; negative is up.
    Lines(i32),
    /// By pages; negative is up.
    Page(i32),
    /// To the beginning.
    Top,
    /// To the end, and follow it.
    End,
}
