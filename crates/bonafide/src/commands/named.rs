//! What a person types to name a thing of the book: a member by the number, what the club has named by its name, anything by
//! its id.

use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::{self, Member};
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::access_point::{self, AccessPoint};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::locker::{self, Locker};
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::organisation::zone::{self, Zone};
use bonafide_store::plans::{self, KeptPlan, extra};

use crate::book::Book;
use crate::failure::Failure;

/// Candidates that a refusal lists at most.
const CANDIDATES_MAX: usize = 20;

/// A member by what a person types: the number, or the id.
///
/// # Errors
/// `no_member` when there is none, or the text is neither.
pub(crate) fn member(book: &Book, text: &str) -> Result<Member, Failure> {
    let none = || Failure::new("no_member", format!("there is no member {text}: give a number or an id"));
    let vault = book.store.vault();
    let found = match (text.parse::<u32>(), Id::parse(text)) {
        (Ok(number), _) => book.store.read(|tx| members::of_numbers(tx, vault, &[number]))?.pop(),
        (Err(_), Some(id)) => book.store.read(|tx| members::get(tx, vault, id))?,
        (Err(_), None) => None,
    };
    found.ok_or_else(none)
}

/// A branch by its name, in capitals or not, or by its id.
///
/// # Errors
/// `no_branch`; `ambiguous` with the candidates when several are called so.
pub(crate) fn branch(book: &Book, text: &str) -> Result<Kept<Branch>, Failure> {
    let found = book.store.read(|tx| {
        meant(tx, text, branch::get, branches_of_name, |_, branch| {
            Ok(Place { name: branch.name.as_str().to_owned(), within: Vec::new() })
        })
    })?;
    only(&Noun { key: "no_branch", word: "branch", list: "organisation branches list" }, text, found)
}

/// Those that are written so; without any, those that are written so but for capitals.
fn branches_of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<Branch>>, Fault> {
    let exact = branch::of_name(tx, name)?;
    if !exact.is_empty() {
        return Ok(exact);
    }
    let wanted = name.trim().to_lowercase();
    let is_it = |kept: &Kept<Branch>| kept.content.name.as_str().to_lowercase() == wanted;
    Ok(branch::list(tx, true)?.into_iter().filter(is_it).collect())
}

/// A branch by its name or id; without a text the only one that is open.
///
/// # Errors
/// `no_branch` when there is none, `ambiguous` when there are several.
pub(crate) fn branch_or_only(book: &Book, text: Option<&str>) -> Result<Kept<Branch>, Failure> {
    if let Some(text) = text {
        return branch(book, text);
    }
    let mut open = book.store.read(|tx| branch::list(tx, false))?;
    if open.is_empty() {
        let words = "there is no open branch: add one with `bonafide organisation branches add`";
        return Err(Failure::new("no_branch", words));
    }
    if let (1, Some(branch)) = (open.len(), open.pop()) {
        return Ok(branch);
    }
    Err(Failure::new("ambiguous", "there are several branches: say which with --branch"))
}

/// The branches that a list is about: one by its name or id, or all, with the closed ones when these are asked for.
///
/// # Errors
/// As [`branch`].
pub(crate) fn branches_or_all(book: &Book, text: Option<&str>, closed: bool) -> Result<Vec<Id>, Failure> {
    match text {
        Some(text) => Ok(vec![branch(book, text)?.id]),
        None => Ok(book.store.read(|tx| branch::list(tx, closed))?.iter().map(|branch| branch.id).collect()),
    }
}

/// A zone by its name, by branch and name (`Arbat/Pool`), or by its id.
///
/// # Errors
/// `no_zone`; `ambiguous` with the candidates.
pub(crate) fn zone(book: &Book, text: &str) -> Result<Kept<Zone>, Failure> {
    let found = book.store.read(|tx| {
        meant(tx, text, zone::get, zone::of_name, |tx, zone| {
            Ok(Place { name: zone.name.as_str().to_owned(), within: branch_name(tx, zone.branch)? })
        })
    })?;
    only(&Noun { key: "no_zone", word: "zone", list: "organisation zones list" }, text, found)
}

/// An access point by its name, by zone or branch and name, or by its id.
///
/// # Errors
/// `no_access_point`; `ambiguous` with the candidates.
pub(crate) fn access_point(book: &Book, text: &str) -> Result<Kept<AccessPoint>, Failure> {
    let found = book.store.read(|tx| {
        meant(tx, text, access_point::get, access_point::of_name, |tx, point| {
            Ok(Place { name: point.name.as_str().to_owned(), within: zone_names(tx, point.zone)? })
        })
    })?;
    let noun = Noun { key: "no_access_point", word: "access point", list: "organisation access-points list" };
    only(&noun, text, found)
}

/// A till by its name, by branch and name, or by its id.
///
/// # Errors
/// `no_till`; `ambiguous` with the candidates.
pub(crate) fn till(book: &Book, text: &str) -> Result<Kept<Till>, Failure> {
    let found = book.store.read(|tx| {
        meant(tx, text, till::get, till::of_name, |tx, till| {
            Ok(Place { name: till.name.as_str().to_owned(), within: branch_name(tx, till.branch)? })
        })
    })?;
    only(&Noun { key: "no_till", word: "till", list: "organisation tills list" }, text, found)
}

/// A locker by its name, by zone or branch and name, or by its id.
///
/// # Errors
/// `no_locker`; `ambiguous` with the candidates.
pub(crate) fn locker(book: &Book, text: &str) -> Result<Kept<Locker>, Failure> {
    let found = book.store.read(|tx| {
        meant(tx, text, locker::get, locker::of_name, |tx, locker| {
            Ok(Place { name: locker.name.as_str().to_owned(), within: zone_names(tx, locker.zone)? })
        })
    })?;
    only(&Noun { key: "no_locker", word: "locker", list: "organisation lockers list" }, text, found)
}

