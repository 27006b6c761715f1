//! Whether a face may be taken for a member: identified, unsure or unknown.
//!
//! With N members searched and a false match rate f for one comparison, a stranger is taken for somebody with a chance
//! of at most N × f: 5,000 members at 1 in 10,000 would be two strangers of five. So a threshold is never a constant.
//! [`admissible`] takes the lowest one of the [`Calibration`] at which N times the 95 % upper bound of f stays within
//! the limit of the purpose, and refuses a gallery for which the table has none. Only thresholds found in this way reach
//! [`decide`].
//!
//! N is the number of members that are really searched (a branch, a programme), not those of the whole book. The limit
//! is for one search: a flow that searches with several frames of one person and takes whichever succeeds has asked
//! several times, and must count them. Comparing with one claimed member ([`verify`]) needs none of this and stays the
//! default.
//!
//! A face never spends points: there is no such [`Purpose`], and none of the answers here can be turned into one.

use crate::calibration::{Calibration, CalibrationPoint};

/// The largest limit that a policy may set for a false match: above one in twenty the bound is none.
pub const FALSE_MATCH_LIMIT_MAX: f64 = 0.05;

/// The largest limit that a policy may set for asking a stranger for a second factor.
pub const UNSURE_LIMIT_MAX: f64 = 0.5;

/// How far a score may lie beyond one. Quantised templates make a cosine a little wrong; more than this is no cosine.
const COSINE_SLACK: f32 = 0.01;

/// What the answer is used for. Spending points is missing on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Opening a door: nobody looks.
    Door,
    /// Earning points at a till, where the cashier sees the member's photo and confirms. Never spending.
    TillEarning,
}

/// The numbers of a [`Policy`], before they are checked. Limits are fractions from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The largest chance that a stranger is identified as somebody, in one search of the whole group.
    pub false_match_limit: f64,
    /// The largest chance that a stranger is asked for a second factor instead of being unknown.
    pub unsure_limit: f64,
    /// The largest chance that another person is confirmed as the one claimed member.
    pub claim_false_match_limit: f64,
    /// How far the best member must lie before the second, as a difference of cosines.
    pub margin_min: f32,
}

/// How sure is sure enough, for one purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    purpose: Purpose,
    limits: Limits,
}

/// Which number of a policy is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// Must be above zero and at most [`FALSE_MATCH_LIMIT_MAX`].
    FalseMatchLimit,
    /// Must be at least the false match limit and at most [`UNSURE_LIMIT_MAX`].
    UnsureLimit,
    /// Must be above zero and at most [`FALSE_MATCH_LIMIT_MAX`].
    ClaimFalseMatchLimit,
    /// Must be above zero, or a tie would identify, and at most one.
    MarginMin,
}

impl Policy {
    /// Checks the numbers. NaN is outside of every range.
    pub fn new(purpose: Purpose, limits: Limits) -> Result<Self, PolicyRefusal> {
        let within = |limit: f64| limit > 0.0 && limit <= FALSE_MATCH_LIMIT_MAX;
        if !within(limits.false_match_limit) {
            return Err(PolicyRefusal::FalseMatchLimit);
        }
        if !(limits.false_match_limit..=UNSURE_LIMIT_MAX).contains(&limits.unsure_limit) {
            return Err(PolicyRefusal::UnsureLimit);
        }
        if !within(limits.claim_false_match_limit) {
            return Err(PolicyRefusal::ClaimFalseMatchLimit);
        }
        if !(limits.margin_min > 0.0 && limits.margin_min <= 1.0) {
            return Err(PolicyRefusal::MarginMin);
        }
        Ok(Self { purpose, limits })
    }

    /// The numbers that hold unless the operator sets others. Their reasons: docs/decisions/0005-identification-bound.md.
    pub const fn standard(purpose: Purpose) -> Self {
        let limits = match purpose {
            Purpose::Door => Limits {
                false_match_limit: 0.003,
                unsure_limit: 0.1,
                claim_false_match_limit: 0.001,
                margin_min: 0.08,
            },
            Purpose::TillEarning => Limits {
                false_match_limit: 0.01,
                unsure_limit: 0.1,
                claim_false_match_limit: 0.003,
                margin_min: 0.05,
            },
        };
        Self { purpose, limits }
    }

    /// What it is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Its numbers.
    pub const fn limits(&self) -> Limits {
        self.limits
    }
}

/// The group that one search compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// How many members it has.
    pub members: u32,
}

