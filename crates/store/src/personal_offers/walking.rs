//! A walk through the wallets: who fits an offer has it from then on, or is left without it, by lot.
//!
//! The lot is a keyed hash of offer and wallet, so that it is the same for whoever draws it, however often, and nobody foresees it. A pair
//! that is written is never looked at again. So the walk may be killed anywhere, run twice, or on two servers.

use std::collections::BTreeSet;
use std::sync::Arc;

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::programme::PersonalOffer;

use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::keys::ring::Lookup;
use crate::ledger::programmes::{self, ProgrammeVersion};
use crate::ledger::{OFFICE, now, status_of_word};
use crate::members::day_number;
use crate::organisation::branch;
use crate::personal_offers::knowing::{Asking, Law, Meant, Who, has_agreed};
use crate::personal_offers::{SavedOffer, TABLE, list};
use crate::store::{Store, Work};
use crate::value::Row;
use crate::values;
use crate::written::damaged;

/// Wallets that one call of [`give`] looks at.
pub const LOOKED_AT_ONCE: u32 = 200;

/// Wallets that [`count`] looks at: of more, one in so many.
pub const COUNTED_MAX: u64 = 2_000;

/// What a walk through the wallets has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// How many were given an offer by this call.
    pub given: u32,
    /// How many who fit were left without.
    pub held_out: u32,
    /// The wallet to go on after; nothing when the walk is over.
    pub after: Option<Id>,
}

/// A programme with offers that hold now.
struct Programme {
    id: Id,
    version: Arc<ProgrammeVersion>,
    calendar: Calendar,
    jurisdiction: Jurisdiction,
    offers: Vec<SavedOffer>,
}

impl Programme {
    fn asking(&self, at: UtcMicros) -> Asking<'_> {
        let Programme { version, calendar, jurisdiction, .. } = self;
        Asking { rules: &version.rules, calendar, jurisdiction: *jurisdiction, at }
    }
}

/// An offer that is meant for somebody.
struct Found {
    who: Who,
    offer: Id,
    version: u32,
    held_out: bool,
    concludes: bool,
    law: Law,
}

/// Gives the offers that hold now to those whom they fit, in the next wallets after one. The looking only reads: nobody at a till waits for
/// it.
///
/// # Errors
/// When it cannot be read or written.
pub fn give(store: &Store, acting: &Acting, after: Option<Id>) -> Result<Walked, Fault> {
    let at = now(acting)?;
    let (found, after) = store.read(|tx| look(tx, store.vault(), at, after))?;
    if found.is_empty() {
        return Ok(Walked { given: 0, held_out: 0, after });
    }
    let acting = acting.clone();
    let written = store.write(move |work| {
        let mut counted = Vec::new();
        for one in &found {
            if write(work, &acting, one)? {
                counted.push((one.offer, one.held_out));
            }
        }
        trace(work, &acting, &counted)?;
        Ok(Ok::<_, ()>(counted))
    })?;
    let written = written.map_err(|()| Fault::broken("offers were refused"))?;
    let held_out = written.iter().filter(|(_, held_out)| *held_out).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Walked { given: number(written.len() - held_out), held_out: number(held_out), after })
}

/// Programmes with offers that hold on this date, whose rules still have them.
fn running(tx: &mut Tx<'_>, at: UtcMicros) -> Result<Vec<Programme>, Fault> {
    let mut found = Vec::new();
    for (id, _) in programmes::list(tx)? {
        let mut offers: Vec<SavedOffer> = list(tx, id)?;
        offers.retain(|offer| offer.content.is_on);
        if offers.is_empty() {
            continue;
        }
        let Some(programme) = programme(tx, id)? else { continue };
        let today = programme.calendar.date_of(at);
        offers.retain(|saved| {
            let offer = &saved.content.offer;
            offer.spec().dates.contains(today) && offer.check_rules(&programme.version.rules).is_ok()
        });
        if !offers.is_empty() {
            found.push(Programme { offers, ..programme });
        }
    }
    Ok(found)
}

