//! `bonafide members change`: other values in a member's profile.

use bonafide_domain::duplicates::Strength;
use bonafide_domain::profile::EmailAddress;
use bonafide_store::id::Id;
use bonafide_store::members::lookup::{Duplicate, duplicates};
use bonafide_store::members::profile::{Profile, TAGS_MAX, VALUES_MAX};
use bonafide_store::members::{ChangeRefusal, Member, change, note_view};
use bonafide_store::search::folded_key;
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::DuplicateAnswer;
use crate::commands::members::fields::{self, FieldArgs, at_most, each, person_name};
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Change a member's profile. What is not named stays; before and after are kept in the audit.
///
/// A list that is given is the whole list; --add-… and --remove-… change single values of it.
#[derive(Debug, clap::Args)]
#[command(
    // The word is the profile's version here.
    disable_version_flag = true,
    after_help = "Examples:\n  bonafide members change 17 --add-phone +79123456789 --note 'calls back on Monday'\n  \
    bonafide members change 17 --remove-tag pool --clear-guardian --version 4"
)]
pub(crate) struct ChangeArgs {
    /// The member's number or id.
    member: String,
    /// Change only if the profile still has this version, as `members show` tells it.
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// Given name.
    #[arg(long)]
    given: Option<String>,
    /// Family name.
    #[arg(long)]
    family: Option<String>,
    /// Middle name or patronymic.
    #[arg(long)]
    middle: Option<String>,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    lists: ListArgs,
    #[command(flatten)]
    clear: ClearArgs,
}

/// Single values of lists.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "One value more or less")]
struct ListArgs {
    /// One more phone; may be given several times, as all that follow.
    #[arg(long, value_name = "PHONE")]
    add_phone: Vec<String>,
    /// A phone less.
    #[arg(long, value_name = "PHONE")]
    remove_phone: Vec<String>,
    /// One more e-mail address.
    #[arg(long, value_name = "EMAIL")]
    add_email: Vec<String>,
    /// An e-mail address less.
    #[arg(long, value_name = "EMAIL")]
    remove_email: Vec<String>,
    /// One more messenger.
    #[arg(long, value_name = "KIND:NAME")]
    add_messenger: Vec<String>,
    /// A messenger less.
    #[arg(long, value_name = "KIND:NAME")]
    remove_messenger: Vec<String>,
    /// One more identity document.
    #[arg(long, value_name = "KIND:NUMBER")]
    add_document: Vec<String>,
    /// An identity document less.
    #[arg(long, value_name = "KIND:NUMBER")]
    remove_document: Vec<String>,
    /// One more tag.
    #[arg(long, value_name = "TAG")]
    add_tag: Vec<String>,
    /// A tag less.
    #[arg(long, value_name = "TAG")]
    remove_tag: Vec<String>,
}

/// What is taken away.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Take away")]
struct ClearArgs {
    /// No family name any more.
    #[arg(long, conflicts_with = "family")]
    clear_family: bool,
    /// No middle name any more.
    #[arg(long, conflicts_with = "middle")]
    clear_middle: bool,
    /// No day of birth.
    #[arg(long, conflicts_with = "birth")]
    clear_birth: bool,
    /// No phones; --add-phone may still add some, as with all lists.
    #[arg(long, conflicts_with = "phone")]
    clear_phones: bool,
    /// No e-mail addresses.
    #[arg(long, conflicts_with = "email")]
    clear_emails: bool,
    /// No messengers.
    #[arg(long, conflicts_with = "messenger")]
    clear_messengers: bool,
    /// No identity documents.
    #[arg(long, conflicts_with = "document")]
    clear_documents: bool,
    /// No tags.
    #[arg(long, conflicts_with = "tag")]
    clear_tags: bool,
    /// No address.
    #[arg(long, conflicts_with = "address")]
    clear_address: bool,
    /// No note.
    #[arg(long, conflicts_with = "note")]
    clear_note: bool,
    /// No source.
    #[arg(long, conflicts_with = "source")]
    clear_source: bool,
    /// No home branch.
    #[arg(long, conflicts_with = "branch")]
    clear_branch: bool,
    /// No language.
    #[arg(long, conflicts_with = "language")]
    clear_language: bool,
    /// No guardian.
    #[arg(long, conflicts_with = "guardian_given")]
    clear_guardian: bool,
    /// No date of the next check: it was done.
    #[arg(long, conflicts_with = "check_due")]
    clear_check_due: bool,
}

