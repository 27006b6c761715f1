//! `bonafide consents texts`: what members agree to, to the letter.

use std::path::{Path, PathBuf};

use bonafide_domain::consent::TextHash;
use bonafide_domain::profile::Language;
use bonafide_store::consents::consent_word;
use bonafide_store::consents::texts::{
    KeptText, NewText, Published, TEXT_BYTES_MAX, TextRefusal, content, list, publish, retire,
};
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::BranchArgs;
use crate::commands::consents::words::{About, about, told_law};
use crate::commands::credentials::moments::moment;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Characters of a hash by which a text is named.
const SHORT_HASH_CHARS: usize = 12;

/// What can be done with texts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum TextsCommand {
    Add(AddArgs),
    /// List the texts with their versions, those that are out of force too.
    #[command(after_help = "Example:\n  bonafide consents texts list")]
    List,
    /// Show a text to the letter.
    #[command(after_help = "Example:\n  bonafide consents texts show 9f86d081884c")]
    Show(NamedArgs),
    /// Take a text out of force: consents to it count no more. Adding it again puts it back.
    #[command(after_help = "Example:\n  bonafide consents texts retire 9f86d081884c")]
    Retire(NamedArgs),
}

/// Put a text in force, from a file in UTF-8. It is kept to the letter, and a new text needs new consents.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide consents texts add face-ru.txt --about face/entry --language ru --replace"
)]
pub(crate) struct AddArgs {
    /// The file with the text.
    file: PathBuf,
    /// What of the person, and what for: face, voice or fingerprint_or_palm with /entry or /till_recognition;
    /// profile_photo/staff_viewing; contact/marketing; profiling/marketing.
    #[arg(long, value_parser = about)]
    about: About,
    /// ru, en or zh.
    #[arg(long)]
    language: String,
    /// It is part of another document, such as the contract. Some laws do not accept that.
    #[arg(long)]
    part_of_another: bool,
    /// Take the older texts of the same law, matter, purpose and language out of force: consents to them count no more.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    branch: BranchArgs,
}

/// One text.
#[derive(Debug, clap::Args)]
pub(crate) struct NamedArgs {
    /// The first characters of its hash, as `consents texts list` shows them.
    text: String,
}

#[derive(Serialize)]
struct TextAnswer {
    hash: String,
    law: String,
    about: String,
    language: &'static str,
    version: u32,
    separate_document: bool,
    in_force: bool,
    added_us: i64,
    retired_us: Option<i64>,
}

impl TextAnswer {
    fn of(kept: &KeptText) -> TextAnswer {
        TextAnswer {
            hash: hex(&kept.text.hash),
            law: kept.law.clone(),
            about: consent_word(kept.modality, kept.purpose),
            language: kept.text.language.code(),
            version: kept.version,
            separate_document: kept.text.separate_document,
            in_force: kept.retired_us.is_none(),
            added_us: kept.added_us,
            retired_us: kept.retired_us,
        }
    }

    fn line(&self) -> String {
        let state =
            self.retired_us.map_or_else(|| "in force".to_owned(), |us| format!("retired {}", moment(us)));
        let document = if self.separate_document { "" } else { ", part of another document" };
        format!(
            "{}  {:<28} {}  version {}  {}: {state}{document}",
            &self.hash[..SHORT_HASH_CHARS],
            self.about,
            self.language,
            self.version,
            self.law.replace('_', " "),
        )
    }
}

#[derive(Serialize)]
struct AddedAnswer {
    text: TextAnswer,
    /// Older texts for the same that were taken out of force.
    retired: Vec<String>,
    /// Older texts for the same that stay in force beside it.
    still_in_force: Vec<String>,
}

impl Answer for AddedAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("in force\n{}", self.text.line())];
        lines.extend(self.retired.iter().map(|hash| format!("  retired: {}", &hash[..SHORT_HASH_CHARS])));
        let retire = |hash: &String| {
            let short = &hash[..SHORT_HASH_CHARS];
            format!(
                "  an older one stays in force beside it: `bonafide consents texts retire {short}` ends that"
            )
        };
        lines.extend(self.still_in_force.iter().map(retire));
        lines.join("\n")
    }
}

#[derive(Serialize)]
struct ListAnswer {
    texts: Vec<TextAnswer>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.texts.is_empty() {
            return "no texts: put one in force with `bonafide consents texts add`".to_owned();
        }
        self.texts.iter().map(TextAnswer::line).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Serialize)]