/// The table has no threshold at which so many members may be searched for this purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GalleryTooLarge {
    /// How many members the search would have.
    pub searched: u32,
    /// How many the table supports, see [`largest_group`].
    pub largest: u32,
}

/// The scores that decide one search. There is no way to write them down by hand: see [`admissible`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    purpose: Purpose,
    searched: Searched,
    identified_min: f32,
    unsure_min: f32,
    margin_min: f32,
    false_match_bound: f64,
    bound_held: bool,
}

/// The lowest thresholds at which a search of this group holds the policy's limits, with 95 % confidence. Cheap enough to
/// be asked for each search, so that a group that has grown is noticed at once.
pub fn admissible(
    policy: &Policy,
    calibration: &Calibration,
    searched: Searched,
) -> Result<Thresholds, GalleryTooLarge> {
    match calibration.lowest_within(searched.members, policy.limits.false_match_limit) {
        Some(point) => Ok(Thresholds::at(point, policy, calibration, searched)),
        None => {
            Err(GalleryTooLarge { searched: searched.members, largest: largest_group(policy, calibration) })
        }
    }
}

/// The most members that may be searched for this purpose with this table; zero when not even one.
pub fn largest_group(policy: &Policy, calibration: &Calibration) -> u32 {
    let limit = policy.limits.false_match_limit;
    let fits = |members: u32| calibration.lowest_within(members, limit).is_some();
    // A conversion to u32 saturates, which is what a quotient above 4 billion should do.
    let near = (limit / calibration.strictest().false_match_rate_upper()) as u32;
    // The quotient is rounded; the product that `admissible` uses has the last word.
    if near < u32::MAX && fits(near + 1) {
        near + 1
    } else if fits(near) {
        near
    } else {
        near - 1
    }
}

impl Thresholds {
    fn at(point: &CalibrationPoint, policy: &Policy, calibration: &Calibration, searched: Searched) -> Self {
        let limits = policy.limits;
        let unsure_min = calibration
            .lowest_within(searched.members, limits.unsure_limit)
            .map_or(point.threshold(), CalibrationPoint::threshold);
        let false_match_bound = f64::from(searched.members) * point.false_match_rate_upper();
        Self {
            purpose: policy.purpose,
            searched,
            identified_min: point.threshold(),
            unsure_min,
            margin_min: limits.margin_min,
            false_match_bound,
            bound_held: false_match_bound <= limits.false_match_limit,
        }
    }

    /// For benchmarks and evaluations only: the strictest threshold of the table when the group is larger than the bound
    /// allows. A door or a till must never get such thresholds; [`Thresholds::bound_held`] tells them apart.
    pub fn beyond_the_bound_for_benchmarks(
        policy: &Policy,
        calibration: &Calibration,
        searched: Searched,
    ) -> Self {
        admissible(policy, calibration, searched)
            .unwrap_or_else(|_| Self::at(calibration.strictest(), policy, calibration, searched))
    }

    /// What they are for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The group that they were found for.
    pub const fn searched(&self) -> Searched {
        self.searched
    }

    /// From this score on a member is identified.
    pub const fn identified_min(&self) -> f32 {
        self.identified_min
    }

    /// From this score on a second factor is asked for. Never above [`Thresholds::identified_min`].
    pub const fn unsure_min(&self) -> f32 {
        self.unsure_min
    }

    /// How far the best member must lie before the second.
    pub const fn margin_min(&self) -> f32 {
        self.margin_min
    }

    /// N × the upper bound of f: the largest chance that a stranger is identified in one search.
    pub const fn false_match_bound(&self) -> f64 {
        self.false_match_bound
    }

    /// Whether the bound is within the policy's limit. False only for
    /// [`Thresholds::beyond_the_bound_for_benchmarks`].
    pub const fn bound_held(&self) -> bool {
        self.bound_held
    }
}

/// A member and the cosine that it reached. The number means nothing here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The member's number.
    pub member: u32,
    /// The cosine.
    pub score: f32,
}

/// What a search found: the best and the second *member* (not template).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Nothing when the group is empty.
    pub best: Option<Candidate>,
    /// Nothing when the group has one member.
    pub second: Option<Candidate>,
}

/// The answer to "who is this?".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// This member, within the limit of the purpose.
    Identified {
        /// The member's number.
        member: u32,
        /// How far before the second; nothing when the group has only one member.
        margin: Option<f32>,
    },
    /// Perhaps this member: ask for a second factor, and do not say whom the face resembles.
    Unsure {
        /// The member's number.
        member: u32,
        /// What was missing.
        why: WhyUnsure,
    },
    /// Nobody of this group.
    Unknown,
}

