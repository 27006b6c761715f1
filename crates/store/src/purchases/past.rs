//! Purchases of the past, to be replayed under other rules: member by member, in the order of time, as
//! [`bonafide_domain::programme::what_if()`] wants them.
//!
//! They are read in short transactions of some members each, and no more than a page of them is in memory: a long one would keep what
//! is written meanwhile from being tidied up, on either engine.

use std::collections::BTreeMap;

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::money::Currency;
use bonafide_domain::profile::BirthDate;
use bonafide_domain::programme::{Basket, LineSpec, PastReceipt};
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Vault};
use crate::members::{self, merging::profiles_of_person};
use crate::purchases::kept::{KeptLine, lines_of_member};
use crate::store::Store;
use crate::value::Value;
use crate::values;
use crate::written::{damaged, from_text};

const WHAT: &str = "a purchase of the past";

/// Members of one transaction.
const MEMBERS_AT_ONCE: u32 = 100;

/// Purchases of a member that are in memory at once.
const PURCHASES_AT_ONCE: u32 = 500;

/// Which purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Of which programme.
    pub programme: Id,
    /// Its currency.
    pub currency: Currency,
    /// At this moment or later, in microseconds since 1970 …
    pub from_us: i64,
    /// … and before this one.
    pub until_us: i64,
    /// From when on they count: what is left out is counted from here.
    pub counts_from_us: i64,
    /// Whether birthdays are asked for; else no profile is opened.
    pub with_birthdays: bool,
    /// Those of one in so many members, who are taken evenly; one for all of them.
    pub one_in: u16,
}

/// How many purchases are not replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Their member is erased, and what lay in the basket with him.
    pub erased: u64,
    /// Nobody was recognised.
    pub nobody: u64,
    /// All of it came back.
    pub came_back: u64,
}

/// How many purchases of members there are from `from_us` on.
///
/// # Errors
/// When the book cannot be read.
pub fn count_past(tx: &mut Tx<'_>, which: &Past) -> Result<u64, Fault> {
    let sql =
        "SELECT COUNT(*) FROM purchases WHERE programme_id = $1 AND state = 'done' AND wallet_id IS NOT NULL
         AND at_us >= $2 AND at_us < $3";
    let mut row = tx.query_one(sql, values![which.programme, which.from_us, which.until_us])?;
    Ok(row.integer(0)?.unsigned_abs())
}

/// Gives the purchases to `each`: by the ids of members, and those of a member by their moments. What came back is taken off, on the
/// day of the purchase. Days are those of one calendar.
///
/// # Errors
/// When the book or the keys cannot be read.
pub fn replay_past(
    store: &Store,
    which: &Past,
    calendar: &Calendar,
    each: &mut dyn FnMut(PastReceipt),
) -> Result<LeftOut, Fault> {
    let mut left_out = store.read(|tx| left_out(tx, which))?;
    let mut after = Id::from_bytes([0; 16]);
    loop {
        let last = store.read(|tx| {
            let holders = holders(tx, which.programme, after)?;
            for &holder in &holders {
                let Some(person) = Person::of(tx, store.vault(), which, calendar, holder)? else { continue };
                left_out.came_back += replay_person(tx, which, &person, each)?;
            }
            Ok(holders.last().copied())
        })?;
        match last {
            Some(last) => after = last,
            None => return Ok(left_out),
        }
    }
}

fn left_out(tx: &mut Tx<'_>, which: &Past) -> Result<LeftOut, Fault> {
    let mut count = |whose: &str| -> Result<u64, Fault> {
        let sql = format!(
            "SELECT COUNT(*) FROM purchases p LEFT JOIN wallets w ON w.id = p.wallet_id
             WHERE p.programme_id = $1 AND p.state = 'done' AND p.at_us >= $2 AND p.at_us < $3 AND {whose}"
        );
        let mut row = tx.query_one(&sql, values![which.programme, which.counts_from_us, which.until_us])?;
        Ok(row.integer(0)?.unsigned_abs())
    };
    let erased = count("p.wallet_id IS NOT NULL AND w.member_id IS NULL")?;
    Ok(LeftOut { erased, nobody: count("p.wallet_id IS NULL")?, came_back: 0 })
}

