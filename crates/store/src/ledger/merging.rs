//! The wallets of two profiles that turn out to be one person (case T-23).
//!
//! What is free goes to the profile that remains, lot by lot; what a hold reserves or what waits stays until it is free, and follows
//! with the next call. Taking a merging back brings back what came and is still there.

use bonafide_domain::ledger::{Account, Asked, Command, Expiry, Part, Request};

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{OFFICE, Opened, enrol, now};
use crate::members::merging::profiles_of_person;
use crate::store::Work;
use crate::values;

/// Moves what is free in the wallets of an absorbed profile to the one that remains.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn absorb(work: &mut Work<'_, '_>, acting: &Acting, kept: Id, absorbed: Id) -> Result<(), Fault> {
    for (from, programme) in wallets(work.tx, absorbed)? {
        let Ok(into) = enrol(work, acting, kept, programme)? else { continue };
        for lot in move_lots(work, acting, (from, into), None)? {
            work.tx.execute(
                "INSERT INTO moved_lots (wallet_id, lot, from_wallet_id) VALUES ($1, $2, $3)",
                values![into, lot, from],
            )?;
        }
    }
    Ok(())
}

/// The same for a profile that was absorbed before, after something became free in its wallets.
pub(crate) fn follow(work: &mut Work<'_, '_>, acting: &Acting, absorbed: Id) -> Result<(), Fault> {
    match profiles_of_person(work.tx, absorbed)?.first().copied() {
        Some(kept) if kept != absorbed => absorb(work, acting, kept, absorbed),
        _ => Ok(()),
    }
}

/// Moves what came from the wallets of a profile, and is still there, back to it. The merging is taken back already.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn give_back(work: &mut Work<'_, '_>, acting: &Acting, absorbed: Id) -> Result<(), Fault> {
    for (home, _) in wallets(work.tx, absorbed)? {
        let rows = work.tx.query(
            "SELECT wallet_id, lot FROM moved_lots WHERE from_wallet_id = $1 ORDER BY wallet_id, lot",
            values![home],
        )?;
        for mut row in rows {
            let (wallet, lot) = (row.id(0)?, row.number(1)?);
            move_lots(work, acting, (wallet, home), Some(lot))?;
        }
        work.tx.execute("DELETE FROM moved_lots WHERE from_wallet_id = $1", values![home])?;
    }
    Ok(())
}

/// The wallets of a profile, each with its programme.
pub(crate) fn wallets(tx: &mut Tx<'_>, member: Id) -> Result<Vec<(Id, Id)>, Fault> {
    let sql = "SELECT id, programme_id FROM wallets WHERE member_id = $1 ORDER BY id";
    tx.query(sql, values![member])?.into_iter().map(|mut row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// Moves free points, of one lot or of all; tells the lots that they are in now.
fn move_lots(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (from, into): (Id, Id),
    lot: Option<u32>,
) -> Result<Vec<u32>, Fault> {
    let at = now(acting)?;
    // One request for each lot: they are as many as there are.
    let request = || -> Result<Request, Fault> {
        let asked = Asked { operation: Id::new(acting.now_us)?.into(), step: 0 };
        Ok(Request { asked, at, place: OFFICE.into() })
    };
    let (Some(mut from), Some(mut into)) =
        (Opened::open(work.tx, from, &[])?, Opened::open(work.tx, into, &[])?)
    else {
        return Ok(Vec::new());
    };
    let Ok(out) = from.run(work, &request()?, &Command::MoveOut { lot })? else { return Ok(Vec::new()) };
    let moved = out.transfers().iter().filter(|transfer| transfer.credit == Account::Moved);
    let parts: Vec<Part> = moved.flat_map(|transfer| transfer.parts.iter().copied()).collect();
    let mut arrived = Vec::new();
    for part in parts {
        let ends = from.wallet().lot(part.lot).and_then(|lot| from.wallet().ends(lot.expiry));
        let command = Command::MoveIn { points: part.points, expiry: ends.map_or(Expiry::Never, Expiry::At) };
        let Ok(answer) = into.run(work, &request()?, &command)? else {
            return Err(Fault::broken("points that left a wallet found no room in another one"));
        };
        let lots = answer.transfers().iter().filter(|transfer| transfer.debit == Account::Moved);
        arrived.extend(lots.map(|transfer| transfer.sequence));
    }
    from.close(work, acting)?;
    into.close(work, acting)?;
    Ok(arrived)
}
