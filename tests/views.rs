//! The state of a session is nothing but a fold over its records.

use std::path::{Path, PathBuf};

use headwater_protocol::{Record, RunState, View as _, views};

/// Random shorter logs that are tried for each recorded one.
const SHORTER: u64 = 4;

fn recorded() -> Vec<(PathBuf, Vec<Record>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let mut logs = Vec::new();
    for schema in std::fs::read_dir(root).expect("the logs").flatten() {
        for file in std::fs::read_dir(schema.path()).expect("the logs").flatten() {
            let text = std::fs::read_to_string(file.path()).expect("a log");
            // A log that was cut off has a line that is none.
            logs.push((file.path(), text.lines().filter_map(|line| Record::from_line(line).ok()).collect()));
        }
    }
    assert!(logs.len() >= 7, "{} logs", logs.len());
    logs
}

/// Demands that taking one record after the other comes to what folding all of them comes to, at each of them.
fn assert_folds_alike(name: &Path, records: &[Record]) {
    let mut stepped = RunState::default();
    for (place, record) in records.iter().enumerate() {
        stepped.apply(record);
        let line = record.to_line().expect("a line");
        assert_eq!(Record::from_line(&line).expect("a record"), *record, "{}:{place}", name.display());
        let whole = views::fold::<RunState>(records.iter().take(place + 1));
        assert!(
            whole == stepped,
            "{}: the state after record {place} hangs on more than the records",
            name.display()
        );
    }
}

#[test]
fn b2_every_view_comes_out_the_same_all_at_once_and_step_by_step() {
    for (name, records) in recorded() {
        assert_folds_alike(&name, &records);
        for seed in 0..SHORTER {
            let mut random = fastrand::Rng::with_seed(seed);
            let some: Vec<Record> = records.iter().filter(|_| random.u8(0..4) > 0).cloned().collect();
            assert_folds_alike(&name, &some);
        }
    }
}

#[test]
fn b2_two_sessions_in_one_process_share_nothing() {
    let logs = recorded();
    for pair in logs.windows(2) {
        let [(name, one), (_, other)] = pair else { continue };
        let (mut first, mut second) = (RunState::default(), RunState::default());
        for place in 0..one.len().max(other.len()) {
            one.get(place).into_iter().for_each(|record| first.apply(record));
            other.get(place).into_iter().for_each(|record| second.apply(record));
        }
        assert!(first == views::fold::<RunState>(one), "{}", name.display());
        assert!(second == views::fold::<RunState>(other), "{}", name.display());
    }
}
