//! Curves and histograms as shapes for an SVG: coordinates only, the words are in the page's template.

use crate::evaluation::figures::{DetPoint, OperatingPoint};
use crate::evaluation::histogram::{BIN_WIDTH, BINS, Histogram};
use crate::evaluation::wording::{grouped, percent};

/// The drawing area, in units of the SVG's view box.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 604.0;
const TOP: f64 = 20.0;
const DET_BOTTOM: f64 = 330.0;

/// The height of one histogram and the room between two.
const PANEL_HEIGHT: f64 = 84.0;
const PANEL_STEP: f64 = 124.0;
const FIRST_PANEL_TOP: f64 = 52.0;

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where along the axis.
    pub at: f64,
    /// What is written there; empty for a thin line without words.
    pub label: String,
}

/// An operating point on the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// Where its words begin or end.
    pub label_x: f64,
    /// `start` or `end`, as SVG has it.
    pub anchor: &'static str,
    /// Its words.
    pub label: String,
}

/// The DET curve with both axes logarithmic.
#[derive(Debug, Clone, PartialEq)]
pub struct DetPlot {
    /// The curve, as the `d` of an SVG path.
    pub path: String,
    /// Marks of the share of accepted strangers.
    pub x_ticks: Vec<Tick>,
    /// Marks of the share of missed probes.
    pub y_ticks: Vec<Tick>,
    /// The operating points that lie inside of the axes.
    pub marks: Vec<Mark>,
    /// Whether a part of the curve lies on the bottom line because nothing was missed.
    pub touches_zero: bool,
}

/// A logarithmic axis from one power of ten to another.
#[derive(Debug, Clone, Copy)]
struct LogAxis {
    low_exponent: i32,
    high_exponent: i32,
    start: f64,
    end: f64,
}

impl LogAxis {
    /// From the decade that holds `low` to the decade that holds `high`; at least one decade.
    fn around(low: f64, high: f64, start: f64, end: f64) -> LogAxis {
        // A rounding error must not open an empty decade.
        let low_exponent = (low.log10() + 1e-9).floor() as i32;
        let high_exponent = ((high.log10() - 1e-9).ceil() as i32).max(low_exponent + 1);
        LogAxis { low_exponent, high_exponent, start, end }
    }

    /// Zero and everything below the axis lies on its beginning.
    fn at(&self, value: f64) -> f64 {
        let low = f64::from(self.low_exponent);
        let exponent = if value > 0.0 { value.log10().max(low) } else { low };
        let share = (exponent - low) / (f64::from(self.high_exponent) - low);
        self.start + share.min(1.0) * (self.end - self.start)
    }

    fn ticks(&self) -> Vec<Tick> {
        let mut ticks = Vec::new();
        for exponent in self.low_exponent..=self.high_exponent {
            let decade = 10_f64.powi(exponent);
            ticks.push(Tick { at: self.at(decade), label: tick_percent(exponent) });
            if exponent < self.high_exponent {
                ticks.extend([2.0, 5.0].map(|n| Tick { at: self.at(n * decade), label: String::new() }));
            }
        }
        ticks
    }
}

/// A power of ten as a percentage without needless digits.
fn tick_percent(exponent: i32) -> String {
    let digits = usize::try_from(-exponent - 2).unwrap_or(0);
    format!("{:.digits$} %", 100.0 * 10_f64.powi(exponent))
}

/// The curve of both errors. Nothing without strangers or probes.
#[must_use]
pub fn det(
    points: &[DetPoint],
    operating: &[OperatingPoint],
    strangers: usize,
    probes: usize,
) -> Option<DetPlot> {
    let worst = points.iter().map(|point| point.fnir).fold(0.0, f64::max);
    if strangers == 0 || probes == 0 || points.is_empty() {
        return None;
    }
    let across = LogAxis::around(1.0 / strangers as f64, 1.0, LEFT, RIGHT);
    let lowest = 1.0 / probes as f64;
    let down = LogAxis::around(lowest, worst.max(lowest), DET_BOTTOM, TOP);
    let mut path = String::new();
    let mut last_y = None;
    // Between two counts of strangers nothing can be set: the curve is a staircase.
    for point in points.iter().filter(|point| point.fpir > 0.0) {
        let (x, y) = (across.at(point.fpir), down.at(point.fnir));
        match last_y {
            None => path.push_str(&format!("M{x:.1} {y:.1}")),
            Some(last) if last == y.to_bits() => path.push_str(&format!("H{x:.1}")),
            Some(_) => path.push_str(&format!("H{x:.1}V{y:.1}")),
        }
        last_y = Some(y.to_bits());
    }
    let marks = operating.iter().filter_map(|point| mark(point, &across, &down)).collect();
    let touches_zero = points.iter().any(|point| point.fnir <= 0.0);
    Some(DetPlot { path, x_ticks: across.ticks(), y_ticks: down.ticks(), marks, touches_zero })
}

