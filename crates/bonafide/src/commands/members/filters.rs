//! Filters that make lists, as arguments; and `bonafide members filters`: those that are kept under a name.

use bonafide_domain::plain_text::Title;
use bonafide_store::consents::consent_of_word;
use bonafide_store::directory::Directory;
use bonafide_store::members::list::{
    FILTER_DAYS_MAX, FilterRefusal, NotSaved, Page, SAVED_FILTERS_MAX, SavedFilter, delete_filter, list,
    list_among, save_filter, saved_filters,
};
use bonafide_store::members::profile::category_word;
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::members::answer::branch_names;
use crate::commands::members::fields::{category, tag};
use crate::commands::members::search::directory;
use crate::commands::named;
use crate::commands::refused::{self, bad};
use crate::failure::Failure;
use crate::listing::table;
use crate::output::{self, Answer};

/// Days that a birthday is looked for ahead at most.
const BIRTHDAY_DAYS_MAX: i64 = 365;

/// Conditions; all of them must hold.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct FilterArgs {
    /// new, regular, vip, or a name of your own.
    #[arg(long)]
    category: Option<String>,
    /// With this tag.
    #[arg(long)]
    tag: Option<String>,
    /// Of this branch: its name or id.
    #[arg(long)]
    branch: Option<String>,
    /// Without a visit for so many days, or without any.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    not_seen_days: Option<u32>,
    /// Whose birthday comes within so many days; 0 is today. The list is then in the order of the days.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(..=BIRTHDAY_DAYS_MAX))]
    birthday_within_days: Option<u16>,
    /// Whose membership ends within so many days.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    ends_within_days: Option<u32>,
    /// Whose profile is to be checked within so many days; 0 is those that are due.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    check_due_within_days: Option<u32>,
    /// Spent at least so much, in minor units: 10000 are 100.00.
    #[arg(long, value_name = "MINOR", allow_negative_numbers = true)]
    spent_from: Option<i64>,
    /// Spent at most so much.
    #[arg(long, value_name = "MINOR", allow_negative_numbers = true)]
    spent_to: Option<i64>,
    /// With at least so many visits.
    #[arg(long, value_name = "VISITS")]
    visits_from: Option<u32>,
    /// With at most so many visits.
    #[arg(long, value_name = "VISITS")]
    visits_to: Option<u32>,
    /// Who has consented, as MODALITY/PURPOSE, for example contact/marketing or face/entry.
    #[arg(long, value_name = "WHAT")]
    consented: Option<String>,
    /// Who has not.
    #[arg(long, value_name = "WHAT")]
    not_consented: Option<String>,
}

/// Conditions, on top of a kept filter if one is named.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NamedFilterArgs {
    /// A filter that is kept under this name, see `members filters`; further conditions change it.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    #[command(flatten)]
    conditions: FilterArgs,
}

fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..=i64::from(FILTER_DAYS_MAX))
}

impl FilterArgs {
    /// The filter `base` with what was given in its place.
    fn over(&self, base: SavedFilter, book: &Book) -> Result<SavedFilter, Failure> {
        for (flag, word) in [("--consented", &self.consented), ("--not-consented", &self.not_consented)] {
            if word.as_deref().is_some_and(|word| consent_of_word(word).is_none()) {
                return Err(bad(flag, CONSENT_WORDS));
            }
        }
        let category = self.category.as_deref().map(category).transpose()?;
        let tag = self.tag.as_deref().map(tag).transpose().map_err(|why| bad("--tag", why))?;
        let branch = self
            .branch
            .as_deref()
            .map(|text| named::branch(book, text).map(|branch| branch.id))
            .transpose()?;
        let filter = SavedFilter {
            category: category.map(|category| category_word(&category)).or(base.category),
            tag: tag.map(|tag| tag.as_str().to_owned()).or(base.tag),
            branch: branch.map(|id| id.to_string()).or(base.branch),
            not_seen_days: self.not_seen_days.or(base.not_seen_days),
            ends_within_days: self.ends_within_days.or(base.ends_within_days),
            birthday_within_days: self.birthday_within_days.or(base.birthday_within_days),
            check_due_within_days: self.check_due_within_days.or(base.check_due_within_days),
            spent_from_minor: self.spent_from.or(base.spent_from_minor),
            spent_to_minor: self.spent_to.or(base.spent_to_minor),
            visits_from: self.visits_from.or(base.visits_from),
            visits_to: self.visits_to.or(base.visits_to),
            consented: self.consented.clone().or(base.consented),
            not_consented: self.not_consented.clone().or(base.not_consented),
        };
        let crossed = |from: Option<i64>, to: Option<i64>| from.zip(to).is_some_and(|(from, to)| from > to);
        if crossed(filter.spent_from_minor, filter.spent_to_minor) {
            return Err(bad("--spent-from", "it is more than --spent-to: nobody has both"));
        }
        if crossed(filter.visits_from.map(i64::from), filter.visits_to.map(i64::from)) {
            return Err(bad("--visits-from", "it is more than --visits-to: nobody has both"));
        }
        Ok(filter)
    }
}

