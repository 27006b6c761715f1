//! The ledger of points ([`bonafide_domain::ledger`]) in the book.
//!
//! [`Opened`] is a wallet within a transaction: the rules answer, and what they answer is appended with the audit entry of the same
//! commit. Transfers are never changed; what they make (sums, lots, holds, earnings) stands beside them, so that a purchase costs
//! the same after ten million of them, and [`verify`] compares both. A keyed chain finds a row that somebody edited.
//!
//! - `opened`: asking; `load` and `write` are what goes before and after. `record`: columns. `chain`: the links. `due`: what a job settles.
//! - `merging`: wallets of two profiles that are one person. `statement`: what a member is shown. `verify`: looking through all of it.
//! - [`guards`]: how often one member may earn.
//! - [`programmes`]: what the points are of, by which rules, and where. [`rules`]: the kept form of these rules.

mod chain;
pub mod due;
pub mod gifts;
pub mod guards;
mod load;
pub(crate) mod merging;
mod opened;
pub mod programmes;
mod record;
pub mod rules;
pub mod statement;
pub mod verify;
pub mod visits;
pub mod warnings;
mod write;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::{Answer, Asked, Command, Request, Status};

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::merging::profiles_of_person;
use crate::store::Work;
use crate::values;

pub use opened::{Opened, Refusal};
pub(crate) use record::{account_of_word, code_of_word, status_of_word};
pub use record::{account_word, code_word, hold_word, status_word};
pub(crate) use rules::ParsedRules;
pub(crate) use write::Cause;

pub(crate) const TABLE: &str = "wallets";

/// The place of what no till does: jobs, corrections at the desk, what came from an older system.
pub const OFFICE: Id = Id::from_bytes([0; 16]);

/// Why a member is not in a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotEnrolled {
    /// There is no such member.
    NoMember,
    /// There is no such programme, or it is closed.
    NoProgramme,
}

/// The wallet of a person in a programme: that of the profile that remains, when several were merged.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, member: Id, programme: Id) -> Result<Option<Id>, Fault> {
    // Nearly nobody was ever merged into another profile, and then the wallet is his own.
    let own = "SELECT m.merged_into IS NULL, (SELECT w.id FROM wallets w WHERE w.member_id = m.id AND w.programme_id = $1)
         FROM members m WHERE m.id = $2";
    let Some(mut row) = tx.query_opt(own, values![programme, member])? else { return Ok(None) };
    if row.boolean(0)? {
        return row.id_or_null(1);
    }
    let Some(person) = profiles_of_person(tx, member)?.first().copied() else { return Ok(None) };
    let sql = "SELECT id FROM wallets WHERE member_id = $1 AND programme_id = $2";
    tx.query_opt(sql, values![person, programme])?.map(|mut row| row.id(0)).transpose()
}

/// Whose a wallet is; nobody's after an erasure.
///
/// # Errors
/// When the book cannot be read.
pub fn holder(tx: &mut Tx<'_>, wallet: Id) -> Result<Option<Id>, Fault> {
    tx.query_one("SELECT member_id FROM wallets WHERE id = $1", values![wallet])?.id_or_null(0)
}

/// Whether a wallet belongs to a person: to whichever of his profiles.
pub(crate) fn is_of(tx: &mut Tx<'_>, wallet: Id, member: Id) -> Result<bool, Fault> {
    let Some(holder) = holder(tx, wallet)? else { return Ok(false) };
    Ok(profiles_of_person(tx, member)?.contains(&holder))
}

/// Takes a member into a programme, with the points by which it welcomes; the wallet that he has when he is in it already.
///
/// # Errors
/// When it cannot be written; the inner error when there is nobody or nothing to be in.
pub fn enrol(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    programme: Id,
) -> Result<Result<Id, NotEnrolled>, Fault> {
    let Some(person) = profiles_of_person(work.tx, member)?.first().copied() else {
        return Ok(Err(NotEnrolled::NoMember));
    };
    if let Some(known) = of_member(work.tx, person, programme)? {
        return Ok(Ok(known));
    }
    if programmes::get(work.tx, programme)?.is_none() {
        return Ok(Err(NotEnrolled::NoProgramme));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO wallets (id, programme_id, member_id, status, joined_us, transfers, debits_pending, debits_posted,
             credits_pending, credits_posted, debt_debits, debt_credits, chain)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0, 0, 0, $6)",
        values![id, programme, person, status_word(Status::Active), acting.now_us, chain::BEGINNING],
    )?;
    record(work.tx, acting, "programme_joined", Subject::row(TABLE, id), None)?;
    gifts::welcome(work, acting, id, programme)?;
    Ok(Ok(id))
}

/// Opens a wallet, asks one thing of it, and writes the answer.
///
/// # Errors
/// When it cannot be written; the inner error when nothing is posted.
pub fn post(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    wallet: Id,
    request: &Request,
    command: &Command,
) -> Result<Result<Answer, Refusal>, Fault> {
    let Some(mut opened) = Opened::open(work.tx, wallet, &spoken_of(command))? else {
        return Ok(Err(Refusal::NoWallet));
    };
    let answer = opened.run(work, request, command)?;
    if answer.is_ok() {
        let absorbed = opened.member().filter(|_| opened.is_absorbed());
        opened.close(work, acting)?;
        if let Some(absorbed) = absorbed {
            merging::follow(work, acting, absorbed)?;
        }
    }
    Ok(answer)
}

/// Closes the wallets of a profile that is erased: what is in them comes to nothing. They stay, of nobody, so that the sums of the
/// house stay true.
pub(crate) fn close_all(work: &mut Work<'_, '_>, acting: &Acting, profile: Id) -> Result<(), Fault> {
    let at = now(acting)?;
    for (wallet, _) in merging::wallets(work.tx, profile)? {
        let asked = Asked { operation: Id::new(acting.now_us)?.into(), step: 0 };
        let request = Request { asked, at, place: OFFICE.into() };
        if let Err(refusal) = post(work, acting, wallet, &request, &Command::Close)? {
            return Err(Fault::broken(format!("a wallet does not close: {refusal:?}")));
        }
    }
    Ok(())
}

/// Now, as the rules know it.
pub(crate) fn now(acting: &Acting) -> Result<UtcMicros, Fault> {
    UtcMicros::parse(acting.now_us).map_err(|_| Fault::broken("the clock is not set"))
}

/// Of which holds and earnings a command speaks.
fn spoken_of(command: &Command) -> Vec<Asked> {
    match *command {
        Command::Capture { hold, .. } | Command::Void { hold } | Command::GiveBack { hold, .. } => vec![hold],
        Command::TakeBack { earning, .. } => vec![earning],
        _ => Vec::new(),
    }
}

/// Says what a member may do from now on. Tells whether it was otherwise before; nothing without such a wallet.
///
/// # Errors
/// When it cannot be written.
pub fn set_status(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    wallet: Id,
    status: Status,
) -> Result<Option<bool>, Fault> {
    let Some(opened) = Opened::open(work.tx, wallet, &[])? else { return Ok(None) };
    if opened.status() == status {
        return Ok(Some(false));
    }
    write::write_status(work.tx, wallet, status)?;
    let action = match status {
        Status::Active => "wallet_activated",
        Status::Limited => "wallet_limited",
        Status::Blocked => "wallet_blocked",
    };
    record(work.tx, acting, action, Subject::row(TABLE, wallet), None)?;
    Ok(Some(true))
}
