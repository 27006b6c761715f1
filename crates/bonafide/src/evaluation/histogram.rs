//! How scores are spread.

/// The width of a bin, as a difference of cosines.
pub const BIN_WIDTH: f32 = 0.02;

/// Bins from −1 to 1.
pub const BINS: usize = 100;

/// Counts of scores in bins of [`BIN_WIDTH`] from −1 to 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { counts: vec![0; BINS] }
    }
}

impl Histogram {
    /// The histogram of some scores.
    pub fn of(scores: impl IntoIterator<Item = f32>) -> Histogram {
        let mut histogram = Histogram::default();
        scores.into_iter().for_each(|score| histogram.add(score));
        histogram
    }

    /// Counts a score. A bin holds its lower edge; scores beyond the ends fall into the last bins.
    pub fn add(&mut self, score: f32) {
        // In the middle of the rounding error of an edge like 0.3, the edge belongs to its own bin.
        let bin = ((f64::from(score) + 1.0) / f64::from(BIN_WIDTH) + 1e-6).floor();
        self.counts[(bin.max(0.0) as usize).min(BINS - 1)] += 1;
    }

    /// How many scores were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The count of each bin.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The lower edge of a bin.
    #[must_use]
    pub fn lower_edge(bin: usize) -> f64 {
        bin as f64 * f64::from(BIN_WIDTH) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_bin_above_and_nothing_is_lost() {
        for (score, bin) in [(-1.0, 0), (-0.981, 0), (0.0, 50), (0.019, 50), (0.02, 51), (0.3, 65), (1.0, 99)]
        {
            assert_eq!(Histogram::of([score]).counts()[bin], 1, "{score}");
        }
        let all = Histogram::of([-1.5, 1.5, 0.1, 0.1]);
        assert_eq!((all.total(), all.counts()[0], all.counts()[99], all.counts()[55]), (4, 1, 1, 2));
        assert!((Histogram::lower_edge(65) - 0.3).abs() < 1e-6);
    }
}