const CONSENT_WORDS: &str = "write a modality and a purpose that it serves, as contact/marketing, face/entry or \
                             profile_photo/staff_viewing";

impl NamedFilterArgs {
    /// The filter, with the name of the kept one.
    ///
    /// # Errors
    /// `no_filter`, `no_branch`, `bad_value` with the flag, and the keys of faults.
    pub(crate) fn filter(&self, book: &Book) -> Result<(SavedFilter, Option<String>), Failure> {
        let name = self.filter.as_deref().map(filter_name).transpose()?;
        let base = match &name {
            Some(name) => kept(book, name)?,
            None => SavedFilter::default(),
        };
        Ok((self.conditions.over(base, book)?, name.map(|name| name.as_str().to_owned())))
    }
}

fn kept(book: &Book, name: &Title) -> Result<SavedFilter, Failure> {
    let all = book.store.read(saved_filters)?;
    let found = all.into_iter().find(|(known, _)| known == name.as_str());
    found.map(|(_, filter)| filter).ok_or_else(|| no_filter(name.as_str()))
}

fn no_filter(name: &str) -> Failure {
    let words = format!("there is no filter {name}: `bonafide members filters list` tells which there are");
    Failure::new("no_filter", words)
}

/// A filter that is asked now: with the numbers of those whose birthday it is, which only the memory knows.
pub(crate) struct Question {
    filter: SavedFilter,
    now_us: i64,
    birthdays: Option<Vec<u32>>,
}

impl Question {
    /// Loads the members into memory if the filter asks for birthdays.
    ///
    /// # Errors
    /// The keys of faults.
    pub(crate) fn new(book: &Book, filter: SavedFilter) -> Result<Question, Failure> {
        let now_us = clock::now_us();
        let birthdays = match filter.birthday_within_days {
            Some(days) => {
                let all: Directory = directory(book)?;
                Some(all.birthdays(clock::utc_date(now_us), days.saturating_add(1)))
            }
            None => None,
        };
        Ok(Question { filter, now_us, birthdays })
    }

    /// Whether the list is one of birthdays.
    pub(crate) const fn is_of_birthdays(&self) -> bool {
        self.birthdays.is_some()
    }

    /// A page of ids and numbers behind the number `before`.
    ///
    /// # Errors
    /// `bad_value` when a kept filter does not fit any more, and the keys of faults.
    pub(crate) fn page(&self, book: &Book, before: Option<u32>, limit: u32) -> Result<Page, Failure> {
        let filter = self.filter.at(self.now_us);
        let page = book.store.read(|tx| match &self.birthdays {
            Some(numbers) => list_among(tx, &filter, numbers, before, limit),
            None => list(tx, &filter, before, limit),
        })?;
        page.map_err(unfit)
    }
}

fn unfit(refusal: FilterRefusal) -> Failure {
    match refusal {
        FilterRefusal::Branch => bad("--branch", "it is no id"),
        FilterRefusal::Consent => bad("--consented", CONSENT_WORDS),
    }
}

/// A filter in words.
pub(crate) fn in_words(filter: &SavedFilter, branch: impl Fn(&str) -> String) -> String {
    let mut words = Vec::new();
    let own = |word: &str| word.strip_prefix(':').unwrap_or(word).to_owned();
    words.extend(filter.category.as_ref().map(|word| format!("category {}", own(word))));
    words.extend(filter.tag.as_ref().map(|tag| format!("tag {tag}")));
    words.extend(filter.branch.as_ref().map(|id| format!("branch {}", branch(id))));
    words.extend(filter.not_seen_days.map(|days| format!("not seen for {days} days")));
    words.extend(filter.birthday_within_days.map(|days| format!("birthday within {days} days")));
    words.extend(filter.ends_within_days.map(|days| format!("membership ends within {days} days")));
    words.extend(filter.check_due_within_days.map(|days| format!("check due within {days} days")));
    words.extend(filter.spent_from_minor.map(|minor| format!("spent {minor} minor units or more")));
    words.extend(filter.spent_to_minor.map(|minor| format!("spent {minor} minor units or less")));
    words.extend(filter.visits_from.map(|visits| format!("{visits} visits or more")));
    words.extend(filter.visits_to.map(|visits| format!("{visits} visits or fewer")));
    words.extend(filter.consented.as_ref().map(|what| format!("has consented to {what}")));
    words.extend(filter.not_consented.as_ref().map(|what| format!("has not consented to {what}")));
    if words.is_empty() { "everybody".to_owned() } else { words.join(", ") }
}

