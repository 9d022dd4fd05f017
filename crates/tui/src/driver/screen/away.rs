//! The terminal in other hands: the shell's while suspended, or the person's editor's; the engine is listened to
//! while the editor runs.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitStatus;

use anyhow::Context as _;
use headwater_protocol::Update;
use tokio::process::Command;

use super::{Screen, Urgency, keyboard, terminal_area};
use crate::app::Msg;
use crate::terminal::stop_process_group;

impl Screen {
    /// Gives the terminal back and stops; goes on when told to.
    pub(super) fn suspend(&mut self) -> anyhow::Result<()> {
        self.input = None;
        self.canvas.step_aside()?;
        self.guard.leave();
        stop_process_group()?;
        self.come_back()
    }

    /// Takes the terminal again, whatever size it has by now.
    fn come_back(&mut self) -> anyhow::Result<()> {
        self.guard.resume()?;
        self.input = Some(keyboard()?);
        self.app.area = terminal_area()?;
        self.canvas.forget();
        self.title.clear();
        self.urgency = Urgency::Now;
        Ok(())
    }

    /// Opens the text in the editor and takes in what comes of it.
    pub(super) async fn edit(&mut self, text: String) -> anyhow::Result<()> {
        self.input = None;
        self.canvas.step_aside()?;
        self.guard.leave();
        let result = self.edited(&text).await.map_err(|error| format!("The editor did not work: {error:#}."));
        self.come_back()?;
        self.take_in(Urgency::Now, Msg::Edited(result));
        Ok(())
    }

    async fn edited(&mut self, text: &str) -> anyhow::Result<String> {
        let mut file = tempfile::Builder::new().prefix("headwater-").suffix(".md").tempfile()?;
        file.write_all(text.as_bytes())?;
        let status = self.wait_for_editor(file.path()).await?;
        anyhow::ensure!(status.success(), "{} ended with {status}", self.editor);
        std::fs::read_to_string(file.path()).context("its file cannot be read")
    }

    async fn wait_for_editor(&mut self, file: &Path) -> anyhow::Result<ExitStatus> {
        // The shell splits the person's command; the file comes as an argument and is never parsed.
        let script = format!("{} \"$1\"", self.editor);
        let mut child = Command::new("sh").arg("-c").arg(script).arg("sh").arg(file).spawn()?;
        loop {
            tokio::select! {
                status = child.wait() => return status.context("it cannot be waited for"),
                update = self.updates.recv() => {
                    let update = update.unwrap_or(Update::Closed);
                    let is_over = update == Update::Closed;
                    self.take_in(Urgency::Stream, Msg::Engine(update));
                    if is_over {
                        return child.wait().await.context("it cannot be waited for");
                    }
                }
                _ = self.world.outbox.send_one() => {}
            }
        }
    }
}
