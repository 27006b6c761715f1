//! How many of a gift lie at a branch: what came and went, append-only, and the sum of it.

use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::branch;
use crate::rewards::kinds;
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// The largest single movement, in pieces, either way.
pub const MOVED_MAX: i64 = 100_000;

/// The most pieces of one kind at one branch.
pub const IN_STOCK_MAX: i64 = 10_000_000;

/// Movements of one list at most.
pub const LIST_MAX: u32 = 50;

/// Why pieces came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Some were delivered.
    Delivered,
    /// Somebody counted, and there were more or fewer.
    Counted,
    /// Some broke, or were lost.
    Lost,
    /// From another branch, or to it.
    Moved,
    /// A member took one.
    Taken,
    /// He brought it back.
    BroughtBack,
}

words! {
    /// The word that stands for why pieces came or went.
    cause_word, cause_of_word: Cause {
        Delivered = "delivered", Counted = "counted", Lost = "lost", Moved = "moved", Taken = "taken",
        BroughtBack = "brought_back",
    }
}

/// The causes that a person may give; the others follow from takings.
pub const BY_HAND: [Cause; 4] = [Cause::Delivered, Cause::Counted, Cause::Lost, Cause::Moved];

/// Why nothing is moved. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMoved {
    /// There is no such gift.
    NoGift,
    /// There is no such branch.
    NoBranch,
    /// It is nothing, or more than [`MOVED_MAX`].
    Pieces,
    /// There are fewer.
    Fewer {
        /// How many.
        in_stock: i64,
    },
    /// There would be more than [`IN_STOCK_MAX`].
    TooMany,
}

/// A movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// At which branch.
    pub branch: Id,
    /// How many came; how many went, below zero.
    pub change: i64,
    /// Why.
    pub cause: Cause,
}

/// A gift whose sum is not what its movements make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// The gift.
    pub gift: Id,
    /// Where.
    pub branch: Id,
}

/// Somebody brings pieces to a branch, or takes them away; tells how many lie there then.
///
/// # Errors
/// When it cannot be written; the inner error when nothing is moved.
pub fn move_by_hand(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (gift, branch): (Id, Id),
    change: i64,
    cause: Cause,
) -> Result<Result<i64, NotMoved>, Fault> {
    if kinds::get(work.tx, gift)?.is_none() {
        return Ok(Err(NotMoved::NoGift));
    }
    if branch::get(work.tx, branch)?.is_none() {
        return Ok(Err(NotMoved::NoBranch));
    }
    if change == 0 || change.abs() > MOVED_MAX {
        return Ok(Err(NotMoved::Pieces));
    }
    let before = in_stock(work.tx, gift, branch)?;
    let after = before + change;
    if after < 0 {
        return Ok(Err(NotMoved::Fewer { in_stock: before }));
    }
    if after > IN_STOCK_MAX {
        return Ok(Err(NotMoved::TooMany));
    }
    let moved = append(work, acting, (gift, branch), (change, cause), None)?;
    let told = serde_json::json!({
        "branch": branch, "change": change, "cause": cause_word(cause), "in_stock": after,
    });
    record_words(work.tx, acting, "gift_stock_moved", Subject::row(kinds::TABLE, gift), told.to_string())?;
    if moved { Ok(Ok(after)) } else { Err(Fault::broken("a gift's stock changed meanwhile")) }
}

/// Appends a movement and adds it to the sum. Nothing is done, and false told, when fewer are there than go.
pub(super) fn append(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (gift, branch): (Id, Id),
    (change, cause): (i64, Cause),
    taking: Option<Id>,
) -> Result<bool, Fault> {
    if change > 0 {
        work.tx.execute(
            "INSERT INTO gift_stock (gift_id, branch_id, in_stock) VALUES ($1, $2, 0)
             ON CONFLICT (gift_id, branch_id) DO NOTHING",
            values![gift, branch],
        )?;
    }
    let moved = work.tx.execute(
        "UPDATE gift_stock SET in_stock = in_stock + $1
         WHERE gift_id = $2 AND branch_id = $3 AND in_stock + $1 >= 0",
        values![change, gift, branch],
    )?;
    if moved != 1 {
        return Ok(false);
    }
    work.tx.execute(
        "INSERT INTO gift_movements (id, gift_id, branch_id, at_us, change, cause, taking_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![Id::new(acting.now_us)?, gift, branch, acting.now_us, change, cause_word(cause), taking],
    )?;
    Ok(true)
}

/// How many lie at a branch.
///
/// # Errors
/// When the book cannot be read.
pub fn in_stock(tx: &mut Tx<'_>, gift: Id, branch: Id) -> Result<i64, Fault> {
    let sql = "SELECT in_stock FROM gift_stock WHERE gift_id = $1 AND branch_id = $2";
    Ok(tx.query_opt(sql, values![gift, branch])?.map(|mut row| row.integer(0)).transpose()?.unwrap_or(0))
}

/// The branches at which some lie, with how many.
///
/// # Errors
/// When the book cannot be read.
pub fn where_it_lies(tx: &mut Tx<'_>, gift: Id) -> Result<Vec<(Id, i64)>, Fault> {
    let sql =
        "SELECT branch_id, in_stock FROM gift_stock WHERE gift_id = $1 AND in_stock > 0 ORDER BY branch_id";
    tx.query(sql, values![gift])?.into_iter().map(|mut row| Ok((row.id(0)?, row.integer(1)?))).collect()
}

/// The last movements of a gift, the newest first, at most [`LIST_MAX`].
///
/// # Errors
/// When the book cannot be read.
pub fn movements(tx: &mut Tx<'_>, gift: Id) -> Result<Vec<Movement>, Fault> {
    let rows = tx.query(
        "SELECT at_us, branch_id, change, cause FROM gift_movements WHERE gift_id = $1
         ORDER BY at_us DESC, id DESC LIMIT $2",
        values![gift, LIST_MAX],
    )?;
    let movement = |mut row: crate::value::Row| {
        let cause = cause_of_word(&row.text(3)?).ok_or_else(|| damaged("why a gift was moved"))?;
        Ok(Movement { at_us: row.integer(0)?, branch: row.id(1)?, change: row.integer(2)?, cause })
    };
    rows.into_iter().map(movement).collect()
}

/// The gifts whose sums are not what their movements make.
///
/// # Errors
/// When the book cannot be read.
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<Mismatch>, Fault> {
    let rows = tx.query(
        "SELECT gift_id, branch_id FROM (
             SELECT gift_id, branch_id, change FROM gift_movements
             UNION ALL SELECT gift_id, branch_id, -in_stock FROM gift_stock) moved
         GROUP BY gift_id, branch_id HAVING SUM(change) <> 0 ORDER BY gift_id, branch_id",
        &[],
    )?;
    rows.into_iter().map(|mut row| Ok(Mismatch { gift: row.id(0)?, branch: row.id(1)? })).collect()
}
