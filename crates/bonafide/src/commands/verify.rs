//! `bonafide faces verify`: do two photos show the same person?

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bonafide_domain::identify::{CalibrationTooSmall, Claim, admissible_claim, verify};
use bonafide_faces::centre::Centre;
use serde::Serialize;

use crate::capture::{FILE_RECOGNITION, capture_file, engine};
use crate::commands::identify::PurposeArg;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::shipped;

/// Compare the main faces of two photos.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide faces verify passport.jpg visitor.jpg --json")]
pub struct VerifyArgs {
    /// The first photo.
    first: PathBuf,
    /// The second photo.
    second: PathBuf,
    /// What the answer is used for.
    #[arg(long, value_enum, default_value_t = PurposeArg::Door)]
    purpose: PurposeArg,
}

#[derive(Debug, Serialize)]
struct VerifyAnswer {
    /// `confirmed` or `not_confirmed`.
    answer: &'static str,
    /// The bound on confirming another person, as a fraction from 0 to 1.
    false_match_bound: f64,
}

impl Answer for VerifyAnswer {
    fn text(&self) -> String {
        let words = if self.answer == "confirmed" { "confirmed: the same person" } else { "not confirmed" };
        let percent = 100.0 * self.false_match_bound;
        format!("{words} (another person is confirmed at most {percent:.3} % of the time)")
    }
}

/// Runs the command.
///
/// # Errors
/// When a photo cannot be used.
pub fn run(args: &VerifyArgs, json: bool) -> Result<(), Failure> {
    let engine = engine(NonZeroUsize::MIN)?;
    let template = |path| capture_file(&engine, path, &FILE_RECOGNITION).map(|capture| capture.template);
    let (first, second) = (template(&args.first)?, template(&args.second)?);
    let threshold =
        admissible_claim(&args.purpose.policy(), &shipped::photo_calibration()?).map_err(too_small)?;
    // Two photos are no gallery: the centre is the shipped prior.
    let centre = Centre::of_gallery(&shipped::centre_prior()?, &[])?;
    let score = centre
        .apply(&first)?
        .similarity(&centre.apply(&second)?)
        .map_err(|mismatch| Failure::new("other_model", mismatch.to_string()))?;
    let answer = match verify(&threshold, score) {
        Claim::Confirmed => "confirmed",
        Claim::NotConfirmed => "not_confirmed",
    };
    output::print(&VerifyAnswer { answer, false_match_bound: threshold.false_match_bound() }, json)
}

fn too_small(_refusal: CalibrationTooSmall) -> Failure {
    Failure::new(
        "calibration_too_small",
        "the calibration table is too small for this purpose: evaluate with more photos",
    )
}
