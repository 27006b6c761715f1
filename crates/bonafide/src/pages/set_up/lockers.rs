//! Lockers, each in a zone; a row of them is added at once.

use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::locker::{self, Locker, LockerRefusal};
use bonafide_store::organisation::zone;
use bonafide_store::store::Work;

use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

/// Lockers that are added at once, at most.
const AT_ONCE_MAX: usize = 200;

fn wrong(refusal: LockerRefusal) -> Wrong {
    match refusal {
        LockerRefusal::NotFound => ("", "set-up-gone"),
        LockerRefusal::NoZone => ("zone", "set-up-choose"),
    }
}

/// What is typed of lockers: a zone of a branch that the caller works in, and the names of one or of several.
pub(super) struct Typed {
    zone: Id,
    names: Vec<Title>,
}

/// What a name ends in, as digits, and what stands before them.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

/// The names of `count` lockers, from `first` on: `A 9`, `A 10`. Only what ends in a number goes on; zeros before it stay.
fn names(first: &str, count: usize) -> Option<Vec<Title>> {
    let (word, digits) = split(first);
    if count == 1 {
        return Some(vec![Title::parse(first).ok()?]);
    }
    let (from, width) = (digits.parse::<usize>().ok()?, digits.len());
    let name = |number: usize| Title::parse(&format!("{word}{number:0width$}")).ok();
    (from..from.checked_add(count)?).map(name).collect()
}

/// Lockers.
pub(super) struct Lockers;

impl Thing for Lockers {
    const PATHS: Paths = Paths {
        all: "/set-up/lockers",
        new: "/set-up/lockers/new",
        one: "/set-up/lockers/{id}",
        closures: Some("/set-up/lockers/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "set-up-lockers", add: "locker-add", one: "locker", empty: "lockers-empty" };

    type Typed = Typed;

    fn rows(tx: &mut Tx<'_>, _: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let (places, mut rows) = (Places::of(tx, caller, true)?, Vec::new());
        for place in &places.zones {
            let about = places.zone_name(place);
            let row = |kept: &bonafide_store::organisation::Kept<Locker>| {
                let (path, name) = (path_of::<Lockers>(kept.id), kept.content.name.as_str());
                Row::of(&path, name, kept.closed_us.is_some(), vec![about.clone()])
            };
            let mut lockers = locker::list(tx, place.id, true)?;
            // As they stand in the room: 9 before 10.
            lockers.sort_by_cached_key(|kept| {
                let (word, digits) = split(kept.content.name.as_str());
                (word.to_owned(), digits.parse::<u64>().ok(), digits.to_owned())
            });
            rows.extend(lockers.iter().map(row));
        }
        Ok(rows)
    }

    fn blank(_: &Page) -> Form {
        filled(&[("count", "1".to_owned())])
    }

    fn fields(_: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        let mut fields = vec![
            filling.select("zone", "zone", places.zone_choices()),
            filling.text("name", "set-up-name").with_hint("locker-name-hint"),
        ];
        if filling.is_new {
            fields.push(filling.number("count", "locker-count").with_hint("locker-count-hint"));
        }
        fields
    }

    fn typed(form: &Form, _: &Caller) -> Result<Typed, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let zone = wrongs.check("zone", "set-up-choose", form.id("zone").ok_or(()));
        let (first, typed) = (form.text("name"), form.text("count"));
        let known = wrongs.check("name", "set-up-bad-name", Title::parse(first));
        let count = if typed.is_empty() { Some(1) } else { typed.parse().ok() };
        let count = count.filter(|count| (1..=AT_ONCE_MAX).contains(count)).ok_or(());
        let count = wrongs.check("count", "locker-bad-count", count);
        let (Some(zone), Some(_), Some(count)) = (zone, known, count) else { return Err(wrongs.all()) };
        let names = names(first, count).ok_or_else(|| vec![("name", "locker-no-number")])?;
        Ok(Typed { zone, names })
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        let Some(kept) = locker::get(tx, id)? else { return Ok(None) };
        let locker = kept.content;
        let own = own_zone(tx, caller, locker.zone)?;
        let fields = [("zone", locker.zone.to_string()), ("name", locker.name.as_str().to_owned())];
        Ok(own.then(|| filled(&fields)))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Typed) -> Told {
        if !own_zone(work.tx, by.caller, typed.zone)? {
            return Ok(Err(("zone", "set-up-choose")));
        }
        for name in &typed.names {
            let locker = Locker { zone: typed.zone, name: name.clone() };
            if let Err(refusal) = locker::add(work, by.acting, &locker)? {
                return Ok(Err(wrong(refusal)));
            }
        }
        Ok(Ok(()))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Typed) -> Told {
        let own = own_zone(work.tx, by.caller, typed.zone)?;
        let Some(name) = typed.names.first().filter(|_| own) else {
            return Ok(Err(("zone", "set-up-choose")));
        };
        let locker = Locker { zone: typed.zone, name: name.clone() };
        Ok(locker::change(work, by.acting, id, &locker)?.map_err(wrong))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(locker::set_closed(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}

fn own_zone(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<bool, Fault> {
    Ok(zone::get(tx, id)?.is_some_and(|kept| caller.works_in(kept.content.branch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_lockers_goes_on_from_the_first_name() {
        let told = |first, count| {
            names(first, count).map(|all| all.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>())
        };
        for (first, count, expected) in [
            ("9", 3, Some(vec!["9", "10", "11"])),
            ("A 09", 2, Some(vec!["A 09", "A 10"])),
            ("Window", 1, Some(vec!["Window"])),
            ("Window", 2, None),
            ("18446744073709551615", 2, None),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(told(first, count), expected, "{first} {count}");
        }
    }
}
