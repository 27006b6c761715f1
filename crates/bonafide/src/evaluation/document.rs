//! The result of an evaluation as one JSON document, and as lines for the terminal.

use std::collections::BTreeMap;

use bonafide_domain::rate::Rate;
use serde::Serialize;

use crate::evaluation::calibration_file::{CalibrationFile, LargestGroups};
use crate::evaluation::outcome::{Outcome, RoleCounts};
use crate::evaluation::plan::Role;
use crate::evaluation::wording::{counted, grouped, headlines, milliseconds, notes};
use crate::output::Answer;
use crate::timing::rounded;

/// Two-sided 95 % bounds (Clopper–Pearson), as fractions from 0 to 1.
#[derive(Debug, Serialize)]
struct Bounds {
    lower: f64,
    upper: f64,
}

/// How often of how many.
#[derive(Debug, Serialize)]
struct Events {
    events: u64,
    trials: u64,
}

/// A value for each of the four rates, under the rate's own key.
#[derive(Debug, Serialize)]
struct OfRates<T> {
    failure_to_enrol: Option<T>,
    rank1: Option<T>,
    fnir_at_fpir_1pct: Option<T>,
    fnir_at_fpir_0_3pct: Option<T>,
}

impl<T> OfRates<T> {
    fn of(outcome: &Outcome, value: impl Fn(Rate) -> T) -> OfRates<T> {
        let [one, three] = &outcome.points;
        OfRates {
            failure_to_enrol: outcome.failure_to_enrol.map(&value),
            rank1: outcome.rank1.map(&value),
            fnir_at_fpir_1pct: one.misses.map(&value),
            fnir_at_fpir_0_3pct: three.misses.map(&value),
        }
    }
}

#[derive(Debug, Serialize)]
struct Counts {
    #[serde(flatten)]
    rates: OfRates<Events>,
    members_enrolled: usize,
    folders_with_too_few_photos: usize,
    enrolment_photos: RoleCounts,
    mated_photos: RoleCounts,
    nonmated_photos: RoleCounts,
}

/// What a target asked for and what was reached.
#[derive(Debug, Serialize)]
struct OperatingPointAnswer {
    false_positives_allowed: u64,
    false_positives: Option<u64>,
    fpir: Option<f64>,
    fpir_bounds_95: Option<Bounds>,
    strangers_needed: u64,
    /// Whether there are enough strangers to tell the share from none.
    measurable: bool,
}

/// What was left out because two names stand for one person.
#[derive(Debug, Serialize)]
struct SamePeopleAnswer {
    pairs_of_names: usize,
    pairs_with_unknown_names: usize,
    comparisons_left_out: u64,
    nonmated_probes_left_out: usize,
}

/// Two photos of people with different names that look alike.
#[derive(Debug, Serialize)]
struct PairAnswer {
    probe: String,
    entry: String,
    score: f32,
}

#[derive(Debug, Serialize)]
struct Data {
    members: String,
    strangers: Option<String>,
    source: String,
    enrolled_photos_per_member: usize,
    people_compared: u64,
    impostor_comparisons: u64,
    genuine_comparisons: u64,
}

/// The answer of `faces evaluate`. Rates are fractions from 0 to 1, `null` where they were not measured.
#[derive(Debug, Serialize)]
pub struct Document {
    program_version: &'static str,
    model: String,
    members: usize,
    mated_probes: usize,
    nonmated_probes: usize,
    #[serde(flatten)]
    rates: OfRates<f64>,
    thresholds: BTreeMap<&'static str, Option<f32>>,
    stage_ms_p50: BTreeMap<&'static str, Option<f64>>,
    threads: usize,
    bounds_95: OfRates<Bounds>,
    counts: Counts,
    operating_points: BTreeMap<&'static str, OperatingPointAnswer>,
    data: Data,
    same_people: SamePeopleAnswer,
    notes: Vec<String>,
    worst_pairs: Vec<PairAnswer>,
    calibration: Option<CalibrationFile>,
    photo_calibration: Option<CalibrationFile>,
    calibration_missing: Option<String>,
    #[serde(skip)]
    text: String,
}

impl Answer for Document {
    fn text(&self) -> String {
        self.text.clone()
    }
}

fn bounds(rate: Rate) -> Bounds {
    let interval = rate.interval_95();
    Bounds { lower: interval.lower, upper: interval.upper }
}

