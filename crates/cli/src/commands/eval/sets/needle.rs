//! One line that matters among lines that do not.

use std::fmt::Write as _;

use fastrand::Rng;

use super::entries::one;
use super::{Parameters, Problem, Truth};

const STATIONS: &[&str] = &["Ara", "Corvus", "Dorado", "Fornax", "Lyra", "Norma", "Pavo", "Vela"];
const WEATHER: &[&str] =
    &["calm water", "heavy fog", "a steady wind", "light rain", "drifting ice", "clear skies"];
const WORK: &[&str] =
    &["the pump was oiled", "two buoys were moved", "the log was signed", "the mast was painted"];

/// The needle lies anywhere; nothing else in the context speaks of a code.
pub(super) fn problem(parameters: Parameters, random: &mut Rng) -> Problem {
    let station = format!("{}-{}", one(random, STATIONS).unwrap_or(&""), random.u32(1_000..10_000));
    let code = format!("{:02}-{:03}-{:02}", random.u32(0..100), random.u32(0..1_000), random.u32(0..100));
    let needle = format!("The access code of station {station} is {code}.\n");
    let place = random.usize(0..parameters.size.max(1));
    let mut context = String::with_capacity(parameters.size + 256);
    let mut is_placed = false;
    while context.len() < parameters.size {
        if !is_placed && context.len() >= place {
            context.push_str(&needle);
            is_placed = true;
        }
        push_noise(&mut context, random);
    }
    if !is_placed {
        context.push_str(&needle);
    }
    let question = format!("What is the access code of station {station}? Answer with the code alone.");
    Problem { context, question, truth: Truth::Word(code) }
}

fn push_noise(context: &mut String, random: &mut Rng) {
    let station = one(random, STATIONS).unwrap_or(&"");
    let (weather, work) = (one(random, WEATHER).unwrap_or(&""), one(random, WORK).unwrap_or(&""));
    let (number, hour) = (random.u32(1_000..10_000), random.u32(0..24));
    // Writing to a text cannot fail.
    writeln!(context, "{hour:02}:00 station {station}-{number} reports {weather}; {work}.").ok();
}

#[cfg(test)]
mod tests {
    use super::super::{SetName, problem};
    use super::*;

    #[test]
    fn there_is_one_needle_and_its_place_differs() {
        let places: Vec<usize> = (0..4)
            .map(|question| {
                let made = problem(Parameters { set: SetName::Needle, size: 30_000, seed: 1, question });
                let Truth::Word(code) = &made.truth else { panic!("{:?}", made.truth) };
                assert_eq!(made.context.matches("access code").count(), 1);
                assert!(made.context.contains(&format!(" is {code}.")));
                made.context.find("access code").unwrap()
            })
            .collect();
        assert!(places.windows(2).any(|pair| pair[0].abs_diff(pair[1]) > 1_000), "{places:?}");
    }
}
