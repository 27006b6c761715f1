//! The report of an evaluation: one HTML page with everything in it, for the operator's eyes.

use std::path::Path;

use askama::Template;
use bonafide_domain::calibration::Calibration;
use bonafide_domain::identify::{Policy, Purpose, Searched, admissible, admissible_claim, largest_group};

use crate::evaluation::figures::FpirTarget;
use crate::evaluation::histogram::Histogram;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::plan::Role;
use crate::evaluation::plot::{self, DetPlot, HistogramPlot};
use crate::evaluation::searches::Probe;
use crate::evaluation::thumbnails::Thumbnails;
use crate::evaluation::wording::{Headline, grouped, headlines, milliseconds, notes, percent};
use crate::failure::Failure;

/// The page's file in the folder of `--report`.
pub const PAGE_FILE: &str = "report.html";

/// The file of the table of searches in the folder of `--report`.
pub const CALIBRATION_FILE: &str = "calibration.json";

/// The file of the table of one photo against another.
pub const PHOTO_CALIBRATION_FILE: &str = "calibration-photos.json";

/// How many pairs of pictures each list shows.
const PICTURES_MAX: usize = 12;

/// How many photos without a template are listed one by one.
const REFUSED_MAX: usize = 500;

/// Group sizes for which the page tells the threshold.
const GROUP_SIZES: [u32; 7] = [1, 10, 100, 500, 1_000, 5_000, 10_000];

/// The purposes in the words of the page.
const PURPOSES: [(&str, Purpose); 2] = [
    ("Door (nobody looks)", Purpose::Door),
    ("Till (earning points; the cashier compares)", Purpose::TillEarning),
];

/// A face with its words.
struct Picture {
    /// A `data:` address; nothing when no face was found.
    src: Option<String>,
    name: String,
    /// The photo's file, when it says more than the name.
    file: Option<String>,
}

/// Two faces side by side.
struct PicturePair {
    left: Picture,
    right: Picture,
    score: String,
    verdict: String,
}

/// A stage of the work.
struct StageRow {
    name: &'static str,
    what: &'static str,
    p50: String,
    p95: String,
    /// The length of its bar, from 0 to 100.
    bar: f64,
}

/// A photo without a template.
struct RefusedRow {
    name: String,
    file: String,
    role: &'static str,
    words: String,
}

/// A line of the calibration table.
struct CalibrationLine {
    threshold: String,
    false_matches: String,
    false_match_rate: String,
    upper_bound: String,
    misses: String,
    miss_rate: String,
}

/// What a purpose allows.
struct PurposeRow {
    name: &'static str,
    limit: String,
    largest: String,
    /// For each of the group sizes: the threshold and the share of true pairs below it, or that the group is too large.
    sizes: Vec<String>,
}

struct CalibrationPart {
    lines: Vec<CalibrationLine>,
    purposes: Vec<PurposeRow>,
    sizes: Vec<String>,
    people: String,
    impostor_comparisons: String,
    genuine_comparisons: String,
    left_out: u64,
    /// What one photo against another needs.
    photos: Option<PhotosPart>,
}

/// One photo against another, without a gallery.
struct PhotosPart {
    impostor_comparisons: String,
    genuine_comparisons: String,
    /// For each purpose: its name, the threshold and the share of true pairs below it.
    purposes: Vec<(&'static str, String)>,
}

/// The whole page.
#[derive(Template)]
#[template(path = "evaluation/report.html")]
struct ReportPage<'a> {
    version: &'static str,
    model: &'a str,
    members_dir: &'a str,
    strangers_dir: &'a str,
    source: &'a str,
    enrol: usize,
    threads: usize,
    counts: Vec<(&'static str, String)>,
    headlines: Vec<Headline>,
    notes: Vec<String>,
    det: Option<DetPlot>,
    histograms: HistogramPlot,
    false_matches: Vec<PicturePair>,
    misses: Vec<PicturePair>,
    misses_total: usize,
    worst_pairs: Vec<PicturePair>,
    stages: Vec<StageRow>,
    refused: Vec<RefusedRow>,
    refused_unlisted: usize,
    calibration: Option<CalibrationPart>,
    calibration_missing: &'a str,
}

/// Writes the page, and the calibration tables that there are, into a folder that exists.
///
/// # Errors
/// When a picture cannot be made or a file cannot be written.
pub fn write(dir: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let save = |name: &str, text: &str| {
        let file = dir.join(name);
        std::fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error))
    };
    save(PAGE_FILE, &html(outcome)?)?;
    let tables =
        [(CALIBRATION_FILE, &outcome.calibration), (PHOTO_CALIBRATION_FILE, &outcome.photo_calibration)];
    for (name, table) in tables {
        if let Ok((_, file)) = table {
            save(name, &file.to_text()?)?;
        }
    }
    Ok(())
}

