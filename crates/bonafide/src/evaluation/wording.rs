//! The figures of an evaluation in words: the same on the terminal and in the report.

use bonafide_domain::rate::Rate;

use crate::evaluation::figures::OperatingPoint;
use crate::evaluation::outcome::Outcome;

/// One headline figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Its name.
    pub name: String,
    /// What it says, in plain words.
    pub meaning: String,
    /// The rate, or that it was not measured.
    pub value: String,
    /// How many of how many.
    pub counts: String,
    /// The two-sided 95 % bounds.
    pub bounds: String,
    /// The threshold, where there is one.
    pub threshold: String,
}

/// A fraction as a percentage with at least two telling digits.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let value = 100.0 * fraction;
    if value <= 0.0 {
        return "0 %".to_owned();
    }
    if value >= 100.0 {
        return "100 %".to_owned();
    }
    let digits = (1.0 - value.min(100.0 - value).log10().floor()).clamp(2.0, 8.0) as usize;
    format!("{value:.digits$} %")
}

/// Milliseconds with three telling digits or so.
#[must_use]
pub fn milliseconds(ms: f64) -> String {
    if ms < 1.0 { format!("{ms:.4}") } else { format!("{ms:.1}") }
}

/// A count with commas between thousands.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

fn headline(name: &str, meaning: &str, rate: Option<Rate>, threshold: Option<f32>) -> Headline {
    let bounds = |rate: Rate| {
        let interval = rate.interval_95();
        format!("{} to {}", percent(interval.lower), percent(interval.upper))
    };
    let counts = |rate: Rate| format!("{} of {}", grouped(rate.events()), grouped(rate.trials()));
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    Headline {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        value: rate.map_or_else(|| "not measured".to_owned(), |rate| percent(rate.fraction())),
        counts: or_dash(rate.map(counts)),
        bounds: or_dash(rate.map(bounds)),
        threshold: or_dash(threshold.map(|threshold| format!("{threshold:.3}"))),
    }
}

/// The headline figures, in the order of importance.
#[must_use]
pub fn headlines(outcome: &Outcome) -> Vec<Headline> {
    let mut lines =
        vec![headline("Rank-1", "The right member came first, whatever the score.", outcome.rank1, None)];
    for point in &outcome.points {
        let name = format!("FNIR at FPIR {}", point.target.words);
        let meaning = format!(
            "A member was not recognised, with the threshold set so that at most {} of strangers are taken for somebody.",
            point.target.words
        );
        lines.push(headline(&name, &meaning, point.misses, point.threshold));
    }
    let meaning = "A member could not be enrolled: no enrolment photo was usable.";
    lines.push(headline("Failure to enrol", meaning, outcome.failure_to_enrol, None));
    lines
}

/// What a reader must know before believing the figures.
#[must_use]
pub fn notes(outcome: &Outcome) -> Vec<String> {
    let strangers = outcome.searches.nonmated.len() as u64;
    let mut notes = Vec::new();
    if strangers == 0 {
        notes.push(
            "No strangers were searched: thresholds and misses at them are not measured. Give --strangers."
                .to_owned(),
        );
    } else {
        notes.extend(outcome.points.iter().filter_map(|point| too_few_strangers(point, strangers)));
    }
    let not_enrolled = outcome.searches.not_enrolled.len() as u64;
    if not_enrolled > 0 {
        let who = counted(not_enrolled, "member", "members");
        notes.push(format!("{who} could not be enrolled; all their further photos count as missed."));
    }
    let left_out = outcome.plan.folders_with_too_few_photos as u64;
    if left_out > 0 {
        let folders = counted(left_out, "folder", "folders");
        notes.push(format!("{folders} left out: more than {} photos are needed.", outcome.plan.enrol));
    }
    notes.extend(same_people_note(outcome));
    notes
}

fn too_few_strangers(point: &OperatingPoint, strangers: u64) -> Option<String> {
    let needed = point.target.strangers_needed();
    (strangers < needed).then(|| {
        format!(
            "FPIR {} cannot be measured with {} (at least {needed} are needed; the smallest share that can be told \
             from none is 1 in {}): the threshold is set so that no stranger at all is accepted.",
            point.target.words,
            counted(strangers, "stranger", "strangers"),
            grouped(strangers)
        )
    })
}

fn same_people_note(outcome: &Outcome) -> Option<String> {
    let pairs = &outcome.same_people;
    let unknown = match pairs.unknown {
        0 => String::new(),
        unknown => {
            format!(" {} of the list with a name that is not here.", counted(unknown as u64, "pair", "pairs"))
        }
    };
    if pairs.is_empty() && unknown.is_empty() {
        return None;
    }
    Some(format!(
        "Label errors: {} known to be one person; {} left out of the calibration, {} not counted as a stranger.{unknown}",
        counted(pairs.len() as u64, "pair of names", "pairs of names"),
        counted(outcome.comparisons.left_out, "comparison", "comparisons"),
        counted(outcome.searches.nonmated_left_out.len() as u64, "photo", "photos"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::figures::TARGETS;

    #[test]
    fn percentages_keep_two_telling_digits() {
        for (fraction, words) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.998_862, "99.89 %"),
            (0.006_825, "0.68 %"),
            (0.000_05, "0.0050 %"),
            (0.5, "50.00 %"),
            (1e-12, "0.00000000 %"),
            (0.999_999, "99.99990 %"),
        ] {
            assert_eq!(percent(fraction), words);
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (count, words) in [(0, "0"), (999, "999"), (1000, "1,000"), (16_500_000, "16,500,000")] {
            assert_eq!(grouped(count), words);
        }
        assert_eq!((counted(1, "x", "xs"), counted(2, "x", "xs")), ("1 x".into(), "2 xs".into()));
    }

    #[test]
    fn too_few_strangers_are_named_with_what_is_possible() {
        let [one, three] = TARGETS.map(|target| OperatingPoint {
            target,
            false_positives_allowed: 0,
            threshold: Some(0.4),
            false_positives: None,
            misses: None,
        });
        assert!(too_few_strangers(&one, 40).unwrap().contains("1 in 40"));
        assert_eq!(too_few_strangers(&one, 100), None);
        assert!(too_few_strangers(&three, 333).unwrap().contains("at least 334"));
    }
}