/// The profiles with a wallet in the programme, after one of them.
fn holders(tx: &mut Tx<'_>, programme: Id, after: Id) -> Result<Vec<Id>, Fault> {
    let sql = "SELECT member_id FROM wallets WHERE programme_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3";
    tx.query(sql, values![programme, after, MEMBERS_AT_ONCE])?.into_iter().map(|mut row| row.id(0)).collect()
}

/// Somebody in the programme, with the wallets of all of his profiles.
struct Person {
    /// The profile with the smallest id of those that have a wallet: he stands there in the order.
    holder: Id,
    birth: Option<BirthDate>,
    since: Date,
    /// The wallets, each with its profile and the key of its purchases.
    wallets: BTreeMap<Id, (Id, DataKey)>,
}

impl Person {
    /// The person of a profile; nothing when he stands elsewhere in the order, or is none of those who are taken.
    fn of(
        tx: &mut Tx<'_>,
        vault: &Vault,
        which: &Past,
        calendar: &Calendar,
        holder: Id,
    ) -> Result<Option<Person>, Fault> {
        if !is_taken(holder, which.one_in) {
            return Ok(None);
        }
        let profiles = profiles_of_person(tx, holder)?;
        let (mut wallets, mut joined_us, mut first) = (BTreeMap::new(), i64::MAX, holder);
        for &profile in &profiles {
            let sql = "SELECT id, joined_us FROM wallets WHERE member_id = $1 AND programme_id = $2";
            let Some(mut row) = tx.query_opt(sql, values![profile, which.programme])? else { continue };
            let key = members::data_key(tx, vault, profile)?.ok_or_else(|| damaged(WHAT))?;
            wallets.insert(row.id(0)?, (profile, key));
            joined_us = joined_us.min(row.integer(1)?);
            first = first.min(profile);
        }
        if first != holder {
            return Ok(None);
        }
        let joined = UtcMicros::parse(joined_us).map_err(|_| damaged("when a member joined"))?;
        let remaining = profiles.first().copied().unwrap_or(holder);
        let birth = match which.with_birthdays {
            true => members::get(tx, vault, remaining)?.and_then(|member| member.profile.birth),
            false => None,
        };
        Ok(Some(Person { holder, birth, since: calendar.date_of(joined), wallets }))
    }

    /// A condition that a column is one of his wallets, and its values.
    fn condition(&self, column: &str) -> (String, Vec<Value>) {
        let places: Vec<String> = (1..=self.wallets.len()).map(|place| format!("${place}")).collect();
        let values = self.wallets.keys().map(|&wallet| wallet.into()).collect();
        (format!("{column} IN ({})", places.join(", ")), values)
    }
}

/// The end of an id is random, so that by it members are taken evenly, whenever they joined.
fn is_taken(member: Id, one_in: u16) -> bool {
    let [.., high, low] = *member.bytes();
    u16::from_be_bytes([high, low]).is_multiple_of(one_in.max(1))
}

/// Gives the purchases of a person to `each`, and tells how many of those that count came back altogether.
fn replay_person(
    tx: &mut Tx<'_>,
    which: &Past,
    person: &Person,
    each: &mut dyn FnMut(PastReceipt),
) -> Result<u64, Fault> {
    let returned = returned(tx, person)?;
    let (mut came_back, mut last) = (0, (which.from_us, Id::from_bytes([0; 16])));
    loop {
        let page = page(tx, which, person, last)?;
        let is_last = page.len() < PURCHASES_AT_ONCE as usize;
        for sold in page {
            last = (sold.at_us, sold.id);
            let returned = returned.get(&sold.id);
            match receipt(which, person, &sold, |index| {
                returned.and_then(|lines| lines.get(&index)).copied().unwrap_or(0)
            })? {
                Some(receipt) => each(receipt),
                None => came_back += u64::from(sold.at_us >= which.counts_from_us),
            }
        }
        if is_last {
            return Ok(came_back);
        }
    }
}

