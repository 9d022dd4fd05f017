//! Blocks in an answer: which fences are code to run (RECURSIVE §1). Pure.
//!
//! *Invariants:* a fence opens at the start of a line only, so that quoted or indented code is never run; a fence
//! that ends inside a text of the code does not close it, since the code up to there is not whole.

use std::ops::Range;

use headwater_protocol::StopSignal;

/// The languages that run.
const RUNS: [&str; 4] = ["repl", "python", "py", "python3"];
/// The most spaces before a fence; one more makes it indented code (CommonMark §4.5).
const MOST_INDENT: usize = 3;
/// The fewest characters of a fence.
const LEAST_FENCE: usize = 3;

/// A block to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fenced {
    /// The code, without the fences.
    pub(crate) code: String,
    /// Where fences and code stand in the answer, in bytes.
    pub(crate) range: Range<usize>,
}

/// The blocks of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fences {
    /// Those to run, in order.
    pub(crate) blocks: Vec<Fenced>,
    /// Whether the last one never ended and is not run.
    pub(crate) is_open: bool,
}

impl Fences {
    /// The answer without its blocks: what was said around them.
    pub(crate) fn prose(&self, text: &str) -> String {
        let mut said = String::new();
        let mut from = 0;
        for block in &self.blocks {
            said.push_str(text.get(from..block.range.start).unwrap_or_default());
            from = block.range.end;
        }
        said.push_str(text.get(from..).unwrap_or_default());
        said
    }
}

/// Finds the blocks of an answer that ended with `stop`. `is_whole` says whether code parses.
pub(crate) fn fences(text: &str, stop: StopSignal, is_whole: impl Fn(&str) -> bool) -> Fences {
    let mut found = Fences::default();
    let mut lines = Lines { text, at: 0 };
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::opening(line.text) else { continue };
        let runs = fence.runs();
        match close(&mut lines, &fence, runs.then_some(&is_whole as &dyn Fn(&str) -> bool)) {
            Some((code, end)) if runs => {
                found.blocks.push(Fenced { code: fence.unindent(code), range: line.start..end });
            }
            Some(_) => {}
            None => {
                let code = fence.unindent(text.get(line.end..).unwrap_or_default());
                let may_run = stop == StopSignal::EndTurn && !code.trim().is_empty() && is_whole(&code);
                found.is_open = runs && !may_run;
                if runs && may_run {
                    found.blocks.push(Fenced { code, range: line.start..text.len() });
                }
                break;
            }
        }
    }
    found
}

/// The byte behind the first whole block, when there is one: what a stream may be cut at once something else
/// than another block follows.
pub(crate) fn first_end(text: &str, is_whole: impl Fn(&str) -> bool) -> Option<usize> {
    fences(text, StopSignal::Length, is_whole).blocks.first().map(|block| block.range.end)
}

/// Reads on to the line that closes `fence`: the code, and the byte behind the closing line. Without a closing
/// line nothing is read. Where `is_whole` is given, a closing line behind code that is not whole is a part of
/// the code, unless no later one does better.
fn close<'a>(
    lines: &mut Lines<'a>,
    fence: &Fence<'_>,
    is_whole: Option<&dyn Fn(&str) -> bool>,
) -> Option<(&'a str, usize)> {
    let begin = lines.at;
    let mut first = None;
    for line in (Lines { text: lines.text, at: begin }) {
        if !fence.is_closed_by(line.text) {
            continue;
        }
        let code = lines.text.get(begin..line.start)?;
        first = first.or(Some((code, line.end)));
        if is_whole.is_none_or(|is_whole| is_whole(&fence.unindent(code))) {
            lines.at = line.end;
            return Some((code, line.end));
        }
    }
    // No closing line makes it whole: the first one counts, and the interpreter says what is wrong.
    let (code, end) = first?;
    lines.at = end;
    Some((code, end))
}

/// An opening fence.
struct Fence<'a> {
    mark: char,
    length: usize,
    indent: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn opening(line: &'a str) -> Option<Self> {
        let (indent, mark, length, rest) = fence_line(line)?;
        // The info string of a backtick fence has no backticks: otherwise it is inline code.
        (mark != '`' || !rest.contains('`')).then(|| Self { mark, length, indent, info: rest.trim() })
    }

    fn runs(&self) -> bool {
        let word =
            self.info.split(|c: char| c.is_whitespace() || c == '{' || c == ',').next().unwrap_or_default();
        RUNS.iter().any(|language| language.eq_ignore_ascii_case(word))
    }

    fn is_closed_by(&self, line: &str) -> bool {
        fence_line(line).is_some_and(|(_, mark, length, rest)| {
            mark == self.mark && length >= self.length && rest.trim().is_empty()
        })
    }

    /// The code, with as many spaces less before each line as the fence has.
    fn unindent(&self, code: &str) -> String {
        if self.indent == 0 {
            return code.to_owned();
        }
        code.split_inclusive('\n')
            .map(|line| {
                let spaces = line.bytes().take(self.indent).take_while(|byte| *byte == b' ').count();
                line.get(spaces..).unwrap_or(line)
            })
            .collect()
    }
}

