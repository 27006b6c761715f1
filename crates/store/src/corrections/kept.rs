//! Corrections as they are kept, and the lists of them.

use bonafide_domain::ledger::{Direction, Points};
use bonafide_domain::profile::ShortNote;

use crate::corrections::{State, direction_of_word, direction_word, reason_field, state_of_word, state_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

const WHAT: &str = "a correction of points";

/// Corrections of one list at most.
pub const LIST_MAX: u32 = 1_000;

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its id, by whoever asked.
    pub id: Id,
    /// Of which wallet.
    pub wallet: Id,
    /// The profile that the wallet belongs to.
    pub member: Id,
    /// Of which programme.
    pub programme: Id,
    /// Which way.
    pub direction: Direction,
    /// How many points.
    pub points: Points,
    /// Why.
    pub reason: ShortNote,
    /// The employee who asked.
    pub asked_by: Id,
    /// When, in microseconds since 1970.
    pub asked_us: i64,
    /// What became of it.
    pub state: State,
    /// Until when a second person may decide; nothing where nobody has to.
    pub until_us: Option<i64>,
    /// Who decided, and when.
    pub decided: Option<(Id, i64)>,
}

impl Correction {
    /// Whether nobody decided in time.
    #[must_use]
    pub fn is_lapsed(&self, now_us: i64) -> bool {
        self.state == State::Waiting && self.until_us.is_some_and(|until_us| until_us <= now_us)
    }
}

const COLUMNS: &str = "c.id, c.wallet_id, w.member_id, w.programme_id, c.direction, c.points, c.reason_sealed, c.asked_by, \
     c.asked_us, c.state, c.until_us, c.decided_by, c.decided_us";

fn correction(tx: &mut Tx<'_>, vault: &Vault, mut row: Row) -> Result<Correction, Fault> {
    let (id, member) = (row.id(0)?, row.id(2)?);
    let key = members::data_key(tx, vault, member)?.ok_or_else(|| damaged(WHAT))?;
    let reason = key.open(&reason_field(id, member), &row.blob(6)?)?;
    let reason = str::from_utf8(&reason).ok().and_then(|reason| ShortNote::parse(reason).ok());
    let points = u64::try_from(row.integer(5)?).ok().and_then(|points| Points::parse(points).ok());
    let decided = match (row.id_or_null(11)?, row.integer_or_null(12)?) {
        (Some(by), Some(at_us)) => Some((by, at_us)),
        _ => None,
    };
    Ok(Correction {
        id,
        wallet: row.id(1)?,
        member,
        programme: row.id(3)?,
        direction: direction_of_word(&row.text(4)?).ok_or_else(|| damaged(WHAT))?,
        points: points.ok_or_else(|| damaged(WHAT))?,
        reason: reason.ok_or_else(|| damaged(WHAT))?,
        asked_by: row.id(7)?,
        asked_us: row.integer(8)?,
        state: state_of_word(&row.text(9)?).ok_or_else(|| damaged(WHAT))?,
        until_us: row.integer_or_null(10)?,
        decided,
    })
}

fn all(tx: &mut Tx<'_>, vault: &Vault, rows: Vec<Row>) -> Result<Vec<Correction>, Fault> {
    rows.into_iter().map(|row| correction(tx, vault, row)).collect()
}

/// A correction by its id.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<Correction>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM corrections c JOIN wallets w ON w.id = c.wallet_id WHERE c.id = $1");
    tx.query_opt(&sql, values![id])?.map(|row| correction(tx, vault, row)).transpose()
}

/// How many requests wait at a moment for somebody else than this employee.
///
/// # Errors
/// When the book cannot be read.
pub fn count_waiting_for(tx: &mut Tx<'_>, employee: Id, now_us: i64) -> Result<u32, Fault> {
    let sql = "SELECT COUNT(*) FROM corrections WHERE state = 'waiting' AND until_us > $1 AND asked_by <> $2";
    tx.query_one(sql, values![now_us, employee])?.number(0)
}

/// Requests that wait for a second person at a moment, the oldest first, at most [`LIST_MAX`].
///
/// # Errors
/// When the book cannot be read.
pub fn waiting(tx: &mut Tx<'_>, vault: &Vault, now_us: i64) -> Result<Vec<Correction>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM corrections c JOIN wallets w ON w.id = c.wallet_id
         WHERE c.state = 'waiting' AND c.until_us > $1 ORDER BY c.asked_us, c.id LIMIT $2"
    );
    let rows = tx.query(&sql, values![now_us, LIST_MAX])?;
    all(tx, vault, rows)
}

/// Corrections of all programmes that were asked for or decided from one moment up to another, the newest first, at most
/// [`LIST_MAX`]. Those of members who were erased are gone with them; their transfers stay.
///
/// # Errors
/// When the book cannot be read.
pub fn between(
    tx: &mut Tx<'_>,
    vault: &Vault,
    from_us: i64,
    until_us: i64,
) -> Result<Vec<Correction>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM corrections c JOIN wallets w ON w.id = c.wallet_id
         WHERE (c.asked_us >= $1 AND c.asked_us < $2) OR (c.decided_us >= $1 AND c.decided_us < $2)
         ORDER BY c.asked_us DESC, c.id DESC LIMIT $3"
    );
    let rows = tx.query(&sql, values![from_us, until_us, LIST_MAX])?;
    all(tx, vault, rows)
}

/// All corrections of a wallet, the oldest first.
///
/// # Errors
/// When the book cannot be read.
pub fn of_wallet(tx: &mut Tx<'_>, vault: &Vault, wallet: Id) -> Result<Vec<Correction>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM corrections c JOIN wallets w ON w.id = c.wallet_id
         WHERE c.wallet_id = $1 ORDER BY c.asked_us, c.id"
    );
    let rows = tx.query(&sql, values![wallet])?;
    all(tx, vault, rows)
}

/// Writes a new one down.
pub(super) fn insert(work: &mut Work<'_, '_>, correction: &Correction) -> Result<(), Fault> {
    let gone = || Fault::broken("the member of a correction is gone");
    let key = members::data_key(work.tx, work.vault, correction.member)?.ok_or_else(gone)?;
    let field = reason_field(correction.id, correction.member);
    let sealed = key.seal(&field, correction.reason.as_str().as_bytes())?;
    work.tx
        .execute(
            "INSERT INTO corrections (id, wallet_id, direction, points, reason_sealed, asked_by, asked_us, state, until_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                correction.id,
                correction.wallet,
                direction_word(correction.direction),
                correction.points.get().cast_signed(),
                sealed,
                correction.asked_by,
                correction.asked_us,
                state_word(correction.state),
                correction.until_us
            ],
        )
        .map(drop)
}
