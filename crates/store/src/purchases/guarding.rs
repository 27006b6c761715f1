//! Whether a member has earned too often of late (case T-24): a purchase above it is sold, and earns nothing.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::programme::{Guard, Offer};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::guards::guards;
use crate::purchases::{State, state_word};
use crate::value::Row;
use crate::values;
use crate::written::damaged;

/// The offer to a member, who earns nothing by it when a guard of the programme is full.
pub(super) fn guarded(
    tx: &mut Tx<'_>,
    (programme, wallet): (Id, Id),
    offer: Offer,
    at: UtcMicros,
) -> Result<Offer, Fault> {
    if offer.earned_points == 0 {
        return Ok(offer);
    }
    let guards = guards(tx, programme)?;
    let Some((window_us, most)) = guards.purchases_asked() else { return Ok(offer) };
    let rows = tx.query(
        "SELECT at_us FROM purchases WHERE wallet_id = $1 AND at_us > $2 AND state = $3 AND earned_points > 0
         ORDER BY at_us DESC LIMIT $4",
        values![wallet, at.get().saturating_sub(window_us), state_word(State::Done), most],
    )?;
    Ok(match guards.stops_purchase(&moments(rows)?, at) {
        Some(guard) => offer.stopped(guard),
        None => offer,
    })
}

/// The guard that stops a further claim of a member.
pub(super) fn stops_claim(
    tx: &mut Tx<'_>,
    (programme, wallet): (Id, Id),
    at: UtcMicros,
) -> Result<Option<Guard>, Fault> {
    let guards = guards(tx, programme)?;
    let Some((window_us, most)) = guards.claims_asked() else { return Ok(None) };
    let rows = tx.query(
        "SELECT at_us FROM purchase_claims WHERE wallet_id = $1 AND at_us > $2 ORDER BY at_us DESC LIMIT $3",
        values![wallet, at.get().saturating_sub(window_us), most],
    )?;
    Ok(guards.stops_claim(&moments(rows)?, at))
}

/// Writes down that a member claimed a purchase.
pub(super) fn note_claim(tx: &mut Tx<'_>, purchase: Id, wallet: Id, at: UtcMicros) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO purchase_claims (purchase_id, wallet_id, at_us) VALUES ($1, $2, $3)",
        values![purchase, wallet, at.get()],
    )
    .map(drop)
}

fn moments(rows: Vec<Row>) -> Result<Vec<UtcMicros>, Fault> {
    let moment =
        |mut row: Row| UtcMicros::parse(row.integer(0)?).map_err(|_| damaged("when somebody bought"));
    rows.into_iter().map(moment).collect()
}
