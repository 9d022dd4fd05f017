//! Mission: how it stands, then its card with all findings.

use headwater_protocol::views::MissionPhase;

use super::{Line, Overlay};
use crate::app::App;
use crate::mission::{card_lines, confidence, finding_lines, finding_words};
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn mission(app: &App) -> Overlay {
    let mut lines = vec![standing(app)];
    lines.extend(spent(app));
    if let Some(proposed) = &app.status.mission.card {
        lines.push(Line::default());
        lines.push(Line::of(Slot::Heading, format!("card, revision {}", proposed.revision)));
        lines.extend(card_lines(proposed).into_iter().map(|line| entry(line.label, line.slot, line.text)));
        let mut label = "Findings";
        for (finding, depth, _) in finding_lines(&proposed.card.findings, |_| false) {
            let (word, slot) = confidence(finding.confidence);
            let words =
                format!("{}{}", "  ".repeat(depth), sanitize(&finding_words(finding)).replace('\n', " "));
            lines.push(entry(label, Slot::Text, words).and(slot, format!("  {word}")));
            label = "";
        }
    }
    Overlay::new("mission", "/ filter · ↑ ↓ scroll · Esc close", lines)
}

fn entry(label: &'static str, slot: Slot, text: String) -> Line {
    Line::of(Slot::Dim, format!("{label:<10}")).and(slot, text)
}

fn standing(app: &App) -> Line {
    let mission = &app.status.mission;
    let (words, slot) = match mission.phase {
        MissionPhase::AwaitApproval if app.has_parked_mission() => {
            ("The card waits; Tab to RECURSIVE to decide.".to_owned(), Slot::Warn)
        }
        MissionPhase::AwaitApproval => ("The card waits for you.".to_owned(), Slot::Warn),
        MissionPhase::Execute => ("The mission runs.".to_owned(), Slot::Ok),
        MissionPhase::Idle | MissionPhase::Research => ("It is looked into.".to_owned(), Slot::Ok),
        MissionPhase::Ended => match mission.ended {
            Some(reason) => (format!("The mission ended. {}", reason.what_now()), Slot::Text),
            None => ("The mission was rejected.".to_owned(), Slot::Text),
        },
    };
    Line::of(slot, words)
}

/// What it has spent, and how research gets on.
fn spent(app: &App) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(research) = app.missions.research() {
        lines.push(entry("Research", Slot::Text, research.words()));
    }
    if let Some(session) = app.missions.current() {
        let spent = app.missions.spent(&session.id);
        let words = format!(
            "{} calls · {} tok · {}",
            spent.calls,
            crate::parts::amount::count(spent.tokens),
            spent.cost
        );
        lines.push(entry("Spent", Slot::Text, words));
    }
    lines
}
