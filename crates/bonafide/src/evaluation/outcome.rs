//! Everything that an evaluation found, before it is put into words.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use bonafide_domain::calibration::Calibration;
use bonafide_domain::rate::Rate;

use crate::evaluation::calibration_file::{self, CalibrationFile, Compares};
use crate::evaluation::captures::{Captured, StageTimes, capture_all};
use crate::evaluation::comparisons::Comparisons;
use crate::evaluation::figures::{self, DetPoint, OperatingPoint, TARGETS};
use crate::evaluation::plan::{Plan, Role};
use crate::evaluation::same_people::{SamePeople, SamePersonPairs};
use crate::evaluation::searches::Searches;
use crate::failure::Failure;
use crate::progress;
use crate::timing::Spread;

/// What the operator said about the evaluation.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The folder of members.
    pub members_dir: String,
    /// The folder of strangers, if any.
    pub strangers_dir: Option<String>,
    /// Where the photos are from, in the operator's words.
    pub source: String,
    /// Worker threads.
    pub threads: NonZeroUsize,
    /// People known under two names.
    pub same_people: SamePeople,
}

/// Photos of one role, and how many of them gave no template.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct RoleCounts {
    /// Photos of this role.
    pub photos: u64,
    /// Photos without a template, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

/// A photo that gave no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPhoto {
    /// The photo.
    pub photo: usize,
    /// What it was for.
    pub role: Role,
    /// Why, for programs.
    pub reason: &'static str,
    /// Why, for people.
    pub words: String,
}

/// A stage and the spread of its times; nothing when no photo reached it.
pub type Stage = (&'static str, Option<Spread>);

/// The result of an evaluation.
pub struct Outcome {
    /// What was asked.
    pub setting: Setting,
    /// Which photo played which part.
    pub plan: Plan,
    /// The gallery and the searches in it.
    pub searches: Searches,
    /// Members and strangers against everybody's photos, as a search compares.
    pub comparisons: Comparisons,
    /// People under two names, as people of the plan.
    pub same_people: SamePersonPairs,
    /// Members who could not be enrolled.
    pub failure_to_enrol: Option<Rate>,
    /// Mated probes whose member came first.
    pub rank1: Option<Rate>,
    /// Both errors at each target.
    pub points: [OperatingPoint; 2],
    /// Both errors at all thresholds.
    pub det: Vec<DetPoint>,
    /// The checked calibration table of searches and its file, or why there is none.
    pub calibration: Result<(Calibration, CalibrationFile), String>,
    /// The same for one photo against another.
    pub photo_calibration: Result<(Calibration, CalibrationFile), String>,
    /// Times by stage, in the order of the work.
    pub stages: [Stage; 6],
    /// Photos that gave no template.
    pub refused: Vec<RefusedPhoto>,
}

impl Outcome {
    /// Runs an evaluation.
    ///
    /// # Errors
    /// When nobody could be enrolled or the program's own data do not fit together; never because of a photo.
    pub fn of(plan: Plan, setting: Setting) -> Result<Outcome, Failure> {
        let same_people = setting.same_people.among(plan.names());
        let paths: Vec<&Path> = plan.photos.iter().map(|photo| photo.path.as_path()).collect();
        let bar = progress::bar("photos", paths.len());
        let captured = capture_all(&paths, setting.threads, &bar)?;
        bar.finish_and_clear();
        let searches = Searches::run(&plan, &captured, &same_people)?;
        let comparisons = Comparisons::count(&searches, &same_people)?;
        let of_photos = Comparisons::of_photos(&plan, &captured, &same_people)?;
        let table = |compares, counted: &Comparisons| {
            calibration(&searches.model, compares, counted, &setting.source)
        };
        let (mated, nonmated) = (searches.mated_scores(), searches.nonmated_scores());
        let times = StageTimes::of(&captured);
        let members = plan.members() as u64;
        Ok(Outcome {
            failure_to_enrol: Rate::of(searches.not_enrolled.len() as u64, members),
            rank1: figures::rank1(&mated),
            points: TARGETS.map(|target| figures::operating_point(target, &mated, &nonmated)),
            det: figures::det_curve(&mated, &nonmated),
            calibration: table(Compares::MemberWithPhoto, &comparisons),
            photo_calibration: table(Compares::PhotoWithPhoto, &of_photos),
            stages: [
                ("decode", times.decode.spread()),
                ("detect", times.detect.spread()),
                ("align", times.align.spread()),
                ("quality", times.quality.spread()),
                ("embed", times.embed.spread()),
                ("search", searches.search_ms.spread()),
            ],
            refused: refused(&plan, &captured),
            setting,
            plan,
            searches,
            comparisons,
            same_people,
        })
    }

    /// How many photos had a role, and why some of them gave no template.
    #[must_use]
    pub fn role_counts(&self, role: Role) -> RoleCounts {
        let mut counts =
            RoleCounts { photos: self.plan.with_role(role).count() as u64, ..RoleCounts::default() };
        for photo in self.refused.iter().filter(|photo| photo.role == role) {
            *counts.refused.entry(photo.reason).or_default() += 1;
        }
        counts
    }
}

fn calibration(
    model: &str,
    compares: Compares,
    comparisons: &Comparisons,
    source: &str,
) -> Result<(Calibration, CalibrationFile), String> {
    if comparisons.impostor_total() == 0 || comparisons.genuine_total() == 0 {
        return Err("too few people could be compared: there is no calibration table".to_owned());
    }
    let table = Calibration::parse(model, model, &comparisons.rows())
        .map_err(|refusal| calibration_file::words(&refusal))?;
    let file = CalibrationFile::of(&table, compares, comparisons.people, source, comparisons.left_out);
    Ok((table, file))
}

fn refused(plan: &Plan, captured: &[Captured]) -> Vec<RefusedPhoto> {
    let photos = plan.photos.iter().zip(captured).enumerate();
    let refused = photos.filter_map(|(photo, (planned, captured))| {
        let failure = captured.template.as_ref().err()?;
        Some(RefusedPhoto { photo, role: planned.role, reason: failure.key, words: failure.message.clone() })
    });
    refused.collect()
}
