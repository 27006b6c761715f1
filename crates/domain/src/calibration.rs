//! What a score of the recogniser is worth: error counts at each threshold, as an evaluation counted them.
//!
//! A cosine means nothing by itself. The table says how often two different people reached it, and how often the same
//! person missed it, with the number of comparisons, so that an upper bound can be given and not only a hope.
//!
//! **The bound falls with the threshold by construction.** All points of a table come from one set of comparisons, so
//! that raising the threshold can only lose false matches; a table in which they rise, or in which the number of
//! comparisons changes from point to point, is refused. The bound of a point depends on its own counts alone. Nothing
//! is smoothed: taking the smallest bound of the lower thresholds would lend one point the luck of another, and the
//! result would no longer be a 95 % bound.
//!
//! The same order is why [`crate::identify::admissible`] may look for the *smallest* threshold that is good enough
//! without paying for the search. To be misled it must stop at a bad threshold, and as the bounds only fall from there,
//! the bound of the highest bad threshold has failed as well. That one failing is all that can go wrong: 5 %.
//!
//! What is compared must be what is searched. A member's mean template is reached by strangers more often than a
//! single photo at the same cosine, so that the table must be counted with the product's own templates and score.

use crate::rate::Rate;

/// The most points of one table; an evaluation needs some hundreds.
pub const POINTS_MAX: usize = 10_000;

/// The longest model id, in bytes.
pub const MODEL_ID_BYTES_MAX: usize = 200;

/// One line of a table as it is read from a file: nothing is checked yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationRow {
    /// A score of at least this is a match, as a cosine.
    pub threshold: f32,
    /// How many comparisons of different people were made.
    pub impostor_comparisons: u64,
    /// How many of them reached the threshold.
    pub false_matches: u64,
    /// How many comparisons of the same person were made.
    pub genuine_comparisons: u64,
    /// How many of them stayed below the threshold.
    pub false_non_matches: u64,
}

/// One checked line of a [`Calibration`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationPoint {
    threshold: f32,
    false_matches: Rate,
    false_non_matches: Rate,
    false_match_rate_upper: f64,
}

impl CalibrationPoint {
    /// A score of at least this is a match, as a cosine.
    pub const fn threshold(&self) -> f32 {
        self.threshold
    }

    /// How often two different people reached the threshold.
    pub const fn false_matches(&self) -> Rate {
        self.false_matches
    }

    /// How often the same person stayed below it.
    pub const fn false_non_matches(&self) -> Rate {
        self.false_non_matches
    }

    /// The one-sided 95 % upper bound on the false match rate of one comparison (Clopper–Pearson). It is kept with
    /// the point, so that a decision costs no mathematics.
    pub const fn false_match_rate_upper(&self) -> f64 {
        self.false_match_rate_upper
    }
}

/// A checked table, from the lowest threshold to the highest, of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    model: String,
    points: Vec<CalibrationPoint>,
}

/// Why a table is not believed. `index` counts the rows from zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalibrationRefusal {
    /// The model id is blank or longer than [`MODEL_ID_BYTES_MAX`].
    ModelId,
    /// The table was counted with another model than the one in use: its thresholds mean nothing here (case B-15).
    WrongModel {
        /// The model in use.
        expected: String,
        /// The model of the table.
        found: String,
    },
    /// There is no point.
    Empty,
    /// There are more than [`POINTS_MAX`] points.
    TooManyPoints {
        /// How many there are.
        points: usize,
    },
    /// The threshold is no number from −1 to 1.
    NotACosine {
        /// The row.
        index: usize,
    },
    /// The threshold is not above the one before.
    NotAscending {
        /// The row.
        index: usize,
    },
    /// Nothing was compared, mistakes outnumber the comparisons, or there are more than [`crate::rate::TRIALS_MAX`].
    NotARate {
        /// The row.
        index: usize,
    },
    /// The numbers of comparisons are not those of the first row: the table mixes two evaluations.
    ComparisonsDiffer {
        /// The row.
        index: usize,
    },
    /// More false matches than at the lower threshold before.
    FalseMatchesRise {
        /// The row.
        index: usize,
    },
    /// Fewer false non-matches than at the lower threshold before.
    FalseNonMatchesFall {
        /// The row.
        index: usize,
    },
}

