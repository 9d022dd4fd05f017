//! When `old` is not there: line numbers pasted with it, or the text that is nearest to it and how it differs.

use similar::TextDiff;

use crate::text::start_of;

/// Bounds of the search, which keep it within a tenth of a second: lines of `old`, lines of the text, and lines that are
/// compared letter by letter.
const OLD_LINES: usize = 60;
const TEXT_LINES: usize = 100_000;
const COMPARED_LINES: usize = 3_000;
/// Differing lines that are told, and bytes of each.
const TOLD: usize = 4;
const TOLD_BYTES: usize = 160;
/// From here on two lines count as alike, from 0 to 1.
const LIKENESS: f32 = 0.6;

/// `old` without the line numbers of `read`, if every line has one.
pub(super) fn without_line_numbers(old: &str) -> Option<String> {
    let bare: Option<Vec<&str>> = old.split_inclusive('\n').map(without_number).collect();
    bare.filter(|lines| !lines.is_empty()).map(|lines| lines.concat())
}

fn without_number(line: &str) -> Option<&str> {
    let digits = line.trim_start_matches(' ');
    let rest = digits.trim_start_matches(|character: char| character.is_ascii_digit());
    if rest.len() == digits.len() { None } else { rest.strip_prefix('\t') }
}

/// A sentence, with a space before it, on the place that is nearest to `old`.
pub(super) fn hint(text: &str, old: &str) -> String {
    let wanted: Vec<&str> = old.lines().take(OLD_LINES).collect();
    let lines: Vec<&str> = text.lines().take(TEXT_LINES).collect();
    let Some(start) = best_window(&lines, &wanted).or_else(|| most_alike(&lines, &wanted)) else {
        return " Nothing in it is near. Read the part that you want to change.".to_owned();
    };
    let mut hint = vec![format!(" The nearest text is at line {}:", start + 1)];
    let pairs = wanted.iter().zip(lines.iter().skip(start));
    let differing = pairs.enumerate().filter(|(_, (wanted, line))| wanted.trim_end() != line.trim_end());
    hint.extend(
        differing.take(TOLD).map(|(offset, (wanted, line))| difference(start + offset + 1, wanted, line)),
    );
    let missing = (start + wanted.len()).saturating_sub(lines.len());
    if missing > 0 {
        hint.push(format!("the file ends {missing} lines before `old` does"));
    }
    hint.push("Copy it exactly, or read that part again.".to_owned());
    hint.join("\n")
}

fn difference(number: usize, wanted: &str, line: &str) -> String {
    let (sent, has) = (start_of(wanted, TOLD_BYTES), start_of(line, TOLD_BYTES));
    if wanted.trim() == line.trim() {
        return format!(
            "line {number} is indented with {}, `old` with {}: {}",
            indent(line),
            indent(wanted),
            has.trim()
        );
    }
    format!("line {number} is   {has}\n  `old` has {sent}")
}

fn indent(line: &str) -> String {
    let blanks = || line.chars().take_while(|character| character.is_whitespace());
    let tabs = blanks().filter(|character| *character == '\t').count();
    let spaces = blanks().count() - tabs;
    match (tabs, spaces) {
        (0, 0) => "nothing".to_owned(),
        (0, spaces) => format!("{spaces} spaces"),
        (tabs, 0) => format!("{tabs} tabs"),
        (tabs, spaces) => format!("{tabs} tabs and {spaces} spaces"),
    }
}

/// The first line of the window in which most lines are those of `old`, blanks around them aside.
fn best_window(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let wanted: Vec<&str> = wanted.iter().map(|line| line.trim()).collect();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let score = |start: usize| {
        let window = lines.iter().skip(start).zip(&wanted);
        window.filter(|(line, wanted)| !wanted.is_empty() && line == wanted).count()
    };
    let scores = (0..lines.len()).map(|start| (score(start), start));
    // The first of equals.
    let best = scores.fold((0, 0), |best, next| if next.0 > best.0 { next } else { best });
    (best.0 > 0).then_some(best.1)
}

/// Where `old` would begin if its first line that says something were the line most like it.
fn most_alike(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let (offset, first) = wanted.iter().enumerate().find(|(_, line)| line.trim().len() > 2)?;
    let first = start_of(first.trim(), TOLD_BYTES);
    let candidates =
        lines.iter().enumerate().map(|(number, line)| (number, start_of(line.trim(), TOLD_BYTES)));
    // Lines of very different length cannot be alike enough.
    let near = candidates.filter(|(_, line)| line.len().min(first.len()) * 2 >= line.len().max(first.len()));
    let likeness = |line: &str| TextDiff::from_chars(first, line).ratio();
    let alike = near.take(COMPARED_LINES).map(|(number, line)| (likeness(line), number));
    let best = alike.fold(
        (LIKENESS, None),
        |best, (likeness, number)| {
            if likeness > best.0 { (likeness, Some(number)) } else { best }
        },
    );
    best.1.map(|number| number.saturating_sub(offset))
}
