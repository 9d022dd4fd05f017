//! The mission card as lines with numbered answers, and how a mission gets on in a sentence now and then.

use headwater_protocol::events::MissionProposed;

use crate::app::{App, Effect, Form};
use crate::mission::{ResearchProgress, plain_card};

/// Answers before those that switch sub-tasks.
const FIRST_TASK: usize = 5;

/// The card and its answers.
pub(super) fn lines(proposed: &MissionProposed) -> Vec<String> {
    let mut lines = plain_card(proposed);
    let approve = if proposed.lint.is_empty() { "approve" } else { "approve (not possible yet)" };
    lines.extend([
        format!("1 {approve}"),
        "2 reject".to_owned(),
        "3 revise in words".to_owned(),
        "4 change the budget".to_owned(),
    ]);
    for (place, task) in proposed.card.subtasks.iter().enumerate() {
        let turn = if task.on { "off" } else { "on" };
        lines.push(format!("{} switch task {} {turn}: {}", place + FIRST_TASK, task.n, task.title));
    }
    lines.push(format!("Mission card, revision {}. Type a number:", proposed.revision));
    lines
}

/// Does what a number of the menu says; `None` when the line is none of them.
pub(super) fn choose(app: &mut App, line: &str) -> Option<Vec<Effect>> {
    let number: usize = line.parse().ok()?;
    let tasks = app.mission_in_front().map(|card| card.card.subtasks.iter().map(|task| task.n).collect());
    let tasks: Vec<u32> = tasks?;
    match number {
        1 => return Some(app.approve_mission()),
        2 => app.ask_why_not(),
        3 => app.form = Some(Form::ReviseMission),
        4 => app.form = Some(Form::MissionBudget),
        _task => {
            let task = number.checked_sub(FIRST_TASK).and_then(|place| tasks.get(place).copied());
            match task {
                Some(task) => return Some(app.toggle_subtask(task)),
                None => app.say("Type one of the numbers, or what is to be different."),
            }
        }
    }
    Some(Vec::new())
}

/// How far research was when it was last told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    phase: String,
    /// Quarters of the calls.
    quarter: u32,
}

impl Told {
    /// What is new about research: another phase, or a quarter of its calls more.
    pub(super) fn news(&mut self, research: Option<&ResearchProgress>) -> Option<String> {
        let Some(research) = research else {
            *self = Self::default();
            return None;
        };
        let [cheap, most_cheap, strong, most_strong] = research.calls;
        let quarter = (cheap + strong).saturating_mul(4) / (most_cheap + most_strong).max(1);
        let now = Self { phase: research.phase.clone(), quarter };
        if *self == now {
            return None;
        }
        *self = now;
        let (read, all) = research.coverage;
        let read = crate::parts::share(read, all);
        Some(format!(
            "Research, {}: {cheap} of {most_cheap} cheap calls, {strong} of {most_strong} strong calls, {}, {read} read.",
            research.phase, research.cost
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::stage::Stage;
    use crate::app::tests::voyage::{card, proposed};
    use headwater_protocol::Op;
    use headwater_protocol::op::MissionDecision;

    #[test]
    fn the_card_is_lines_with_numbers() {
        insta::assert_snapshot!(lines(&proposed(1, card())).join("\n"));
    }

    #[test]
    fn numbers_decide() {
        let decided = |line: &str| {
            let mut stage = Stage::small();
            stage.mission().proposes(1, card());
            let effects = choose(&mut stage.app, line)?;
            Some((effects, stage.app.form.clone()))
        };
        let send = |decision| vec![Effect::Send(Op::DecideMission(decision))];
        let hash = card().hash();
        assert_eq!(decided("1"), Some((send(MissionDecision::Approve { hash }), None)));
        assert_eq!(decided("2"), Some((vec![], Some(Form::RejectMission))));
        assert_eq!(decided("3"), Some((vec![], Some(Form::ReviseMission))));
        assert_eq!(decided("4"), Some((vec![], Some(Form::MissionBudget))));
        assert_eq!(decided("6"), Some((send(MissionDecision::Toggle { subtask: 2 }), None)));
        assert_eq!(decided("99"), Some((vec![], None)));
        assert_eq!(decided("only the gateway"), None);
    }

    #[test]
    fn research_is_told_when_it_gets_on() {
        let mut told = Told::default();
        let mut progress =
            ResearchProgress { phase: "probing".into(), calls: [1, 24, 0, 2], ..ResearchProgress::default() };
        let first = told.news(Some(&progress)).unwrap();
        assert!(first.starts_with("Research, probing: 1 of 24 cheap calls"), "{first}");
        progress.calls[0] = 2;
        assert_eq!(told.news(Some(&progress)), None);
        progress.calls[0] = 12;
        assert!(told.news(Some(&progress)).is_some());
        assert_eq!(told.news(None), None);
    }
}
