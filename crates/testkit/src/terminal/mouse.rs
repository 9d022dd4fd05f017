//! The mouse, as a terminal reports it in the SGR encoding (mode 1006).

/// What the mouse does at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button goes down.
    Press,
    /// The mouse moves with the left button down.
    Drag,
    /// The left button comes up.
    Release,
    /// The wheel turns up by one notch.
    WheelUp,
    /// The wheel turns down by one notch.
    WheelDown,
}

impl Mouse {
    /// The bytes for it at this cell; rows and columns count from 0.
    pub(crate) fn bytes(self, row: u16, col: u16) -> Vec<u8> {
        let (button, last) = match self {
            Self::Press => (0, 'M'),
            Self::Drag => (32, 'M'),
            Self::Release => (0, 'm'),
            Self::WheelUp => (64, 'M'),
            Self::WheelDown => (65, 'M'),
        };
        format!("\x1b[<{button};{};{}{last}", col + 1, row + 1).into_bytes()
    }
}
