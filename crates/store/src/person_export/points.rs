//! A person's points, with every transfer.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Transfer;
use serde_json::Value as Json;

use crate::corrections::{self, Correction, direction_word, state_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::ledger::gifts::{given_for, given_for_word};
use crate::ledger::guards::guard_word;
use crate::ledger::statement::{PAGE_MAX, standing, transfers};
use crate::ledger::{account_word, code_word, merging, status_word};
use crate::personal_offers::told;
use crate::purchases::{self, KeptLine, Purchase, of_wallet, way_word};
use crate::referrals::{self, Referral};
use crate::rewards::{kinds, taking};
use crate::written::damaged;

/// What a profile has in each programme.
pub(super) fn of_profile(
    tx: &mut Tx<'_>,
    vault: &Vault,
    profile: Id,
    now_us: i64,
) -> Result<Vec<Json>, Fault> {
    let wallets = merging::wallets(tx, profile)?;
    wallets.into_iter().map(|(wallet, programme)| points(tx, vault, (wallet, programme), now_us)).collect()
}

fn points(tx: &mut Tx<'_>, vault: &Vault, (wallet, programme): (Id, Id), now_us: i64) -> Result<Json, Fault> {
    let at = UtcMicros::parse(now_us).map_err(|_| damaged("the clock"))?;
    let stands = standing(tx, wallet, at)?.ok_or_else(|| damaged("a wallet"))?;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = transfers(tx, wallet, before)?;
        before = page.last().map(|transfer| transfer.sequence);
        for one in &page {
            all.push(transfer(tx, one)?);
        }
        if page.len() < PAGE_MAX as usize {
            break;
        }
    }
    let ends: Vec<Json> = stands
        .ends
        .iter()
        .map(|(at, points)| serde_json::json!({ "at_us": at.get(), "points": points }))
        .collect();
    Ok(serde_json::json!({
        "wallet": wallet, "programme": programme, "status": status_word(stands.status), "spendable": stands.spendable,
        "held": stands.held, "waiting": stands.waiting, "owed": stands.owed, "ends": ends, "transfers": all,
        "purchases": purchases(tx, vault, wallet)?, "corrections": corrections(tx, vault, wallet)?,
        "gifts_taken": gifts_taken(tx, wallet)?,
        "offers": told::of_wallet(tx, wallet)?,
    }))
}

fn transfer(tx: &mut Tx<'_>, transfer: &Transfer) -> Result<Json, Fault> {
    let given_for = given_for(tx, transfer)?;
    Ok(serde_json::json!({
        "sequence": transfer.sequence, "at_us": transfer.at.get(), "place": Id::from(transfer.place),
        "for": code_word(transfer.code), "given_for": given_for.map(given_for_word), "points": transfer.points.get(),
        "from": account_word(transfer.debit), "to": account_word(transfer.credit),
    }))
}

/// Gifts that were taken at a till, the oldest first.
fn gifts_taken(tx: &mut Tx<'_>, wallet: Id) -> Result<Vec<Json>, Fault> {
    let mut all = Vec::new();
    for taken in taking::of_wallet(tx, wallet)? {
        let name = kinds::get(tx, taken.gift)?.map(|kind| kind.content.name.as_str().to_owned());
        all.push(serde_json::json!({
            "id": taken.id, "gift": name, "at_us": taken.at_us, "branch": taken.branch, "till": taken.till,
            "points": taken.points, "brought_back_us": taken.back_us,
        }));
    }
    Ok(all)
}

/// Who brought him, and how many he has brought: when, and what became of it. Who the others are, is theirs.
pub(super) fn referrals(tx: &mut Tx<'_>, profile: Id) -> Result<Json, Fault> {
    let told = |one: &Referral| {
        serde_json::json!({
            "at_us": one.at_us, "state": referrals::state_word(one.state), "why": one.why.map(referrals::why_word),
        })
    };
    let was_brought = referrals::of_newcomer(tx, profile)?;
    let brought: Vec<Json> = referrals::by_member(tx, profile)?.iter().map(told).collect();
    Ok(serde_json::json!({ "was_brought": was_brought.as_ref().map(told), "brought": brought }))
}

/// What was put right by hand, with the reasons.
fn corrections(tx: &mut Tx<'_>, vault: &Vault, wallet: Id) -> Result<Vec<Json>, Fault> {
    let told = |correction: &Correction| {
        serde_json::json!({
            "id": correction.id, "at_us": correction.asked_us, "direction": direction_word(correction.direction),
            "points": correction.points.get(), "reason": correction.reason.as_str(), "state": state_word(correction.state),
        })
    };
    Ok(corrections::of_wallet(tx, vault, wallet)?.iter().map(told).collect())
}

/// Everything that was bought, the newest first.
fn purchases(tx: &mut Tx<'_>, vault: &Vault, wallet: Id) -> Result<Vec<Json>, Fault> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = of_wallet(tx, vault, wallet, before)?;
        let Some(last) = page.last() else { return Ok(all) };
        before = Some((last.at_us, last.id));
        all.extend(page.iter().map(purchase));
    }
}

fn purchase(purchase: &Purchase) -> Json {
    let lines = purchase.lines.as_deref().unwrap_or(&[]);
    serde_json::json!({
        "id": purchase.id, "state": purchases::state_word(purchase.state), "at_us": purchase.at_us, "branch": purchase.branch,
        "till": purchase.till, "receipt": purchase.receipt, "recognised_by": purchase.way.map(way_word),
        "total_minor": purchase.total_minor, "to_pay_minor": purchase.to_pay_minor,
        "spent_points": purchase.spent_points, "earned_points": purchase.earned_points,
        "earned_nothing_by": purchase.guard.map(guard_word),
        "lines": lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(line: &KeptLine) -> Json {
    serde_json::json!({
        "product": line.product, "categories": line.categories, "quantity_milli": line.sold.quantity_milli,
        "price_minor": line.price_minor, "paid_minor": line.sold.money_minor,
    })
}
