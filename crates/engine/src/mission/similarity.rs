//! How alike two short texts are: the cosine of their TF-IDF vectors over word 1- to 3-grams (RECURSIVE §7.4).
//!
//! *Invariants:* the same texts learnt in the same order give the same numbers; 0 is nothing in common, 1 the same.

use std::collections::HashMap;

use super::words::words;

/// The longest run of words that counts as one feature.
const LONGEST_GRAM: usize = 3;

/// The grams seen so far, and in how many texts.
#[derive(Debug, Default)]
pub(crate) struct Grams {
    ids: HashMap<String, usize>,
    frequencies: Vec<u32>,
    texts: u32,
}

/// A text as counts of its grams, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GramCounts(Vec<(usize, u32)>);

impl Grams {
    /// Takes a text in and gives its counts.
    pub(crate) fn learn(&mut self, text: &str) -> GramCounts {
        let words = words(text);
        let mut found: Vec<usize> = Vec::new();
        for length in 1..=LONGEST_GRAM {
            found.extend(words.windows(length).map(|gram| self.id(gram)));
        }
        found.sort_unstable();
        let mut counts: Vec<(usize, u32)> = Vec::new();
        for id in found {
            match counts.last_mut() {
                Some((last, count)) if *last == id => *count += 1,
                Some(_) | None => counts.push((id, 1)),
            }
        }
        for (id, _) in &counts {
            if let Some(frequency) = self.frequencies.get_mut(*id) {
                *frequency += 1;
            }
        }
        self.texts += 1;
        GramCounts(counts)
    }

    fn id(&mut self, gram: &[String]) -> usize {
        let next = self.frequencies.len();
        let id = *self.ids.entry(gram.join(" ")).or_insert(next);
        if id == next {
            self.frequencies.push(0);
        }
        id
    }

    /// How alike two texts are, by what has been learnt until now.
    pub(crate) fn cosine(&self, left: &GramCounts, right: &GramCounts) -> f64 {
        let norms = self.dot(left, left).sqrt() * self.dot(right, right).sqrt();
        if norms > 0.0 { (self.dot(left, right) / norms).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn dot(&self, left: &GramCounts, right: &GramCounts) -> f64 {
        let (mut sum, mut others) = (0.0, right.0.iter().peekable());
        for (id, count) in &left.0 {
            while others.next_if(|(other, _)| other < id).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| other == id) {
                sum += f64::from(*count) * f64::from(*other) * self.rarity(*id).powi(2);
            }
        }
        sum
    }

    /// Inverse document frequency, smoothed so that a word of every text still counts a little.
    fn rarity(&self, id: usize) -> f64 {
        let frequency = self.frequencies.get(id).copied().unwrap_or_default();
        (f64::from(1 + self.texts) / f64::from(1 + frequency)).ln() + 1.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alike(left: &str, right: &str) -> f64 {
        let mut grams = Grams::default();
        let (left, right) = (grams.learn(left), grams.learn(right));
        grams.cosine(&left, &right)
    }

    #[test]
    fn equal_texts_are_one_and_strangers_zero() {
        assert!((alike("the cache is never cleared", "The cache is NEVER cleared.") - 1.0).abs() < 1e-9);
        assert!(alike("the cache is cleared", "die Uhr geht vor").abs() < 1e-9);
        assert!(alike("", "").abs() < 1e-9);
    }

    #[test]
    fn shared_order_counts_beyond_shared_words() {
        let in_order = alike("lock held over await", "lock held over a loop");
        let shuffled = alike("lock held over await", "over a held loop lock");
        assert!(in_order > shuffled, "{in_order} > {shuffled}");
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_between_zero_and_one(left in "[a-d ]{0,40}", right in "[a-d ]{0,40}") {
            let (one, other) = (alike(&left, &right), alike(&right, &left));
            prop_assert!((one - other).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&one));
        }
    }
}
