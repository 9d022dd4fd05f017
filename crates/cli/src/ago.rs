//! How long ago something was, in words that need no time zone.

use headwater_protocol::Timestamp;

/// `just now`, `5 min ago`, `3 h ago`, `2 d ago`, and from 30 days on the day in UTC.
pub(crate) fn ago(moment: Timestamp) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    relative(moment, Timestamp::from_millis(i64::try_from(now).unwrap_or(i64::MAX)))
}

fn relative(moment: Timestamp, now: Timestamp) -> String {
    let minutes = now.millis_since(moment) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1_440 => format!("{} h ago", minutes / 60),
        1_440..43_200 => format!("{} d ago", minutes / 1_440),
        43_200.. => moment.to_string().chars().take(10).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_down() {
        let now = Timestamp::from_millis(1_795_233_600_000);
        let before = |minutes: i64| Timestamp::from_millis(now.as_millis() - minutes * 60_000);
        let table = [
            (0, "just now"),
            (59, "59 min ago"),
            (60, "1 h ago"),
            (1_500, "1 d ago"),
            (50_000, "2026-10-17"),
        ];
        for (minutes, expected) in table {
            assert_eq!(relative(before(minutes), now), expected);
        }
    }
}
