//! `bonafide members photo`: the photo that the staff know a member by.

use std::path::{Path, PathBuf};

use bonafide_domain::consent::{Keeping, Modality, Purpose};
use bonafide_faces::photo::{KEPT_SIDE_PX_MAX, to_jpeg};
use bonafide_store::consents::{may_enrol, standing};
use bonafide_store::members::photo::{self, KeptPhoto, NotKept};
use bonafide_store::members::{Member, photo::note_view};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::book::Book;
use crate::capture::read_photo;
use crate::commands::consents::{BranchArgs, not_enrolled, not_in_force};
use crate::commands::named::member;
use crate::failure::Failure;
use crate::new_file::NewFile;
use crate::output::{self, Answer};

/// A profile that was merged into another is not added to any more: its consents are not those of the one that remained.
///
/// # Errors
/// `merged`.
pub(super) fn remained(holder: &Member) -> Result<(), Failure> {
    match holder.merged_into {
        None => Ok(()),
        Some(_) => {
            let words = "this profile was merged into another: name the member that remained";
            Err(Failure::new("merged", words))
        }
    }
}

/// What the law calls it.
pub(super) const PROFILE_PHOTO: (Modality, Purpose) = (Modality::ProfilePhoto, Purpose::StaffViewing);

/// Keep a member's photo, or write the one that is kept into a file. Keeping one needs the member's consent; the picture is
/// made small and written anew, without the place and time that a camera adds. Looking is traced.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members photo 17 anna.jpg\n  bonafide members photo 17 --out anna-now.jpg"
)]
pub(crate) struct PhotoArgs {
    /// The member's number or id.
    member: String,
    /// The photo to keep: JPEG, PNG or WebP. It takes the place of the one that is there.
    #[arg(required_unless_present = "out", conflicts_with = "out")]
    file: Option<PathBuf>,
    /// Write the photo that is kept into this file, as JPEG.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    branch: BranchArgs,
}

#[derive(Serialize)]
struct PhotoAnswer {
    /// `kept` or `written`.
    state: &'static str,
    member: String,
    member_number: u32,
    bytes: usize,
    file: Option<PathBuf>,
}

impl Answer for PhotoAnswer {
    fn text(&self) -> String {
        let of = format!("the photo of {} (number {})", self.member, self.member_number);
        match &self.file {
            Some(file) => format!("wrote {of} to {}; delete that file when it is not needed", file.display()),
            None => format!("kept {of}: {} KB, written anew from its pixels", self.bytes.div_ceil(1_024)),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`; `merged`; what the law or the consent says; the key of the photo's refusal; `no_photo`, `file_exists`; and the keys of faults.
pub(super) fn run(args: &PhotoArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let (state, bytes) = match (&args.file, &args.out) {
        (Some(file), _) => ("kept", keep(book, &args.branch, &holder, file)?),
        (None, Some(out)) => ("written", view(book, args, &holder, out)?),
        (None, None) => return Err(Failure::new("missing_value", "name a photo to keep, or --out")),
    };
    let (member, member_number) = (holder.profile.name.full(), holder.number);
    output::print(&PhotoAnswer { state, member, member_number, bytes, file: args.out.clone() }, json)
}

fn keep(book: &Book, branch: &BranchArgs, holder: &Member, file: &Path) -> Result<usize, Failure> {
    remained(holder)?;
    let acting = book.acting();
    let question = branch.place(book, holder)?.question(holder.id, PROFILE_PHOTO, acting.now_us)?;
    // Asked before anything is read of the person, and again in the transaction that keeps it.
    let vault = book.store.vault();
    book.store
        .read(|tx| may_enrol(tx, vault, &question, Keeping::Here, None))?
        .map_err(|refusal| not_enrolled(&question, &refusal))?;
    let jpeg = to_jpeg(&read_photo(file)?, KEPT_SIDE_PX_MAX)
        .map_err(|error| Failure::new("photo_not_written", error.to_string()))?;
    let bytes = jpeg.len();
    book.store.write(move |work| {
        let permit = match may_enrol(work.tx, work.vault, &question, Keeping::Here, None)? {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(not_enrolled(&question, &refusal))),
        };
        Ok(photo::put(work, &acting, &jpeg, permit)?.map_err(not_kept))
    })??;
    Ok(bytes)
}

fn not_kept(refusal: NotKept) -> Failure {
    match refusal {
        NotKept::PermitOfAnother => {
            Failure::new("permit_of_another", "under this law a photo is not kept in this book")
        }
        NotKept::Size => Failure::new("photo_too_large", "the picture is too large: give a plainer one"),
        NotKept::NoMember => Failure::new("no_member", "the member is gone"),
    }
}

fn view(book: &Book, args: &PhotoArgs, holder: &Member, out: &Path) -> Result<usize, Failure> {
    let mut file = NewFile::begin(out, args.force)?;
    let kept = match shown(book, &args.branch, holder)? {
        Shown::Picture(picture) => picture,
        Shown::Withheld(missing) => return Err(missing),
        Shown::Nothing => {
            let words = format!(
                "there is no photo of number {}: keep one with `bonafide members photo`",
                holder.number
            );
            return Err(Failure::new("no_photo", words));
        }
    };
    let (acting, id) = (book.acting(), holder.id);
    // First the trace, then the picture.
    book.write(move |work| note_view(work, &acting, id))?;
    file.write(&kept)?;
    file.finish()?;
    Ok(kept.len())
}

/// What may be shown of a person's photo.
pub(super) enum Shown {
    /// There is none.
    Nothing,
    /// There is one, and the consent to it does not hold now: what is missing.
    Withheld(Failure),
    /// A picture file. Whoever shows it writes that down first.
    Picture(Zeroizing<Vec<u8>>),
}

/// The photo of a person, as long as the consent to it holds.
///
/// # Errors
/// The keys of faults, and of a branch that is not known.
pub(super) fn shown(book: &Book, branch: &BranchArgs, holder: &Member) -> Result<Shown, Failure> {
    let vault = book.store.vault();
    let kept = book.store.read(|tx| photo::of_member(tx, vault, holder.id))?;
    let Some(KeptPhoto { member, picture }) = kept else { return Ok(Shown::Nothing) };
    let question = branch.place(book, holder)?.question(member, PROFILE_PHOTO, book.acting().now_us)?;
    let holds = book.store.read(|tx| standing(tx, vault, &question))?;
    Ok(match holds {
        Ok(_) => Shown::Picture(picture),
        Err(gap) => Shown::Withheld(not_in_force(gap, PROFILE_PHOTO)),
    })
}
