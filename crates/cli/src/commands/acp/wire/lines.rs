//! The lines of a stream, none of them longer than a bound: what is longer is passed over, and said to have been.

use std::io::{self, BufRead};

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands::acp) enum Line {
    /// It as it came.
    Whole(Vec<u8>),
    /// It was longer than the bound.
    TooLong,
}

/// The lines of a stream.
pub(in crate::commands::acp) struct Lines<R> {
    from: R,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    /// Those of `from`, of at most `longest` bytes each.
    pub(in crate::commands::acp) fn new(from: R, longest: usize) -> Self {
        Self { from, longest }
    }

    /// The next one; what stands behind the last line end is one, too.
    fn read(&mut self) -> io::Result<Option<Line>> {
        let (mut line, mut is_long, mut has_any) = (Vec::new(), false, false);
        loop {
            let piece = match self.from.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if piece.is_empty() {
                return Ok(has_any.then(|| ended(line, is_long)));
            }
            has_any = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
            is_long |= line.len() + part.len() > self.longest;
            if is_long {
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.from.consume(taken);
            if end.is_some() {
                return Ok(Some(ended(line, is_long)));
            }
        }
    }
}

fn ended(line: Vec<u8>, is_long: bool) -> Line {
    if is_long { Line::TooLong } else { Line::Whole(line) }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn lines(text: &[u8], longest: usize, buffer: usize) -> Vec<Line> {
        let lines = Lines::new(BufReader::with_capacity(buffer, text), longest);
        lines.collect::<io::Result<_>>().unwrap()
    }

    #[test]
    fn a_line_that_is_too_long_costs_only_itself() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        let text = b"one\n\n12345\n123456\nlast";
        for buffer in 1..30 {
            let expected = [whole("one"), whole(""), whole("12345"), Line::TooLong, whole("last")];
            assert_eq!(lines(text, 5, buffer), expected, "a buffer of {buffer}");
        }
        assert_eq!(lines(b"", 5, 4), []);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_text_however_it_comes(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            buffer in 1usize..64,
        ) {
            let mut expected: Vec<Line> =
                text.split(|byte| *byte == b'\n').map(|line| Line::Whole(line.to_vec())).collect();
            if expected.last() == Some(&Line::Whole(Vec::new())) {
                expected.pop();
            }
            prop_assert_eq!(lines(&text, 1_000, buffer), expected);
        }
    }
}
