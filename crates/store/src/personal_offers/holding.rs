//! Who has which offers, what a purchase was begun under, and what was used.
//!
//! An offer counts for a purchase when its member has it at that moment, as its version of that moment says, and has not used it up. A
//! purchase whose points are held notes what it was begun under, and that is what counts when it is paid (case T-21); while it is open, it
//! counts as a use, so that two tills do not use the last one both. When all of a purchase comes back, so does the use.
//!
//! A person whose profiles were merged has what any of them has (case T-23): it is looked for in all his wallets, and nothing moves.

use std::collections::BTreeMap;

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::ledger::Status;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{Earned, RuleId, Rules};
use jiff::civil::Date;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{self, merging};
use crate::members::merging::profiles_of_person;
use crate::members::{date_of, day_number};
use crate::personal_offers::WHAT;
use crate::store::Work;
use crate::value::{Row, Value};
use crate::values;
use crate::written::damaged;

/// An offer that a member has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOffer {
    /// Which.
    pub offer: Id,
    /// In this version.
    pub version: u32,
    /// The rule that holds for him.
    pub rule: RuleId,
    /// What it is called.
    pub name: Title,
    /// The last date on which it holds.
    pub through: Date,
    /// For how many purchases it still counts, at least one; nothing for any number.
    pub uses_left: Option<u32>,
}

/// Of whom it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    /// The wallet.
    pub wallet: Id,
    /// Its member.
    pub member: Id,
    /// What he may do: only who may everything has offers.
    pub status: Status,
}

/// The offers that a member has at a moment, those first that end first. Of rules without a rule that is offered in person, nothing is
/// asked of the book.
///
/// # Errors
/// When the book cannot be read.
pub fn held(
    tx: &mut Tx<'_>,
    rules: &Rules,
    holder: &Holder,
    (at, calendar): (UtcMicros, &Calendar),
) -> Result<Vec<HeldOffer>, Fault> {
    if holder.status != Status::Active || !has_personal_rules(rules) {
        return Ok(Vec::new());
    }
    let wallets = wallets_of(tx, holder)?;
    let mut values = values![at.get(), day_number(calendar.date_of(at))].to_vec();
    let among = listed(&mut values, &wallets);
    let sql = format!(
        "SELECT o.id, v.version, o.rule, v.name, v.until_day, v.uses_max
         FROM member_offers m JOIN personal_offers o ON o.id = m.offer_id
         JOIN personal_offer_versions v ON v.offer_id = o.id AND v.version =
             (SELECT MAX(x.version) FROM personal_offer_versions x WHERE x.offer_id = o.id AND x.added_us <= $1)
         WHERE v.is_on AND v.from_day <= $2 AND v.until_day > $2 AND m.wallet_id IN ({among}) AND NOT m.held_out
             AND m.at_us <= $1
         ORDER BY v.until_day, o.id"
    );
    let rows = tx.query(&sql, &values)?;
    left(tx, rules, &wallets, rows, (at, None))
}

/// The offers that a purchase was begun under. What was used up meanwhile by others counts no more.
pub(crate) fn begun_under(
    tx: &mut Tx<'_>,
    rules: &Rules,
    holder: &Holder,
    (purchase, now): (Id, UtcMicros),
) -> Result<Vec<HeldOffer>, Fault> {
    if holder.status != Status::Active || !has_personal_rules(rules) {
        return Ok(Vec::new());
    }
    let rows = tx.query(
        "SELECT o.id, v.version, o.rule, v.name, v.until_day, v.uses_max
         FROM offer_uses u JOIN personal_offers o ON o.id = u.offer_id
         JOIN personal_offer_versions v ON v.offer_id = o.id AND v.version = u.version
         WHERE u.purchase_id = $1 ORDER BY v.until_day, o.id",
        values![purchase],
    )?;
    let wallets = wallets_of(tx, holder)?;
    left(tx, rules, &wallets, rows, (now, Some(purchase)))
}

fn has_personal_rules(rules: &Rules) -> bool {
    rules.spec().earning.iter().any(|rule| rule.conditions.offered_only)
}

