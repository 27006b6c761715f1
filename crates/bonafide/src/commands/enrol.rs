//! `bonafide faces enrol`: people of a folder into a gallery file.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_faces::engine::Engine;
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::template::Template;
use serde::Serialize;

use crate::capture::{capture_file, engine};
use crate::failure::Failure;
use crate::folder::{self, Person};
use crate::gallery_file::{self, EnrolledMember, GalleryContent, WriteLock};
use crate::key::{KeyArgs, KeyUse};
use crate::output::{self, Answer};
use crate::progress;

/// The most photos of one member that are kept.
const TEMPLATES_PER_MEMBER_MAX: usize = 16;

/// Enrol members: each folder of DIR is a member, each photo in it a template.
///
/// The gallery file is made, or members are added to it; a member that it already holds is replaced. Photos that are
/// not good enough are listed with advice and left out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide faces enrol members/ --gallery club.faces --key-file club.key\n  \
    BONAFIDE_PASSPHRASE=… bonafide faces enrol members/ --gallery club.faces --json"
)]
pub struct EnrolArgs {
    /// Folder with one folder of photos for each member.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The gallery file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

/// A photo that was left out.
#[derive(Debug, Serialize)]
struct LeftOut {
    member: String,
    photo: PathBuf,
    reason: &'static str,
    words: String,
}

#[derive(Debug, Serialize)]
struct EnrolAnswer {
    gallery: PathBuf,
    members_enrolled: usize,
    templates: usize,
    members_in_gallery: usize,
    members_without_a_photo: Vec<String>,
    left_out: Vec<LeftOut>,
}

impl Answer for EnrolAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} members enrolled with {} photos; {} now holds {} members.",
            self.members_enrolled,
            self.templates,
            self.gallery.display(),
            self.members_in_gallery
        )];
        lines.extend(self.left_out.iter().map(|photo| format!("  left out: {}", photo.words)));
        lines.extend(
            self.members_without_a_photo
                .iter()
                .map(|name| format!("  NOT ENROLLED: {name}, no usable photo")),
        );
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder, the key or the gallery cannot be used, or nobody could be enrolled. The gallery is then unchanged.
pub fn run(args: &EnrolArgs, json: bool) -> Result<(), Failure> {
    let people = folder::people(&args.dir)?;
    let _lock = WriteLock::take(&args.gallery)?;
    let exists = args.gallery.exists();
    let secret = args.key.secret(if exists { KeyUse::Open } else { KeyUse::Create })?;
    let engine = engine(NonZeroUsize::MIN)?;
    let mut members = existing_members(&args.gallery, exists, &secret, &engine)?;
    let mut answer = EnrolAnswer {
        gallery: args.gallery.clone(),
        members_enrolled: 0,
        templates: 0,
        members_in_gallery: 0,
        members_without_a_photo: Vec::new(),
        left_out: Vec::new(),
    };
    let bar = progress::bar("photos", people.iter().map(|person| person.photos.len()).sum());
    for person in &people {
        let templates = templates_of(&engine, person, &mut answer.left_out, &bar)?;
        if templates.is_empty() {
            answer.members_without_a_photo.push(person.name.clone());
        } else {
            answer.members_enrolled += 1;
            answer.templates += templates.len();
            members.insert(person.name.clone(), templates);
        }
    }
    bar.finish_and_clear();
    if answer.members_enrolled == 0 {
        let first = answer.left_out.first().map_or("the folders are empty", |photo| photo.words.as_str());
        return Err(Failure::new("nobody_enrolled", format!("nobody could be enrolled: {first}")));
    }
    answer.members_in_gallery = members.len();
    let members = members.into_iter().map(|(name, templates)| EnrolledMember { name, templates }).collect();
    gallery_file::replace(
        &args.gallery,
        &GalleryContent { model: engine.model().clone(), members },
        &secret,
    )?;
    output::print(&answer, json)
}

fn existing_members(
    path: &Path,
    exists: bool,
    secret: &[u8],
    engine: &Engine,
) -> Result<BTreeMap<String, Vec<Template>>, Failure> {
    if !exists {
        return Ok(BTreeMap::new());
    }
    let content = gallery_file::read(path, secret)?;
    if content.model != *engine.model() {
        let words = format!(
            "{} was enrolled with {}, this program has {}: enrol everybody into a new file",
            path.display(),
            content.model,
            engine.model()
        );
        return Err(Failure::new("other_model", words));
    }
    Ok(content.members.into_iter().map(|member| (member.name, member.templates)).collect())
}

fn templates_of(
    engine: &Engine,
    person: &Person,
    left_out: &mut Vec<LeftOut>,
    bar: &indicatif::ProgressBar,
) -> Result<Vec<Template>, Failure> {
    let mut templates = Vec::new();
    for photo in &person.photos {
        bar.inc(1);
        let leave_out =
            |reason, words| LeftOut { member: person.name.clone(), photo: photo.clone(), reason, words };
        if templates.len() == TEMPLATES_PER_MEMBER_MAX {
            let words =
                format!("{}: a member keeps at most {TEMPLATES_PER_MEMBER_MAX} photos", photo.display());
            left_out.push(leave_out("enough_photos", words));
            continue;
        }
        match capture_file(engine, photo, &QualityLimits::ENROLMENT) {
            Ok(capture) => templates.push(capture.template),
            Err(fault) if fault.key == "network_fault" => return Err(fault),
            Err(refusal) => left_out.push(leave_out(refusal.key, refusal.message)),
        }
    }
    Ok(templates)
}
