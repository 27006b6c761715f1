//! `bonafide members enrol-face`: a member's face into the book, with the consent that the law asks for.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_domain::consent::{Keeping, Modality};
use bonafide_faces::engine::Engine;
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::template::Template;
use bonafide_store::consents::{Question, may_enrol};
use bonafide_store::id::Id;
use bonafide_store::templates::{NotKept, TEMPLATES_MAX};
use serde::Serialize;

use super::face_twins::{Twin, enrolled, twin};
use super::photo::remained;
use crate::book::Book;
use crate::capture::{capture_file, engine};
use crate::commands::consents::{BranchArgs, EnrollingArgs, not_enrolled};
use crate::commands::credentials::not_issued;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::flows::enrolment::{Enrolment, NotEnrolled};
use crate::likeness::Likeness;
use crate::output::{self, Answer};

/// Photos of one call at most.
const PHOTOS_MAX: usize = 16;

/// Enrol a member's face from photos. The law of the branch and the member's consent are asked first; without them no photo is
/// read. What is kept is a sealed template for one purpose, no photo. More photos of the same member are added.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide members enrol-face 17 anna-1.jpg anna-2.jpg --alternative card-number"
)]
pub(crate) struct EnrolFaceArgs {
    /// The member's number or id.
    member: String,
    /// Photos of the member alone, from the front: JPEG, PNG or WebP.
    #[arg(required = true, num_args = 1..=PHOTOS_MAX)]
    photos: Vec<PathBuf>,
    #[command(flatten)]
    enrolling: EnrollingArgs,
    #[command(flatten)]
    branch: BranchArgs,
}

/// A photo that was left out.
#[derive(Debug, Serialize)]
struct LeftOut {
    photo: PathBuf,
    reason: &'static str,
    words: String,
}

#[derive(Serialize)]
struct EnrolFaceAnswer {
    member: String,
    member_number: u32,
    credential: String,
    templates_added: usize,
    left_out: Vec<LeftOut>,
    /// Another member whose face is enrolled and looks like this one: perhaps the same person (never merged by itself).
    looks_like: Option<Twin>,
    /// False when there are so many members that such a comparison would say nothing.
    compared_with_others: bool,
}

impl Answer for EnrolFaceAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "enrolled: {} (number {}), {} {}\n  credential {}",
            self.member,
            self.member_number,
            self.templates_added,
            if self.templates_added == 1 { "photo" } else { "photos" },
            self.credential
        )];
        lines.extend(self.left_out.iter().map(|photo| format!("  left out: {}", photo.words)));
        lines.extend(self.looks_like.as_ref().map(|twin| {
            format!(
                "  LOOK: {} (number {}) has a face like this one. If it is the same person, merge the profiles; if not, they \
                 will be asked for a card too",
                twin.member, twin.member_number
            )
        }));
        if !self.compared_with_others {
            lines.push("  not compared with the other members: there are too many for that".to_owned());
        }
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `merged`; what the law or the consent says (`provider_only`, `no_consent`, `representative_missing`, …);
/// `no_usable_photo`, `like_many`, `face_blocked`, `too_many_templates`; and the keys of faults. Nothing is kept then.
pub(super) fn run(args: &EnrolFaceArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    remained(&holder)?;
    let acting = book.acting();
    let about = (Modality::Face, args.enrolling.purpose());
    let question = args.branch.place(book, &holder)?.question(holder.id, about, acting.now_us)?;
    let alternative = args.enrolling.alternative();
    let vault = book.store.vault();
    // Before any photo is read, and again in the transaction that keeps the templates.
    book.store
        .read(|tx| may_enrol(tx, vault, &question, Keeping::Here, alternative))?
        .map_err(|refusal| not_enrolled(&question, &refusal))?;
    let engine = engine(NonZeroUsize::MIN)?;
    let enrolled = enrolled(book, &question)?;
    let (taken, left_out) = captured(&engine, &args.photos, enrolled.own.as_ref())?;
    let (looks_like, compared_with_others) = match twin(book, enrolled, &taken)? {
        Some(twin) => (twin, true),
        None => (None, false),
    };
    let (templates_added, now) = (taken.len(), acting.clone());
    let new = Enrolment::of(question, alternative, Id::new(acting.now_us)?, &taken)?;
    let credential = book.store.write(move |work| new.keep(work, &now))?;
    let credential = credential.map_err(|refusal| refused(&question, refusal))?;
    let answer = EnrolFaceAnswer {
        member: holder.profile.name.full(),
        member_number: holder.number,
        credential: credential.to_string(),
        templates_added,
        left_out,
        looks_like,
        compared_with_others,
    };
    output::print(&answer, json)
}

/// The templates of the photos that are good enough and show the member: the face that is enrolled already, or else that of
/// the first good photo. So nobody adds another face to a member's, by mistake or not (case B-07).
fn captured(
    engine: &Engine,
    photos: &[PathBuf],
    own: Option<&Template>,
) -> Result<(Vec<Template>, Vec<LeftOut>), Failure> {
    let likeness = Likeness::shipped()?;
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    for photo in photos {
        let refusal = match capture_file(engine, photo, &QualityLimits::ENROLMENT) {
            Ok(capture) => {
                let known = own.or(taken.first());
                if known.map_or(Ok(true), |known| likeness.same(known, &capture.template))? {
                    taken.push(capture.template);
                    continue;
                }
                another_person(photo, own.is_some())
            }
            Err(fault) if fault.key == "network_fault" => return Err(fault),
            Err(refusal) => refusal,
        };
        left_out.push(LeftOut { photo: photo.clone(), reason: refusal.key, words: refusal.message });
    }
    if taken.is_empty() {
        let first = left_out.first().map_or("no photo was given", |photo| photo.words.as_str());
        return Err(Failure::new("no_usable_photo", format!("nothing was enrolled: {first}")));
    }
    Ok((taken, left_out))
}

fn another_person(photo: &Path, is_enrolled: bool) -> Failure {
    let whom = if is_enrolled {
        "the face that is enrolled for this member: if it is the member all the same, end that one first with `bonafide \
         credentials expire`"
    } else {
        "the person of the first photo"
    };
    Failure::new("another_person", format!("{}: this does not look like {whom}", photo.display()))
}

fn refused(question: &Question, refusal: NotEnrolled) -> Failure {
    match refusal {
        NotEnrolled::NotPermitted(why) => not_enrolled(question, &why),
        NotEnrolled::NotIssued(why) => not_issued(why),
        NotEnrolled::NotKept(why) => not_kept(why),
    }
}

fn not_kept(refusal: NotKept) -> Failure {
    match refusal {
        NotKept::PermitOfAnother => {
            Failure::new("permit_of_another", "under this law no face is kept in this book")
        }
        NotKept::Size => Failure::new("bad_template", "the template is empty or too large"),
        NotKept::OtherOperation => Failure::new("other_operation", "ask once more: the id was used before"),
        NotKept::NoCredential => Failure::new(
            "face_blocked",
            "the member's face is blocked: `bonafide credentials list MEMBER` shows why, and `credentials unblock` releases it",
        ),
        NotKept::TooMany => Failure::new(
            "too_many_templates",
            format!(
                "a member has at most {TEMPLATES_MAX} templates, and these would be more: nothing was added"
            ),
        ),
    }
}
