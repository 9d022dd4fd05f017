//! Missions from their records.

use headwater_protocol::EndReason;
use headwater_protocol::events::ChildStatus;

use super::{GroupKind, Standing, finding_lines};
use crate::app::tests::stage::Stage;
use crate::app::tests::voyage::{BELOW, MISSION, card};

#[test]
fn a_mission_counts_what_its_records_say() {
    let mut stage = Stage::small();
    stage.mission().asks_child(MISSION, 1, None).child_answers(MISSION, 1, "seen");
    stage.proposes(1, card()).approved().block(MISSION, 1, "\n# label\nx = 1").recurses(2, 1);
    stage.asks_child(BELOW, 1, None).child_answers(BELOW, 1, "below");
    stage.asks_child(MISSION, 3, Some(1)).asks_child(MISSION, 4, Some(1)).asks_child(MISSION, 5, Some(1));
    stage.child_ends(MISSION, 3, ChildStatus::Error, 2).child_ends(MISSION, 4, ChildStatus::Ok, 0);
    stage.child_ends(MISSION, 4, ChildStatus::Ok, 0).child_ends(MISSION, 9, ChildStatus::Ok, 0);
    let missions = &stage.app.missions;
    let session = missions.session(&MISSION.into()).unwrap();
    assert!(missions.is_root(&MISSION.into()) && !missions.is_root(&BELOW.into()));
    let group = session.group_of(GroupKind::Cell(1)).unwrap();
    let counts = (group.members.len(), group.running, group.answered, group.failed, group.cached);
    assert_eq!(counts, (4, 2, 1, 1, 1));
    assert_eq!(group.title, "# label");
    assert_eq!(session.group_of(GroupKind::Research).unwrap().answered, 1);
    let spent = missions.spent(&MISSION.into());
    assert_eq!(spent.calls, 6, "those of the recursive child are calls too");
    assert_eq!(spent.cost.to_string(), "$0.0008");
    assert_eq!(missions.spent_of_budget(&MISSION.into()).calls, 5, "research has a budget of its own");
    assert_eq!(session.standing(), Standing::Running);
    stage.mission_ends(EndReason::BudgetSpent);
    assert_eq!(stage.app.missions.current().unwrap().standing(), Standing::Failed);
}

#[test]
fn findings_are_a_tree_whatever_they_claim_of_their_parents() {
    let mut findings = card().findings;
    let order = |findings: &[headwater_protocol::card::Finding], folded: &str| {
        let lines = finding_lines(findings, |id| id == folded);
        lines.iter().map(|(finding, depth, _)| format!("{}{depth}", finding.id)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order(&findings, ""), "f10 f21 f42 f31 f50");
    assert_eq!(order(&findings, "f2"), "f10 f21 f31 f50");
    findings[0].parent = Some("nowhere".into());
    findings[4].parent = Some("f5".into());
    assert_eq!(order(&findings, ""), "f10 f21 f42 f31 f50");
    findings[0].parent = Some("f4".into());
    assert_eq!(order(&findings, ""), "f50", "a circle is nobody's child");
}
