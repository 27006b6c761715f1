//! `bonafide faces evaluate`: how far recognition can be trusted on the operator's own photos.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::evaluation::document::Document;
use crate::evaluation::outcome::{Outcome, Setting};
use crate::evaluation::plan::Plan;
use crate::evaluation::report;
use crate::evaluation::same_people::SamePeople;
use crate::failure::Failure;
use crate::folder;
use crate::output;

/// The most worker threads. Each holds one decoded photo, up to 75 MB.
const THREADS_MAX: u16 = 64;

/// The longest file of `--same-people`, in bytes.
const SAME_PEOPLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Measure recognition: rank-1, misses, false matches, times, and a calibration table.
///
/// Each folder of the members with more than K photos is a member: the first K photos by name are enrolled, the others are
/// searched and should find their member. Each stranger's first photo is searched and should find nobody. A member counts as
/// missed when another one comes first, the score is below the threshold, or the photo shows no usable face.
///
/// The threshold for FPIR 1 % is the smallest at which at most 1 % of strangers (rounded down to whole people) reach it; the
/// same for 0.3 %. All rates come with counts and two-sided 95 % bounds. The report holds photos and scores: do not
/// publish it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide faces evaluate --members people/ --enrol 1 --json figures.json\n  \
    bonafide faces evaluate --members people/ --enrol 3 --strangers others/ --report report/ --json -\n  \
    bonafide faces evaluate --members people/ --enrol 3 --strangers others/ --report report/ \\\n    \
    --same-people twice.tsv --source 'staff of the club, consent of May'"
)]
pub struct EvaluateArgs {
    /// Folder with one folder of photos for each member.
    #[arg(long, value_name = "DIR")]
    members: PathBuf,
    /// How many photos of each member are enrolled.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1000))]
    enrol: u16,
    /// Folder of people who are no members: photos, or a folder for each person.
    #[arg(long, value_name = "DIR")]
    strangers: Option<PathBuf>,
    /// Write report.html (one file, with photos: do not publish it), calibration.json and calibration-photos.json into
    /// this folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Worker threads; all processors unless given. Each may hold a photo of 75 MB.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(THREADS_MAX)))]
    threads: Option<u16>,
    /// Pairs of names that stand for one person, one pair with a tab between in each line; # begins a comment.
    #[arg(long, value_name = "FILE")]
    same_people: Option<PathBuf>,
    /// Where the photos are from; kept with the calibration table.
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    source: String,
    /// Write the figures as one JSON document into this file; `-` prints it instead of text.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl EvaluateArgs {
    /// Whether `--json -` asks for the document on standard output.
    #[must_use]
    pub fn json_on_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }
}

/// Runs the command. `json` asks for the document on standard output.
///
/// # Errors
/// When a folder cannot be read, nobody can be enrolled, or a file cannot be written; never because of a photo.
pub fn run(args: &EvaluateArgs, json: bool) -> Result<(), Failure> {
    let strangers = args.strangers.as_deref().map(folder::strangers).transpose()?.unwrap_or_default();
    let plan = Plan::of(&folder::people(&args.members)?, usize::from(args.enrol), &strangers)?;
    let setting = Setting {
        members_dir: args.members.display().to_string(),
        strangers_dir: args.strangers.as_ref().map(|dir| dir.display().to_string()),
        source: args.source.clone(),
        threads: threads(args.threads),
        same_people: args.same_people.as_deref().map(same_people).transpose()?.unwrap_or_default(),
    };
    // Found out now and not after minutes of work.
    if let Some(dir) = &args.report {
        std::fs::create_dir_all(dir).map_err(|error| Failure::io("make", dir, &error))?;
    }
    let outcome = Outcome::of(plan, setting)?;
    let document = Document::of(&outcome);
    if let Some(dir) = &args.report {
        report::write(dir, &outcome)?;
    }
    if let Some(file) = args.json.as_deref().filter(|_| !args.json_on_stdout()) {
        write(file, &(output::to_json(&document)? + "\n"))?;
    }
    output::print(&document, json)
}

fn threads(asked: Option<u16>) -> NonZeroUsize {
    let all = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = asked.map_or_else(all, usize::from).min(usize::from(THREADS_MAX));
    NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN)
}

fn same_people(file: &Path) -> Result<SamePeople, Failure> {
    let failed = |error: &std::io::Error| Failure::io("read", file, error);
    if std::fs::metadata(file).map_err(|error| failed(&error))?.len() > SAME_PEOPLE_BYTES_MAX {
        return Err(Failure::new("bad_same_people", format!("{} is too large", file.display())));
    }
    SamePeople::parse(&std::fs::read_to_string(file).map_err(|error| failed(&error))?)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|error| Failure::io("write", file, &error))
}