/// What keeps a likely member from being identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyUnsure {
    /// The score is near, but does not hold the bound.
    BelowThreshold,
    /// A second member is nearly as similar: twins, look-alikes, one person enrolled twice (case B-13).
    SmallMargin,
}

/// Decides one search. Every missing or impossible number counts against the match.
pub fn decide(thresholds: &Thresholds, scores: &Scores) -> Decision {
    let Some(best) = scores.best.filter(|best| reaches(best.score, thresholds.unsure_min)) else {
        return Decision::Unknown;
    };
    let member = best.member;
    if !reaches(best.score, thresholds.identified_min) {
        return Decision::Unsure { member, why: WhyUnsure::BelowThreshold };
    }
    match scores.second {
        None if thresholds.searched.members <= 1 => Decision::Identified { member, margin: None },
        // The same member twice, or a score that is no number, says nothing about a rival.
        Some(second) if second.member != member && best.score - second.score >= thresholds.margin_min => {
            Decision::Identified { member, margin: Some(best.score - second.score) }
        }
        _ => Decision::Unsure { member, why: WhyUnsure::SmallMargin },
    }
}

/// The score that confirms a claimed member, found by [`admissible_claim`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClaimThreshold {
    purpose: Purpose,
    confirmed_min: f32,
    false_match_bound: f64,
}

impl ClaimThreshold {
    /// What it is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// From this score on the claim is confirmed.
    pub const fn confirmed_min(&self) -> f32 {
        self.confirmed_min
    }

    /// The largest chance that another person is confirmed, in one try.
    pub const fn false_match_bound(&self) -> f64 {
        self.false_match_bound
    }
}

/// No threshold of the table is good enough even for one comparison: too little was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationTooSmall {
    /// The best bound that the table gives for one comparison.
    pub best_bound: f64,
    /// The bound that the policy asks for.
    pub limit: f64,
}

/// The lowest threshold at which one comparison holds the policy's limit for a claim.
pub fn admissible_claim(
    policy: &Policy,
    calibration: &Calibration,
) -> Result<ClaimThreshold, CalibrationTooSmall> {
    let limit = policy.limits.claim_false_match_limit;
    match calibration.lowest_within(1, limit) {
        Some(point) => Ok(ClaimThreshold {
            purpose: policy.purpose,
            confirmed_min: point.threshold(),
            false_match_bound: point.false_match_rate_upper(),
        }),
        None => {
            let best_bound = calibration.strictest().false_match_rate_upper();
            Err(CalibrationTooSmall { best_bound, limit })
        }
    }
}

/// The answer to "is this the member of the card?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The face fits the claimed member.
    Confirmed,
    /// It does not, or the score is no number: use another way.
    NotConfirmed,
}

/// Compares with one claimed member.
pub fn verify(threshold: &ClaimThreshold, score: f32) -> Claim {
    if reaches(score, threshold.confirmed_min) { Claim::Confirmed } else { Claim::NotConfirmed }
}

/// Others whom a new face may be like: a twin, and one more who looks like them.
pub const LIKE_OTHERS_MAX: u32 = 2;

/// Beyond that, one in so many of those whom it was compared with.
pub const LIKE_ONE_IN: u32 = 200;

/// Whether a new face is like so many others that it would open doors in their names (case B-10): a poor picture, or one of
/// somebody who was enrolled as several members. `like` of the `among` others confirm it as [`verify`] does.
pub const fn is_like_too_many(like: u32, among: u32) -> bool {
    like > LIKE_OTHERS_MAX && like.saturating_mul(LIKE_ONE_IN) > among
}

