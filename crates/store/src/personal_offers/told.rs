//! What a member is told of his offers when he asks what is stored about him: which, since when, why, and what he had of them; also of
//! those that he was left without, to measure them.

use serde_json::Value as Json;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::date_of;
use crate::personal_offers::kept::{fitting_of, words};
use crate::value::Row;
use crate::values;

/// All offers of a wallet, the first given first.
pub(crate) fn of_wallet(tx: &mut Tx<'_>, wallet: Id) -> Result<Vec<Json>, Fault> {
    let uses = tx.query(
        "SELECT offer_id, purchase_id, points, points_back, came_back FROM offer_uses
         WHERE wallet_id = $1 AND points IS NOT NULL ORDER BY purchase_id",
        values![wallet],
    )?;
    let uses = uses.into_iter().map(used).collect::<Result<Vec<_>, Fault>>()?;
    let rows = tx.query(
        "SELECT m.offer_id, v.name, m.at_us, m.held_out, m.shown_us, v.fitting, v.from_day, v.until_day, v.uses_max
         FROM member_offers m JOIN personal_offer_versions v ON v.offer_id = m.offer_id AND v.version = m.version
         WHERE m.wallet_id = $1 ORDER BY m.at_us, m.offer_id",
        values![wallet],
    )?;
    rows.into_iter().map(|row| told(row, &uses)).collect()
}

fn used(mut row: Row) -> Result<(Id, Json), Fault> {
    let offer = row.id(0)?;
    let use_of_it = serde_json::json!({
        "purchase": row.id(1)?, "points": row.integer(2)?, "points_taken_back": row.integer(3)?,
        "all_came_back": row.boolean(4)?,
    });
    Ok((offer, use_of_it))
}

fn told(mut row: Row, uses: &[(Id, Json)]) -> Result<Json, Fault> {
    let offer = row.id(0)?;
    let uses: Vec<&Json> = uses.iter().filter(|(of, _)| *of == offer).map(|(_, one)| one).collect();
    Ok(serde_json::json!({
        "offer": offer, "name": row.text(1)?, "given_us": row.integer(2)?,
        "left_without_it_to_compare": row.boolean(3)?, "shown_at_a_till_us": row.integer_or_null(4)?,
        "because": words(&fitting_of(&row.text(5)?)?),
        "from": date_of(row.integer(6)?)?.to_string(), "until": date_of(row.integer(7)?)?.to_string(),
        "uses_at_most": row.integer_or_null(8)?, "uses": uses,
    }))
}