impl Calibration {
    /// Checks a table. `model` is the id that the table carries, `model_in_use` the one that makes the scores; an id
    /// names the whole way from pixels to score.
    pub fn parse(
        model: &str,
        model_in_use: &str,
        rows: &[CalibrationRow],
    ) -> Result<Self, CalibrationRefusal> {
        if model.trim().is_empty() || model.len() > MODEL_ID_BYTES_MAX {
            return Err(CalibrationRefusal::ModelId);
        }
        if model != model_in_use {
            let (expected, found) = (model_in_use.to_owned(), model.to_owned());
            return Err(CalibrationRefusal::WrongModel { expected, found });
        }
        if rows.is_empty() {
            return Err(CalibrationRefusal::Empty);
        }
        if rows.len() > POINTS_MAX {
            return Err(CalibrationRefusal::TooManyPoints { points: rows.len() });
        }
        let mut points: Vec<CalibrationPoint> = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let point = check_row(index, row, points.last())?;
            points.push(point);
        }
        Ok(Self { model: model.to_owned(), points })
    }

    /// The id of the model that the table belongs to.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The points, from the lowest threshold to the highest; at least one.
    pub fn points(&self) -> &[CalibrationPoint] {
        &self.points
    }

    /// The point with the smallest bound: the highest threshold.
    pub fn strictest(&self) -> &CalibrationPoint {
        &self.points[self.points.len() - 1]
    }

    /// The point with the lowest threshold at which `searched` comparisons together stay within `limit`, if any does.
    /// The sum of the chances is asked for, which is never less than the chance that one of them happens.
    pub fn lowest_within(&self, searched: u32, limit: f64) -> Option<&CalibrationPoint> {
        let first = self.points.partition_point(|p| f64::from(searched) * p.false_match_rate_upper > limit);
        self.points.get(first)
    }
}

