//! A person's points, with every transfer.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Transfer;
use serde_json::Value as Json;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::statement::{PAGE_MAX, standing, transfers};
use crate::ledger::{account_word, code_word, merging, status_word};
use crate::written::damaged;

/// What a profile has in each programme.
pub(super) fn of_profile(tx: &mut Tx<'_>, profile: Id, now_us: i64) -> Result<Vec<Json>, Fault> {
    let wallets = merging::wallets(tx, profile)?;
    wallets.into_iter().map(|(wallet, programme)| points(tx, wallet, programme, now_us)).collect()
}

fn points(tx: &mut Tx<'_>, wallet: Id, programme: Id, now_us: i64) -> Result<Json, Fault> {
    let at = UtcMicros::parse(now_us).map_err(|_| damaged("the clock"))?;
    let stands = standing(tx, wallet, at)?.ok_or_else(|| damaged("a wallet"))?;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = transfers(tx, wallet, before)?;
        before = page.last().map(|transfer| transfer.sequence);
        all.extend(page.iter().map(transfer));
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
    }))
}

fn transfer(transfer: &Transfer) -> Json {
    serde_json::json!({
        "sequence": transfer.sequence, "at_us": transfer.at.get(), "place": Id::from(transfer.place),
        "for": code_word(transfer.code), "points": transfer.points.get(),
        "from": account_word(transfer.debit), "to": account_word(transfer.credit),
    })
}