struct ShownAnswer {
    #[serde(flatten)]
    text: TextAnswer,
    content: String,
}

impl Answer for ShownAnswer {
    fn text(&self) -> String {
        format!("{}\n\n{}", self.text.line(), self.content.trim_end())
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_text`, `no_text`, `bad_value`, and the keys of faults.
pub(super) fn run(command: &TextsCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        TextsCommand::Add(args) => add(args, book, json),
        TextsCommand::List => {
            let texts = book.store.read(list)?.iter().map(TextAnswer::of).collect();
            output::print(&ListAnswer { texts }, json)
        }
        TextsCommand::Show(args) => {
            let kept = named(book, &args.text)?;
            let content = book.store.read(|tx| content(tx, kept.text.hash))?.unwrap_or_default();
            output::print(&ShownAnswer { text: TextAnswer::of(&kept), content }, json)
        }
        TextsCommand::Retire(args) => {
            let hash = named(book, &args.text)?.text.hash;
            let acting = book.acting();
            book.write(move |work| retire(work, &acting, hash))?;
            output::print(&ListAnswer { texts: vec![TextAnswer::of(&kept(book, hash)?)] }, json)
        }
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let place = args.branch.place_of_nobody(book)?;
    let (modality, purpose) = args.about;
    let language = language(&args.language)?;
    let new = NewText {
        jurisdiction: place.jurisdiction,
        modality,
        purpose,
        language,
        separate_document: !args.part_of_another,
        content: read_text(&args.file)?,
    };
    let (acting, replace) = (book.acting(), args.replace);
    let Published { hash, older } = book
        .store
        .write(move |work| publish(work, &acting, &new, replace))?
        .map_err(|refusal| not_in_force(refusal, place.jurisdiction))?;
    let older: Vec<String> = older.iter().map(hex).collect();
    let (retired, still_in_force) = if args.replace { (older, Vec::new()) } else { (Vec::new(), older) };
    output::print(&AddedAnswer { text: TextAnswer::of(&kept(book, hash)?), retired, still_in_force }, json)
}

fn not_in_force(refusal: TextRefusal, jurisdiction: bonafide_domain::consent::Jurisdiction) -> Failure {
    match refusal {
        TextRefusal::Content => {
            Failure::new("bad_text", format!("a text has 1 to {TEXT_BYTES_MAX} bytes and no zero characters"))
        }
        TextRefusal::PurposeDoesNotFit => Failure::new("purpose_does_not_fit", "this serves another purpose"),
        TextRefusal::ForSomethingElse => {
            let law = told_law(jurisdiction);
            let words = format!(
                "the same letters are in the book for another law than {law}, or for another matter, purpose, language or \
                 form: name in the text what it is for"
            );
            Failure::new("text_for_something_else", words)
        }
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let size = std::fs::metadata(path).map_err(|error| Failure::io("read", path, &error))?.len();
    if size > TEXT_BYTES_MAX as u64 {
        let words = format!("{} is too long: a text has at most {TEXT_BYTES_MAX} bytes", path.display());
        return Err(Failure::new("bad_text", words));
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new("bad_text", format!("{} is no text in UTF-8", path.display())))
}

/// A language by its code.
///
/// # Errors
/// `bad_value`.
pub(super) fn language(code: &str) -> Result<Language, Failure> {
    Language::of_code(code).ok_or_else(|| Failure::new("bad_value", "--language is ru, en or zh"))
}

/// The one text whose hash begins like this.
///
/// # Errors
/// `no_text` when there is none, or several.
pub(super) fn named(book: &Book, text: &str) -> Result<KeptText, Failure> {
    let begins = text.trim().to_lowercase();
    let mut found =
        book.store.read(list)?.into_iter().filter(|kept| hex(&kept.text.hash).starts_with(&begins));
    match (found.next(), found.next()) {
        (Some(one), None) if !begins.is_empty() => Ok(one),
        (Some(_), _) => Err(Failure::new("no_text", "several texts begin like this: give more characters")),
        (None, _) => {
            let words = format!("there is no text {text}: `bonafide consents texts list` shows all");
            Err(Failure::new("no_text", words))
        }
    }
}

fn kept(book: &Book, hash: TextHash) -> Result<KeptText, Failure> {
    named(book, &hex(&hash))
}

/// A hash in hexadecimal.
pub(crate) fn hex(hash: &TextHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
