//! The full screen and the inline one: select over input, signals, engine, background and one deadline; drain; draw.

mod away;
mod canvas;
mod painting;

use std::io;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::Event;
use headwater_protocol::Update;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{self, Receiver};

use self::canvas::{Canvas, stage_of};
use super::ending;
use super::input;
use super::outbox::Outbox;
use super::world::{Places, World};
use crate::app::{App, Effect, Msg, update};
use crate::highlight::Highlighter;
use crate::setup::{Exit, ScreenSetup};
use crate::terminal::{Guard, Keyboard, Notable, Signals, stdout_file};

/// The shortest time between two frames that only a stream asked for: 60 a second.
const FRAME: Duration = Duration::from_millis(16);
/// How long after a change of the size the next one may be on its way without the terminal telling so: tmux tells of
/// sizes no more often than every 250 ms.
const SETTLING: Duration = Duration::from_millis(400);
/// Messages taken in before a frame must be drawn.
const MOST_PER_FRAME: usize = 4_096;
/// Messages of the background that may wait.
const BACKGROUND: usize = 64;

/// Runs the screen.
pub(super) async fn run(setup: ScreenSetup) -> anyhow::Result<Exit> {
    // Before the size is looked up, so that none comes unnoticed after that.
    let mut signals = Signals::listen()?;
    let guard = Guard::enter(stage_of(setup.presenter), setup.mouse)?;
    let mut screen = Screen::new(setup, guard)?;
    screen.draw()?;
    screen.begin();
    let exit = screen.until_exit(&mut signals).await;
    // A terminal that has gone away keeps nothing, and needs no farewell.
    let is_printed = screen.canvas.finish(&mut screen.app).unwrap_or(true);
    screen.guard.leave();
    if !is_printed {
        ending::print_last_turn(&screen.app);
    }
    ending::shut_down(&mut screen.world.outbox, &mut screen.updates).await;
    exit
}

/// How soon the state must be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Nothing,
    /// With the next frame of a stream.
    Stream,
    /// At once: a person did something.
    Now,
}

struct Screen {
    app: App,
    guard: Guard,
    canvas: Canvas,
    world: World,
    updates: Receiver<Update>,
    background: Receiver<Msg>,
    /// `None` while something else has the terminal.
    input: Option<Keyboard>,
    urgency: Urgency,
    drawn: Instant,
    /// When the terminal's size can be relied on again.
    settled: Option<Instant>,
    /// Sequences to send with the next frame.
    extra: Vec<u8>,
    title: String,
    editor: String,
    is_tmux: bool,
    prompt: Option<String>,
    highlighter: Highlighter,
    exit: Option<Exit>,
}

impl Screen {
    fn new(mut setup: ScreenSetup, guard: Guard) -> anyhow::Result<Self> {
        let now = Instant::now();
        let area = terminal_area()?;
        let app = App::new(&setup, now, area);
        let sink = stdout_file().context("standard output cannot be opened")?;
        let canvas = Canvas::new(&setup, &app, sink)?;
        let (messages, background) = mpsc::channel(BACKGROUND);
        let places = Places::of(&setup);
        let outbox = Outbox::new(setup.ops);
        let world = World::new(places, messages, outbox);
        Ok(Self {
            app,
            guard,
            canvas,
            world,
            updates: setup.updates,
            background,
            input: Some(keyboard()?),
            urgency: Urgency::Nothing,
            drawn: now,
            settled: None,
            extra: Vec::new(),
            title: String::new(),
            editor: setup.editor,
            is_tmux: setup.is_tmux,
            prompt: setup.prompt.take(),
            highlighter: Highlighter::new(),
            exit: None,
        })
    }

    /// What may only start once the first frame is on the screen.
    fn begin(&mut self) {
        self.world.load_history();
        if let Some(prompt) = self.prompt.take() {
            let effects = self.app.send(prompt);
            self.perform(effects);
            self.urgency = Urgency::Now;
        }
    }