/// One row against itself and the row before.
fn check_row(
    index: usize,
    row: &CalibrationRow,
    before: Option<&CalibrationPoint>,
) -> Result<CalibrationPoint, CalibrationRefusal> {
    // Written so that NaN is outside.
    if !(-1.0..=1.0).contains(&row.threshold) {
        return Err(CalibrationRefusal::NotACosine { index });
    }
    let (Some(false_matches), Some(false_non_matches)) = (
        Rate::of(row.false_matches, row.impostor_comparisons),
        Rate::of(row.false_non_matches, row.genuine_comparisons),
    ) else {
        return Err(CalibrationRefusal::NotARate { index });
    };
    if let Some(before) = before {
        if row.threshold <= before.threshold {
            return Err(CalibrationRefusal::NotAscending { index });
        }
        if before.false_matches.trials() != row.impostor_comparisons
            || before.false_non_matches.trials() != row.genuine_comparisons
        {
            return Err(CalibrationRefusal::ComparisonsDiffer { index });
        }
        if row.false_matches > before.false_matches.events() {
            return Err(CalibrationRefusal::FalseMatchesRise { index });
        }
        if row.false_non_matches < before.false_non_matches.events() {
            return Err(CalibrationRefusal::FalseNonMatchesFall { index });
        }
    }
    let false_match_rate_upper = match before {
        // Neighbours in the empty tail have the same counts: the bound is the same and need not be found again.
        Some(before) if before.false_matches == false_matches => before.false_match_rate_upper,
        _ => false_matches.upper_95(),
    };
    Ok(CalibrationPoint {
        threshold: row.threshold,
        false_matches,
        false_non_matches,
        false_match_rate_upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn row(threshold: f32, n: u64, k: u64, genuine: u64, missed: u64) -> CalibrationRow {
        CalibrationRow {
            threshold,
            impostor_comparisons: n,
            false_matches: k,
            genuine_comparisons: genuine,
            false_non_matches: missed,
        }
    }

    #[test]
    fn a_good_table_keeps_its_order_and_its_bounds() {
        let rows = [row(0.3, 100, 1, 10, 0), row(0.4, 100, 1, 10, 1), row(0.5, 100, 0, 10, 1)];
        let table = Calibration::parse("sface", "sface", &rows).unwrap();
        let bounds: Vec<f64> = table.points().iter().map(CalibrationPoint::false_match_rate_upper).collect();
        assert_eq!(table.points().len(), 3);
        assert!((bounds[0] - 0.046559811453538935).abs() < 1e-12);
        assert_eq!(bounds[0].to_bits(), bounds[1].to_bits());
        assert!((bounds[2] - 0.029513049607039925).abs() < 1e-12);
        assert_eq!(table.strictest().threshold().to_bits(), 0.5_f32.to_bits());
    }

    #[test]
    fn b15_a_table_of_another_model_is_refused() {
        let found = Calibration::parse("sface-1", "sface-2", &[row(0.3, 100, 1, 10, 0)]);
        let expected =
            CalibrationRefusal::WrongModel { expected: "sface-2".to_owned(), found: "sface-1".to_owned() };
        assert_eq!(found, Err(expected));
        for blank in ["", " ", &"m".repeat(MODEL_ID_BYTES_MAX + 1)] {
            assert_eq!(Calibration::parse(blank, blank, &[]), Err(CalibrationRefusal::ModelId));
        }
    }

    #[test]
    fn a_table_that_cannot_be_is_refused() {
        use CalibrationRefusal::*;
        let good = row(0.3, 100, 5, 10, 1);
        let cases: [(&str, &[CalibrationRow], CalibrationRefusal); 15] = [
            ("no rows", &[], Empty),
            ("NaN threshold", &[good, row(f32::NAN, 100, 1, 10, 1)], NotACosine { index: 1 }),
            ("infinite threshold", &[row(f32::INFINITY, 100, 1, 10, 1)], NotACosine { index: 0 }),
            ("threshold above one", &[row(1.001, 100, 1, 10, 1)], NotACosine { index: 0 }),
            ("threshold below minus one", &[row(-1.001, 100, 1, 10, 1)], NotACosine { index: 0 }),
            ("descending", &[good, row(0.2, 100, 5, 10, 1)], NotAscending { index: 1 }),
            ("twice the same", &[good, good], NotAscending { index: 1 }),
            ("no impostors", &[row(0.3, 0, 0, 10, 1)], NotARate { index: 0 }),
            ("no genuine", &[row(0.3, 100, 0, 0, 0)], NotARate { index: 0 }),
            ("k above n", &[row(0.3, 100, 101, 10, 1)], NotARate { index: 0 }),
            ("more missed than tried", &[row(0.3, 100, 5, 10, 11)], NotARate { index: 0 }),
            ("other impostors", &[good, row(0.4, 1_000_000, 5, 10, 1)], ComparisonsDiffer { index: 1 }),
            ("other genuine", &[good, row(0.4, 100, 5, 11, 1)], ComparisonsDiffer { index: 1 }),
            ("more false matches", &[good, row(0.4, 100, 6, 10, 1)], FalseMatchesRise { index: 1 }),
            ("fewer false non-matches", &[good, row(0.4, 100, 5, 10, 0)], FalseNonMatchesFall { index: 1 }),
        ];
        for (name, rows, refusal) in cases {
            assert_eq!(Calibration::parse("m", "m", rows), Err(refusal), "{name}");
        }
        let many = vec![good; POINTS_MAX + 1];
        assert_eq!(Calibration::parse("m", "m", &many), Err(TooManyPoints { points: POINTS_MAX + 1 }));
    }
}
