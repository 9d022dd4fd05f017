//! Rules about the order of sub-tasks: numbers, dependencies, no circles.

use std::collections::{BTreeMap, BTreeSet};

use headwater_protocol::MissionCard;

/// Sub-tasks are numbered from 1, each once.
pub(super) fn numbers(card: &MissionCard) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for task in &card.subtasks {
        if task.n == 0 {
            faults.push("A sub-task has the number 0; they count from 1.".to_owned());
        } else if !seen.insert(task.n) {
            faults.push(format!("Two sub-tasks have the number {}.", task.n));
        }
    }
    faults
}

/// What comes first is there, is another one, and will run.
pub(super) fn dependencies(card: &MissionCard) -> Vec<String> {
    let on: BTreeMap<u32, bool> = card.subtasks.iter().map(|task| (task.n, task.on)).collect();
    let mut faults = Vec::new();
    for task in &card.subtasks {
        for first in &task.depends_on {
            let why = match on.get(first) {
                None => "which is not there",
                Some(_) if *first == task.n => "which is itself",
                Some(false) if task.on => "which is switched off",
                Some(_) => continue,
            };
            faults.push(format!("Sub-task {} comes after sub-task {first}, {why}.", task.n));
        }
    }
    faults
}

/// No sub-task waits for itself by way of others.
pub(super) fn circles(card: &MissionCard) -> Vec<String> {
    let mut waiting: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let known: BTreeSet<u32> = card.subtasks.iter().map(|task| task.n).collect();
    for task in &card.subtasks {
        let others =
            task.depends_on.iter().copied().filter(|first| *first != task.n && known.contains(first));
        waiting.entry(task.n).or_default().extend(others);
    }
    while let Some(ready) = waiting.iter().find(|(_, firsts)| firsts.is_empty()).map(|(n, _)| *n) {
        waiting.remove(&ready);
        for firsts in waiting.values_mut() {
            firsts.remove(&ready);
        }
    }
    let stuck: Vec<String> = waiting.keys().map(u32::to_string).collect();
    if stuck.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "Sub-tasks wait for each other in a circle, so that none of these can begin: {}.",
        stuck.join(", ")
    )]
}
