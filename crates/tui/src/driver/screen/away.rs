//! The terminal in other hands: the shell's while suspended, or the person's editor's; the engine is listened to
//! while the editor runs.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context as _;
use headwater_protocol::Update;
use tokio::process::{Child, Command};

use super::{Screen, Urgency, keyboard, terminal_area};
use crate::app::Msg;
use crate::terminal::{Notable, Signals, stop_process_group};

/// How long after Ctrl+C ended the editor the same signal may still be on its way to this process.
const ECHO: Duration = Duration::from_millis(100);
/// SIGINT, and how a shell reports that it ended its program.
const INTERRUPT: (i32, i32) = (2, 130);

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
    pub(super) async fn edit(&mut self, text: String, signals: &mut Signals) -> anyhow::Result<()> {
        self.input = None;
        self.canvas.step_aside()?;
        self.guard.leave();
        let result = self.edited(&text, signals).await;
        if self.exit.is_some() {
            return Ok(());
        }
        self.come_back()?;
        let result = result.map_err(|error| format!("The editor did not work: {error:#}."));
        self.take_in(Urgency::Now, Msg::Edited(result));
        Ok(())
    }

    async fn edited(&mut self, text: &str, signals: &mut Signals) -> anyhow::Result<String> {
        let mut file = tempfile::Builder::new().prefix("headwater-").suffix(".md").tempfile()?;
        file.write_all(text.as_bytes())?;
        let status = self.run_editor(file.path(), signals).await?;
        anyhow::ensure!(status.success(), "{} ended with {status}", self.editor);
        std::fs::read_to_string(file.path()).context("its file cannot be read")
    }

    async fn run_editor(&mut self, file: &Path, signals: &mut Signals) -> anyhow::Result<ExitStatus> {
        // The shell splits the person's command; the file comes as an argument and is never parsed.
        let script = format!("{} \"$1\"", self.editor);
        let mut child = Command::new("sh").arg("-c").arg(script).arg("sh").arg(file).spawn()?;
        let status = self.wait_for_editor(&mut child, signals).await.context("it cannot be waited for")?;
        let is_interrupted = status.signal() == Some(INTERRUPT.0) || status.code() == Some(INTERRUPT.1);
        if is_interrupted && let Ok(notable) = tokio::time::timeout(ECHO, signals.next()).await {
            self.signal_away(notable, &mut child)?;
        }
        Ok(status)
    }

    async fn wait_for_editor(
        &mut self,
        child: &mut Child,
        signals: &mut Signals,
    ) -> anyhow::Result<ExitStatus> {
        let mut has_engine = true;
        loop {
            tokio::select! {
                // Ctrl+C in the editor is a signal here as well, and comes before its end.
                biased;
                notable = signals.next() => self.signal_away(notable, child)?,
                status = child.wait() => return Ok(status?),
                update = self.updates.recv(), if has_engine => {
                    let update = update.unwrap_or(Update::Closed);
                    has_engine = update != Update::Closed;
                    self.take_in(Urgency::Stream, Msg::Engine(update));
                }
                _ = self.world.outbox.send_one() => {}
            }
        }
    }

    /// A signal while the editor has the terminal: what the keyboard sent is for the editor, which got it too. The
    /// shell only has the terminal back when this process stops with it.
    fn signal_away(&mut self, notable: Notable, child: &mut Child) -> anyhow::Result<()> {
        match notable {
            Notable::Interrupt | Notable::Resize => {}
            Notable::Stop => stop_process_group()?,
            Notable::Terminate | Notable::Hangup => {
                self.exit = notable.exit();
                child.start_kill().context("the editor cannot be ended")?;
            }
        }
        Ok(())
    }
}
