//! The event loop: waits, hands what happened to `update`, does the effects, draws. Nothing wakes it while
//! nothing happens.

mod ending;
mod input;
mod outbox;
mod outside;
mod plain;
mod screen;
mod world;

use crate::setup::{Exit, Presenter, ScreenSetup};

/// Runs the screen until the person leaves, the engine ends, or the terminal goes away. The engine is told to
/// shut down before this returns. Must run on a Tokio runtime with time and IO.
pub async fn run(setup: ScreenSetup) -> anyhow::Result<Exit> {
    match setup.presenter {
        Presenter::Full | Presenter::Inline => screen::run(setup).await,
        Presenter::Plain => plain::run(setup).await,
    }
}
