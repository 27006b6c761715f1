//! `bonafide consents give`: a member agrees, or somebody who may for the member.

use bonafide_domain::consent::{Channel, ConsentEvent, ConsentRecord, Term};
use bonafide_store::consents::texts::{KeptText, newest_in_force};
use bonafide_store::consents::{self, consent_word, standing};
use bonafide_store::id::Id;
use bonafide_store::members::Member;
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::BranchArgs;
use crate::commands::consents::giver::{GiverArgs, evidence};
use crate::commands::consents::place::Place;
use crate::commands::consents::texts::{self, hex};
use crate::commands::consents::words::{self, About, about, told_about, told_law};
use crate::commands::credentials::moments::moment;
use crate::commands::named::member;
use crate::commands::operation::OperationArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Record a consent to a text in force. What was given is recorded in any case; the answer tells whether it is enough.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide consents give 17 profile_photo/staff_viewing --channel own-screen --evidence 'code 4711'\n  \
    bonafide consents give 17 face/entry --channel paper --evidence 'scan 12' --operator 019… \\\n    \
    --representative parent --proof 'birth certificate, scan 11'"
)]
pub(crate) struct GiveArgs {
    /// The member's number or id.
    member: String,
    /// What of the person, and what for: face, voice or fingerprint_or_palm with /entry or /till_recognition;
    /// profile_photo/staff_viewing; contact/marketing; profiling/marketing.
    #[arg(value_parser = about)]
    about: About,
    /// In which way it was given.
    #[arg(long, value_enum)]
    channel: ChannelArg,
    /// Where the proof lies: the number of a scan, of a signature, of a code that was entered.
    #[arg(long)]
    evidence: String,
    /// The text that was agreed to, by the first characters of its hash. Without it: the newest in force for this law and
    /// language.
    #[arg(long, value_name = "HASH")]
    text: Option<String>,
    /// The language of the text: ru, en or zh. Without it the member's own, or else the branch's.
    #[arg(long)]
    language: Option<String>,
    /// The last day that it covers. Without it: as long as the purpose.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    #[command(flatten)]
    giver: GiverArgs,
    #[command(flatten)]
    branch: BranchArgs,
    #[command(flatten)]
    operation: OperationArgs,
}

/// In which way a consent was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ChannelArg {
    /// Signed by hand on paper, in front of the staff: name the --operator.
    Paper,
    /// A qualified electronic signature, equal to one by hand.
    QualifiedSignature,
    /// Any other electronic signature, as on a tablet.
    ElectronicSignature,
    /// A box ticked or a code entered on the member's own screen.
    OwnScreen,
}

#[derive(Serialize)]
struct GiveAnswer {
    consent: String,
    about: String,
    text: String,
    text_version: u32,
    until_us: Option<i64>,
    /// Whether it holds now.
    in_force: bool,
    /// What is missing, by its key.
    missing: Option<&'static str>,
    words: String,
}

impl Answer for GiveAnswer {
    fn text(&self) -> String {
        format!("recorded; consent {}\n  {}", self.consent, self.words)
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `no_text`, `no_text_in_force`, `operator_missing`, `proof_missing`, `bad_value`, `ends_before_it_begins`, and
/// the keys of faults.
pub(super) fn run(args: &GiveArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let place = args.branch.place(book, &holder)?;
    let text = text(args, book, &holder, &place)?;
    let acting = book.acting();
    let id = args.operation.id(acting.now_us)?;
    let (given_at_us, given_on) = match given_before(book, holder.id, id)? {
        Some(before) => before,
        None => (acting.now_us, place.today(acting.now_us)?),
    };
    let until_us = args.until.map(|date| place.end_of(date)).transpose()?;
    let record = ConsentRecord {
        id: id.into(),
        member: holder.id.into(),
        giver: args.giver.giver()?,
        text: text.text,
        modality: args.about.0,
        purpose: args.about.1,
        term: until_us.map_or(Term::WhilePurposeLasts, |until_us| Term::Until { until_us }),
        channel: channel(args.channel),
        evidence: evidence("--evidence", &args.evidence)?,
        operator: args.giver.operator(),
        given_at_us,
        given_on,
    };
    let question = place.question(holder.id, args.about, acting.now_us)?;
    book.store.write(move |work| consents::give(work, &acting, &record))?.map_err(words::not_recorded)?;
    let holds = book.store.read(|tx| standing(tx, book.store.vault(), &question))?;
    let told = told_about(args.about);
    let (missing, words) = match holds {
        Ok(in_force) => (None, format!("{told}: in force{}", until(in_force.until_us))),
        Err(gap) => {
            let (key, words) = words::gap(gap, args.about);
            (Some(key), format!("{told}: NOT IN FORCE under {}: {words}", told_law(place.jurisdiction)))
        }
    };
    let answer = GiveAnswer {
        consent: id.to_string(),
        about: consent_word(args.about.0, args.about.1),
        text: hex(&text.text.hash),
        text_version: text.version,
        until_us,
        in_force: missing.is_none(),
        missing,
        words,
    };
    output::print(&answer, json)
}

fn until(until_us: Option<i64>) -> String {
    until_us.map_or_else(|| ", as long as the purpose".to_owned(), |us| format!(", until {}", moment(us)))
}

const fn channel(channel: ChannelArg) -> Channel {
    match channel {
        ChannelArg::Paper => Channel::Paper,
        ChannelArg::QualifiedSignature => Channel::QualifiedSignature,
        ChannelArg::ElectronicSignature => Channel::ElectronicSignature,
        ChannelArg::OwnScreen => Channel::OwnScreen,
    }
}

/// When it was given, if the same id was asked for before: the moment is that of the first time.
fn given_before(book: &Book, member: Id, id: Id) -> Result<Option<(i64, Date)>, Failure> {
    let events = book.store.read(|tx| consents::of_member(tx, book.store.vault(), member))?;
    Ok(events.into_iter().find(|kept| kept.id == id).and_then(|kept| match kept.event {
        ConsentEvent::Given(given) => Some((given.record().given_at_us, given.record().given_on)),
        ConsentEvent::Withdrawn(_) => None,
    }))
}

/// The text that is meant: the one that was named, or the newest in force.
fn text(args: &GiveArgs, book: &Book, holder: &Member, place: &Place) -> Result<KeptText, Failure> {
    if let Some(named) = &args.text {
        return texts::named(book, named);
    }
    let language = match &args.language {
        Some(code) => texts::language(code)?,
        None => holder.profile.language.unwrap_or(place.language),
    };
    let (modality, purpose) = args.about;
    let in_force = book.store.read(|tx| newest_in_force(tx, place.jurisdiction, modality, purpose))?;
    let own = in_force.iter().find(|kept| kept.text.language == language);
    own.cloned().ok_or_else(|| {
        let languages: Vec<&str> = in_force.iter().map(|kept| kept.text.language.code()).collect();
        let others = if languages.is_empty() {
            String::new()
        } else {
            format!("; there is one in {}: give --language", languages.join(", "))
        };
        let words = format!(
            "no text about {} is in force under {} in {}: add it with `bonafide consents texts add`{others}",
            told_about(args.about),
            told_law(place.jurisdiction),
            language.code()
        );
        Failure::new("no_text_in_force", words)
    })
}