/// Filters that are kept under a name.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FiltersCommand {
    Save(SaveArgs),
    /// Show the kept filters.
    List,
    Delete(DeleteArgs),
}

/// Keep a filter under a name; one of that name is replaced. Days count from whenever it is used.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide members filters save 'sleeping regulars' --category regular --not-seen-days 30"
)]
pub(crate) struct SaveArgs {
    /// The name.
    name: String,
    #[command(flatten)]
    conditions: FilterArgs,
}

/// Forget a kept filter.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members filters delete 'sleeping regulars'")]
pub(crate) struct DeleteArgs {
    /// The name.
    name: String,
}

#[derive(Serialize)]
struct FiltersAnswer {
    filters: Vec<FilterAnswer>,
}

#[derive(Serialize)]
struct FilterAnswer {
    name: String,
    filter: SavedFilter,
    words: String,
}

impl Answer for FiltersAnswer {
    fn text(&self) -> String {
        if self.filters.is_empty() {
            return "no filter is kept; `bonafide members filters save` keeps one".to_owned();
        }
        let rows: Vec<Vec<String>> =
            self.filters.iter().map(|one| vec![one.name.clone(), one.words.clone()]).collect();
        table(&rows)
    }
}

#[derive(Serialize)]
struct FilterDone {
    name: String,
    /// `saved` or `deleted`.
    done: &'static str,
}

impl Answer for FilterDone {
    fn text(&self) -> String {
        match self.done {
            "saved" => format!("kept; use it with `bonafide members list --filter '{}'`", self.name),
            _ => format!("the filter {} is forgotten", self.name),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `no_filter`, `not_saved`, `bad_value`, and the keys of faults.
pub(super) fn run(command: &FiltersCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        FiltersCommand::Save(args) => save(args, book, json),
        FiltersCommand::List => show(book, json),
        FiltersCommand::Delete(args) => {
            let name = filter_name(&args.name)?;
            let (acting, asked) = (book.acting(), name.clone());
            if !book.write(move |work| delete_filter(work, &acting, &asked))? {
                return Err(no_filter(name.as_str()));
            }
            output::print(&FilterDone { name: name.as_str().to_owned(), done: "deleted" }, json)
        }
    }
}

fn filter_name(text: &str) -> Result<Title, Failure> {
    Title::parse(text).map_err(|why| bad("the name of the filter", refused::text(why)))
}

fn save(args: &SaveArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let name = filter_name(&args.name)?;
    let filter = args.conditions.over(SavedFilter::default(), book)?;
    if filter == SavedFilter::default() {
        return Err(Failure::new("not_saved", "a filter needs a condition: this one is everybody"));
    }
    let (acting, asked) = (book.acting(), name.clone());
    match book.store.write(move |work| save_filter(work, &acting, &asked, &filter))? {
        Ok(()) => output::print(&FilterDone { name: name.as_str().to_owned(), done: "saved" }, json),
        Err(NotSaved::Refused(refusal)) => Err(unfit(refusal)),
        Err(NotSaved::TooMany) => {
            let words = format!("{SAVED_FILTERS_MAX} filters are kept already: delete one first");
            Err(Failure::new("not_saved", words))
        }
    }
}

fn show(book: &Book, json: bool) -> Result<(), Failure> {
    let branches = branch_names(book)?;
    let branch = |text: &str| {
        let id = bonafide_store::id::Id::parse(text);
        id.and_then(|id| branches.get(&id)).cloned().unwrap_or_else(|| text.to_owned())
    };
    let all = book.store.read(saved_filters)?;
    let filters = all
        .into_iter()
        .map(|(name, filter)| FilterAnswer { name, words: in_words(&filter, branch), filter })
        .collect();
    output::print(&FiltersAnswer { filters }, json)
}