fn mark(point: &OperatingPoint, across: &LogAxis, down: &LogAxis) -> Option<Mark> {
    let (accepted, missed) = (point.false_positives?, point.misses?);
    if accepted.events() == 0 {
        return None;
    }
    let x = across.at(accepted.fraction());
    let (label_x, anchor) = if x > (LEFT + RIGHT) / 2.0 { (x - 8.0, "end") } else { (x + 8.0, "start") };
    let label = format!("FPIR {}: FNIR {}", point.target.words, percent(missed.fraction()));
    Some(Mark { x, y: down.at(missed.fraction()), label_x, anchor, label })
}

/// A line at a threshold through all histograms.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdLine {
    /// Where.
    pub x: f64,
    /// Where its words begin or end.
    pub label_x: f64,
    /// `start` or `end`, as SVG has it.
    pub anchor: &'static str,
    /// Its words.
    pub label: String,
}

/// One histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What is counted.
    pub title: String,
    /// The class that gives its colour.
    pub class: &'static str,
    /// The bars, as the `d` of an SVG path.
    pub path: String,
    /// The upper and lower end of the drawing area.
    pub top: f64,
    /// See `top`.
    pub bottom: f64,
    /// The share in the highest bin, in words.
    pub peak: String,
}

/// Histograms over one axis of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramPlot {
    /// From top to bottom.
    pub panels: Vec<Panel>,
    /// Marks of the score.
    pub x_ticks: Vec<Tick>,
    /// Both thresholds.
    pub thresholds: Vec<ThresholdLine>,
    /// The lower end of the lowest panel.
    pub bottom: f64,
}