/// Whether a score is a cosine of at least `min`. NaN and the infinities never are (case B-14).
fn reaches(score: f32, min: f32) -> bool {
    score.abs() <= 1.0 + COSINE_SLACK && score >= min
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::CalibrationRow;
    use Purpose::{Door, TillEarning};
    use WhyUnsure::{BelowThreshold, SmallMargin};

    const PAIRS: u64 = 16_500_000;

    #[test]
    fn b10_a_face_that_is_like_too_many_is_a_wolf() {
        for (like, among, expected) in [
            (0, 0, false),
            (2, 2, false),
            (3, 3, true),
            (3, 599, true),
            (3, 600, false),
            (100, 20_000, false),
            (101, 20_000, true),
            (u32::MAX, u32::MAX, false),
        ] {
            assert_eq!(is_like_too_many(like, among), expected, "{like} of {among}");
        }
    }

    fn table(rows: &[(f32, u64)]) -> Calibration {
        let rows: Vec<CalibrationRow> = rows
            .iter()
            .enumerate()
            .map(|(index, &(threshold, false_matches))| CalibrationRow {
                threshold,
                impostor_comparisons: PAIRS,
                false_matches,
                genuine_comparisons: 1000,
                false_non_matches: index as u64,
            })
            .collect();
        Calibration::parse("m", "m", &rows).unwrap()
    }

    /// One photo against one photo: false match rates 1e-3, 1e-4, 1e-5, 1e-6 of 16.5 million pairs.
    fn measured() -> Calibration {
        table(&[(0.364, 16_500), (0.420, 1650), (0.469, 165), (0.539, 16)])
    }

    fn door(members: u32) -> Thresholds {
        admissible(&Policy::standard(Door), &measured(), Searched { members }).unwrap()
    }

    fn scores(best: Option<f32>, second: Option<f32>) -> Scores {
        let candidate = |member| move |score| Candidate { member, score };
        Scores { best: best.map(candidate(7)), second: second.map(candidate(8)) }
    }

    fn check(thresholds: &Thresholds, cases: &[(&str, Option<f32>, Option<f32>, Decision)]) {
        for &(name, best, second, expected) in cases {
            assert_eq!(decide(thresholds, &scores(best, second)), expected, "{name}");
        }
    }

    const fn unsure(why: WhyUnsure) -> Decision {
        Decision::Unsure { member: 7, why }
    }

    const fn identified(margin: f32) -> Decision {
        Decision::Identified { member: 7, margin: Some(margin) }
    }

    #[test]
    fn a_search_ends_in_one_of_three_answers() {
        // 2,000 members: identified from 0.539, unsure from 0.469 (2,000 × 1.14e-5 is within 10 %).
        let thresholds = door(2000);
        check(
            &thresholds,
            &[
                ("clear", Some(0.75), Some(0.25), identified(0.5)),
                ("at the threshold", Some(0.539), Some(0.0), identified(0.539)),
                ("just below it", Some(0.538), Some(0.0), unsure(BelowThreshold)),
                ("at the lower threshold", Some(0.469), Some(0.0), unsure(BelowThreshold)),
                ("just below that", Some(0.468), Some(0.0), Decision::Unknown),
                ("a stranger", Some(0.1), Some(0.09), Decision::Unknown),
                ("opposite", Some(-1.0), Some(-1.0), Decision::Unknown),
                ("nobody enrolled", None, None, Decision::Unknown),
                ("a little above one, by quantisation", Some(1.0078125), Some(0.5), identified(0.5078125)),
            ],
        );
    }

    #[test]
    fn b13_look_alikes_are_asked_for_a_second_factor() {
        check(
            &door(2000),
            &[
                ("tie", Some(0.75), Some(0.75), unsure(SmallMargin)),
                ("margin just below 0.08", Some(0.75), Some(0.6701), unsure(SmallMargin)),
                ("margin of 0.125", Some(0.75), Some(0.625), identified(0.125)),
                ("both low", Some(0.5), Some(0.5), unsure(BelowThreshold)),
                ("second above the best", Some(0.75), Some(0.9), unsure(SmallMargin)),
                ("second missing in a group of 2,000", Some(0.75), None, unsure(SmallMargin)),
            ],
        );
        let twice = Candidate { member: 7, score: 0.75 };
        let again = Scores { best: Some(twice), second: Some(Candidate { score: 0.1, ..twice }) };
        assert_eq!(decide(&door(2000), &again), unsure(SmallMargin), "the same member twice");
        let alone = Decision::Identified { member: 7, margin: None };
        check(&door(1), &[("the only member needs no margin", Some(0.75), None, alone)]);
    }

    #[test]
    fn b14_what_is_no_number_never_matches() {
        let claim = admissible_claim(&Policy::standard(Door), &measured()).unwrap();
        for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.02, 127.0, f32::MAX] {
            check(
                &door(2000),
                &[
                    ("as the best", Some(wrong), Some(0.1), Decision::Unknown),
                    ("as both", Some(wrong), Some(wrong), Decision::Unknown),
                ],
            );
            assert_eq!(verify(&claim, wrong), Claim::NotConfirmed, "{wrong}");
        }
        check(&door(2000), &[("NaN as the second", Some(0.75), Some(f32::NAN), unsure(SmallMargin))]);
    }

    #[test]
    fn a_gallery_beyond_the_bound_is_refused_with_the_largest() {
        // Purpose, members, and the threshold or the largest group.
        let cases = [
            (Door, 0, Ok(0.364)),
            (Door, 1, Ok(0.364)),
            (Door, 2, Ok(0.364)),
            (Door, 3, Ok(0.420)),
            (Door, 28, Ok(0.420)),
            (Door, 29, Ok(0.469)),
            (Door, 263, Ok(0.469)),
            (Door, 264, Ok(0.539)),
            (Door, 2036, Ok(0.539)),
            (Door, 2037, Err(2036)),
            (Door, u32::MAX, Err(2036)),
            (TillEarning, 9, Ok(0.364)),
            (TillEarning, 2037, Ok(0.539)),
            (TillEarning, 6789, Ok(0.539)),
            (TillEarning, 6790, Err(6789)),
        ];
        for (purpose, members, expected) in cases {
            let found = admissible(&Policy::standard(purpose), &measured(), Searched { members });
            match expected {
                Ok(threshold) => {
                    let found = found.unwrap();
                    assert_eq!(found.identified_min().to_bits(), f32::to_bits(threshold), "{members}");
                    assert!(found.bound_held() && found.purpose() == purpose);
                }
                Err(largest) => {
                    assert_eq!(found, Err(GalleryTooLarge { searched: members, largest }), "{members}");
                }
            }
        }
    }

    #[test]
    fn a_benchmark_goes_beyond_the_bound_and_says_so() {
        let (policy, searched) = (Policy::standard(Door), Searched { members: 1_000_000 });
        let beyond = Thresholds::beyond_the_bound_for_benchmarks(&policy, &measured(), searched);
        assert!(!beyond.bound_held());
        assert!(beyond.false_match_bound() > 1.0);
        assert_eq!(beyond.identified_min().to_bits(), 0.539_f32.to_bits());
        let within =
            Thresholds::beyond_the_bound_for_benchmarks(&policy, &measured(), Searched { members: 9 });
        assert_eq!(within, door(9));
    }

    #[test]
    fn a_claim_is_compared_once_with_its_own_limit() {
        for (purpose, confirmed_min) in [(Door, 0.420_f32), (TillEarning, 0.364)] {
            let claim = admissible_claim(&Policy::standard(purpose), &measured()).unwrap();
            assert_eq!(claim.confirmed_min().to_bits(), confirmed_min.to_bits());
            assert_eq!(verify(&claim, confirmed_min), Claim::Confirmed);
            assert_eq!(verify(&claim, confirmed_min - 0.001), Claim::NotConfirmed);
        }
        let weak = table(&[(0.2, 160_000)]);
        let refused = admissible_claim(&Policy::standard(Door), &weak).unwrap_err();
        assert!(refused.best_bound > refused.limit);
        assert_eq!(largest_group(&Policy::standard(Door), &weak), 0);
    }

    #[test]
    fn a_policy_out_of_range_is_refused() {
        use PolicyRefusal::*;
        let good = Policy::standard(Door).limits();
        assert_eq!(Policy::new(Door, good), Ok(Policy::standard(Door)));
        assert_eq!(Policy::standard(TillEarning).purpose(), TillEarning);
        let cases = [
            (Limits { false_match_limit: 0.0, ..good }, FalseMatchLimit),
            (Limits { false_match_limit: 0.051, ..good }, FalseMatchLimit),
            (Limits { false_match_limit: f64::NAN, ..good }, FalseMatchLimit),
            (Limits { unsure_limit: 0.002, ..good }, UnsureLimit),
            (Limits { unsure_limit: 0.6, ..good }, UnsureLimit),
            (Limits { unsure_limit: f64::NAN, ..good }, UnsureLimit),
            (Limits { claim_false_match_limit: -0.001, ..good }, ClaimFalseMatchLimit),
            (Limits { margin_min: 0.0, ..good }, MarginMin),
            (Limits { margin_min: f32::NAN, ..good }, MarginMin),
        ];
        for (limits, refusal) in cases {
            assert_eq!(Policy::new(Door, limits), Err(refusal), "{limits:?}");
        }
    }

    /// A small generator (SplitMix64): the same seed gives the same cases everywhere.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)) % below
        }

        fn table(&mut self) -> Calibration {
            let (mut rows, mut threshold, mut false_matches) = (Vec::new(), 0.2, self.roll(40_000));
            for _ in 0..=self.roll(12) {
                rows.push((threshold, false_matches));
                threshold += 0.001 + self.roll(60) as f32 / 1000.0;
                false_matches = self.roll(false_matches + 1);
            }
            table(&rows)
        }

        fn purpose(&mut self) -> Purpose {
            [Door, TillEarning][self.roll(2) as usize]
        }

        /// Now and then something that no gallery should give.
        fn score(&mut self) -> Option<f32> {
            match self.roll(20) {
                0 => None,
                1 => Some(f32::NAN),
                2 => Some(f32::INFINITY),
                _ => Some(self.roll(2001) as f32 / 1000.0 - 1.0),
            }
        }
    }

    /// Runs `property` on 500 seeds and names the seed that fails.
    fn for_each_seed(property: impl Fn(&mut Dice) -> Result<(), String>) {
        for seed in 0..500 {
            if let Err(why) = property(&mut Dice(seed)) {
                panic!("seed {seed}: {why}");
            }
        }
    }

    fn hold(condition: bool, why: impl FnOnce() -> String) -> Result<(), String> {
        if condition { Ok(()) } else { Err(why()) }
    }

    #[test]
    fn a_larger_group_never_lowers_a_threshold() {
        for_each_seed(|dice| {
            let (policy, calibration) = (Policy::standard(dice.purpose()), dice.table());
            let mut before: Option<Thresholds> = None;
            for members in [1, 2, 3, 10, 50, 200, 1000, 5000, 20_000, 100_000] {
                let Ok(now) = admissible(&policy, &calibration, Searched { members }) else {
                    let largest = largest_group(&policy, &calibration);
                    return hold(members > largest, || format!("{members} refused, {largest} said to fit"));
                };
                hold(now.false_match_bound() <= policy.limits().false_match_limit, || format!("{now:?}"))?;
                hold(now.unsure_min() <= now.identified_min(), || format!("{now:?}"))?;
                if let Some(before) = before {
                    hold(now.identified_min() >= before.identified_min(), || format!("{before:?} {now:?}"))?;
                    hold(now.unsure_min() >= before.unsure_min(), || format!("{before:?} {now:?}"))?;
                }
                before = Some(now);
            }
            Ok(())
        });
    }

    #[test]
    fn the_largest_group_fits_and_one_more_does_not() {
        for_each_seed(|dice| {
            let (policy, calibration) = (Policy::standard(dice.purpose()), dice.table());
            let largest = largest_group(&policy, &calibration);
            let fits = |members| admissible(&policy, &calibration, Searched { members }).is_ok();
            hold(fits(largest) && !fits(largest + 1), || format!("{largest}"))
        });
    }

    #[test]
    fn the_threshold_is_the_lowest_that_holds() {
        for_each_seed(|dice| {
            let (policy, calibration) = (Policy::standard(dice.purpose()), dice.table());
            let searched = Searched { members: dice.roll(3000) as u32 + 1 };
            let Ok(thresholds) = admissible(&policy, &calibration, searched) else { return Ok(()) };
            let lower_and_good = calibration.points().iter().any(|point| {
                point.threshold() < thresholds.identified_min()
                    && f64::from(searched.members) * point.false_match_rate_upper()
                        <= policy.limits().false_match_limit
            });
            hold(!lower_and_good, || format!("{thresholds:?}"))
        });
    }

    #[test]
    fn an_identified_member_holds_score_and_margin() {
        for_each_seed(|dice| {
            let (policy, calibration) = (Policy::standard(dice.purpose()), dice.table());
            let searched = Searched { members: dice.roll(500) as u32 + 1 };
            let thresholds = Thresholds::beyond_the_bound_for_benchmarks(&policy, &calibration, searched);
            for _ in 0..50 {
                let scores = scores(dice.score(), dice.score());
                let Decision::Identified { member, margin } = decide(&thresholds, &scores) else { continue };
                let best = scores.best.ok_or("identified without a best member")?;
                hold(member == best.member, || format!("{scores:?}"))?;
                hold(best.score >= thresholds.identified_min(), || format!("{scores:?}"))?;
                let far = margin.map_or(searched.members == 1, |margin| margin >= thresholds.margin_min());
                hold(far, || format!("{scores:?} {thresholds:?}"))?;
            }
            Ok(())
        });
    }
}