/// All wallets of a person in the programme of one of them. Nearly everybody has one.
fn wallets_of(tx: &mut Tx<'_>, holder: &Holder) -> Result<Vec<Id>, Fault> {
    let profiles = profiles_of_person(tx, holder.member)?;
    if profiles.len() < 2 {
        return Ok(vec![holder.wallet]);
    }
    let mut all = Vec::new();
    for profile in profiles {
        all.extend(merging::wallets(tx, profile)?);
    }
    let programme = all.iter().find(|(wallet, _)| *wallet == holder.wallet).map(|(_, programme)| *programme);
    all.retain(|(_, of)| Some(*of) == programme);
    Ok(all.into_iter().map(|(wallet, _)| wallet).collect())
}

/// The parameters of ids that are put behind those that are there.
fn listed(values: &mut Vec<Value>, ids: &[Id]) -> String {
    let places: Vec<String> = ids
        .iter()
        .map(|id| {
            values.push((*id).into());
            format!("${}", values.len())
        })
        .collect();
    places.join(", ")
}

/// Those of the rows that are offers of the rules and not used up, each once.
fn left(
    tx: &mut Tx<'_>,
    rules: &Rules,
    wallets: &[Id],
    rows: Vec<Row>,
    (now, but): (UtcMicros, Option<Id>),
) -> Result<Vec<HeldOffer>, Fault> {
    let mut held: Vec<HeldOffer> = Vec::new();
    for row in rows {
        let one = of_row(row)?;
        let is_personal = |rule: RuleId| {
            rules.spec().earning.iter().any(|known| known.id == rule && known.conditions.offered_only)
        };
        if is_personal(one.rule) && held.iter().all(|other| other.offer != one.offer) {
            held.push(one);
        }
    }
    if held.iter().any(|one| one.uses_left.is_some()) {
        let used = used(tx, wallets, (now, but))?;
        for one in &mut held {
            let used = used.get(&one.offer).copied().unwrap_or(0);
            one.uses_left = one.uses_left.map(|most| most.saturating_sub(used));
        }
        held.retain(|one| one.uses_left != Some(0));
    }
    Ok(held)
}

/// As if nothing of it were used yet.
fn of_row(mut row: Row) -> Result<HeldOffer, Fault> {
    let until = date_of(row.integer(4)?)?;
    let uses = row.integer_or_null(5)?.map(u32::try_from).transpose().map_err(|_| damaged(WHAT))?;
    Ok(HeldOffer {
        offer: row.id(0)?,
        version: row.number(1)?,
        rule: RuleId(u16::try_from(row.number(2)?).map_err(|_| damaged(WHAT))?),
        name: Title::parse(&row.text(3)?).map_err(|_| damaged(WHAT))?,
        through: days_after(until, -1).ok_or_else(|| damaged(WHAT))?,
        uses_left: uses,
    })
}

/// How often offers were used from some wallets: by purchases that were paid and did not come back, and by those whose points are held;
/// one of them left out.
fn used(
    tx: &mut Tx<'_>,
    wallets: &[Id],
    (now, but): (UtcMicros, Option<Id>),
) -> Result<BTreeMap<Id, u32>, Fault> {
    let mut values = values![now.get()].to_vec();
    let among = listed(&mut values, wallets);
    let but = but.map_or(String::new(), |purchase| {
        values.push(purchase.into());
        format!("AND u.purchase_id <> ${}", values.len())
    });
    let sql = format!(
        "SELECT u.offer_id, COUNT(*) FROM offer_uses u JOIN purchases p ON p.id = u.purchase_id
         WHERE NOT u.came_back AND (u.points IS NOT NULL OR (p.state = 'begun' AND p.hold_until_us > $1))
             AND u.wallet_id IN ({among}) {but}
         GROUP BY u.offer_id"
    );
    tx.query(&sql, &values)?.into_iter().map(|mut row| Ok((row.id(0)?, row.number(1)?))).collect()
}

/// Notes what a purchase is begun under.
pub(crate) fn note_begun(
    tx: &mut Tx<'_>,
    (purchase, wallet): (Id, Id),
    held: &[HeldOffer],
) -> Result<(), Fault> {
    held.iter().try_for_each(|one| insert(tx, (purchase, wallet), one, None))
}