/// A programme with its rules and the days and the law of its first branch; nothing without rules or a branch.
fn programme(tx: &mut Tx<'_>, id: Id) -> Result<Option<Programme>, Fault> {
    let Some(version) = programmes::rules_in_force(tx, id)? else { return Ok(None) };
    let Some(first) = programmes::branches(tx, id)?.first().copied() else { return Ok(None) };
    let Some(branch) = branch::get(tx, first)? else { return Ok(None) };
    let (calendar, jurisdiction) = (branch.content.time_zone.calendar(), branch.content.jurisdiction);
    Ok(Some(Programme { id, version, calendar, jurisdiction, offers: Vec::new() }))
}

/// Who is found in the next wallets, and the wallet to go on after.
fn look(
    tx: &mut Tx<'_>,
    vault: &Vault,
    at: UtcMicros,
    after: Option<Id>,
) -> Result<(Vec<Found>, Option<Id>), Fault> {
    let programmes = running(tx, at)?;
    if programmes.is_empty() {
        return Ok((Vec::new(), None));
    }
    let after = after.unwrap_or(OFFICE);
    let rows = tx.query(
        "SELECT id, programme_id, member_id, status, joined_us FROM wallets WHERE id > $1 ORDER BY id LIMIT $2",
        values![after, LOOKED_AT_ONCE],
    )?;
    let is_last = rows.len() < LOOKED_AT_ONCE as usize;
    let (mut found, mut last) = (Vec::new(), after);
    let given = given(tx, after)?;
    for mut row in rows {
        let programme = row.id(1)?;
        let who = who(row)?;
        last = who.as_ref().map_or_else(|wallet| *wallet, |who| who.wallet);
        let Some(programme) = programmes.iter().find(|known| known.id == programme) else { continue };
        let Ok(who) = who else { continue };
        let open = programme.offers.iter().filter(|offer| !given.contains(&(who.wallet, offer.id)));
        let open: Vec<&SavedOffer> = open.collect();
        if open.is_empty() || is_absorbed(tx, who.member)? {
            continue;
        }
        let asking = programme.asking(at);
        for offer in open {
            if asking.meant(tx, vault, &who, &offer.content.offer.spec().fitting)? == Meant::Yes {
                found.push(drawn(vault, &asking, who, offer));
            }
        }
    }
    Ok((found, (!is_last).then_some(last)))
}

/// The owner of a row of wallets; the wallet alone when it is nobody's.
fn who(mut row: Row) -> Result<Result<Who, Id>, Fault> {
    let wallet = row.id(0)?;
    let Some(member) = row.id_or_null(2)? else { return Ok(Err(wallet)) };
    let status = status_of_word(&row.text(3)?).ok_or_else(|| damaged("the status of a wallet"))?;
    Ok(Ok(Who { wallet, member, status, joined_us: row.integer(4)? }))
}

