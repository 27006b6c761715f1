//! `bonafide faces identify`: whose face is it?

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bonafide_domain::identify::{
    Decision, GalleryTooLarge, Policy, Purpose, Searched, WhyUnsure, admissible, decide,
};
use serde::Serialize;

use crate::capture::{FILE_RECOGNITION, capture_file, engine};
use crate::failure::Failure;
use crate::gallery_file;
use crate::key::{KeyArgs, KeyUse};
use crate::output::{self, Answer};
use crate::roster::Roster;
use crate::shipped;

/// What an answer is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PurposeArg {
    /// A door: at most 0.3 % of strangers may be taken for a member.
    Door,
    /// Earning at a till, where the cashier sees the photo and confirms: at most 1 %.
    Till,
}

impl PurposeArg {
    /// The policy of the purpose.
    #[must_use]
    pub fn policy(self) -> Policy {
        Policy::standard(match self {
            PurposeArg::Door => Purpose::Door,
            PurposeArg::Till => Purpose::TillEarning,
        })
    }
}

/// Identify the main face of a photo among the members of a gallery.
///
/// The answer is identified, unsure (ask for a second factor) or unknown. How sure it must be follows from the size of
/// the gallery and the purpose; a gallery that is too large for the purpose is refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide faces identify visitor.jpg --gallery club.faces --key-file club.key\n  \
    bonafide faces identify visitor.jpg --gallery club.faces --key-file club.key --purpose till --json"
)]
pub struct IdentifyArgs {
    /// The photo.
    photo: PathBuf,
    /// The gallery file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// What the answer is used for.
    #[arg(long, value_enum, default_value_t = PurposeArg::Door)]
    purpose: PurposeArg,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, Serialize)]
struct IdentifyAnswer {
    /// `identified`, `unsure` or `unknown`.
    answer: &'static str,
    /// The member, when identified. An unsure answer does not tell whom the face resembles.
    member: Option<String>,
    /// How far the identified member lies before the second, as a difference of cosines.
    margin: Option<f32>,
    /// Why the answer is unsure: `below_threshold` or `small_margin`.
    why: Option<&'static str>,
    /// How many members were searched.
    searched_members: u32,
    /// The bound on a false match that the answer holds, as a fraction from 0 to 1.
    false_match_bound: f64,
}

impl Answer for IdentifyAnswer {
    fn text(&self) -> String {
        let name = self.member.as_deref().unwrap_or("");
        match (self.answer, self.margin) {
            ("identified", Some(margin)) => format!("identified: {name} (margin {margin:.3})"),
            ("identified", None) => format!("identified: {name}"),
            ("unsure", _) => "unsure: ask for a second factor".to_owned(),
            _ => format!("unknown: nobody of the {} members", self.searched_members),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the gallery, the key or the photo cannot be used, or the gallery is too large for the purpose.
pub fn run(args: &IdentifyArgs, json: bool) -> Result<(), Failure> {
    let secret = args.key.secret(KeyUse::Open)?;
    let content = gallery_file::read(&args.gallery, &secret)?;
    let roster = Roster::of(&content, &shipped::centre_prior()?)?;
    let searched = Searched { members: roster.members() };
    let thresholds =
        admissible(&args.purpose.policy(), &shipped::calibration()?, searched).map_err(too_large)?;
    let capture = capture_file(&engine(NonZeroUsize::MIN)?, &args.photo, &FILE_RECOGNITION)?;
    let decision = decide(&thresholds, &roster.search(&capture.template)?);
    output::print(&answer(&roster, decision, thresholds.false_match_bound()), json)
}

fn answer(roster: &Roster, decision: Decision, false_match_bound: f64) -> IdentifyAnswer {
    let (answer, member, margin, why) = match decision {
        Decision::Identified { member, margin } => {
            ("identified", Some(roster.name(member).to_owned()), margin, None)
        }
        Decision::Unsure { why: WhyUnsure::BelowThreshold, .. } => {
            ("unsure", None, None, Some("below_threshold"))
        }
        Decision::Unsure { why: WhyUnsure::SmallMargin, .. } => ("unsure", None, None, Some("small_margin")),
        Decision::Unknown => ("unknown", None, None, None),
    };
    IdentifyAnswer { answer, member, margin, why, searched_members: roster.members(), false_match_bound }
}

fn too_large(refusal: GalleryTooLarge) -> Failure {
    let GalleryTooLarge { searched, largest } = refusal;
    let words = format!(
        "{searched} members are too many to be searched by face for this purpose; at most {largest} with the built-in \
         calibration. Search a smaller group, or ask for a card and compare with one member."
    );
    Failure::new("gallery_too_large_for_purpose", words)
}
