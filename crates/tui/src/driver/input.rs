//! Terminal events as messages.

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use crate::app::{MouseInput, Msg};

/// What an event means; `None` for those which mean nothing here.
pub(super) fn message(event: Event) -> Option<Msg> {
    Some(match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => return None,
        Event::Key(key) => Msg::Key(key),
        Event::Paste(text) => Msg::Paste(text),
        Event::Mouse(mouse) => Msg::Mouse(mouse_input(mouse)?),
        Event::FocusGained => Msg::Focus(true),
        Event::FocusLost => Msg::Focus(false),
        // No bytes tell it: a signal does.
        Event::Resize(..) => return None,
    })
}

fn mouse_input(mouse: MouseEvent) -> Option<MouseInput> {
    let (column, row) = (mouse.column, mouse.row);
    Some(match mouse.kind {
        MouseEventKind::ScrollUp => MouseInput::Wheel { is_down: false },
        MouseEventKind::ScrollDown => MouseInput::Wheel { is_down: true },
        MouseEventKind::Down(MouseButton::Left) => MouseInput::Press { column, row },
        MouseEventKind::Drag(MouseButton::Left) => MouseInput::Drag { column, row },
        MouseEventKind::Up(MouseButton::Left) => MouseInput::Release,
        MouseEventKind::Down(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => return None,
    })
}
