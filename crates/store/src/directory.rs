//! The book's members in memory: found by name, by the end of a phone, by their birthday. Loaded at the start, kept up with
//! every change; it lives and dies with the process.

use std::collections::{BTreeSet, HashSet};
use std::sync::{PoisonError, RwLock};

use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::loading;
use crate::members;
use crate::members::profile::Profile;
use crate::search::{Entry, MemberIndex, NameQuery, NumberEnd};
use crate::store::Store;
use crate::values;

/// A birthday in two bytes: month × 32 + day; zero for none.
type Birthday = u16;

/// Everybody, as far as searches need it.
pub struct Directory {
    index: MemberIndex,
    birthdays: RwLock<Vec<Birthday>>,
    /// Ids by number: the trace names an erased member by the id alone, when the row that had the number is gone.
    ids: RwLock<Vec<Option<Id>>>,
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Members that can be found now.
    pub members: u64,
    /// Members whose key is gone: their erasure was cut off, and start-up finishes it.
    pub without_key: u64,
}

/// What the directory takes of a member; wiped when it is dropped.
pub(crate) struct Known {
    id: Id,
    number: u32,
    full: Zeroizing<String>,
    /// Chinese names stand together here: a surname and a given name apart would not be found as one.
    short: Zeroizing<String>,
    phones: Zeroizing<Vec<String>>,
    rank: u32,
    birthday: Birthday,
}

impl Known {
    pub(crate) fn of(id: Id, number: u32, profile: &Profile, last_visit_us: Option<i64>) -> Known {
        Known {
            id,
            number,
            full: Zeroizing::new(profile.name.full()),
            short: Zeroizing::new(profile.name.short()),
            phones: Zeroizing::new(profile.phones.iter().map(|phone| phone.as_str().to_owned()).collect()),
            // Seconds since 1970 fit until the year 2106.
            rank: last_visit_us.map_or(0, |us| u32::try_from(us / 1_000_000).unwrap_or(0)),
            birthday: profile.birth.map_or(0, |birth| birthday(birth.date())),
        }
    }
}

/// Members that are put into the index together.
#[derive(Default)]
pub(crate) struct Batch(pub(crate) Vec<Known>);

fn birthday(date: Date) -> Birthday {
    // Months and days are small and positive.
    u16::from(date.month().unsigned_abs()) * 32 + u16::from(date.day().unsigned_abs())
}

impl Directory {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Directory {
        Directory { index: MemberIndex::new(), birthdays: RwLock::default(), ids: RwLock::default() }
    }

    /// Reads all members of a book. `progress` is told how many are done.
    ///
    /// # Errors
    /// When the book cannot be read or a profile does not open.
    pub fn load(&self, store: &Store, progress: impl FnMut(u64)) -> Result<Loaded, Fault> {
        loading::load(self, store, progress)
    }

    pub(crate) fn put_all(&self, batch: &mut Batch) -> Result<(), Fault> {
        let names: Vec<[&str; 2]> =
            batch.0.iter().map(|known| [known.full.as_str(), known.short.as_str()]).collect();
        let numbers: Vec<Vec<&str>> =
            batch.0.iter().map(|known| known.phones.iter().map(String::as_str).collect()).collect();
        let entries: Vec<(u32, Entry<'_>)> = batch
            .0
            .iter()
            .zip(names.iter().zip(&numbers))
            .map(|(known, (names, numbers))| (known.number, Entry { names, numbers, rank: known.rank }))
            .collect();
        self.index.upsert_all(&entries).map_err(|refusal| Fault::broken(refusal.to_string()))?;
        for known in &batch.0 {
            self.set_birthday(known.number, known.birthday);
            self.set_id(known.number, Some(known.id));
        }
        batch.0.clear();
        Ok(())
    }

    fn set_birthday(&self, number: u32, birthday: Birthday) {
        let mut birthdays = self.birthdays.write().unwrap_or_else(PoisonError::into_inner);
        let at = number as usize;
        if birthdays.len() <= at {
            if birthday == 0 {
                return;
            }
            birthdays.resize(at + 1, 0);
        }
        birthdays[at] = birthday;
    }

    fn set_id(&self, number: u32, id: Option<Id>) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        let at = number as usize;
        if ids.len() <= at {
            ids.resize(at + 1, None);
        }
        ids[at] = id;
    }

