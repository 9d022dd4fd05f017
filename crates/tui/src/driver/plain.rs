//! Lines only: nothing moves a cursor, nothing is drawn; for screen readers, pipes and dumb terminals.

mod mission_menu;

use std::io::{BufRead as _, Write as _};
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::Context as _;
use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::{CallId, Update};
use ratatui::layout::Rect;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver};

use self::mission_menu::Told;
use super::ending;
use super::outbox::Outbox;
use super::world::{Places, World};
use crate::app::{App, Effect, Form, Msg, update};
use crate::keymap::{CardKey, GlobalKey};
use crate::parts::argument_lines;
use crate::setup::{Exit, ScreenSetup};
use crate::terminal::{Notable, Signals};
use crate::text::sanitize;
use crate::transcript_pane::PlainCursor;

/// Messages of the background that may wait.
const BACKGROUND: usize = 64;
/// The lines of standard input outlive one session: a thread that waits for one cannot be called off, and a
/// second thread would share the lines with it.
static STDIN: OnceLock<Mutex<Receiver<String>>> = OnceLock::new();
/// A size for what is never drawn.
const AREA: Rect = Rect::new(0, 0, 80, 24);

/// Runs the screen line by line.
pub(super) async fn run(mut setup: ScreenSetup) -> anyhow::Result<Exit> {
    let mut signals = Signals::listen()?;
    let app = App::new(&setup, Instant::now(), AREA);
    let (messages, mut background) = mpsc::channel(BACKGROUND);
    let world = World::new(Places::of(&setup), messages, Outbox::new(setup.ops));
    // Only one screen runs at a time, so this waits for nobody; it is given back when the next one begins.
    let mut lines = STDIN.get_or_init(stdin_lines).lock().await;
    let mut plain = Plain {
        app,
        world,
        cursor: PlainCursor::default(),
        asked: None,
        card: None,
        told: Told::default(),
        has_input: true,
        exit: None,
    };
    say(&format!("headwater, {} mode. /help lists commands.", plain.app.mode_label(setup.mode)))?;
    if let Some(prompt) = setup.prompt.take() {
        let effects = plain.app.send(prompt);
        plain.perform(effects)?;
    }
    let exit = loop {
        plain.print()?;
        if let Some(exit) = plain.exit.take().or_else(|| plain.input_ended()) {
            break exit;
        }
        tokio::select! {
            notable = signals.next() => plain.signal(notable)?,
            update = setup.updates.recv() => plain.take_in(Msg::Engine(update.unwrap_or(Update::Closed)))?,
            Some(message) = background.recv() => plain.take_in(message)?,
            line = lines.recv(), if plain.has_input => match line {
                Some(line) => plain.line(&line)?,
                None => plain.has_input = false,
            },
            is_open = plain.world.outbox.send_one() => if !is_open {
                break Exit::EngineClosed;
            },
        }
    };
    ending::shut_down(&mut plain.world.outbox, &mut setup.updates).await;
    Ok(exit)
}

struct Plain {
    app: App,
    world: World,
    cursor: PlainCursor,
    /// The call whose menu was printed last.
    asked: Option<CallId>,
    /// The hash of the mission card that was printed last.
    card: Option<String>,
    /// What was said of research last.
    told: Told,
    /// Whether lines may still come.
    has_input: bool,
    exit: Option<Exit>,
}

impl Plain {
    /// Ctrl+C interrupts what runs, and ends the screen when pressed twice.
    fn signal(&mut self, notable: Notable) -> anyhow::Result<()> {
        self.app.now = Instant::now();
        match notable {
            Notable::Interrupt => {
                let effects = self.app.global(GlobalKey::Interrupt);
                self.perform(effects)?;
            }
            Notable::Stop => crate::terminal::stop_process_group()?,
            Notable::Resize => {}
            Notable::Terminate | Notable::Hangup => self.exit = notable.exit(),
        }
        Ok(())
    }

