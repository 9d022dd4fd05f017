//! Sizes and counts in words.

/// A size as a person says it: `0 B`, `1.5 KB`, `20 MB`.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let mut size = bytes as f64 / 1024.0;
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    while size >= 1024.0
        && let Some(next) = units.next()
    {
        size /= 1024.0;
        unit = next;
    }
    if size < 10.0 { format!("{size:.1} {unit}") } else { format!("{size:.0} {unit}") }
}

/// A count with its noun: `1 line`, `3 lines`, `2 matches`, `4 entries`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) => format!("{count} {stem}ies"),
        None if noun.ends_with("ch") => format!("{count} {noun}es"),
        None => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_as_people_say_them() {
        let sizes = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KB"),
            (20 << 20, "20 MB"),
            (1 << 30, "1.0 GB"),
            (u64::MAX, "16777216 TB"),
        ];
        for (bytes, expected) in sizes {
            assert_eq!(human(bytes), expected);
        }
        let counts = [
            (1, "line", "1 line"),
            (0, "line", "0 lines"),
            (2, "match", "2 matches"),
            (3, "entry", "3 entries"),
        ];
        for (count, noun, expected) in counts {
            assert_eq!(counted(count, noun), expected);
        }
    }
}
