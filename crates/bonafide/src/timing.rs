//! Times of one step, measured often: the median for the report, the tail and the best case beside it.

use std::time::Instant;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Runs `work`; returns what it returned, and the milliseconds it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64() * 1e3)
}

/// Times of a step that was repeated, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Times {
    ms: Vec<f64>,
}

impl Times {
    /// Runs `work` and notes how long it took. What it returns is dropped by the caller, outside of the time.
    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (result, ms) = timed(work);
        self.push_ms(ms);
        result
    }

    /// Notes a time that was measured by [`timed`].
    pub fn push_ms(&mut self, ms: f64) {
        self.ms.push(ms);
    }

    /// Median, tail and best of the noted times; `None` when nothing was noted.
    #[must_use]
    pub fn spread(&self) -> Option<Spread> {
        Some(Spread { p50_ms: self.at(0.5)?, p95_ms: self.at(0.95)?, min_ms: self.at(0.0)? })
    }

    /// The time that this share of the noted times is not above: the nearest rank, so that every figure is a time that was
    /// really seen. `None` when nothing was noted.
    #[must_use]
    pub fn at(&self, share: f64) -> Option<f64> {
        let mut sorted = self.ms.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

/// How the times of one step lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Half of the times are not above this.
    pub p50_ms: f64,
    /// 95 % of the times are not above this.
    pub p95_ms: f64,
    /// The shortest: what the machine can do when nothing disturbs.
    pub min_ms: f64,
}

/// The spreads of several steps by name. As JSON, each step `x` becomes the keys `x_p50`, `x_p95` and `x_min`, so a name
/// says the unit: `decode_ms`.
#[derive(Debug, Clone, Default)]
pub struct Spreads(pub Vec<(&'static str, Spread)>);

impl Spreads {
    /// The spread of a step.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Spread> {
        self.0.iter().find(|(step, _)| *step == name).map(|(_, spread)| *spread)
    }
}

impl Serialize for Spreads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len() * 3))?;
        for (name, spread) in &self.0 {
            map.serialize_entry(&format!("{name}_p50"), &rounded(spread.p50_ms))?;
            map.serialize_entry(&format!("{name}_p95"), &rounded(spread.p95_ms))?;
            map.serialize_entry(&format!("{name}_min"), &rounded(spread.min_ms))?;
        }
        map.end()
    }
}

/// To four decimals, of milliseconds a tenth of a microsecond: more digits would only look exact.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ms: &[f64], expected: Option<(f64, f64, f64)>) {
        let times = Times { ms: ms.to_vec() };
        assert_eq!(times.spread().map(|s| (s.min_ms, s.p50_ms, s.p95_ms)), expected, "{ms:?}");
    }

    #[test]
    fn every_figure_is_a_time_that_was_seen() {
        check(&[], None);
        check(&[2.0], Some((2.0, 2.0, 2.0)));
        check(&[9.0, 1.0], Some((1.0, 1.0, 9.0)));
        check(&[5.0, 1.0, 3.0], Some((1.0, 3.0, 5.0)));
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        check(&hundred, Some((1.0, 50.0, 95.0)));
    }

    #[test]
    fn work_is_timed_and_its_result_handed_on() {
        let mut times = Times::default();
        assert_eq!(times.measure(|| 7), 7);
        assert!(times.spread().is_some_and(|spread| spread.min_ms >= 0.0));
    }

    #[test]
    fn a_step_becomes_three_keys() {
        let spread = Spread { p50_ms: 1.000_04, p95_ms: 2.0, min_ms: 0.5 };
        let json = serde_json::to_value(Spreads(vec![("decode_ms", spread)])).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"decode_ms_p50": 1.0, "decode_ms_p95": 2.0, "decode_ms_min": 0.5})
        );
    }
}
