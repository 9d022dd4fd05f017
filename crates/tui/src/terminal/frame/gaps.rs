//! Short gaps between changes: to write what stands there again costs a byte a cell, to move the cursor over it about
//! seven.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr as _;

/// The widest gap that is written: `CSI 35;23 H` is eight bytes.
const WIDEST: u16 = 7;

/// A cell and its place.
pub(super) type Change<'a> = (u16, u16, &'a Cell);

/// The changes, with those cells between them that cost less than a move of the cursor.
pub(super) fn closed<'a>(changes: impl Iterator<Item = Change<'a>>, next: &'a Buffer) -> Vec<Change<'a>> {
    let mut closed: Vec<Change<'a>> = Vec::new();
    for change in changes {
        if let Some(last) = closed.last().copied() {
            closed.extend(between(last, change, next).into_iter().flatten());
        }
        closed.push(change);
    }
    closed
}

/// The cells of a gap, where it is one that is worth writing.
fn between<'a>(last: Change<'a>, change: Change<'a>, next: &'a Buffer) -> Option<Vec<Change<'a>>> {
    let (x, y, cell) = last;
    let from = x.saturating_add(u16::try_from(cell.symbol().width()).ok()?);
    let gap = change.0.checked_sub(from)?;
    if y != change.1 || gap > WIDEST {
        return None;
    }
    let cells = (from..change.0).map(|x| next.cell((x, y)).map(|cell| (x, y, cell)));
    let cells: Vec<Change<'a>> = cells.collect::<Option<_>>()?;
    let is_cheap = |(_, _, other): &Change<'a>| other.symbol().is_ascii() && other.style() == cell.style();
    cells.iter().all(is_cheap).then_some(cells)
}
