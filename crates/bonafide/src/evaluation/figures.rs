//! From scores to rates: rank-1, thresholds, misses, and the whole curve of both errors.

use bonafide_domain::rate::Rate;

/// The score of a search that found nobody, for example because the photo shows no face. No threshold is reached by it.
pub const NO_MATCH: f32 = -1.0;

/// A share of strangers that may be taken for a member, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FpirTarget {
    /// Its key in the JSON document.
    pub key: &'static str,
    /// The share for people.
    pub words: &'static str,
    /// The share in thousandths.
    pub per_mille: u64,
}

/// 1 % and 0.3 %.
pub const TARGETS: [FpirTarget; 2] = [
    FpirTarget { key: "fpir_1pct", words: "1 %", per_mille: 10 },
    FpirTarget { key: "fpir_0_3pct", words: "0.3 %", per_mille: 3 },
];

impl FpirTarget {
    /// How many of `strangers` may be accepted: the share rounded down, so that it is never exceeded.
    #[must_use]
    pub fn false_positives_allowed(&self, strangers: usize) -> usize {
        (strangers as u64 * self.per_mille / 1000) as usize
    }

    /// The fewest strangers with which the share can be told from none at all.
    #[must_use]
    pub fn strangers_needed(&self) -> u64 {
        1000_u64.div_ceil(self.per_mille)
    }
}

/// The answer to a mated probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatedScore {
    /// Whether the right member came first.
    pub right_first: bool,
    /// The score of whoever came first; [`NO_MATCH`] without a face.
    pub best: f32,
}

impl MatedScore {
    /// Recognised: the right member came first and reached the threshold.
    fn hit(&self, threshold: f32) -> bool {
        self.right_first && self.best >= threshold
    }
}

/// Both errors at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// Which share of strangers was aimed at.
    pub target: FpirTarget,
    /// How many strangers that allows.
    pub false_positives_allowed: u64,
    /// The smallest threshold that holds the aim; nothing without strangers.
    pub threshold: Option<f32>,
    /// Strangers who reach the threshold; at ties fewer than allowed.
    pub false_positives: Option<Rate>,
    /// Mated probes that are missed.
    pub misses: Option<Rate>,
}

/// One point of the DET curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetPoint {
    /// Share of strangers accepted.
    pub fpir: f64,
    /// Share of mated probes missed.
    pub fnir: f64,
}

/// The best score of each stranger, from the highest on; [`NO_MATCH`] without a face.
#[derive(Debug, Clone, PartialEq)]
pub struct NonmatedScores(Vec<f32>);

impl NonmatedScores {
    /// Sorts the scores.
    #[must_use]
    pub fn of(mut scores: Vec<f32>) -> NonmatedScores {
        scores.sort_by(|a, b| b.total_cmp(a));
        NonmatedScores(scores)
    }

    /// How many strangers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no strangers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest threshold that at most `allowed` strangers reach: the next number above the score of the first
    /// stranger who must not. Several with one score stay outside together.
    fn threshold(&self, allowed: usize) -> f32 {
        self.0.get(allowed).map_or(NO_MATCH, |score| score.max(NO_MATCH)).next_up()
    }

    fn reaching(&self, threshold: f32) -> usize {
        self.0.partition_point(|score| *score >= threshold)
    }
}

/// How many mated probes find the right member first, whatever the score.
#[must_use]
pub fn rank1(mated: &[MatedScore]) -> Option<Rate> {
    Rate::of(mated.iter().filter(|probe| probe.right_first).count() as u64, mated.len() as u64)
}

/// Both errors where at most the aimed share of strangers is accepted.
#[must_use]
pub fn operating_point(
    target: FpirTarget,
    mated: &[MatedScore],
    nonmated: &NonmatedScores,
) -> OperatingPoint {
    let allowed = target.false_positives_allowed(nonmated.len());
    let none = OperatingPoint {
        target,
        false_positives_allowed: allowed as u64,
        threshold: None,
        false_positives: None,
        misses: None,
    };
    if nonmated.is_empty() {
        return none;
    }
    let threshold = nonmated.threshold(allowed);
    OperatingPoint {
        threshold: Some(threshold),
        false_positives: Rate::of(nonmated.reaching(threshold) as u64, nonmated.len() as u64),
        misses: misses(mated, threshold),
        ..none
    }
}

fn misses(mated: &[MatedScore], threshold: f32) -> Option<Rate> {
    Rate::of(mated.iter().filter(|probe| !probe.hit(threshold)).count() as u64, mated.len() as u64)
}