    fn take_in(&mut self, message: Msg) -> anyhow::Result<()> {
        let effects = update(&mut self.app, Instant::now(), message);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            match self.world.perform(effect) {
                Some(Effect::Exit(exit)) => self.exit = Some(exit),
                Some(Effect::Copy(text)) => say(&text)?,
                Some(Effect::OpenEditor(_)) => {
                    say("There is no editor here. `--contract FILE` gives a contract as a file.")?;
                }
                // Nothing is drawn here, and no key asks for these.
                Some(
                    Effect::Send(_)
                    | Effect::SaveHistory(_)
                    | Effect::FindFiles(_)
                    | Effect::MakeDiff
                    | Effect::Examine
                    | Effect::Export { .. }
                    | Effect::Remember(_)
                    | Effect::Notify(_)
                    | Effect::Redraw
                    | Effect::Suspend,
                )
                | None => {}
            }
        }
        Ok(())
    }

    /// A line of input: an answer to what was asked last, else a message or a command.
    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let answer = match self.app.deck.front(&self.app.status).cloned() {
            Some(asked) if self.app.form.is_none() => choice(&asked, line.trim()),
            Some(_) | None => None,
        };
        let effects = if let Some(key) = answer {
            self.app.answer_card(key)
        } else if self.app.is_approving() {
            return say("Type one of the numbers.");
        } else if line.trim().is_empty() && matches!(self.app.form, Some(Form::EditCall { .. })) {
            self.app.leave_form();
            // The menu is printed again.
            self.asked = None;
            return Ok(());
        } else if let Some(option) = self.option(line.trim()) {
            self.app.answer_question(Some(option))
        } else if let Some(effects) = self.mission_answer(line.trim()) {
            effects
        } else {
            self.app.composer.set(line);
            self.app.submit()
        };
        self.perform(effects)?;
        match &self.app.form {
            Some(Form::Reason { .. } | Form::RejectMission) => {
                say("Why not? Type a reason, or an empty line.")
            }
            Some(Form::EditCall { .. }) => {
                say("Type the whole call as it shall be, or an empty line to go back.")
            }
            Some(Form::ReviseMission) => say("What is to be different?"),
            Some(Form::MissionBudget) => {
                say("Type limits to change, such as: calls=40 dollars=0.5 seconds=300")
            }
            None if self.app.deck.armed.is_some() => say("Type the number again to do it."),
            None => Ok(()),
        }
    }

    fn option(&self, line: &str) -> Option<String> {
        let number: usize = line.parse().ok()?;
        self.app.questions.front()?.options.get(number.checked_sub(1)?).cloned()
    }

    /// Once input has ended (a pipe, Ctrl+D) the screen ends too, as soon as nothing runs or only a person could
    /// go on.
    fn input_ended(&self) -> Option<Exit> {
        let is_asked = self.app.is_approving() || self.app.mission_in_front().is_some();
        let needs_person = is_asked || !self.app.questions.is_empty();
        let is_idle = !self.app.is_busy() && self.app.queue.is_empty();
        (!self.has_input && (needs_person || is_idle)).then_some(Exit::Quit)
    }

    /// Prints what is new: lines of the transcript, pages, remarks, menus.
    fn print(&mut self) -> anyhow::Result<()> {
        let lines = self.app.pane.plain_lines_since(&mut self.cursor);
        for line in lines {
            say(&line)?;
        }
        if let Some(page) = self.app.overlay.take() {
            for line in page.shown() {
                say(&line.text())?;
            }
        }
        if let Some(mut tree) = self.app.tree.take() {
            for line in tree.plain(&self.app.missions, self.app.clock_ms()) {
                say(&line)?;
            }
        }
        if let Some(remark) = self.app.take_remark() {
            say(&remark)?;
        }
        if let Some(news) = self.told.news(self.app.missions.research()) {
            say(&news)?;
        }
        self.print_mission()?;
        self.print_menu()
    }

    /// An answer to the mission card in front, when the line is a number.
    fn mission_answer(&mut self, line: &str) -> Option<Vec<Effect>> {
        let is_free = self.app.form.is_none() && self.app.mission_in_front().is_some();
        if is_free { mission_menu::choose(&mut self.app, line) } else { None }
    }

    /// The card in front, once a revision.
    fn print_mission(&mut self) -> anyhow::Result<()> {
        let front = self.app.mission_in_front();
        let hash = front.map(|card| card.hash.clone());
        if self.card == hash {
            return Ok(());
        }
        let lines = front.map(mission_menu::lines).unwrap_or_default();
        self.card = hash;
        lines.iter().try_for_each(|line| say(line))
    }

    fn print_menu(&mut self) -> anyhow::Result<()> {
        let front = self.app.deck.front(&self.app.status).cloned();
        let question = self.app.questions.front().cloned();
        let call =
            front.as_ref().map(|asked| &asked.call).or(question.as_ref().map(|question| &question.call));
        if self.asked.as_ref() == call {
            return Ok(());
        }
        self.asked = call.cloned();
        match (front, question) {
            (Some(asked), _) => self.print_approval(&asked),
            // The transcript has the question and its numbered options.
            (None, Some(question)) if question.options.is_empty() => say("Type your answer:"),
            (None, Some(_)) => say("Type a number, or your own words:"),
            (None, None) => Ok(()),
        }
    }

    /// The transcript has said why it is asked; this is what would run, whole, and the answers.
    fn print_approval(&self, asked: &ApprovalRequested) -> anyhow::Result<()> {
        if let Some(call) = self.app.deck.call(&asked.call) {
            let by = self.app.status.asker(&asked.call).map(|agent| format!("{agent}, "));
            let lines: Vec<String> = argument_lines(&call.input).into_iter().map(|line| line.text).collect();
            say(&format!("{}{}: {}", by.unwrap_or_default(), call.name, lines.join("\n")))?;
        }
        let waiting = self.app.deck.waiting(&self.app.status);
        for (place, (_, words)) in choices(asked).into_iter().enumerate() {
            say(&format!("{} {words}", place + 1))?;
        }
        say(&format!("Approval 1 of {waiting}. Type a number:"))
    }
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", sanitize(line)).and_then(|()| out.flush()).context("standard output was closed")
}

/// The answer of a line, when it is a number of the menu.
fn choice(asked: &ApprovalRequested, line: &str) -> Option<CardKey> {
    let number: usize = line.parse().ok()?;
    choices(asked).into_iter().nth(number.checked_sub(1)?).map(|(key, _)| key)
}

/// The answers that are possible, in the order of the menu.
fn choices(asked: &ApprovalRequested) -> Vec<(CardKey, String)> {
    let mut choices = vec![(CardKey::AllowOnce, "yes once".to_owned())];
    if !asked.offers.is_empty() {
        let rules = asked.offers.join(", ");
        choices.push((CardKey::AllowSession, format!("this session: {rules}")));
        choices.push((CardKey::AllowProject, format!("always in this project: {rules}")));
    }
    choices.push((CardKey::Edit, "edit".to_owned()));
    choices.push((CardKey::Deny, "no".to_owned()));
    if asked.is_catastrophic
        && let Some((_, words)) = choices.first_mut()
    {
        words.push_str(" (asked twice: it is catastrophic)");
    }
    choices
}

/// The lines of standard input, from a thread of its own: reading them cannot be cancelled.
fn stdin_lines() -> Mutex<Receiver<String>> {
    let (sender, lines) = mpsc::channel(BACKGROUND);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let is_over = line.map_or(true, |line| sender.blocking_send(line).is_err());
            if is_over {
                return;
            }
        }
    });
    Mutex::new(lines)
}
