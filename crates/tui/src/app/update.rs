//! The one way the state changes.

use std::path::PathBuf;
use std::time::Instant;

use super::{App, Effect, Msg};
use crate::overlays;

/// Takes in what happened at `now`, and says what is to be done. No IO, no clock.
pub(crate) fn update(app: &mut App, now: Instant, msg: Msg) -> Vec<Effect> {
    app.now = app.now.max(now);
    let mut effects = take_in(app, msg);
    // Whatever happened may have brought a mission card to the front, or taken it away.
    effects.extend(app.look_at_mission());
    effects
}

fn take_in(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => app.key(key.into()),
        Msg::Paste(text) => app.pasted(&text),
        Msg::Mouse(input) => app.mouse(input),
        Msg::Focus(is_focused) => {
            app.is_focused = is_focused;
            Vec::new()
        }
        Msg::Resize(area) => {
            app.area = area;
            Vec::new()
        }
        Msg::Tick => Vec::new(),
        Msg::Engine(update) => app.engine(update),
        Msg::History(remembered) => {
            app.history.load(remembered);
            Vec::new()
        }
        Msg::Files(hits) => {
            app.found_files(hits);
            Vec::new()
        }
        Msg::Edited(result) => app.edited(result),
        Msg::Diff(result) => {
            app.show_diff(result);
            Vec::new()
        }
        Msg::Examined(result) => {
            app.show_examined(result);
            Vec::new()
        }
        Msg::Highlighted(highlighted) => {
            app.pane.apply_highlight(highlighted);
            Vec::new()
        }
        Msg::Exported(result) => app.wrote("The transcript is in", result),
        Msg::Remembered(result) => app.wrote("Remembered in", result),
        Msg::Copied(Ok(characters)) => app.remarked(format!("copied {characters} characters")),
        Msg::Copied(Err(bytes)) => app.remarked(format!(
            "{bytes} bytes are too many for a terminal's clipboard; /export writes a file"
        )),
    }
}

impl App {
    /// A remark and no effect.
    fn remarked(&mut self, remark: String) -> Vec<Effect> {
        self.say(remark);
        Vec::new()
    }

    fn show_examined(&mut self, result: Result<String, String>) {
        match result {
            Ok(report) => self.overlay = Some(overlays::doctor(&report)),
            Err(reason) => self.notice(&reason),
        }
    }

    fn show_diff(&mut self, result: Result<String, String>) {
        match result {
            Ok(diff) => self.overlay = Some(overlays::diff(&diff)),
            Err(reason) => self.notice(&reason),
        }
    }

    fn wrote(&mut self, what: &str, result: Result<PathBuf, String>) -> Vec<Effect> {
        match result {
            Ok(path) => self.notice(&format!("{what} {}.", path.display())),
            Err(reason) => self.notice(&reason),
        }
        Vec::new()
    }

    fn edited(&mut self, result: Result<String, String>) -> Vec<Effect> {
        if let Some(effects) = self.edited_contract(&result) {
            return effects;
        }
        match result {
            Ok(text) => self.composer.set(text.trim_end_matches('\n')),
            Err(reason) => self.notice(&reason),
        }
        self.refresh_popup()
    }
}