impl ClearArgs {
    fn apply(&self, profile: &mut Profile) -> Result<(), Failure> {
        let Profile { name, .. } = &*profile;
        if self.clear_family || self.clear_middle {
            let part = |part: Option<&str>, clear: bool| part.filter(|_| !clear).unwrap_or("").to_owned();
            let (family, middle) =
                (part(name.family(), self.clear_family), part(name.middle(), self.clear_middle));
            profile.name = person_name(name.given(), &family, &middle)?;
        }
        clear(self.clear_birth, &mut profile.birth);
        clear(self.clear_phones, &mut profile.phones);
        clear(self.clear_emails, &mut profile.emails);
        clear(self.clear_messengers, &mut profile.messengers);
        clear(self.clear_documents, &mut profile.documents);
        clear(self.clear_tags, &mut profile.tags);
        clear(self.clear_address, &mut profile.address);
        clear(self.clear_note, &mut profile.note);
        clear(self.clear_source, &mut profile.source);
        clear(self.clear_branch, &mut profile.home_branch);
        clear(self.clear_language, &mut profile.language);
        clear(self.clear_guardian, &mut profile.guardian);
        clear(self.clear_check_due, &mut profile.check_due);
        Ok(())
    }
}

fn clear<T: Default>(is_asked: bool, value: &mut T) {
    if is_asked {
        *value = T::default();
    }
}

impl ListArgs {
    fn apply(&self, profile: &mut Profile) -> Result<(), Failure> {
        let (add, remove) = (&self.add_phone, &self.remove_phone);
        edit(&mut profile.phones, (add, remove), fields::phone, PartialEq::eq, ("phone", VALUES_MAX))?;
        let (add, remove) = (&self.add_email, &self.remove_email);
        let same = |one: &EmailAddress, other: &EmailAddress| one.canonical() == other.canonical();
        edit(&mut profile.emails, (add, remove), fields::email, same, ("email", VALUES_MAX))?;
        let (add, remove) = (&self.add_messenger, &self.remove_messenger);
        let limits = ("messenger", VALUES_MAX);
        edit(&mut profile.messengers, (add, remove), fields::messenger, PartialEq::eq, limits)?;
        let (add, remove) = (&self.add_document, &self.remove_document);
        let limits = ("document", VALUES_MAX);
        edit(&mut profile.documents, (add, remove), fields::document, PartialEq::eq, limits)?;
        let (add, remove) = (&self.add_tag, &self.remove_tag);
        edit(&mut profile.tags, (add, remove), fields::tag, PartialEq::eq, ("tag", TAGS_MAX))
    }
}

/// Takes values out of a list and adds others. What is there already is not added again; what is not there cannot be taken
/// out: it is mostly mistyped.
fn edit<T: PartialEq>(
    list: &mut Vec<T>,
    (add, remove): (&[String], &[String]),
    parse: impl Fn(&str) -> Result<T, String> + Copy,
    same: impl Fn(&T, &T) -> bool + Copy,
    (what, max): (&str, usize),
) -> Result<(), Failure> {
    for value in each(remove, parse, &format!("--remove-{what}"))? {
        let before = list.len();
        list.retain(|kept| !same(kept, &value));
        if list.len() == before {
            let words = format!("--remove-{what}: the member has no such {what}; look with `members show`");
            return Err(Failure::new("not_there", words));
        }
    }
    if add.is_empty() {
        return Ok(());
    }
    let flag = format!("--add-{what}");
    for value in each(add, parse, &flag)? {
        if !list.iter().any(|kept| same(kept, &value)) {
            list.push(value);
        }
    }
    at_most(list, &flag, max)
}

#[derive(Serialize)]
struct ChangeAnswer {
    number: u32,
    /// The version that the profile has now.
    version: u32,
    /// The fields that have another value now; empty when everything was as asked already, and then nothing was written.
    changed: Vec<&'static str>,
    /// Others who may be the same person, now that it is changed.
    duplicates: Vec<DuplicateAnswer>,
}

