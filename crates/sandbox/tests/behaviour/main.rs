//! What commands can and cannot do, tried with real processes, files and sockets under every mechanism this machine offers.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "the stage of tests: a failure there fails the test")]

mod background;
mod commands;
mod confinement;
mod escapes;
mod foreground;
mod lifetime;
mod network;
mod output;
mod protection;
mod stage;
mod survivor;
mod withheld;
mod workers;