/// How much of each line came back, in thousandths, by purchase and place.
fn returned(tx: &mut Tx<'_>, person: &Person) -> Result<BTreeMap<Id, BTreeMap<usize, u64>>, Fault> {
    let (his, values) = person.condition("p.wallet_id");
    let sql = format!(
        "SELECT r.purchase_id, r.lines FROM purchases p JOIN purchase_returns r ON r.purchase_id = p.id WHERE {his}"
    );
    let mut returned: BTreeMap<Id, BTreeMap<usize, u64>> = BTreeMap::new();
    for mut row in tx.query(&sql, &values)? {
        let of = returned.entry(row.id(0)?).or_default();
        let lines: Vec<(usize, u64)> = from_text(&row.text(1)?, WHAT)?;
        for (index, quantity_milli) in lines {
            *of.entry(index).or_insert(0) += quantity_milli;
        }
    }
    Ok(returned)
}

/// A purchase as it was sold.
struct Sold {
    id: Id,
    at_us: i64,
    lines: Vec<KeptLine>,
}

fn page(tx: &mut Tx<'_>, which: &Past, person: &Person, (at_us, id): (i64, Id)) -> Result<Vec<Sold>, Fault> {
    let (his, mut values) = person.condition("wallet_id");
    let first = values.len() + 1;
    values.extend([at_us.into(), id.into(), which.until_us.into(), i64::from(PURCHASES_AT_ONCE).into()]);
    let (second, third, fourth) = (first + 1, first + 2, first + 3);
    let sql = format!(
        "SELECT id, wallet_id, at_us, lines_sealed FROM purchases
         WHERE {his} AND state = 'done' AND at_us >= ${first} AND (at_us > ${first} OR id > ${second})
             AND at_us < ${third}
         ORDER BY at_us, id LIMIT ${fourth}"
    );
    let sold = |mut row: crate::value::Row| {
        let (id, wallet) = (row.id(0)?, row.id(1)?);
        let (member, key) = person.wallets.get(&wallet).ok_or_else(|| damaged(WHAT))?;
        let lines = lines_of_member(key, id, *member, &row.blob(3)?)?;
        Ok(Sold { id, at_us: row.integer(2)?, lines })
    };
    tx.query(&sql, &values)?.into_iter().map(sold).collect()
}

/// What is left of a purchase; nothing when all of it came back.
fn receipt(
    which: &Past,
    person: &Person,
    sold: &Sold,
    came_milli: impl Fn(usize) -> u64,
) -> Result<Option<PastReceipt>, Fault> {
    let (mut lines, mut paid_minor) = (Vec::new(), 0_u64);
    for (index, line) in sold.lines.iter().enumerate() {
        let Some((left, points_minor)) = left_of(line, came_milli(index))? else { continue };
        lines.push(left);
        paid_minor += points_minor.unsigned_abs();
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(PastReceipt {
        member: person.holder.into(),
        birth: person.birth,
        member_since: person.since,
        at: UtcMicros::parse(sold.at_us).map_err(|_| damaged(WHAT))?,
        basket: Basket::parse(which.currency, &lines).map_err(|_| damaged(WHAT))?,
        paid_minor,
    }))
}

/// What is left of a line of which so many thousandths came back, and what points paid of that, in minor units.
fn left_of(line: &KeptLine, came_milli: u64) -> Result<Option<(LineSpec, i64)>, Fault> {
    let sold = &line.sold;
    let left_milli = sold.quantity_milli.saturating_sub(came_milli);
    if left_milli == 0 {
        return Ok(None);
    }
    let (mut price_minor, mut points_minor) = (line.price_minor, sold.discount_minor);
    if came_milli > 0 {
        let back = sold.back(0, came_milli).map_err(|_| damaged(WHAT))?;
        // As the rest of a line is counted: what is due for all that came back, rounded down.
        let off = i128::from(line.discount.map_or(0, |discount| discount.minor)) * i128::from(came_milli);
        let off = off / i128::from(sold.quantity_milli);
        let off = i64::try_from(off).map_err(|_| damaged(WHAT))?;
        price_minor -= back.money_minor + back.discount_minor + off;
        points_minor -= back.discount_minor;
    }
    let spec = LineSpec {
        product: line.product.clone(),
        categories: line.categories.clone(),
        quantity_milli: left_milli,
        price_minor,
    };
    Ok(Some((spec, points_minor)))
}
