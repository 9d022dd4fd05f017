//! From tasks to trials: each task is one case, or one for each context and question; each case is tried N times.

use std::sync::Arc;

use anyhow::Result;

use super::sets::Parameters;
use super::suite::{ExecWork, Suite, Task, Work};

/// One run of one case.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// The name of the case, unique in the suite.
    pub(super) case: String,
    /// The rows of the table are groups of cases: all questions over contexts of one size.
    pub(super) group: String,
    /// Which of the N runs, from 0.
    pub(super) number: u32,
    pub(super) task: Arc<Task>,
    pub(super) work: TrialWork,
}

/// What one trial does.
#[derive(Clone, Debug)]
pub(super) enum TrialWork {
    /// One turn of the agent.
    Exec(ExecWork),
    /// One question over one generated context.
    Rlm(Parameters),
}

impl TrialWork {
    /// Characters of its context; none where it has none.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Exec(_) => None,
            Self::Rlm(parameters) => Some(parameters.size),
        }
    }
}

/// All trials of a suite, in the order of the suite.
pub(super) fn trials(suite: Suite, times: u32) -> Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for mut task in suite.tasks {
        task.config.splice(0..0, suite.config.iter().cloned());
        let task = Arc::new(task);
        for (case, group, work) in cases(&task)? {
            trials.extend((0..times).map(|number| Trial {
                case: case.clone(),
                group: group.clone(),
                number,
                task: Arc::clone(&task),
                work: work.clone(),
            }));
        }
    }
    Ok(trials)
}

fn cases(task: &Task) -> Result<Vec<(String, String, TrialWork)>> {
    let work = match task.work()? {
        Work::Exec(work) => return Ok(vec![(task.id.clone(), task.id.clone(), TrialWork::Exec(work))]),
        Work::Rlm(work) => work,
    };
    let mut cases = Vec::new();
    for size in work.sizes {
        let group = format!("{}/{size}", task.id);
        for question in 0..work.questions {
            let parameters = Parameters { set: work.set, size, seed: work.seed, question };
            cases.push((format!("{group}/{question}"), group.clone(), TrialWork::Rlm(parameters)));
        }
    }
    Ok(cases)
}
