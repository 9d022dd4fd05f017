//! Decodes `$'…'` strings as bash does.

/// The text that the inner part of a `$'…'` string stands for; `None` where an escape is not one of the plain ones.
pub(super) fn decode(inner: &str) -> Option<String> {
    let mut decoded = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            decoded.push(character);
            continue;
        }
        let number = match rest.next()? {
            'x' => digits(&mut rest, 16, 2),
            'u' => digits(&mut rest, 16, 4),
            'U' => digits(&mut rest, 16, 8),
            octal @ '0'..='7' => {
                let first = octal.to_digit(8)?;
                let more = digits(&mut rest, 8, 2);
                Some(more.map_or(first, |(value, count)| first * 8_u32.pow(count) + value))
                    .map(|value| (value, 1))
            }
            plain => {
                decoded.push(simple_escape(plain)?);
                continue;
            }
        };
        decoded.push(char::from_u32(number?.0).filter(|character| *character != '\0')?);
    }
    Some(decoded)
}

fn simple_escape(escape: char) -> Option<char> {
    Some(match escape {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' | 'E' => '\u{1b}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '?' => escape,
        _ => return None,
    })
}

/// The number that begins here and its count of digits.
fn digits(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: u32) -> Option<(u32, u32)> {
    let (mut value, mut count) = (0_u32, 0);
    while count < most {
        let Some(digit) = rest.peek().and_then(|character| character.to_digit(radix)) else { break };
        rest.next();
        value = value.checked_mul(radix)?.checked_add(digit)?;
        count += 1;
    }
    (count > 0).then_some((value, count))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_become_what_bash_makes_of_them() {
        for (inner, expected) in [
            (r"\x72m", Some("rm")),
            (r"\162m", Some("rm")),
            (r"\u0072m", Some("rm")),
            (r"a\tb\'c", Some("a\tb'c")),
            (r"\cA", None),
            (r"\x00", None),
            (r"\0", None),
            ("plain", Some("plain")),
        ] {
            assert_eq!(decode(inner).as_deref(), expected, "{inner}");
        }
    }
}
