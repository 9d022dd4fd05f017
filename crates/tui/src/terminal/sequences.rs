//! The control sequences of the screen, in one place (xterm's ctlseqs; kitty's keyboard protocol for `CSI > u`).

use super::Stage;
use crate::setup::Mouse;

/// Begins a synchronized update.
pub(super) const BEGIN_FRAME: &[u8] = b"\x1b[?2026h\x1b[?25l";
/// Ends a synchronized update.
pub(super) const END_FRAME: &[u8] = b"\x1b[?2026l";
/// Shows the cursor; sent where the person types.
pub(super) const SHOW_CURSOR: &[u8] = b"\x1b[?25h";

/// Saves the title, alternate screen, bracketed paste, focus reports, disambiguated keys. A terminal which does
/// not know one of them ignores it, so nothing has to be asked first.
const ENTER: &str = "\x1b[22;0t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[>1u";
/// The same on the normal screen, whose scrollback stays the terminal's.
const ENTER_INLINE: &str = "\x1b[22;0t\x1b[?2004h\x1b[?1004h\x1b[>1u";
/// Buttons, drags and the wheel, in the form which has no limit on columns.
const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
/// Buttons and the wheel only.
const MOUSE_WHEEL: &str = "\x1b[?1000h\x1b[?1006h";
/// Everything undone, in the opposite order; harmless when it had not been done.
pub(super) const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[<u\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l\x1b[23;0t";
/// The same on the normal screen: what stands below the cursor goes, everything else stays.
pub(super) const LEAVE_INLINE: &[u8] =
    b"\x1b[?2026l\x1b[<u\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[J\x1b[23;0t";

/// What to send before the first frame. Without an alternate screen the mouse is left to the terminal.
pub(super) fn enter(stage: Stage, mouse: Mouse) -> Vec<u8> {
    if stage == Stage::Inline {
        return ENTER_INLINE.as_bytes().to_vec();
    }
    let mouse = match mouse {
        Mouse::On => MOUSE_ON,
        Mouse::Wheel => MOUSE_WHEEL,
        Mouse::Off => "",
    };
    [ENTER, mouse].concat().into_bytes()
}
