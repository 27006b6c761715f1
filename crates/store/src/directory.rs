//! The book's members in memory: found by name, by the end of a phone, by their birthday. Loaded at the start, kept up with
//! every change; it lives and dies with the process.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Vault};
use crate::members::profile::{Profile, from_record};
use crate::members::{self, profile_field};
use crate::search::{Entry, MemberIndex, NameQuery, NumberEnd};
use crate::store::Store;
use crate::values;

/// How often the loading tells how far it is.
const PROGRESS_EVERY: u64 = 1_000;

/// A birthday in two bytes: month × 32 + day; zero for none.
type Birthday = u16;

/// Everybody, as far as searches need it.
pub struct Directory {
    index: MemberIndex,
    birthdays: RwLock<Vec<Birthday>>,
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Members that can be found now.
    pub members: u64,
    /// Members whose key is gone: their erasure was cut off, and start-up finishes it.
    pub without_key: u64,
}

/// Members that are put into the index at once when it is filled.
const BATCH_MEMBERS: usize = 20_000;

/// What the directory takes of a member; wiped when it is dropped.
struct Known {
    number: u32,
    full: Zeroizing<String>,
    /// Chinese names stand together here: a surname and a given name apart would not be found as one.
    short: Zeroizing<String>,
    phones: Zeroizing<Vec<String>>,
    rank: u32,
    birthday: Birthday,
}

impl Known {
    fn of(number: u32, profile: &Profile, last_visit_us: Option<i64>) -> Known {
        Known {
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

#[derive(Default)]
struct Batch(Vec<Known>);

fn birthday(date: Date) -> Birthday {
    // Months and days are small and positive.
    u16::from(date.month().unsigned_abs()) * 32 + u16::from(date.day().unsigned_abs())
}

impl Directory {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Directory {
        Directory { index: MemberIndex::new(), birthdays: RwLock::default() }
    }

    /// Reads all members of a book. `progress` is told how many are done.
    ///
    /// # Errors
    /// When the book cannot be read or a profile does not open.
    pub fn load(&self, store: &Store, mut progress: impl FnMut(u64)) -> Result<Loaded, Fault> {
        let mut keys: HashMap<Id, DataKey> = HashMap::new();
        store.vault().for_each(|id, _, key| {
            keys.insert(id, key);
            Ok(())
        })?;
        let mut loaded = Loaded::default();
        let mut batch = Batch::default();
        store.read(|tx| {
            tx.for_each(
                "SELECT id, number, key_id, profile_sealed, last_visit_us FROM members WHERE merged_into IS NULL",
                &[],
                |mut row| {
                    let (id, number) = (row.id(0)?, row.number(1)?);
                    let Some(key) = keys.remove(&row.id(2)?) else {
                        loaded.without_key += 1;
                        return Ok(());
                    };
                    let opened = key.open(&profile_field(id), &row.blob(3)?)?;
                    batch.0.push(Known::of(number, &from_record(&opened)?, row.integer_or_null(4)?));
                    if batch.0.len() == BATCH_MEMBERS {
                        self.put_all(&mut batch)?;
                    }
                    loaded.members += 1;
                    if loaded.members.is_multiple_of(PROGRESS_EVERY) {
                        progress(loaded.members);
                    }
                    Ok(())
                },
            )
        })?;
        self.put_all(&mut batch)?;
        Ok(loaded)
    }

    fn put_all(&self, batch: &mut Batch) -> Result<(), Fault> {
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
        batch.0.iter().for_each(|known| self.set_birthday(known.number, known.birthday));
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
                let known = Known::of(number, &member.profile, member.figures.last_visit_us);
                self.put_all(&mut Batch(vec![known]))
            }
            None => {
                self.index.remove(number);
                self.set_birthday(number, 0);
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
        self.index.heap_bytes() + size_of::<Birthday>() * birthdays.capacity()
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
