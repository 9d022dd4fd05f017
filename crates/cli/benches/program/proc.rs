//! A running process and its children as `/proc` tells of them.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What one count of processor time in `/proc/PID/stat` stands for: a hundredth of a second on every Linux (proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// Processor time of the process, ended threads included, to a hundredth of a second.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold blanks; user and system time are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(") ").context("a name in brackets")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}

/// Processor time of all threads that run now, exact.
pub(crate) fn cpu_of_threads(pid: u32) -> Result<Duration> {
    let nanos = threads(pid)?.into_iter().map(|thread| {
        let told = fs::read_to_string(format!("{thread}/schedstat"))?;
        let first = told.split(' ').next().context("three numbers")?;
        Ok(first.parse::<u64>()?)
    });
    Ok(Duration::from_nanos(nanos.sum::<Result<u64>>()?))
}

/// How often each thread of a process was put to sleep or aside so far: each wake-up is followed by one.
pub(crate) struct Switches(BTreeMap<String, u64>);

impl Switches {
    /// Up to now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let counts = threads(pid)?.into_iter().map(|thread| {
            let status = fs::read_to_string(format!("{thread}/status"))?;
            let count =
                field(&status, "voluntary_ctxt_switches:")? + field(&status, "nonvoluntary_ctxt_switches:")?;
            Ok((thread, count))
        });
        Ok(Self(counts.collect::<Result<_>>()?))
    }

    /// How many there were since then. A thread that has ended woke up once more for that.
    pub(crate) fn since(&self, then: &Self) -> u64 {
        let of_living = self.0.iter().map(|(thread, count)| count - then.0.get(thread).copied().unwrap_or(0));
        let ended = then.0.keys().filter(|thread| !self.0.contains_key(*thread)).count();
        of_living.sum::<u64>() + ended as u64
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.0.len()
    }
}

/// The memory of a process, in MB.
pub(crate) struct Memory {
    /// Resident.
    pub(crate) resident: f64,
    /// Resident, with what is shared divided among those that share it.
    pub(crate) proportional: f64,
    /// The most that was resident.
    pub(crate) peak: f64,
}

/// The memory of a process.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let megabytes = |text: &str, name: &str| Ok::<_, anyhow::Error>(field(text, name)? as f64 / 1024.0);
    Ok(Memory {
        resident: megabytes(&status, "VmRSS:")?,
        proportional: megabytes(&rollup, "Pss:")?,
        peak: megabytes(&status, "VmHWM:")?,
    })
}

/// The processes which threads of this one have started and which still run.
pub(crate) fn children(pid: u32) -> Result<usize> {
    let counts = threads(pid)?.into_iter().map(|thread| {
        let children = fs::read_to_string(format!("{thread}/children"))?;
        Ok(children.split_whitespace().count())
    });
    counts.sum()
}

fn threads(pid: u32) -> Result<Vec<String>> {
    let folder = format!("/proc/{pid}/task");
    let entries = fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    entries.map(|name: Result<String>| Ok(format!("{folder}/{}", name?))).collect()
}

fn field(text: &str, name: &str) -> Result<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| name.to_owned())?;
    Ok(rest.split_whitespace().next().context("a number")?.parse()?)
}