/// The DET curve: for each number of accepted strangers the share of missed probes, from none accepted to all.
#[must_use]
pub fn det_curve(mated: &[MatedScore], nonmated: &NonmatedScores) -> Vec<DetPoint> {
    let strangers = nonmated.len() as f64;
    let mut points: Vec<DetPoint> = Vec::new();
    for allowed in 0..=nonmated.len() {
        let threshold = nonmated.threshold(allowed);
        let Some(missed) = misses(mated, threshold).filter(|_| !nonmated.is_empty()) else { continue };
        let point =
            DetPoint { fpir: nonmated.reaching(threshold) as f64 / strangers, fnir: missed.fraction() };
        // Ties give the same threshold again.
        if points.last().is_none_or(|last| last.fpir < point.fpir) {
            points.push(point);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mated(scores: &[(bool, f32)]) -> Vec<MatedScore> {
        scores.iter().map(|&(right_first, best)| MatedScore { right_first, best }).collect()
    }

    /// Strangers, the allowed share in thousandths, and how many then reach the threshold.
    fn check(scores: &[f32], per_mille: u64, reaching: usize, above: f32) {
        let nonmated = NonmatedScores::of(scores.to_vec());
        let target = FpirTarget { key: "", words: "", per_mille };
        let threshold = nonmated.threshold(target.false_positives_allowed(scores.len()));
        assert_eq!(nonmated.reaching(threshold), reaching, "{scores:?} {per_mille}");
        assert_eq!(threshold.to_bits(), above.next_up().to_bits(), "{scores:?} {per_mille}");
    }

    #[test]
    fn the_threshold_is_the_smallest_that_holds_the_share() {
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
        check(&scores, 0, 0, 0.95);
        check(&scores, 99, 0, 0.95);
        check(&scores, 100, 1, 0.9);
        check(&scores, 300, 3, 0.7);
        check(&scores, 1000, 10, NO_MATCH);
    }

    #[test]
    fn ties_stay_outside_together() {
        check(&[0.5, 0.5, 0.5, 0.1], 500, 0, 0.5);
        check(&[0.9, 0.5, 0.5, 0.1], 500, 1, 0.5);
        check(&[0.9, 0.5, 0.5, 0.1], 750, 3, 0.1);
        check(&[NO_MATCH, NO_MATCH, 0.3], 340, 1, NO_MATCH);
    }

    #[test]
    fn forty_strangers_allow_no_false_positive_at_either_share() {
        assert_eq!(TARGETS.map(|target| target.false_positives_allowed(40)), [0, 0]);
        assert_eq!(TARGETS.map(|target| target.false_positives_allowed(2047)), [20, 6]);
        assert_eq!(TARGETS.map(|target| target.strangers_needed()), [100, 334]);
    }

    #[test]
    fn a_probe_is_missed_when_not_first_not_above_or_not_seen() {
        let probes = mated(&[(true, 0.9), (true, 0.5), (false, 0.9), (false, NO_MATCH), (true, 0.50001)]);
        let nonmated = NonmatedScores::of(vec![0.5, 0.2]);
        let point = operating_point(TARGETS[0], &probes, &nonmated);
        assert_eq!((point.false_positives_allowed, point.false_positives), (0, Rate::of(0, 2)));
        assert_eq!(point.misses, Rate::of(3, 5));
        assert_eq!(rank1(&probes), Rate::of(3, 5));
    }

    #[test]
    fn nothing_is_claimed_without_strangers_or_probes() {
        let nobody = NonmatedScores::of(vec![]);
        let point = operating_point(TARGETS[0], &mated(&[(true, 0.9)]), &nobody);
        assert_eq!((point.threshold, point.misses, point.false_positives), (None, None, None));
        assert!(det_curve(&mated(&[(true, 0.9)]), &nobody).is_empty());
        assert_eq!(rank1(&[]), None);
        assert!(operating_point(TARGETS[0], &[], &NonmatedScores::of(vec![0.1])).misses.is_none());
    }

    #[test]
    fn along_the_curve_one_error_rises_and_the_other_falls() {
        let probes = mated(&[(true, 0.9), (true, 0.55), (true, 0.45), (false, 0.8), (true, 0.2)]);
        let nonmated = NonmatedScores::of(vec![0.6, 0.5, 0.5, 0.3, 0.1, NO_MATCH]);
        // The stranger without a face is accepted at no threshold, so the curve ends at five of six.
        let points = det_curve(&probes, &nonmated);
        let expected = [(0.0, 0.8), (1.0 / 6.0, 0.6), (0.5, 0.4), (4.0 / 6.0, 0.2), (5.0 / 6.0, 0.2)];
        for (point, (fpir, fnir)) in points.iter().zip(expected) {
            assert!((point.fpir - fpir).abs() < 1e-9 && (point.fnir - fnir).abs() < 1e-9, "{points:?}");
        }
        assert_eq!(points.len(), expected.len());
        assert!(points.windows(2).all(|pair| pair[0].fpir < pair[1].fpir && pair[0].fnir >= pair[1].fnir));
    }
}
