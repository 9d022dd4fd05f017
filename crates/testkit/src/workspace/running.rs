//! A program while it runs: its output as it comes, signals, and an end with a deadline.

use super::Finished;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::io::{Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A program that runs in a process group of its own. Dropped before its end, the whole group is killed.
pub struct Running {
    pid: Pid,
    started: Instant,
    stdin: Option<ChildStdin>,
    watch: Arc<Watch>,
}

/// Starts a program in a process group of its own, with pipes on all three streams.
#[track_caller]
pub fn spawn(command: &mut Command) -> Running {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let started = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = Pid::from_child(&child);
    let watch = Arc::new(Watch::default());
    let stdin = child.stdin.take();
    collect(child.stdout.take().expect("a piped output"), Stream::Stdout, &watch);
    collect(child.stderr.take().expect("a piped output"), Stream::Stderr, &watch);
    wait_for_end(child, &watch);
    Running { pid, started, stdin, watch }
}

impl Running {
    /// Its process id, which is also the id of its process group.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Sends a signal to the program alone.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        if self.watch.seen().status.is_none() {
            kill_process(self.pid, signal).expect("a signal to a running program");
        }
    }

    /// Sends a signal to its process group.
    #[track_caller]
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid, signal).expect("a signal to a running group");
    }

    /// Writes to its standard input.
    #[track_caller]
    pub fn write(&mut self, text: &str) -> &mut Self {
        let stdin = self.stdin.as_mut().expect("the standard input is still open");
        stdin.write_all(text.as_bytes()).expect("the program reads its standard input");
        self
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) -> &mut Self {
        self.stdin = None;
        self
    }

    /// What it wrote to its standard output so far.
    pub fn stdout(&self) -> String {
        lossy(self.watch.seen().output(Stream::Stdout))
    }

    /// What it wrote to its standard error so far.
    pub fn stderr(&self) -> String {
        lossy(self.watch.seen().output(Stream::Stderr))
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.watch.seen().status.is_some()
    }

    /// Waits until its standard output satisfies `is_met`, and returns it; `what` names the wait in the failure.
    #[track_caller]
    pub fn wait_for_stdout(&self, what: &str, deadline: Duration, is_met: impl Fn(&str) -> bool) -> String {
        self.wait_for(Stream::Stdout, what, deadline, is_met)
    }

    /// Waits until its standard error satisfies `is_met`, and returns it; `what` names the wait in the failure.
    #[track_caller]
    pub fn wait_for_stderr(&self, what: &str, deadline: Duration, is_met: impl Fn(&str) -> bool) -> String {
        self.wait_for(Stream::Stderr, what, deadline, is_met)
    }

    #[track_caller]
    fn wait_for(
        &self,
        stream: Stream,
        what: &str,
        deadline: Duration,
        is_met: impl Fn(&str) -> bool,
    ) -> String {
        let met = |seen: &Seen| is_met(&lossy(seen.output(stream)));
        let done = self.watch.wait(deadline, |seen| met(seen) || seen.is_over());
        assert!(met(&self.watch.seen()), "{} for {what}{}", waited(done, deadline), self.outputs());
        lossy(self.watch.seen().output(stream))
    }

    /// Closes the standard input and waits for the end of the program and of its output. One that overruns the
    /// deadline is killed with its process group, and this panics with what it had written.
    #[track_caller]
    pub fn finish(mut self, deadline: Duration) -> Finished {
        self.stdin = None;
        let is_over = self.watch.wait(deadline, Seen::is_over);
        let status = self.watch.seen().status;
        match status {
            Some(status) if is_over => {
                Finished::new(status, [self.stdout(), self.stderr()], self.started.elapsed())
            }
            Some(_) => panic!("the program ended, but something holds its output open{}", self.outputs()),
            None => panic!("the program did not end within {deadline:?}{}", self.outputs()),
        }
    }

    fn outputs(&self) -> String {
        format!("\n--- stdout\n{}\n--- stderr\n{}", self.stdout(), self.stderr())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.watch.seen().is_over() {
            // The group may be gone by now, and that is what is wanted.
            kill_process_group(self.pid, Signal::KILL).ok();
        }
    }
}

fn waited(done: bool, deadline: Duration) -> String {
    if done { "the program ended before its wait".to_owned() } else { format!("waited {deadline:?}") }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[derive(Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

#[derive(Default)]
struct Watch {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    outputs: [Vec<u8>; 2],
    open_outputs: [bool; 2],
    status: Option<ExitStatus>,
}

impl Seen {
    fn output(&self, stream: Stream) -> &[u8] {
        let [stdout, stderr] = &self.outputs;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
    }

    fn is_over(&self) -> bool {
        self.status.is_some() && self.open_outputs == [false, false]
    }
}

impl Watch {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen());
        self.changed.notify_all();
    }

    fn wait(&self, deadline: Duration, is_met: impl Fn(&Seen) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.seen(), deadline, |seen| !is_met(seen));
        let (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        is_met(&seen)
    }
}

fn collect(mut from: impl Read + Send + 'static, stream: Stream, watch: &Arc<Watch>) {
    let place = stream as usize;
    let watch = Arc::clone(watch);
    watch.change(|seen| seen.open_outputs[place] = true);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            watch.change(|seen| seen.outputs[place].extend_from_slice(&buffer[..count]));
        }
        watch.change(|seen| seen.open_outputs[place] = false);
    });
}

fn wait_for_end(mut child: Child, watch: &Arc<Watch>) {
    let watch = Arc::clone(watch);
    std::thread::spawn(move || {
        let status = child.wait().expect("the status of our own child");
        watch.change(|seen| seen.status = Some(status));
    });
}