/// Indent, mark, length and the rest of a line that begins with a fence.
fn fence_line(line: &str) -> Option<(usize, char, usize, &str)> {
    let bare = line.trim_start_matches(' ');
    let indent = line.len() - bare.len();
    let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = bare.trim_start_matches(mark);
    let length = bare.len() - rest.len();
    (indent <= MOST_INDENT && length >= LEAST_FENCE).then_some((indent, mark, length, rest))
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

struct Line<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        self.at += length;
        let line = rest.get(..length)?.trim_end_matches('\n').trim_end_matches('\r');
        Some(Line { text: line, start, end: self.at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Stands for a parser: whole when quotes and brackets are balanced.
    fn is_whole(code: &str) -> bool {
        code.matches("\"\"\"").count().is_multiple_of(2)
            && code.matches('(').count() == code.matches(')').count()
    }

    fn codes(text: &str, stop: StopSignal) -> Vec<String> {
        fences(text, stop, is_whole).blocks.into_iter().map(|block| block.code).collect()
    }

    #[test]
    fn the_table_of_fences() {
        let table: &[(&str, &str, &[&str])] = &[
            ("a block", "Look:\n```repl\nx = 1\n```\n", &["x = 1\n"]),
            ("any case and python's names", "```Python3\na\n```\n```PY\nb\n```\n", &["a\n", "b\n"]),
            ("words behind the language", "```repl title=x\na\n```\n", &["a\n"]),
            ("tildes", "~~~python\na\n~~~\n", &["a\n"]),
            ("longer fences hold shorter ones", "````repl\n```\na\n```\n````\n", &["```\na\n```\n"]),
            ("a longer fence closes", "```repl\na\n`````\n", &["a\n"]),
            (
                "three spaces still open, and are taken off",
                "   ```repl\n   a\n     b\n   ```\n",
                &["a\n  b\n"],
            ),
            ("four spaces are quoted code", "    ```repl\n    a\n    ```\n", &[]),
            ("a quote is no fence", "> ```repl\n> a\n> ```\n", &[]),
            ("within a line it is no fence", "so ```repl\na\n```\n", &[]),
            ("other languages do not run", "```json\n{}\n```\n```\nplain\n```\n```bash\nls\n```\n", &[]),
            ("a block inside another language does not run", "````markdown\n```repl\na\n```\n````\n", &[]),
            ("inline code of three ticks is no fence", "```repl a```\nx\n", &[]),
            (
                "a fence in a text of the code does not close",
                "```repl\nx = \"\"\"\n```\n\"\"\"\n```\n",
                &["x = \"\"\"\n```\n\"\"\"\n"],
            ),
            ("code that never parses ends at the first fence", "```repl\nf(\n```\nprose\n", &["f(\n"]),
            ("windows line ends", "```repl\r\na\r\n```\r\nb\r\n", &["a\r\n"]),
            ("no line feed at the end", "```repl\na\n```", &["a\n"]),
            ("text behind the closing fence is none of it", "```repl\na\n```\nOutput: 42\n", &["a\n"]),
            ("a closing fence has no words", "```repl\na\n``` no\n```\n", &["a\n``` no\n"]),
        ];
        for (name, text, expected) in table {
            assert_eq!(codes(text, StopSignal::EndTurn), *expected, "{name}");
        }
    }

    #[test]
    fn a_block_that_never_ends_runs_only_when_the_model_was_done_and_it_parses() {
        let table = [
            ("```repl\na\n", StopSignal::EndTurn, 1, false),
            ("```repl\nf(\n", StopSignal::EndTurn, 0, true),
            ("```repl\na\n", StopSignal::Length, 0, true),
            ("```repl\n", StopSignal::EndTurn, 0, true),
            ("```json\n{\n", StopSignal::Length, 0, false),
            ("```repl\na\n```\n```repl\nb", StopSignal::Length, 1, true),
        ];
        for (text, stop, blocks, is_open) in table {
            let found = fences(text, stop, is_whole);
            assert_eq!((found.blocks.len(), found.is_open), (blocks, is_open), "{text:?}");
        }
    }

    #[test]
    fn prose_is_what_stands_around_the_blocks() {
        let text = "a\n```repl\nx\n```\nb\n```py\ny\n```\nc";
        assert_eq!(fences(text, StopSignal::EndTurn, is_whole).prose(text), "a\nb\nc");
        assert_eq!(first_end(text, is_whole), Some("a\n```repl\nx\n```\n".len()));
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_hold_their_code(text in "(```repl\n|```\n|~~~py\n|x\n|\"\"\"\n| |é|\n){0,24}") {
            let found = fences(&text, StopSignal::EndTurn, is_whole);
            let mut from = 0;
            for block in &found.blocks {
                prop_assert!(block.range.start >= from && block.range.end <= text.len());
                let whole = text.get(block.range.clone()).unwrap();
                prop_assert!(whole.len() >= block.code.len());
                from = block.range.end;
            }
        }

        #[test]
        fn a_stream_finds_the_same_first_block_as_the_whole(before in "[a-z\n]{0,20}", after in "[a-z\n]{0,20}") {
            let text = format!("{before}\n```repl\nx = 1\n```\n{after}");
            let whole = first_end(&text, is_whole).unwrap();
            let cut = (0..=text.len()).find_map(|at| text.get(..at).and_then(|part| first_end(part, is_whole)));
            prop_assert!(cut.unwrap() <= whole);
            prop_assert!(whole - cut.unwrap() <= 1);
        }
    }
}
