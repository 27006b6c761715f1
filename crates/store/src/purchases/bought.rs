//! What a member has bought of late, from his own sealed purchases: for whoever may ask, and no more than he asks for.

use bonafide_domain::programme::{Basket, Rules};
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::{self, date_of};
use crate::purchases::kept::{basket_of, lines_of_member};
use crate::purchases::{State, state_word};
use crate::values;
use crate::written::damaged;

/// Purchases that are opened at most: whoever has more in these days is not known in full.
pub(crate) const BOUGHT_MAX: u32 = 200;

/// The baskets that a member paid for on a day or later, each with its date, also of what came back; nothing when there are more than
/// [`BOUGHT_MAX`].
pub(crate) fn bought_since(
    tx: &mut Tx<'_>,
    vault: &Vault,
    (wallet, member): (Id, Id),
    from_day: i64,
    rules: &Rules,
) -> Result<Option<Vec<(Date, Basket)>>, Fault> {
    let rows = tx.query(
        "SELECT id, day, lines_sealed FROM purchases WHERE wallet_id = $1 AND state = $2 AND day >= $3
         ORDER BY at_us DESC LIMIT $4",
        values![wallet, state_word(State::Done), from_day, BOUGHT_MAX + 1],
    )?;
    if rows.len() > BOUGHT_MAX as usize {
        return Ok(None);
    }
    let Some(key) = members::data_key(tx, vault, member)? else { return Ok(None) };
    let opened = |mut row: crate::value::Row| {
        let lines = lines_of_member(&key, row.id(0)?, member, &row.blob(2)?)?;
        if lines.is_empty() {
            return Err(damaged("a purchase"));
        }
        Ok((date_of(row.integer(1)?)?, basket_of(rules.spec().currency, &lines)?))
    };
    rows.into_iter().map(opened).collect::<Result<_, Fault>>().map(Some)
}