impl Document {
    /// The document of an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Document {
        let events = |rate: Rate| Events { events: rate.events(), trials: rate.trials() };
        let file = outcome.calibration.as_ref();
        Document {
            program_version: env!("CARGO_PKG_VERSION"),
            model: outcome.searches.model.clone(),
            members: outcome.plan.members(),
            mated_probes: outcome.searches.mated.len(),
            nonmated_probes: outcome.searches.nonmated.len(),
            rates: OfRates::of(outcome, Rate::fraction),
            thresholds: outcome.points.iter().map(|point| (point.target.key, point.threshold)).collect(),
            stage_ms_p50: stages(outcome),
            threads: outcome.setting.threads.get(),
            bounds_95: OfRates::of(outcome, bounds),
            counts: Counts {
                rates: OfRates::of(outcome, events),
                members_enrolled: outcome.searches.enrolled.len(),
                folders_with_too_few_photos: outcome.plan.folders_with_too_few_photos,
                enrolment_photos: outcome.role_counts(Role::Enrolled),
                mated_photos: outcome.role_counts(Role::MatedProbe),
                nonmated_photos: outcome.role_counts(Role::NonmatedProbe),
            },
            operating_points: operating_points(outcome),
            data: data(outcome),
            same_people: SamePeopleAnswer {
                pairs_of_names: outcome.same_people.len(),
                pairs_with_unknown_names: outcome.same_people.unknown,
                comparisons_left_out: outcome.comparisons.left_out,
                nonmated_probes_left_out: outcome.searches.nonmated_left_out.len(),
            },
            notes: notes(outcome),
            worst_pairs: worst_pairs(outcome),
            calibration: file.ok().map(|(_, file)| file.clone()),
            photo_calibration: outcome.photo_calibration.as_ref().ok().map(|(_, file)| file.clone()),
            calibration_missing: file.err().cloned(),
            text: text(outcome),
        }
    }
}

fn stages(outcome: &Outcome) -> BTreeMap<&'static str, Option<f64>> {
    let stages = outcome.stages.iter();
    stages.map(|(name, spread)| (*name, spread.map(|spread| rounded(spread.p50_ms)))).collect()
}

fn operating_points(outcome: &Outcome) -> BTreeMap<&'static str, OperatingPointAnswer> {
    let points = outcome.points.iter().map(|point| {
        let needed = point.target.strangers_needed();
        let answer = OperatingPointAnswer {
            false_positives_allowed: point.false_positives_allowed,
            false_positives: point.false_positives.map(Rate::events),
            fpir: point.false_positives.map(Rate::fraction),
            fpir_bounds_95: point.false_positives.map(bounds),
            strangers_needed: needed,
            measurable: outcome.searches.nonmated.len() as u64 >= needed,
        };
        (point.target.key, answer)
    });
    points.collect()
}

fn data(outcome: &Outcome) -> Data {
    Data {
        members: outcome.setting.members_dir.clone(),
        strangers: outcome.setting.strangers_dir.clone(),
        source: outcome.setting.source.clone(),
        enrolled_photos_per_member: outcome.plan.enrol,
        people_compared: outcome.comparisons.people,
        impostor_comparisons: outcome.comparisons.impostor_total(),
        genuine_comparisons: outcome.comparisons.genuine_total(),
    }
}

fn worst_pairs(outcome: &Outcome) -> Vec<PairAnswer> {
    let name = |photo: usize| {
        let person = outcome.plan.photos.get(photo).map(|photo| photo.person);
        person.map_or_else(String::new, |person| outcome.plan.name(person).to_owned())
    };
    let pairs = outcome.comparisons.worst.iter();
    pairs
        .map(|pair| PairAnswer {
            probe: name(pair.probe_photo),
            entry: name(pair.entry_photo),
            score: pair.score,
        })
        .collect()
}

fn text(outcome: &Outcome) -> String {
    let mut lines = vec![format!(
        "{}, {}, {}; model {}",
        counted(outcome.plan.members() as u64, "member", "members"),
        counted(outcome.searches.mated.len() as u64, "mated probe", "mated probes"),
        counted(outcome.searches.nonmated.len() as u64, "stranger", "strangers"),
        outcome.searches.model
    )];
    for line in headlines(outcome) {
        let threshold =
            if line.threshold == "–" { String::new() } else { format!(", threshold {}", line.threshold) };
        lines.push(format!(
            "{:<20} {:>12}  ({}; 95 % bounds {}){threshold}",
            line.name, line.value, line.counts, line.bounds
        ));
    }
    for (name, role) in [
        ("enrolment photos", Role::Enrolled),
        ("mated probes", Role::MatedProbe),
        ("strangers", Role::NonmatedProbe),
    ] {
        let counts = outcome.role_counts(role);
        if !counts.refused.is_empty() {
            let reasons: Vec<String> =
                counts.refused.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
            lines.push(format!(
                "{name} without a template: {} (of {})",
                reasons.join(", "),
                grouped(counts.photos)
            ));
        }
    }
    let stages = outcome
        .stages
        .iter()
        .filter_map(|(name, spread)| Some(format!("{name} {}", milliseconds((*spread)?.p50_ms))));
    lines.push(format!("milliseconds p50: {}", stages.collect::<Vec<_>>().join(", ")));
    lines.push(match &outcome.calibration {
        Ok((table, file)) => {
            let LargestGroups { door, till_earning } = LargestGroups::of(table);
            format!(
                "calibration: {} of different people ({} people); largest group: door {}, till {}",
                counted(outcome.comparisons.impostor_total(), "comparison", "comparisons"),
                grouped(file.people),
                grouped(u64::from(door)),
                grouped(u64::from(till_earning))
            )
        }
        Err(words) => words.clone(),
    });
    lines.extend(notes(outcome).into_iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}
