//! Running one trial with the real engine: its own workspace, its own state, gone afterwards but for what is kept.

mod completion;
mod follow;
mod judging;
mod stage;
mod turn;

pub(super) use self::judging::run;
pub(super) use self::stage::Bench;
