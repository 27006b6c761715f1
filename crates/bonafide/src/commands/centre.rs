//! `bonafide faces centre`: the prior of a gallery's centre, made from photos of people who agreed to it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bonafide_faces::centre::CentrePrior;
use bonafide_faces::template::Template;
use serde::Serialize;

use crate::capture::{FILE_RECOGNITION, capture_file, engine};
use crate::failure::Failure;
use crate::folder;
use crate::output::{self, Answer};
use crate::progress;
use crate::shipped::CentrePriorFile;

/// The mean of fewer people would say too much about each of them.
const PEOPLE_MIN: usize = 30;

/// Make the prior of a gallery's centre from folders of consenting people.
///
/// The result is one mean over all people (at least 30); it holds no template and identifies nobody.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide faces centre people/ more/ --source 'who, licence' --out prior.json"
)]
pub struct CentreArgs {
    /// Folders with one folder of photos, or one photo, for each person.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Where the photos are from, and their licence.
    #[arg(long)]
    source: String,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct CentreAnswer {
    people: usize,
    people_without_a_photo: usize,
    out: PathBuf,
}

impl Answer for CentreAnswer {
    fn text(&self) -> String {
        let without = self.people_without_a_photo;
        format!(
            "mean of {} people written to {} ({without} without a usable photo)",
            self.people,
            self.out.display()
        )
    }
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be read, nobody has a usable photo, or the file cannot be written.
pub fn run(args: &CentreArgs, json: bool) -> Result<(), Failure> {
    let engine = engine(NonZeroUsize::MIN)?;
    let mut people = Vec::new();
    for dir in &args.dirs {
        people.extend(folder::strangers(dir)?);
    }
    let bar = progress::bar("people", people.len());
    let mut means = Vec::new();
    for person in &people {
        bar.inc(1);
        let captures = person.photos.iter().map(|photo| capture_file(&engine, photo, &FILE_RECOGNITION));
        let templates: Vec<Template> =
            captures.filter_map(Result::ok).map(|capture| capture.template).collect();
        means.extend(Template::mean(&templates));
    }
    bar.finish_and_clear();
    if means.len() < PEOPLE_MIN {
        let words = format!(
            "{} people have a usable photo; a mean needs at least {PEOPLE_MIN}: add folders",
            means.len()
        );
        return Err(Failure::new("too_few_people", words));
    }
    let prior = CentrePrior::of_people(&means)?;
    let file = CentrePriorFile {
        model: engine.model().to_string(),
        people: means.len(),
        source: args.source.clone(),
        vector: prior.vector().to_vec(),
    };
    std::fs::write(&args.out, output::to_json(&file)? + "\n")
        .map_err(|error| Failure::io("write", &args.out, &error))?;
    let people_without_a_photo = people.len() - means.len();
    output::print(&CentreAnswer { people: means.len(), people_without_a_photo, out: args.out.clone() }, json)
}