/// Notes what a purchase has used, now that it is paid. Of whoever has no offers, nothing is asked of the book.
pub(crate) fn note_used(
    tx: &mut Tx<'_>,
    (purchase, wallet): (Id, Id),
    held: &[HeldOffer],
    by_rule: &[Earned],
) -> Result<(), Fault> {
    for earned in by_rule {
        // Two offers of one rule do not hold on one date; if they did, the one that ends first would count.
        if let Some(one) = held.iter().find(|one| one.rule == earned.rule) {
            insert(tx, (purchase, wallet), one, Some(earned.points.cast_signed()))?;
        }
    }
    Ok(())
}

/// Forgets what a purchase was begun under: it is given up, or what it uses is about to be noted.
pub(crate) fn forget_begun(tx: &mut Tx<'_>, purchase: Id) -> Result<(), Fault> {
    let sql = "DELETE FROM offer_uses WHERE purchase_id = $1 AND points IS NULL";
    tx.execute(sql, values![purchase]).map(drop)
}

fn insert(
    tx: &mut Tx<'_>,
    (purchase, wallet): (Id, Id),
    one: &HeldOffer,
    points: Option<i64>,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO offer_uses (purchase_id, offer_id, version, wallet_id, points, points_back, came_back)
         VALUES ($1, $2, $3, $4, $5, 0, $6)",
        values![purchase, one.offer, one.version, wallet, points, false],
    )
    .map(drop)
}

/// Takes back what offers gave of goods that came back, by their rules; the use as well, when nothing of the purchase is left.
pub(crate) fn note_back(
    tx: &mut Tx<'_>,
    purchase: Id,
    earned: &[Earned],
    is_whole: bool,
) -> Result<(), Fault> {
    let rows = tx.query(
        "SELECT u.offer_id, o.rule FROM offer_uses u JOIN personal_offers o ON o.id = u.offer_id WHERE u.purchase_id = $1",
        values![purchase],
    )?;
    for mut row in rows {
        let (offer, rule) = (row.id(0)?, row.integer(1)?);
        let of_rule = earned.iter().filter(|earned| i64::from(earned.rule.0) == rule);
        let points: u64 = of_rule.map(|earned| earned.points).sum();
        tx.execute(
            "UPDATE offer_uses SET points_back = points_back + $1, came_back = $2 WHERE purchase_id = $3 AND offer_id = $4",
            values![points.cast_signed(), is_whole, purchase, offer],
        )?;
    }
    Ok(())
}

/// Notes that a till has shown a member his offers, unless one has before. Tells how many were shown for the first time.
///
/// # Errors
/// When it cannot be written.
pub fn note_shown(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    holder: &Holder,
    offers: &[Id],
) -> Result<u64, Fault> {
    let wallets = wallets_of(work.tx, holder)?;
    let mut values = values![acting.now_us].to_vec();
    let (among, offers) = (listed(&mut values, &wallets), listed(&mut values, offers));
    let sql = format!(
        "UPDATE member_offers SET shown_us = $1 WHERE wallet_id IN ({among}) AND offer_id IN ({offers}) AND shown_us IS NULL
             AND NOT held_out"
    );
    let shown = work.tx.execute(&sql, &values)?;
    if shown > 0 {
        let subject = Subject::row(ledger::TABLE, holder.wallet);
        record(work.tx, acting, "personal_offers_shown", subject, None)?;
    }
    Ok(shown)
}

/// Whether some of a member's offers were never shown at a till.
///
/// # Errors
/// When the book cannot be read.
pub fn is_new(tx: &mut Tx<'_>, holder: &Holder, offers: &[Id]) -> Result<bool, Fault> {
    if offers.is_empty() {
        return Ok(false);
    }
    let wallets = wallets_of(tx, holder)?;
    let mut values = Vec::new();
    let (among, offers) = (listed(&mut values, &wallets), listed(&mut values, offers));
    let sql = format!(
        "SELECT offer_id FROM member_offers WHERE wallet_id IN ({among}) AND offer_id IN ({offers}) AND shown_us IS NULL
         LIMIT 1"
    );
    Ok(tx.query_opt(&sql, &values)?.is_some())
}

/// Forgets the offers of a profile that were concluded from what he bought: he does not agree to that any more. Tells how many there were.
pub(crate) fn forget_concluded(tx: &mut Tx<'_>, profile: Id) -> Result<u64, Fault> {
    let sql = "DELETE FROM member_offers WHERE concludes AND wallet_id IN (SELECT id FROM wallets WHERE member_id = $1)";
    tx.execute(sql, values![profile])
}