    async fn until_exit(&mut self, signals: &mut Signals) -> anyhow::Result<Exit> {
        loop {
            if let Some(exit) = self.exit.take() {
                return Ok(exit);
            }
            self.draw_when_due();
            self.step(signals).await?;
        }
    }

    /// Waits for one thing, takes it in, and with it everything else that is there already.
    async fn step(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        let wake = self.wake().map(tokio::time::Instant::from_std);
        let deadline = async {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            notable = signals.next() => self.signal(notable)?,
            event = next_event(&mut self.input) => self.typed(event, signals).await?,
            update = self.updates.recv() => self.take_in(Urgency::Stream, Msg::Engine(update.unwrap_or(Update::Closed))),
            Some(message) = self.background.recv() => self.take_in(Urgency::Stream, message),
            highlighted = self.highlighter.recv() => self.take_in(Urgency::Stream, Msg::Highlighted(highlighted)),
            is_open = self.world.outbox.send_one() => {
                if !is_open {
                    self.exit.get_or_insert(Exit::EngineClosed);
                }
            }
            () = deadline => self.take_in(Urgency::Now, Msg::Tick),
        }
        self.drain(signals).await
    }

    /// Takes in everything that needs no waiting.
    async fn drain(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        for _ in 0..MOST_PER_FRAME {
            if self.exit.is_some() {
                return Ok(());
            }
            if let Some(event) = self.input.as_mut().and_then(|input| input.take().transpose()) {
                self.typed(event, signals).await?;
            } else if let Ok(update) = self.updates.try_recv() {
                self.take_in(Urgency::Stream, Msg::Engine(update));
            } else if let Ok(message) = self.background.try_recv() {
                self.take_in(Urgency::Stream, message);
            } else {
                return Ok(());
            }
        }
        Ok(())
    }

    /// When to wake up by itself: a frame that is owed, or the app's own deadline; `None` when nothing moves.
    fn wake(&self) -> Option<Instant> {
        let owed = (self.urgency == Urgency::Stream).then(|| self.drawn + FRAME);
        [owed, self.settled, self.app.deadline()].into_iter().flatten().min()
    }

    fn take_in(&mut self, urgency: Urgency, message: Msg) {
        self.urgency = self.urgency.max(urgency);
        let effects = update(&mut self.app, Instant::now(), message);
        self.perform(effects);
    }

    /// An event of the terminal; its end is the end of the screen.
    async fn typed(&mut self, event: io::Result<Event>, signals: &mut Signals) -> anyhow::Result<()> {
        let Ok(event) = event else {
            self.exit = Some(Exit::Hangup);
            return Ok(());
        };
        let Some(message) = input::message(event) else { return Ok(()) };
        self.urgency = Urgency::Now;
        let effects = update(&mut self.app, Instant::now(), message);
        for effect in effects {
            match self.world.perform(effect) {
                Some(Effect::Suspend) => self.suspend()?,
                Some(Effect::OpenEditor(text)) => self.edit(text, signals).await?,
                Some(effect) => self.show(effect),
                None => {}
            }
        }
        Ok(())
    }

    fn signal(&mut self, notable: Notable) -> anyhow::Result<()> {
        match notable {
            Notable::Stop => self.suspend()?,
            Notable::Resize => {
                self.canvas.resized();
                self.settled = self.canvas.moves_with_the_size().then(|| Instant::now() + SETTLING);
                self.take_in(Urgency::Now, Msg::Resize(terminal_area()?));
            }
            Notable::Interrupt | Notable::Terminate | Notable::Hangup => self.exit = notable.exit(),
        }
        Ok(())
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(effect) = self.world.perform(effect) {
                self.show(effect);
            }
        }
    }
}

async fn next_event(input: &mut Option<Keyboard>) -> io::Result<Event> {
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
    }
}

fn keyboard() -> anyhow::Result<Keyboard> {
    Keyboard::open().context("the terminal cannot be read from")
}

fn terminal_area() -> anyhow::Result<Rect> {
    let (width, height) = crossterm::terminal::size().context("the size of the terminal is unknown")?;
    Ok(Rect::new(0, 0, width, height))
}