impl Answer for ChangeAnswer {
    fn text(&self) -> String {
        let mut lines = vec![if self.changed.is_empty() {
            format!("nothing to change: member {} is as you say (version {})", self.number, self.version)
        } else {
            format!("member {}: changed {} (version {})", self.number, self.changed.join(", "), self.version)
        }];
        if !self.duplicates.is_empty() {
            lines.push("this may be the same person; `bonafide members merge` makes one of two:".to_owned());
        }
        lines.extend(self.duplicates.iter().map(DuplicateAnswer::line));
        lines.join("\n")
    }
}

/// The names of the fields in which two profiles differ.
fn differing(before: &Profile, after: &Profile) -> Vec<&'static str> {
    let pairs = [
        ("name", before.name == after.name),
        ("birth", before.birth == after.birth),
        ("phones", before.phones == after.phones),
        ("emails", before.emails == after.emails),
        ("messengers", before.messengers == after.messengers),
        ("documents", before.documents == after.documents),
        ("address", before.address == after.address),
        ("note", before.note == after.note),
        ("guardian", before.guardian == after.guardian),
        ("category", before.category == after.category),
        ("tags", before.tags == after.tags),
        ("language", before.language == after.language),
        ("source", before.source == after.source),
        ("branch", before.home_branch == after.home_branch),
        ("check_due", before.check_due == after.check_due),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

impl ChangeArgs {
    fn apply(&self, member: &Member, book: &Book) -> Result<Profile, Failure> {
        let mut profile = member.profile.clone();
        if self.given.is_some() || self.family.is_some() || self.middle.is_some() {
            let name = &member.profile.name;
            let given = self.given.as_deref().unwrap_or(name.given());
            let family = self.family.as_deref().or(name.family()).unwrap_or("");
            let middle = self.middle.as_deref().or(name.middle()).unwrap_or("");
            profile.name = person_name(given, family, middle)?;
        }
        self.clear.apply(&mut profile)?;
        let mut profile = self.fields.put_into(profile, book)?;
        self.lists.apply(&mut profile)?;
        // Tags come back from the book in their order.
        profile.tags.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        Ok(profile)
    }
}

fn changed_meanwhile(version: u32) -> Failure {
    let words = format!(
        "somebody has changed this member meanwhile (version {version} now): look again, then change it with \
         --version {version}"
    );
    Failure::new("changed_meanwhile", words)
}

/// Runs the command.
///
/// # Errors
/// `bad_value` with the field, `not_there`, `changed_meanwhile`, `merged`, `no_member`, `no_branch`, and the keys of faults.
pub(super) fn run(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = member(book, &args.member)?;
    if found.merged_into.is_some() {
        let words = "this profile was merged into another, as `members show` tells: change that one, or unmerge first";
        return Err(Failure::new("merged", words));
    }
    let (id, number, seen) = (found.id, found.number, args.version.unwrap_or(found.version));
    if seen != found.version {
        return Err(changed_meanwhile(found.version));
    }
    let profile = args.apply(&found, book)?;
    let changed = differing(&found.profile, &profile);
    if changed.is_empty() {
        return output::print(&ChangeAnswer { number, version: seen, changed, duplicates: Vec::new() }, json);
    }
    let vault = book.store.vault();
    let alike = book.store.read(|tx| duplicates(tx, vault, &profile, &[], folded_key))?;
    let others: Vec<Duplicate> = alike
        .into_iter()
        .filter(|one| one.member.id != id && one.likeness.strength >= Strength::Likely)
        .collect();
    let (acting, shown): (_, Vec<Id>) = (book.acting(), others.iter().map(|one| one.member.id).collect());
    let written = book.store.write(move |work| {
        let written = change(work, &acting, id, seen, &profile)?;
        // Showing the others is looking at them.
        for other in shown.iter().filter(|_| written.is_ok()) {
            note_view(work, &acting, *other)?;
        }
        Ok(written)
    })?;
    match written {
        Ok(version) => {
            let duplicates = others.iter().map(DuplicateAnswer::of).collect();
            output::print(&ChangeAnswer { number, version, changed, duplicates }, json)
        }
        Err(ChangeRefusal::ChangedMeanwhile { version }) => Err(changed_meanwhile(version)),
        Err(ChangeRefusal::NotFound) => Err(Failure::new("no_member", "the member is gone meanwhile")),
    }
}