fn html(outcome: &Outcome) -> Result<String, Failure> {
    let album = Album { outcome, thumbnails: Thumbnails::new()? };
    let missed = missed_probes(outcome);
    let mated =
        Histogram::of(outcome.searches.mated.iter().filter_map(|probe| outcome.searches.own_score(probe)));
    let nonmated =
        Histogram::of(outcome.searches.nonmated.iter().filter_map(|probe| Some(probe.best?.score)));
    let series = [
        ("Mated probes with their own member", "mated", &mated),
        ("Strangers with the most similar member", "nonmated", &nonmated),
        ("All pairs of different people", "impostor", &outcome.comparisons.impostor_scores),
    ];
    let (strangers, probes) = (outcome.searches.nonmated.len(), outcome.searches.mated.len());
    let (calibration, calibration_missing) = match &outcome.calibration {
        Ok((table, _)) => (Some(calibration_part(outcome, table)), ""),
        Err(words) => (None, words.as_str()),
    };
    let page = ReportPage {
        version: env!("CARGO_PKG_VERSION"),
        model: &outcome.searches.model,
        members_dir: &outcome.setting.members_dir,
        strangers_dir: outcome.setting.strangers_dir.as_deref().unwrap_or("none"),
        source: &outcome.setting.source,
        enrol: outcome.plan.enrol,
        threads: outcome.setting.threads.get(),
        counts: counts(outcome),
        headlines: headlines(outcome),
        notes: notes(outcome),
        det: plot::det(&outcome.det, &outcome.points, strangers, probes),
        histograms: plot::histograms(&series, &outcome.points),
        false_matches: album.false_matches()?,
        misses: album.misses(&missed)?,
        misses_total: missed.len(),
        worst_pairs: album.worst_pairs()?,
        stages: stages(outcome),
        refused: refused(outcome),
        refused_unlisted: outcome.refused.len().saturating_sub(REFUSED_MAX),
        calibration,
        calibration_missing,
    };
    page.render().map_err(|error| Failure::new("page", error.to_string()))
}

fn counts(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let searches = &outcome.searches;
    vec![
        ("Members", grouped(outcome.plan.members() as u64)),
        ("of these enrolled", grouped(searches.enrolled.len() as u64)),
        ("Mated probes (further photos of members)", grouped(searches.mated.len() as u64)),
        ("Non-mated probes (strangers)", grouped(searches.nonmated.len() as u64)),
        ("Photos that gave no template", grouped(outcome.refused.len() as u64)),
    ]
}

/// The verdict is held against the strictest threshold that was measured.
fn strictest_threshold(outcome: &Outcome) -> Option<f32> {
    outcome.points.iter().filter_map(|point| point.threshold).reduce(f32::max)
}

/// Missed probes, the least similar first; those without a template come last.
fn missed_probes(outcome: &Outcome) -> Vec<&Probe> {
    let threshold = strictest_threshold(outcome).unwrap_or(f32::MIN);
    let recognised =
        |probe: &Probe| probe.best.is_some_and(|best| best.person == probe.person && best.score >= threshold);
    let mut missed: Vec<&Probe> = outcome.searches.mated.iter().filter(|probe| !recognised(probe)).collect();
    let key = |probe: &Probe| outcome.searches.own_score(probe).unwrap_or(f32::MAX);
    missed.sort_by(|a, b| key(a).total_cmp(&key(b)));
    missed
}

