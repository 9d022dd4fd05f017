//! Reports of the mouse.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::csi::Fields;

const BUTTON: u32 = 0b1100_0011;
const IS_MOVING: u32 = 0b0010_0000;
const MODIFIERS: [(u32, KeyModifiers); 3] =
    [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];

/// A report in numbers: buttons, column and row counted from one.
pub(super) fn report(fields: &Fields, is_release: bool) -> Option<Event> {
    let place = |place| u16::try_from(fields.at(place).0).ok().map(|number| number.saturating_sub(1));
    event(fields.at(0).0, is_release, place(1)?, place(2)?)
}

/// A report in three bytes, each 32 more than its number, for terminals which know no other.
pub(super) fn old(buttons: u8, column: u8, row: u8) -> Option<Event> {
    let place = |byte: u8| u16::from(byte.saturating_sub(33));
    event(u32::from(buttons.checked_sub(32)?), false, place(column), place(row))
}

fn event(bits: u32, is_release: bool, column: u16, row: u16) -> Option<Event> {
    let kind = kind(bits & BUTTON, bits & IS_MOVING != 0, is_release)?;
    let modifiers = MODIFIERS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| *modifier);
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers: modifiers.collect() }))
}

fn kind(button: u32, is_moving: bool, is_release: bool) -> Option<MouseEventKind> {
    let wheel = match button {
        64 => Some(MouseEventKind::ScrollUp),
        65 => Some(MouseEventKind::ScrollDown),
        66 => Some(MouseEventKind::ScrollLeft),
        67 => Some(MouseEventKind::ScrollRight),
        _ => None,
    };
    let pressed = match button {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        3 if is_moving => return Some(MouseEventKind::Moved),
        // The old reports do not tell which one was let go.
        3 => return Some(MouseEventKind::Up(MouseButton::Left)),
        _ => return wheel,
    };
    Some(match (is_release, is_moving) {
        (true, _) => MouseEventKind::Up(pressed),
        (false, true) => MouseEventKind::Drag(pressed),
        (false, false) => MouseEventKind::Down(pressed),
    })
}
