//! Draws the state. *Invariant:* nothing here changes it; layout that must be kept is made in `App::prepare`.

mod activity_line;
mod approval_card;
mod composer_box;
mod layout;
mod mission_card;
mod overlay_page;
mod own_status_line;
mod paint;
mod popup_box;
mod question_card;
mod status_line;
mod tree_page;
mod welcome;

#[cfg(test)]
mod tests;

pub(crate) use layout::{areas, composer_width};
pub(crate) use welcome::headline;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::layout::UNPRINTED;
use crate::app::{App, CardPage};
use crate::highlight::HighlightJob;

/// Draws everything; the place of the hardware cursor.
pub(crate) fn view(app: &App, buf: &mut Buffer) -> Option<Position> {
    let areas = areas(app);
    app.pane.draw(areas.transcript, buf, &app.theme);
    if app.pane.is_fresh() && !app.config.is_inline {
        welcome::draw(app, below(areas.transcript, app.pane.shown_rows()), buf);
    }
    if let Some(asked) = app.deck.front(&app.status) {
        approval_card::draw(app, asked, areas.card, buf);
    } else if let Some(question) = app.questions.front() {
        question_card::draw(app, question, areas.card, buf);
    } else if let Some(proposed) = app.mission_in_front() {
        mission_card::draw(app, proposed, areas.card, buf);
    }
    activity_line::draw(app, areas.queue, areas.activity, buf);
    let mut cursor = composer_box::draw(app, areas.composer, buf);
    own_status_line::draw(app, areas.own_status, buf);
    status_line::draw(app, areas.status, buf);
    if let Some(popup) = &app.popup {
        popup_box::draw(app, popup, &areas, buf);
    }
    let is_in_fields = matches!(app.desk.page, CardPage::Budget(_)) && app.mission_in_front().is_some();
    if app.is_approving() || is_in_fields {
        cursor = None;
    }
    if let Some(overlay) = &app.overlay {
        cursor = overlay_page::draw(app, overlay, areas.whole, buf);
    }
    if let Some(tree) = &app.tree {
        tree_page::draw(app, tree, areas.whole, buf);
        cursor = None;
    }
    cursor
}

/// Rows of the question in front that its card does not show at once.
pub(crate) fn hidden_of_question(app: &App) -> usize {
    app.questions.front().map_or(0, |question| question_card::hidden(question, areas(app).card))
}

/// Rows of the approval in front that its card does not show at once.
pub(crate) fn hidden_of_approval(app: &App) -> usize {
    let front = app.deck.front(&app.status);
    front.map_or(0, |asked| approval_card::hidden(app, asked, areas(app).card))
}

/// What is left of an area below its first rows.
fn below(area: Rect, rows: usize) -> Rect {
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

impl App {
    /// Lays out what the next frame will show; the blocks of code in it that have no colours yet.
    pub(crate) fn prepare(&mut self) -> Vec<HighlightJob> {
        let clock = self.clock_ms();
        if self.config.is_inline {
            self.unprinted = self.pane.measure_unprinted(self.area.width, clock, usize::from(UNPRINTED));
        }
        let areas = areas(self);
        self.pane.prepare(areas.transcript, clock);
        if let Some(tree) = &mut self.tree {
            tree.prepare(&self.missions, tree_page::inner(areas.whole));
        }
        self.pane.take_highlight_jobs()
    }

    /// The title of the terminal: mode, directory, the session's title where the person gave it one, state.
    pub(crate) fn title(&self) -> String {
        let folder = self.config.workspace.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_asked = self.deck.front(&self.status).is_some() || self.mission_in_front().is_some();
        let state = if is_asked || !self.questions.is_empty() {
            " — waiting for you"
        } else if self.is_busy() {
            " — working"
        } else {
            ""
        };
        let folder = folder.unwrap_or_default();
        let session = &self.status.session;
        let named = if session.is_titled { format!(" — {}", session.title) } else { String::new() };
        let title = format!("headwater — {} — {folder}{named}{state}", self.mode_label(self.mode()));
        crate::text::sanitize(&title).replace(['\n', '\t'], " ")
    }
}