/// Pictures for the page.
struct Album<'a> {
    outcome: &'a Outcome,
    thumbnails: Thumbnails,
}

impl Album<'_> {
    fn picture(&self, photo: usize) -> Result<Picture, Failure> {
        let plan = &self.outcome.plan;
        let path = plan.path(photo);
        let name = plan.photos.get(photo).map_or("", |photo| plan.name(photo.person)).to_owned();
        // A stranger is often named by the photo itself.
        let file = Some(file_name(path)).filter(|file| *file != name);
        Ok(Picture { src: self.thumbnails.data_uri(path)?, name, file })
    }

    fn pair(&self, left: usize, right: usize, score: f32, verdict: String) -> Result<PicturePair, Failure> {
        let score = format!("{score:.3}");
        Ok(PicturePair { left: self.picture(left)?, right: self.picture(right)?, score, verdict })
    }

    /// The strangers with the highest scores, whether or not they reach a threshold.
    fn false_matches(&self) -> Result<Vec<PicturePair>, Failure> {
        let probes = self.outcome.searches.nonmated.iter();
        let mut found: Vec<_> = probes.filter_map(|probe| Some((probe.photo, probe.best?))).collect();
        found.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        let pairs = found.into_iter().take(PICTURES_MAX);
        pairs
            .map(|(photo, best)| self.pair(photo, best.photo, best.score, self.accepted_at(best.score)))
            .collect()
    }

    fn accepted_at(&self, score: f32) -> String {
        let accepted = |point: &&crate::evaluation::figures::OperatingPoint| {
            point.threshold.is_some_and(|threshold| score >= threshold)
        };
        let targets: Vec<FpirTarget> =
            self.outcome.points.iter().filter(accepted).map(|point| point.target).collect();
        if targets.is_empty() {
            return "below both thresholds: refused".to_owned();
        }
        let shares: Vec<&str> = targets.iter().map(|target| target.words).collect();
        format!("false match at the threshold for FPIR {}", shares.join(" and "))
    }

    fn misses(&self, missed: &[&Probe]) -> Result<Vec<PicturePair>, Failure> {
        let mut pairs = Vec::new();
        for probe in missed.iter().take(PICTURES_MAX) {
            let Some(member) = self.outcome.searches.member(probe.person) else { continue };
            let own = self.outcome.searches.own_score(probe);
            let verdict = match (probe.best, own) {
                (None, _) => self.refusal_of(probe.photo),
                (Some(best), _) if best.person != probe.person => {
                    format!(
                        "another member came first: {} with {:.3}",
                        self.outcome.plan.name(best.person),
                        best.score
                    )
                }
                _ => "the right member came first, but below the threshold".to_owned(),
            };
            pairs.push(PicturePair {
                left: self.picture(probe.photo)?,
                right: self.picture(member.photo)?,
                score: own.map_or_else(|| "none".to_owned(), |score| format!("{score:.3}")),
                verdict,
            });
        }
        Ok(pairs)
    }

    fn refusal_of(&self, photo: usize) -> String {
        let refused = self.outcome.refused.iter().find(|refused| refused.photo == photo);
        refused.map_or_else(String::new, |refused| refused.words.clone())
    }

    fn worst_pairs(&self) -> Result<Vec<PicturePair>, Failure> {
        let pairs = self.outcome.comparisons.worst.iter().take(PICTURES_MAX);
        pairs.map(|pair| self.pair(pair.probe_photo, pair.entry_photo, pair.score, String::new())).collect()
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn stages(outcome: &Outcome) -> Vec<StageRow> {
    let longest = outcome.stages.iter().filter_map(|(_, spread)| Some((*spread)?.p50_ms)).fold(0.0, f64::max);
    let row = |(name, spread): &(&'static str, Option<crate::timing::Spread>)| {
        let spread = (*spread)?;
        let what = match *name {
            "decode" => "read the file and decode the photo",
            "detect" => "find faces and landmarks",
            "align" => "turn and cut out the main face",
            "quality" => "measure sharpness, light and pose",
            "embed" => "make the template",
            _ => "centre the template and search all members",
        };
        Some(StageRow {
            name,
            what,
            p50: format!("{} ms", milliseconds(spread.p50_ms)),
            p95: format!("{} ms", milliseconds(spread.p95_ms)),
            bar: if longest > 0.0 { (100.0 * spread.p50_ms / longest).max(0.4) } else { 0.0 },
        })
    };
    outcome.stages.iter().filter_map(row).collect()
}

fn refused(outcome: &Outcome) -> Vec<RefusedRow> {
    let row = |refused: &crate::evaluation::outcome::RefusedPhoto| RefusedRow {
        name: outcome.plan.name(outcome.plan.photos[refused.photo].person).to_owned(),
        file: file_name(outcome.plan.path(refused.photo)),
        role: match refused.role {
            Role::Enrolled => "enrolment photo",
            Role::MatedProbe => "mated probe: counts as missed",
            Role::NonmatedProbe => "stranger: counts as not matched",
        },
        words: format!("{} ({})", refused.words, refused.reason),
    };
    outcome.refused.iter().take(REFUSED_MAX).map(row).collect()
}

fn calibration_part(outcome: &Outcome, table: &Calibration) -> CalibrationPart {
    let line = |point: &bonafide_domain::calibration::CalibrationPoint| {
        let (wrong, missed) = (point.false_matches(), point.false_non_matches());
        CalibrationLine {
            threshold: format!("{:.3}", point.threshold()),
            false_matches: grouped(wrong.events()),
            false_match_rate: scientific(wrong.fraction()),
            upper_bound: scientific(point.false_match_rate_upper()),
            misses: grouped(missed.events()),
            miss_rate: percent(missed.fraction()),
        }
    };
    let comparisons = &outcome.comparisons;
    CalibrationPart {
        lines: table.points().iter().map(line).collect(),
        purposes: PURPOSES.map(|(name, purpose)| purpose_row(name, purpose, table)).into(),
        sizes: GROUP_SIZES.iter().map(|size| grouped(u64::from(*size))).collect(),
        people: grouped(comparisons.people),
        impostor_comparisons: grouped(comparisons.impostor_total()),
        genuine_comparisons: grouped(comparisons.genuine_total()),
        left_out: comparisons.left_out,
        photos: outcome.photo_calibration.as_ref().ok().map(|(table, _)| photos_part(table)),
    }
}

fn photos_part(table: &Calibration) -> PhotosPart {
    let first = table.strictest();
    let needed = |(name, purpose): (&'static str, Purpose)| {
        let words = match admissible_claim(&Policy::standard(purpose), table) {
            Ok(claim) => threshold_words(table, claim.confirmed_min()),
            Err(_) => "too little was compared".to_owned(),
        };
        (name, words)
    };
    PhotosPart {
        impostor_comparisons: grouped(first.false_matches().trials()),
        genuine_comparisons: grouped(first.false_non_matches().trials()),
        purposes: PURPOSES.map(needed).into(),
    }
}

/// A threshold and what it costs.
fn threshold_words(table: &Calibration, threshold: f32) -> String {
    let point = table.points().iter().find(|point| point.threshold() >= threshold);
    let missed = point.map_or(0.0, |point| point.false_non_matches().fraction());
    format!("{threshold:.3}, misses {}", percent(missed))
}

fn purpose_row(name: &'static str, purpose: Purpose, table: &Calibration) -> PurposeRow {
    let policy = Policy::standard(purpose);
    let size = |&members: &u32| match admissible(&policy, table, Searched { members }) {
        Ok(thresholds) => threshold_words(table, thresholds.identified_min()),
        Err(_) => "too large".to_owned(),
    };
    PurposeRow {
        name,
        limit: percent(policy.limits().false_match_limit),
        largest: grouped(u64::from(largest_group(&policy, table))),
        sizes: GROUP_SIZES.iter().map(size).collect(),
    }
}

/// Rates from one in two to one in a billion in one column.
fn scientific(rate: f64) -> String {
    if rate <= 0.0 { "0".to_owned() } else { format!("{rate:.2e}").replace('-', "−") }
}