/// A plan by its name or id.
///
/// # Errors
/// `no_plan`; `ambiguous` with the candidates.
pub(crate) fn plan(book: &Book, text: &str) -> Result<KeptPlan, Failure> {
    let kept = |plan: KeptPlan| Kept { id: plan.id, closed_us: plan.archived_us, content: plan };
    let found = book.store.read(|tx| {
        meant(
            tx,
            text,
            |tx, id| Ok(plans::get(tx, id)?.map(kept)),
            |tx, name| Ok(plans::of_name(tx, name)?.into_iter().map(kept).collect()),
            |_, plan| Ok(Place { name: plan.plan.name.as_str().to_owned(), within: Vec::new() }),
        )
    })?;
    Ok(only(&Noun { key: "no_plan", word: "plan", list: "plans list" }, text, found)?.content)
}

/// An extra by its name or id.
///
/// # Errors
/// `no_extra`; `ambiguous` with the candidates.
pub(crate) fn extra(book: &Book, text: &str) -> Result<(Id, Title), Failure> {
    let kept = |(id, content): (Id, Title)| Kept { id, content, closed_us: None };
    let found = book.store.read(|tx| {
        let all: Vec<Kept<Title>> = extra::list(tx)?.into_iter().map(kept).collect();
        meant(
            tx,
            text,
            |_, id| Ok(all.iter().find(|kept| kept.id == id).cloned()),
            |_, name| Ok(all.iter().filter(|kept| kept.content.as_str() == name).cloned().collect()),
            |_, name| Ok(Place { name: name.as_str().to_owned(), within: Vec::new() }),
        )
    })?;
    let kept = only(&Noun { key: "no_extra", word: "extra", list: "plans extras list" }, text, found)?;
    Ok((kept.id, kept.content))
}

/// How a thing is told in a refusal.
struct Noun {
    /// The key when there is none.
    key: &'static str,
    word: &'static str,
    /// The command that lists them.
    list: &'static str,
}

/// Where something is, by the names of what it is in, the largest first.
struct Place {
    name: String,
    within: Vec<String>,
}

impl Place {
    /// Whether it is called so with what stands before the last slash: the branch, the zone, or both.
    fn is_in(&self, prefix: &str) -> bool {
        self.within.join("/") == prefix || self.within.iter().any(|name| name == prefix)
    }

    fn path(&self) -> String {
        let names = self.within.iter().chain([&self.name]);
        names.map(String::as_str).collect::<Vec<_>>().join("/")
    }
}

/// All that a text may mean: an id, a name, or a name behind a slash.
fn meant<T>(
    tx: &mut Tx<'_>,
    text: &str,
    get: impl Fn(&mut Tx<'_>, Id) -> Result<Option<Kept<T>>, Fault>,
    of_name: impl Fn(&mut Tx<'_>, &str) -> Result<Vec<Kept<T>>, Fault>,
    place: impl Fn(&mut Tx<'_>, &T) -> Result<Place, Fault>,
) -> Result<Vec<(Kept<T>, Place)>, Fault> {
    let placed = |tx: &mut Tx<'_>, found: Vec<Kept<T>>| {
        let mut all = Vec::new();
        for kept in found {
            let place = place(tx, &kept.content)?;
            all.push((kept, place));
        }
        Ok(all)
    };
    if let Some(id) = Id::parse(text)
        && let Some(kept) = get(tx, id)?
    {
        return placed(tx, vec![kept]);
    }
    let named = of_name(tx, text)?;
    if !named.is_empty() {
        return placed(tx, named);
    }
    let Some((prefix, name)) = text.rsplit_once('/') else { return Ok(Vec::new()) };
    let named = of_name(tx, name)?;
    Ok(placed(tx, named)?.into_iter().filter(|(_, place)| place.is_in(prefix)).collect())
}

/// The one that is meant. What is out of use is meant only where nothing in use is called so.
fn only<T>(noun: &Noun, text: &str, found: Vec<(Kept<T>, Place)>) -> Result<Kept<T>, Failure> {
    let (open, closed): (Vec<_>, Vec<_>) = found.into_iter().partition(|(kept, _)| kept.closed_us.is_none());
    let mut candidates = if open.is_empty() { closed } else { open };
    match candidates.len() {
        0 => {
            let words = format!("there is no {} '{text}': `bonafide {}` shows them", noun.word, noun.list);
            Err(Failure::new(noun.key, words))
        }
        1 => Ok(candidates.swap_remove(0).0),
        many => {
            let line = |(kept, place): &(Kept<T>, Place)| format!("\n  {}  {}", kept.id, place.path());
            let lines: String = candidates.iter().take(CANDIDATES_MAX).map(line).collect();
            let words = format!("{many} are called '{text}': give one by its id, or by where it is{lines}");
            Err(Failure::new("ambiguous", words))
        }
    }
}

/// The name of a branch; nothing for one that is gone, which no row of the book points to.
fn branch_name(tx: &mut Tx<'_>, id: Id) -> Result<Vec<String>, Fault> {
    let branch = branch::get(tx, id)?;
    Ok(branch.into_iter().map(|branch| branch.content.name.as_str().to_owned()).collect())
}

/// The names of a zone's branch and of the zone.
fn zone_names(tx: &mut Tx<'_>, id: Id) -> Result<Vec<String>, Fault> {
    let Some(zone) = zone::get(tx, id)? else { return Ok(Vec::new()) };
    let mut names = branch_name(tx, zone.content.branch)?;
    names.push(zone.content.name.as_str().to_owned());
    Ok(names)
}
