//! What the member of an imported row holds: cards, and a membership that another program sold.

use bonafide_domain::money::Money;
use jiff::civil::Date;

use crate::audit::entry::Acting;
use crate::credentials::content::Content;
use crate::credentials::find::{Holders, find};
use crate::credentials::{NewCredential, NotIssued, issue};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::imports::ImportedRow;
use crate::keys::member::Vault;
use crate::keys::ring::Lookup;
use crate::members::day_number;
use crate::memberships::sale::{NotSold, Order, sell};
use crate::memberships::{Asked, command, of_operation};
use crate::store::Work;
use crate::values;

/// A membership that another program sold: it begins on a date of the past, so that it ends when it is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedMembership {
    /// Of what.
    pub plan: Id,
    /// The version of it.
    pub version: u32,
    /// Where.
    pub branch: Id,
    /// Its first day.
    pub from: Date,
    /// Days beyond the plan's own length.
    pub extra_days: u16,
    /// Its last day, as the list says.
    pub until: Date,
    /// What is noted as paid here: nothing, in the plan's currency, for the other program took the money.
    pub paid: Money,
}

/// How many cards came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardsTaken {
    /// The member has them now; of an earlier run too.
    pub given: u32,
    /// Somebody else has them, and they were left there.
    pub in_use: u32,
    /// The rules refuse them.
    pub refused: u32,
}

/// What became of the membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipTaken {
    /// The row has none that can be taken.
    None,
    /// The member has it now.
    Given,
    /// The member has had it since an earlier run.
    Before,
    /// The member has had it since an earlier run, and it ends on another day than the list says now.
    OtherEnd,
    /// The member has it, and it ends earlier than in the list: the days beyond the plan's length are refused.
    EndsEarlier,
    /// The plan or the branch refuses the sale.
    NotSold(NotSold),
}

/// The operation of something that a row brings: the same for the same row, in every run.
fn operation(vault: &Vault, row: &ImportedRow, what: &str, value: &[u8]) -> Id {
    let bytes = [row.key.as_slice(), what.as_bytes(), value].concat();
    Id::from_bytes(vault.ring().lookup(Lookup::ImportRow, &bytes))
}

/// The number of the member who has such a card.
pub(super) fn holder_of(
    tx: &mut Tx<'_>,
    vault: &Vault,
    card: &Content,
    now_us: i64,
) -> Result<Option<u32>, Fault> {
    let Some(shown) = card.shown() else { return Ok(None) };
    let holder = match find(tx, vault, shown, now_us)? {
        Holders::Nobody => return Ok(None),
        Holders::One(holder) => holder,
        // Several cards agree in part: that is no sign of one person.
        Holders::Several(_) => return Ok(None),
    };
    if holder.agreement != bonafide_domain::card::Agreement::Whole {
        return Ok(None);
    }
    tx.query_one("SELECT number FROM members WHERE id = $1", values![holder.member])?.number(0).map(Some)
}

/// Gives the member the cards of the row.
pub(super) fn give_cards(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    holder: Id,
) -> Result<CardsTaken, Fault> {
    let mut taken = CardsTaken::default();
    for card in &row.cards {
        let keys = card.shown().map_or_else(Vec::new, |shown| shown.keys());
        let operation = operation(work.vault, row, "/card/", &keys.concat());
        let new = NewCredential { member: holder, content: card.clone(), until_us: None, limited: None };
        match issue(work, acting, operation, &new, None)? {
            Ok(_) => taken.given += 1,
            Err(NotIssued::InUse { .. }) => taken.in_use += 1,
            // Merged since: the first run gave it to the profile that is no more.
            Err(NotIssued::OtherOperation(_)) => taken.given += 1,
            Err(_) => taken.refused += 1,
        }
    }
    Ok(taken)
}

/// A membership of an earlier run: it may have been extended, frozen or cancelled here since, or the list has another end.
fn before(tx: &mut Tx<'_>, membership: Id, until: Date) -> Result<MembershipTaken, Fault> {
    let sql = "SELECT until_day FROM memberships WHERE id = $1";
    let until_day = tx.query_one(sql, values![membership])?.integer_or_null(0)?;
    let same = until_day.is_some_and(|day| day - 1 == day_number(until));
    Ok(if same { MembershipTaken::Before } else { MembershipTaken::OtherEnd })
}

/// Gives the member the membership of the row, without taking money for it.
pub(super) fn give_membership(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    holder: Id,
) -> Result<MembershipTaken, Fault> {
    let Some(given) = &row.membership else { return Ok(MembershipTaken::None) };
    // One for each row and plan: its beginning is worked out anew on each day, and must not make another of it.
    let plan = given.plan.bytes();
    let asked = |what| Asked { operation: operation(work.vault, row, what, plan), on: given.from };
    let (sale, start, extension) = (asked("/sold/"), asked("/started/"), asked("/extended/"));
    if let Some((membership, _)) = of_operation(work.tx, sale.operation)? {
        return before(work.tx, membership, given.until);
    }
    let order = Order {
        asked: sale,
        member: holder,
        branch: given.branch,
        plan: given.plan,
        version: given.version,
        paid: Some(given.paid),
    };
    let sold = match sell(work, acting, &order)? {
        Ok(sold) => sold,
        Err(why) => return Ok(MembershipTaken::NotSold(why)),
    };
    // One that waits for its first visit has had it elsewhere; one that does not wait has begun by itself.
    let _began = command::start(work, acting, sold.membership, start)?;
    if given.extra_days > 0
        && command::extend(work, acting, sold.membership, extension, given.extra_days)?.is_err()
    {
        return Ok(MembershipTaken::EndsEarlier);
    }
    Ok(MembershipTaken::Given)
}
