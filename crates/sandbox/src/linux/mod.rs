//! Confinement on Linux: namespaces, bubblewrap or Landlock, under a supervising process that leaves nothing alive.

mod aside;
mod beside_hidden;
mod blueprint;
mod bubblewrap;
mod capabilities;
mod detect;
mod foreground;
mod guard;
mod hidden_sockets;
mod identity;
mod jail;
mod landlock_rules;
mod launch;
mod mounts;
mod moved;
mod offspring;
mod piped;
mod places;
mod program;
mod report;
mod search_path;
mod seccomp_filters;
mod snapshot;
mod start;
mod supervise;
mod sys;
mod worker;
mod worker_filters;

pub(crate) use blueprint::Aftermath;
pub(crate) use detect::{detect, detect_all};
pub(crate) use foreground::{Foreground, exit_of, run};
pub(crate) use launch::Child;
pub(crate) use piped::start_piped;
pub(crate) use report::Report;
pub(crate) use start::{Output, Started, start};
pub(crate) use worker::RunningWorker;
