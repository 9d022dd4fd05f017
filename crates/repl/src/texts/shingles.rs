//! What is characteristic of a text when it is compared with many others: the short stretches of its letters.

/// Bytes of a stretch; what fits into eight bytes stands for itself.
const SHINGLE: usize = 5;
/// Stretches that are compared in all, about. Of more text only those whose scattered numbers are small enough are kept, the
/// same ones in all texts (Broder, "On the resemblance and containment of documents", 1997): likeness becomes an estimate.
const COMPARED: usize = 4 << 20;

/// The stretches of each text in lower case and with single spaces, in ascending order; a shorter text is one.
pub(crate) fn sketches<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Vec<Vec<u64>> {
    let bytes: usize = texts.clone().map(str::len).sum();
    let largest = if bytes > COMPARED { u64::MAX / bytes as u64 * COMPARED as u64 } else { u64::MAX };
    texts.map(|text| sketch(text, largest)).collect()
}

/// The stretches of one text whose numbers are at most `largest`; the smallest when there is none.
fn sketch(text: &str, largest: u64) -> Vec<u64> {
    let folded = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let bytes = folded.as_bytes();
    let number =
        |bytes: &[u8]| scattered(bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)));
    let all = || bytes.windows(SHINGLE.min(bytes.len()).max(1)).map(number);
    let mut kept: Vec<u64> = all().filter(|number| *number <= largest).collect();
    if kept.is_empty() {
        kept.push(all().min().unwrap_or_default());
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Another number for each number, without order (the finalizer of SplitMix64: Steele, Lea, Flood, 2014).
fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_case_nor_spaces_count() {
        let found = sketches(["The  River", " the river\n", "The Rover", "", "abc", "abcdef"].into_iter());
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0], found[2]);
        assert_eq!((found[3].len(), found[4].len(), found[5].len()), (1, 1, 2));
    }

    #[test]
    fn of_much_text_a_share_is_kept() {
        let long: String = (0..1_200_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        let found = sketches([long.as_str(), long.as_str(), "short"].into_iter());
        assert!(found[0].len() < COMPARED && found[0].len() > 10_000, "{}", found[0].len());
        assert_eq!(found[0], found[1]);
        assert_eq!(found[2].len(), 1);
    }
}
