//! How often something happened, with exact 95 % bounds.
//!
//! A rate that was counted is never passed on without the counts: 0 of 100 and 0 of 16 million are both zero, and
//! promise very different things. The bounds are those of Clopper and Pearson: they come from the binomial
//! distribution itself, so they hold for small counts and for none at all, where the usual approximations fail
//! in the dangerous direction.

use std::f64::consts::TAU;

/// The most trials a [`Rate`] may have. Above it a bound would take seconds, and no evaluation counts so far.
pub const TRIALS_MAX: u64 = 1_000_000_000_000;

/// The chance that a 95 % bound may fail.
const MISS: f64 = 0.05;

/// `events` of `trials`, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    events: u64,
    trials: u64,
}

/// The two ends of a two-sided 95 % interval, as fractions from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Each end fails with a chance of at most 2.5 %.
    pub lower: f64,
    /// See [`Interval::lower`].
    pub upper: f64,
}

impl Rate {
    /// `None` when nothing was tried, when there are more events than trials, or above [`TRIALS_MAX`]: no rate exists.
    pub const fn of(events: u64, trials: u64) -> Option<Self> {
        if trials == 0 || events > trials || trials > TRIALS_MAX {
            None
        } else {
            Some(Self { events, trials })
        }
    }

    /// How often it happened.
    pub const fn events(self) -> u64 {
        self.events
    }

    /// How often it could have happened.
    pub const fn trials(self) -> u64 {
        self.trials
    }

    /// What was observed, from 0 to 1. It promises nothing; the bounds do.
    pub fn fraction(self) -> f64 {
        self.events as f64 / self.trials as f64
    }

    /// The one-sided 95 % upper bound (Clopper–Pearson): the largest true rate under which so few events would still
    /// be seen in 5 of 100 evaluations. Rounded up by one unit in the last place at most, never down.
    pub fn upper_95(self) -> f64 {
        self.upper(MISS)
    }

    /// The two-sided 95 % interval (Clopper–Pearson), for a report.
    pub fn interval_95(self) -> Interval {
        Interval { lower: self.lower(MISS / 2.0), upper: self.upper(MISS / 2.0) }
    }

    /// The smallest p under which at most `events` events have a chance of no more than `miss`.
    fn upper(self, miss: f64) -> f64 {
        if self.events == self.trials {
            return 1.0;
        }
        first_that_holds(self.fraction(), 1.0, |p| self.chance_of_so_few(p) <= miss)
    }

    /// The largest p under which at least `events` events have a chance of no more than `miss`.
    fn lower(self, miss: f64) -> f64 {
        if self.events == 0 {
            return 0.0;
        }
        // The value just below the first one that is too large.
        let too_large = first_that_holds(0.0, self.fraction(), |p| self.chance_of_so_many(p) > miss);
        f64::from_bits(too_large.to_bits() - 1)
    }

    /// P(X ≤ events) for a binomial X of `trials` and p.
    fn chance_of_so_few(self, p: f64) -> f64 {
        lower_tail(self.events as f64, self.trials as f64, p, 1.0 - p)
    }

    /// P(X ≥ events): the same tail, counting what did not happen.
    fn chance_of_so_many(self, p: f64) -> f64 {
        lower_tail((self.trials - self.events) as f64, self.trials as f64, 1.0 - p, p)
    }
}

/// The smallest number above `low` for which `holds` is true, when it is false at `low`, true at `high`, and changes
/// once. Positive floats are ordered like their bits: halving the bits finds a rate of 1e-12 as exactly as one of 0.5,
/// and ends after 63 steps at most.
fn first_that_holds(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low.to_bits(), high.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(f64::from_bits(middle)) { high = middle } else { low = middle }
    }
    f64::from_bits(high)
}

/// P(X ≤ k), by adding the terms from k downwards. Only asked for k ≤ n p, where each term is smaller than the one
/// before, so that some multiple of √k terms is enough. `q` is 1 − p, given by the caller so that neither loses digits.
fn lower_tail(k: f64, n: f64, p: f64, q: f64) -> f64 {
    let mut term = density(k, n, p, q);
    let mut sum = term;
    let mut i = k;
    while i > 0.0 && term > sum * f64::EPSILON / 8.0 {
        term *= i * q / ((n - i + 1.0) * p);
        sum += term;
        i -= 1.0;
    }
    sum
}

/// P(X = k). Written with the deviance and Stirling's remainder (Loader's form): differences of ln Γ would lose about
/// eight digits for tens of millions of trials.
fn density(k: f64, n: f64, p: f64, q: f64) -> f64 {
    if k <= 0.0 {
        return (n * ln_of_complement(q, p)).exp();
    }
    if k >= n {
        return (n * ln_of_complement(p, q)).exp();
    }
    let exponent = stirling_remainder(n)
        - stirling_remainder(k)
        - stirling_remainder(n - k)
        - deviance(k, n * p)
        - deviance(n - k, n * q);
    (n / (TAU * k * (n - k))).sqrt() * exponent.exp()
}

/// ln x, where `rest` is 1 − x: from whichever of the two is known more exactly.
fn ln_of_complement(x: f64, rest: f64) -> f64 {
    if rest < 0.5 { (-rest).ln_1p() } else { x.ln() }
}

/// ln k! − ln(√(2πk) (k/e)^k).
fn stirling_remainder(k: f64) -> f64 {
    if k < 16.0 {
        let factorial: f64 = (2..=k as u32).map(f64::from).product();
        return factorial.ln() - (0.5 * (TAU * k).ln() + k * k.ln() - k);
    }
    let k2 = k * k;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * k2)) / k2) / k2) / k2) / k
}