    /// The numbers of these members, of those who can be found.
    fn numbers_of(&self, wanted: &HashSet<Id>) -> Vec<u32> {
        let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        let numbers = (0..).zip(ids.iter());
        numbers
            .filter(|(_, id)| id.is_some_and(|id| wanted.contains(&id)))
            .map(|(number, _)| number)
            .collect()
    }

    /// Follows changes of members that the trace tells: of each the newest state is read.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub(crate) fn follow_all(
        &self,
        tx: &mut Tx<'_>,
        vault: &Vault,
        changed: &HashSet<Id>,
    ) -> Result<(), Fault> {
        let mut numbers = BTreeSet::new();
        let mut gone = HashSet::new();
        for id in changed {
            match tx.query_opt("SELECT number FROM members WHERE id = $1", values![*id])? {
                Some(mut row) => drop(numbers.insert(row.number(0)?)),
                None => drop(gone.insert(*id)),
            }
        }
        if !gone.is_empty() {
            numbers.extend(self.numbers_of(&gone));
        }
        numbers.into_iter().try_for_each(|number| self.follow(tx, vault, number))
    }

    /// Follows a change of one member: added, changed, merged, erased.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn follow(&self, tx: &mut Tx<'_>, vault: &Vault, number: u32) -> Result<(), Fault> {
        let row = tx.query_opt("SELECT id FROM members WHERE number = $1", values![number])?;
        let member = match row {
            Some(mut row) => members::get(tx, vault, row.id(0)?)?,
            None => None,
        };
        match member.filter(|member| member.merged_into.is_none()) {
            Some(member) => {
                let known = Known::of(member.id, number, &member.profile, member.figures.last_visit_us);
                self.put_all(&mut Batch(vec![known]))
            }
            None => {
                self.index.remove(number);
                self.set_birthday(number, 0);
                self.set_id(number, None);
                Ok(())
            }
        }
    }

    /// Numbers of members with such a name, the best first.
    #[must_use]
    pub fn by_name(&self, query: &NameQuery, limit: usize) -> Vec<u32> {
        self.index.by_name(query, limit).into_iter().map(|found| found.member).collect()
    }

    /// Numbers of members with a phone that ends so.
    #[must_use]
    pub fn by_number_end(&self, end: &NumberEnd, limit: usize) -> Vec<u32> {
        self.index.by_number_end(end, limit)
    }

    /// Numbers of members whose birthday is on one of `days` days from `from` on, in the order of the days. Who was born on
    /// 29 February has it on 1 March in common years, when one of the days is that.
    #[must_use]
    pub fn birthdays(&self, from: Date, days: u16) -> Vec<u32> {
        let wanted: Vec<Birthday> = birthdays_of(from, days);
        let birthdays = self.birthdays.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<(usize, u32)> = birthdays
            .iter()
            .enumerate()
            .filter(|(_, birthday)| **birthday != 0)
            .filter_map(|(number, birthday)| {
                Some((wanted.iter().position(|day| day == birthday)?, u32::try_from(number).ok()?))
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, number)| number).collect()
    }

    /// How many members can be found.
    #[must_use]
    pub fn members(&self) -> usize {
        self.index.members()
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let birthdays = self.birthdays.read().unwrap_or_else(PoisonError::into_inner);
        let ids = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        self.index.heap_bytes()
            + size_of::<Birthday>() * birthdays.capacity()
            + size_of::<Option<Id>>() * ids.capacity()
    }
}

impl Default for Directory {
    fn default() -> Self {
        Directory::new()
    }
}

/// The birthdays of `days` days, at most a year.
fn birthdays_of(from: Date, days: u16) -> Vec<Birthday> {
    let mut wanted = Vec::new();
    let mut day = from;
    for _ in 0..days.min(366) {
        wanted.push(birthday(day));
        if (day.month(), day.day()) == (3, 1) && !day.in_leap_year() {
            wanted.push(2 * 32 + 29);
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn birthdays_cross_the_year_and_leap_days_have_one_every_year() {
        let days = |from: Date, days: u16| -> Vec<(u16, u16)> {
            birthdays_of(from, days).into_iter().map(|day| (day / 32, day % 32)).collect()
        };
        assert_eq!(days(date(2026, 12, 31), 2), [(12, 31), (1, 1)]);
        assert_eq!(days(date(2027, 2, 28), 2), [(2, 28), (3, 1), (2, 29)]);
        assert_eq!(days(date(2028, 2, 28), 3), [(2, 28), (2, 29), (3, 1)]);
        assert!(days(date(2026, 1, 1), 0).is_empty());
        assert_eq!(days(date(2026, 1, 1), 1_000).len(), 367);
    }
}