/// Histograms below each other: title, class of the colour, counts.
#[must_use]
pub fn histograms(
    series: &[(&str, &'static str, &Histogram)],
    operating: &[OperatingPoint],
) -> HistogramPlot {
    let used = |bin: &usize| series.iter().any(|(_, _, histogram)| histogram.counts()[*bin] > 0);
    let first = (0..BINS).find(used).unwrap_or(0);
    let last = (0..BINS).rev().find(used).unwrap_or(BINS - 1);
    // Whole tenths at both ends, for the marks.
    let low = (Histogram::lower_edge(first) * 10.0 + 1e-6).floor() / 10.0;
    let high = (Histogram::lower_edge(last + 1) * 10.0 - 1e-6).ceil() / 10.0;
    let across = |score: f64| LEFT + (score - low) / (high - low) * (RIGHT - LEFT);
    let tenths = ((high - low) * 10.0).round() as i32;
    let x_ticks = (0..=tenths).map(|tenth| {
        let score = low + f64::from(tenth) / 10.0;
        // Minus zero is a zero for people.
        Tick { at: across(score), label: format!("{:.1}", score + 0.0).replace("-0.0", "0.0") }
    });
    let panels = series.iter().enumerate().map(|(index, (title, class, histogram))| {
        let top = FIRST_PANEL_TOP + PANEL_STEP * index as f64;
        panel(title, class, histogram, top, across)
    });
    HistogramPlot {
        panels: panels.collect(),
        x_ticks: x_ticks.collect(),
        thresholds: threshold_lines(operating, across),
        bottom: FIRST_PANEL_TOP + PANEL_STEP * (series.len() as f64 - 1.0) + PANEL_HEIGHT,
    }
}

fn panel(
    title: &str,
    class: &'static str,
    histogram: &Histogram,
    top: f64,
    across: impl Fn(f64) -> f64,
) -> Panel {
    let bottom = top + PANEL_HEIGHT;
    let total = histogram.total();
    let peak = histogram.counts().iter().copied().max().unwrap_or(0).max(1);
    let width = across(f64::from(BIN_WIDTH)) - across(0.0) - 1.0;
    let mut path = String::new();
    for (bin, count) in histogram.counts().iter().enumerate().filter(|(_, count)| **count > 0) {
        // A single score among millions must still be seen.
        let height = (*count as f64 / peak as f64 * PANEL_HEIGHT).max(0.8);
        let x = across(Histogram::lower_edge(bin));
        path.push_str(&format!("M{x:.1} {bottom:.1}v-{height:.1}h{width:.1}v{height:.1}z"));
    }
    let share = if total == 0 { "no scores".to_owned() } else { percent(peak as f64 / total as f64) };
    Panel { title: format!("{title} ({})", grouped(total)), class, path, top, bottom, peak: share }
}

/// The lower threshold has its words on the left, the higher one on the right, so that they do not meet.
fn threshold_lines(operating: &[OperatingPoint], across: impl Fn(f64) -> f64) -> Vec<ThresholdLine> {
    let thresholds =
        operating.iter().filter_map(|point| Some((f64::from(point.threshold?), point.target.words)));
    let mut lines: Vec<(f64, Vec<&str>)> = Vec::new();
    for (threshold, words) in thresholds {
        match lines.iter_mut().find(|(known, _)| (known - threshold).abs() < 1e-6) {
            Some((_, shares)) => shares.push(words),
            None => lines.push((threshold, vec![words])),
        }
    }
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let line = |(index, (threshold, shares)): (usize, (f64, Vec<&str>))| {
        let x = across(threshold).clamp(LEFT, RIGHT);
        let (label_x, anchor) = if index == 0 { (x - 5.0, "end") } else { (x + 5.0, "start") };
        ThresholdLine { x, label_x, anchor, label: format!("FPIR {}: {threshold:.3}", shares.join(" and ")) }
    };
    lines.into_iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::figures::{MatedScore, NonmatedScores, TARGETS, det_curve, operating_point};

    #[test]
    fn decades_are_labelled_and_zero_lies_at_the_bottom() {
        let axis = LogAxis::around(1.0 / 2047.0, 1.0, 0.0, 400.0);
        let labels: Vec<String> =
            axis.ticks().into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect();
        assert_eq!(labels, ["0.01 %", "0.1 %", "1 %", "10 %", "100 %"]);
        for (value, at) in [(1.0, 400.0), (0.1, 300.0), (0.0, 0.0), (1e-9, 0.0), (7.0, 400.0)] {
            assert!((axis.at(value) - at).abs() < 1e-6, "{value}");
        }
        assert_eq!(LogAxis::around(0.01, 0.01, 0.0, 1.0).high_exponent, -1);
    }

    #[test]
    fn the_curve_falls_from_left_to_right() {
        let probes: Vec<MatedScore> =
            (0..100).map(|n| MatedScore { right_first: n != 7, best: n as f32 / 100.0 }).collect();
        let strangers = NonmatedScores::of((0..1000).map(|n| n as f32 / 2000.0).collect());
        let operating = TARGETS.map(|target| operating_point(target, &probes, &strangers));
        let plot = det(&det_curve(&probes, &strangers), &operating, 1000, 100).unwrap();
        assert_eq!(plot.marks.len(), 2);
        assert!(plot.marks[0].x > plot.marks[1].x && plot.marks[0].y >= plot.marks[1].y);
        assert!(plot.path.starts_with('M') && plot.path.len() < 20_000);
        let inside = |tick: &Tick| (LEFT - 0.1..=RIGHT + 0.1).contains(&tick.at);
        assert!(plot.x_ticks.iter().all(inside) && !plot.touches_zero);
        assert_eq!(det(&[], &operating, 0, 100), None);
    }

    #[test]
    fn panels_share_an_axis_and_thresholds_are_marked_once() {
        let (mated, strangers) = (Histogram::of([0.71, 0.73, 0.93]), Histogram::of([0.11, -0.03]));
        let probes = [MatedScore { right_first: true, best: 0.7 }];
        let few = NonmatedScores::of(vec![0.11, -0.03]);
        let operating = TARGETS.map(|target| operating_point(target, &probes, &few));
        let plot = histograms(&[("a", "x", &mated), ("b", "y", &strangers)], &operating);
        assert_eq!(
            plot.panels.iter().map(|panel| panel.path.matches('M').count()).collect::<Vec<_>>(),
            [3, 2]
        );
        assert_eq!(plot.panels[0].title, "a (3)");
        assert_eq!(plot.x_ticks.first().unwrap().label, "-0.1");
        assert_eq!(plot.x_ticks[1].label, "0.0");
        assert_eq!(plot.x_ticks.last().unwrap().label, "1.0");
        assert_eq!(plot.thresholds.len(), 1);
        assert_eq!(plot.thresholds[0].label, "FPIR 1 % and 0.3 %: 0.110");
    }

    #[test]
    fn empty_histograms_are_drawn_as_nothing() {
        let plot = histograms(&[("a", "x", &Histogram::default())], &[]);
        assert_eq!((plot.panels[0].path.as_str(), plot.panels[0].peak.as_str()), ("", "no scores"));
    }
}