/// x ln(x / m) + m − x, which is nearly zero for x near m and would there be lost in rounding.
fn deviance(x: f64, m: f64) -> f64 {
    let v = (x - m) / (x + m);
    if v.abs() >= 0.1 {
        return x * (x / m).ln() + m - x;
    }
    // ln(x / m) = 2 artanh v; the terms fall by v² < 0.01 each, so that twelve are more than enough.
    let mut power = 2.0 * x * v;
    let mut sum = (x - m) * v;
    for j in 1..=12 {
        power *= v * v;
        sum += power / f64::from(2 * j + 1);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts, then the one-sided upper bound and the two-sided interval: scipy 1.17.1, `beta.ppf`.
    const KNOWN: [(u64, u64, f64, f64, f64); 18] = [
        (0, 1, 0.95, 0.0, 0.975),
        (0, 100, 0.029513049607039925, 0.0, 0.03621669264517641),
        (0, 3000, 0.0009980790119965865, 0.0, 0.0012288708038255115),
        (0, 16500000, 1.8155951524861408e-07, 0.0, 2.235684267730565e-07),
        (1, 100, 0.046559811453538935, 0.00025314603297742064, 0.054459385392080645),
        (1, 2, 0.9746794344808963, 0.01257911709342505, 0.9874208829065749),
        (5, 10, 0.7775588989918706, 0.18708602844739855, 0.8129139715526015),
        (9, 10, 0.9948838031081763, 0.5549838829718047, 0.9974714214555382),
        (10, 10, 1.0, 0.6915028921812392, 1.0),
        (16, 16500000, 1.4727986407624305e-06, 5.542657015847691e-07, 1.574726650751869e-06),
        (165, 16500000, 1.1378511101321937e-05, 8.532364609426194e-06, 1.164761347185259e-05),
        (1650, 16500000, 0.00010414512843281611, 9.52327835911357e-05, 0.00010494405057457292),
        (16500, 16500000, 0.0010128939898695099, 0.0009848066421062316, 0.0010153688807057507),
        (0, 4000000000, 7.489330681080471e-10, 0.0, 9.22219863103239e-10),
        (3, 1000000000000, 7.753656527914295e-12, 6.186721228960288e-13, 8.767273069717104e-12),
        (500000, 1000000, 0.5008229260505229, 0.49901951919531184, 0.5009804808046882),
        (2000, 2047, 0.9822147436496649, 0.9695834408877384, 0.9830819166913688),
        (12, 879, 0.02202529470635632, 0.007073486645656747, 0.023725546939160597),
    ];

    fn rate(events: u64, trials: u64) -> Rate {
        Rate::of(events, trials).unwrap()
    }

    fn check(found: f64, expected: f64, what: &str) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected,
            "{what}: found {found:e}, expected {expected:e}"
        );
    }

    #[test]
    fn bounds_agree_with_scipy() {
        for (events, trials, upper, low, high) in KNOWN {
            let name = format!("{events} of {trials}");
            let interval = rate(events, trials).interval_95();
            check(rate(events, trials).upper_95(), upper, &name);
            check(interval.lower, low, &name);
            check(interval.upper, high, &name);
        }
    }

    #[test]
    fn none_seen_has_the_closed_form() {
        for trials in [1_u64, 2, 10, 296, 16_500_000, TRIALS_MAX] {
            let exact = -(0.05_f64.ln() / trials as f64).exp_m1();
            check(rate(0, trials).upper_95(), exact, &format!("0 of {trials}"));
        }
    }

    #[test]
    fn a_rate_needs_trials() {
        assert_eq!(Rate::of(0, 0), None);
        assert_eq!(Rate::of(2, 1), None);
        assert_eq!(Rate::of(0, TRIALS_MAX + 1), None);
        assert!(Rate::of(TRIALS_MAX, TRIALS_MAX).is_some());
    }

    /// The definition itself, without any bound's formula: whatever the true rate is, the bound lies below it in at
    /// most 5 % of evaluations. Densities by plain recursion, for small n.
    #[test]
    fn bound_fails_at_most_once_in_twenty() {
        for trials in [1_u32, 2, 7, 40] {
            let bounds: Vec<f64> = (0..=trials).map(|k| rate(k.into(), trials.into()).upper_95()).collect();
            for step in 1..200 {
                let p = f64::from(step) / 200.0;
                let mut density = (1.0 - p).powi(trials as i32);
                let mut failing = 0.0;
                for (k, bound) in bounds.iter().enumerate() {
                    if *bound < p {
                        failing += density;
                    }
                    density *= f64::from(trials - k as u32) / (k as f64 + 1.0) * p / (1.0 - p);
                }
                assert!(failing <= 0.05 + 1e-12, "n {trials}, p {p}: fails with {failing}");
            }
        }
    }

    #[test]
    fn more_events_or_fewer_trials_raise_the_bound() {
        for trials in [3_u64, 50, 16_500_000] {
            for events in 0..3 {
                let bound = rate(events, trials).upper_95();
                assert!(bound > rate(events, trials).fraction());
                assert!(bound < rate(events + 1, trials).upper_95(), "{events} of {trials}");
                assert!(bound > rate(events, trials + 1).upper_95(), "{events} of {trials}");
            }
        }
    }
}
