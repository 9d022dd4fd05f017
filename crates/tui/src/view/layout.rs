//! Who gets which rows. Small terminals lose the decorations first, then the cards, never the composer.

use ratatui::layout::Rect;

use super::{approval_card, mission_card, own_status_line, popup_box, question_card};
use crate::app::App;

/// Below this height the composer has no frame.
const FRAMED_FROM: u16 = 10;
/// Below this height a card takes the row of the activity too: it says that somebody is waited for.
const ROOMY_FROM: u16 = 16;
/// Queued messages shown.
const QUEUE_ROWS: u16 = 3;

/// Rows of unfinished cells below what the terminal keeps. Few: when a terminal becomes lower than what stands above
/// the cursor, it keeps the rest of that too.
pub(super) const UNPRINTED: u16 = 8;

/// The parts of the screen, from top to bottom; empty ones have no height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) whole: Rect,
    pub(crate) transcript: Rect,
    pub(crate) card: Rect,
    pub(crate) queue: Rect,
    pub(crate) activity: Rect,
    pub(crate) composer: Rect,
    pub(crate) own_status: Rect,
    pub(crate) status: Rect,
}

/// The parts of the screen for the state as it is.
pub(crate) fn areas(app: &App) -> Areas {
    let mut rest = app.area;
    let status = take_bottom(&mut rest, 1);
    let own_status = take_bottom(&mut rest, own_status_line::height(app));
    let composer = take_bottom(&mut rest, composer_height(app));
    let is_crowded = app.area.height < ROOMY_FROM && has_card(app);
    let activity_rows = u16::from(has_activity(app) && rest.height > 1 && !is_crowded);
    let activity = take_bottom(&mut rest, activity_rows);
    let queue_rows = u16::try_from(app.queue.len()).unwrap_or(u16::MAX).min(QUEUE_ROWS).min(rest.height / 4);
    let queue = take_bottom(&mut rest, queue_rows);
    let card_rows = card_height(app, rest);
    let card = take_bottom(&mut rest, card_rows);
    let areas =
        Areas { whole: app.area, transcript: rest, card, queue, activity, composer, own_status, status };
    if app.config.is_inline { areas.as_footer(footer_transcript(app)) } else { areas }
}

/// Rows of the transcript in a footer: what is unfinished, or what a popup or a page needs.
fn footer_transcript(app: &App) -> u16 {
    if app.has_page() {
        return u16::MAX;
    }
    let popup = app.popup.as_ref().map_or(0, popup_box::height);
    // Never none: a blank row parts the footer from what is printed.
    u16::try_from(app.unprinted).unwrap_or(u16::MAX).max(popup).max(1)
}

impl Areas {
    /// The same without what the transcript has more than so many rows.
    fn as_footer(self, rows: u16) -> Self {
        let cut = self.transcript.height.saturating_sub(rows);
        let shorter = |area: Rect| Rect { height: area.height - cut, ..area };
        let higher = |area: Rect| Rect { y: area.y - cut, ..area };
        Self {
            whole: shorter(self.whole),
            transcript: shorter(self.transcript),
            card: higher(self.card),
            queue: higher(self.queue),
            activity: higher(self.activity),
            composer: higher(self.composer),
            own_status: higher(self.own_status),
            status: higher(self.status),
        }
    }
}

/// Columns for the text of the composer.
pub(crate) fn composer_width(app: &App) -> usize {
    usize::from(app.area.width.saturating_sub(composer_margin(app.area)))
}

/// Whether the composer has a frame.
pub(super) fn is_framed(area: Rect) -> bool {
    area.height >= FRAMED_FROM
}

/// Columns that are not for text: frame and blanks, or the prompt sign.
fn composer_margin(area: Rect) -> u16 {
    if is_framed(area) { 4 } else { 2 }
}

/// The text's rows, at most 40 % of the screen, and the frame.
fn composer_height(app: &App) -> u16 {
    let rows = app.composer.layout(composer_width(app)).rows.len();
    let most = (app.area.height * 2 / 5).max(1);
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).clamp(1, most);
    if is_framed(app.area) { rows + 2 } else { rows }
}

fn has_activity(app: &App) -> bool {
    let has_terms = app.status.contract.contract.is_some() && !app.status.contract.is_accepted;
    app.is_busy() || has_terms || app.status.todos.items.iter().any(|todo| todo.status.is_open())
}

fn has_card(app: &App) -> bool {
    app.deck.front(&app.status).is_some() || !app.questions.is_empty() || app.mission_in_front().is_some()
}

/// A card may take the screen but for a few rows of transcript, which stays scrollable above it.
fn card_height(app: &App, rest: Rect) -> u16 {
    let most = rest.height.saturating_sub(rest.height / 4);
    if let Some(asked) = app.deck.front(&app.status) {
        approval_card::height(app, asked, rest.width, most)
    } else if let Some(question) = app.questions.front() {
        question_card::height(question, rest.width, most)
    } else if let Some(proposed) = app.mission_in_front() {
        mission_card::height(app, proposed, rest.width, most)
    } else {
        0
    }
}

fn take_bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect { y: rest.bottom(), height, ..*rest }
}