/// What is written already of the next wallets.
fn given(tx: &mut Tx<'_>, after: Id) -> Result<BTreeSet<(Id, Id)>, Fault> {
    let rows = tx.query(
        "SELECT m.wallet_id, m.offer_id FROM member_offers m
         WHERE m.wallet_id IN (SELECT id FROM wallets WHERE id > $1 ORDER BY id LIMIT $2)",
        values![after, LOOKED_AT_ONCE],
    )?;
    rows.into_iter().map(|mut row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// Whether a profile was merged into another one: then that one is meant.
fn is_absorbed(tx: &mut Tx<'_>, member: Id) -> Result<bool, Fault> {
    let row = tx.query_opt("SELECT merged_into FROM members WHERE id = $1", values![member])?;
    Ok(row.is_none_or(|row| !row.is_null(0)))
}

fn drawn(vault: &Vault, asking: &Asking<'_>, who: Who, offer: &SavedOffer) -> Found {
    let held_out = is_held_out(vault, &offer.content.offer, (offer.id, who.wallet));
    let concludes = offer.content.offer.spec().fitting.concludes();
    Found { who, offer: offer.id, version: offer.version, held_out, concludes, law: asking.law() }
}

/// Draws the lot of a wallet.
fn is_held_out(vault: &Vault, offer: &PersonalOffer, (id, wallet): (Id, Id)) -> bool {
    let hash = vault.ring().lookup(Lookup::OfferLot, &[*id.bytes(), *wallet.bytes()].concat());
    offer.is_held_out(std::array::from_fn(|at| hash[at]))
}

/// Writes it, unless it is there already, the member is gone, or what it rests on was withdrawn while others were looked at.
fn write(work: &mut Work<'_, '_>, acting: &Acting, one: &Found) -> Result<bool, Fault> {
    let Who { wallet, member, .. } = one.who;
    let owner = "SELECT id FROM wallets WHERE id = $1 AND member_id = $2";
    if work.tx.query_opt(owner, values![wallet, member])?.is_none() {
        return Ok(false);
    }
    if one.concludes && !has_agreed(work.tx, work.vault, member, &one.law)? {
        return Ok(false);
    }
    let written = work.tx.execute(
        "INSERT INTO member_offers (wallet_id, offer_id, version, at_us, day, held_out, concludes)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (wallet_id, offer_id) DO NOTHING",
        values![
            wallet,
            one.offer,
            one.version,
            acting.now_us,
            day_number(one.law.today),
            one.held_out,
            one.concludes
        ],
    )?;
    Ok(written > 0)
}

/// One entry for each offer: to whom it went stands in the rows, and what it gives in the ledger.
fn trace(work: &mut Work<'_, '_>, acting: &Acting, counted: &[(Id, bool)]) -> Result<(), Fault> {
    let offers: BTreeSet<Id> = counted.iter().map(|(offer, _)| *offer).collect();
    for offer in offers {
        let of = |held_out: bool| counted.iter().filter(|one| **one == (offer, held_out)).count();
        let words = serde_json::json!({ "given": of(false), "held_out": of(true) });
        let subject = Subject::row(TABLE, offer);
        record_words(work.tx, acting, "personal_offer_given", subject, words.to_string())?;
    }
    Ok(())
}

/// For how many members an offer would be meant now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Members of the programme.
    pub members: u64,
    /// Those of them that were looked at: all, or one in so many, evenly.
    pub looked_at: u64,
    /// Those of these whom it fits.
    pub fit: u64,
    /// Those who would fit, and have not agreed that conclusions are drawn from what they buy.
    pub not_agreed: u64,
}

impl Counted {
    /// About how many members it would fit, when some stand for all.
    #[must_use]
    pub fn of_all(&self, counted: u64) -> u64 {
        (counted * self.members).checked_div(self.looked_at).unwrap_or(0)
    }
}

/// Counts whom an offer would fit now. It reads in short transactions, and writes nothing.
///
/// # Errors
/// When the book cannot be read.
pub fn count(store: &Store, acting: &Acting, id: Id, offer: &PersonalOffer) -> Result<Counted, Fault> {
    let at = now(acting)?;
    let sql = "SELECT COUNT(*) FROM wallets WHERE programme_id = $1 AND member_id IS NOT NULL";
    let members = store.read(|tx| tx.query_one(sql, values![id])?.integer(0))?.unsigned_abs();
    let mut counted = Counted { members, ..Counted::default() };
    let step = members.div_ceil(COUNTED_MAX).max(1);
    let (mut after, mut place) = (OFFICE, 0_u64);
    loop {
        let next = store.read(|tx| {
            let rows = tx.query(
                "SELECT id, programme_id, member_id, status, joined_us FROM wallets
                 WHERE id > $1 AND programme_id = $2 AND member_id IS NOT NULL ORDER BY id LIMIT $3",
                values![after, id, LOOKED_AT_ONCE],
            )?;
            let Some(programme) = programme(tx, id)? else { return Ok(None) };
            let asking = programme.asking(at);
            let mut last = None;
            for row in rows {
                let Ok(who) = who(row)? else { continue };
                last = Some(who.wallet);
                place += 1;
                if !place.is_multiple_of(step) || is_absorbed(tx, who.member)? {
                    continue;
                }
                counted.looked_at += 1;
                match asking.meant(tx, store.vault(), &who, &offer.spec().fitting)? {
                    Meant::Yes => counted.fit += 1,
                    Meant::NotAgreed => counted.not_agreed += 1,
                    Meant::No => {}
                }
            }
            Ok(last)
        })?;
        match next {
            Some(last) => after = last,
            None => return Ok(counted),
        }
    }
}
