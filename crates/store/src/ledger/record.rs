//! How the ledger's words and amounts stand in columns.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::{OperationId, PlaceId};
use bonafide_domain::ledger::{
    Account, Asked, Code, Earning, Expiry, Hold, HoldState, Lot, Part, Phase, Points, Spent, Status, Transfer,
};

use crate::fault::Fault;
use crate::value::Row;
use crate::words::words;
use crate::written::{damaged, from_text, to_text};

const WHAT: &str = "a row of the ledger";

words! {
    /// The word that stands for an account.
    account_word, account_of_word: Account {
        Balance = "balance", Debt = "debt", Issued = "issued", Redeemed = "redeemed", Expired = "expired",
        Corrected = "corrected", Moved = "moved",
    }
}

words! {
    /// The word that stands for what a transfer is for.
    code_word, code_of_word: Code {
        Earn = "earn", Spend = "spend", Expire = "expire", Return = "return", Correct = "correct", Gift = "gift",
        Opening = "opening", Repay = "repay", Move = "move",
    }
}

words! {
    /// The word that stands for what a member in a programme may do.
    status_word, status_of_word: Status {
        Active = "active", Limited = "limited", Blocked = "blocked",
    }
}

words! {
    /// The word that stands for what became of a hold.
    hold_word, hold_of_word: HoldState {
        Open = "open", Captured = "captured", Voided = "voided", Lapsed = "lapsed",
    }
}

/// The columns `phase`, `until_us`, `pending`.
pub(super) const fn phase_columns(phase: Phase) -> (&'static str, Option<i64>, Option<u32>) {
    match phase {
        Phase::Posted => ("posted", None, None),
        Phase::Pending { until } => ("pending", Some(until.get()), None),
        Phase::Posts { pending } => ("posts", None, Some(pending)),
        Phase::Releases { pending } => ("releases", None, Some(pending)),
    }
}

/// The columns `expiry`, `expires_us`.
pub(super) const fn expiry_columns(expiry: Expiry) -> (&'static str, Option<i64>) {
    match expiry {
        Expiry::Never => ("never", None),
        Expiry::At(at) => ("at", Some(at.get())),
        Expiry::WithWallet => ("with_wallet", None),
    }
}

/// An amount as a number of a column: no amount is near the end of the type.
pub(super) const fn number(points: u64) -> i64 {
    points.cast_signed()
}

/// A number of a column as an amount.
pub(super) fn amount(row: &mut Row, column: usize) -> Result<u64, Fault> {
    u64::try_from(row.integer(column)?).map_err(|_| damaged(WHAT))
}

pub(super) fn instant(us: i64) -> Result<UtcMicros, Fault> {
    UtcMicros::parse(us).map_err(|_| damaged(WHAT))
}

pub(super) fn instant_or_none(row: &mut Row, column: usize) -> Result<Option<UtcMicros>, Fault> {
    row.integer_or_null(column)?.map(instant).transpose()
}

fn number_or_none(row: &mut Row, column: usize) -> Result<Option<u32>, Fault> {
    if row.is_null(column) { Ok(None) } else { row.number(column).map(Some) }
}

fn word<T>(found: Option<T>) -> Result<T, Fault> {
    found.ok_or_else(|| damaged(WHAT))
}

fn points(number: u64) -> Result<Points, Fault> {
    Points::parse(number).map_err(|_| damaged(WHAT))
}

fn step(row: &mut Row, column: usize) -> Result<u8, Fault> {
    u8::try_from(row.number(column)?).map_err(|_| damaged(WHAT))
}

/// Parts as `[[lot,points],…]`.
pub(super) fn parts_text(parts: &[Part]) -> Result<String, Fault> {
    to_text(&parts.iter().map(|part| (part.lot, part.points.get())).collect::<Vec<_>>())
}

fn parts_of(text: &str) -> Result<Vec<Part>, Fault> {
    let pairs: Vec<(u32, u64)> = from_text(text, WHAT)?;
    pairs.into_iter().map(|(lot, number)| Ok(Part { lot, points: points(number)? })).collect()
}

/// What was spent as `[[lot,points,given back],…]`.
pub(super) fn spent_text(spent: &[Spent]) -> Result<String, Fault> {
    to_text(&spent.iter().map(|spent| (spent.lot, spent.points, spent.given_back)).collect::<Vec<_>>())
}

fn spent_of(text: &str) -> Result<Vec<Spent>, Fault> {
    let all: Vec<(u32, u64, u64)> = from_text(text, WHAT)?;
    Ok(all.into_iter().map(|(lot, points, given_back)| Spent { lot, points, given_back }).collect())
}

fn expiry_of(word: &str, us: Option<i64>) -> Result<Expiry, Fault> {
    match (word, us) {
        ("never", None) => Ok(Expiry::Never),
        ("at", Some(us)) => Ok(Expiry::At(instant(us)?)),
        ("with_wallet", None) => Ok(Expiry::WithWallet),
        _ => Err(damaged(WHAT)),
    }
}

/// The columns of a transfer, in the order of [`transfer`].
pub(super) const TRANSFER_COLUMNS: &str = "sequence, operation_id, step, at_us, place_id, code, debit, credit, points, phase, \
     until_us, pending, about, expiry, expires_us, parts";

/// The transfer of a row of [`TRANSFER_COLUMNS`].
pub(super) fn transfer(row: &mut Row) -> Result<Transfer, Fault> {
    let asked = match row.id_or_null(1)? {
        None => None,
        Some(operation) => Some(Asked { operation: operation.into(), step: step(row, 2)? }),
    };
    let phase = match (row.text(9)?.as_str(), row.integer_or_null(10)?, number_or_none(row, 11)?) {
        ("posted", None, None) => Phase::Posted,
        ("pending", Some(until), None) => Phase::Pending { until: instant(until)? },
        ("posts", None, Some(pending)) => Phase::Posts { pending },
        ("releases", None, Some(pending)) => Phase::Releases { pending },
        _ => return Err(damaged(WHAT)),
    };
    let opens = match row.text_or_null(13)? {
        None => None,
        Some(word) => Some(expiry_of(&word, row.integer_or_null(14)?)?),
    };
    Ok(Transfer {
        sequence: row.number(0)?,
        asked,
        at: instant(row.integer(3)?)?,
        place: PlaceId(row.bytes(4)?),
        code: word(code_of_word(&row.text(5)?))?,
        debit: word(account_of_word(&row.text(6)?))?,
        credit: word(account_of_word(&row.text(7)?))?,
        points: points(amount(row, 8)?)?,
        phase,
        about: number_or_none(row, 12)?,
        opens,
        parts: parts_of(&row.text(15)?)?,
    })
}

/// The lot of a row of `sequence, expiry, expires_us, points_left, points_held`.
pub(super) fn lot(row: &mut Row) -> Result<Lot, Fault> {
    let (sequence, word) = (row.number(0)?, row.text(1)?);
    let expiry = expiry_of(&word, row.integer_or_null(2)?)?;
    Ok(Lot { sequence, expiry, left: amount(row, 3)?, held: amount(row, 4)? })
}

/// The hold of a row of `sequence, operation_id, step, place_id, until_us, state, parts, spent`.
pub(super) fn hold(row: &mut Row) -> Result<Hold, Fault> {
    Ok(Hold {
        sequence: row.number(0)?,
        asked: Asked { operation: OperationId(row.bytes(1)?), step: step(row, 2)? },
        place: PlaceId(row.bytes(3)?),
        until: instant(row.integer(4)?)?,
        state: word(hold_of_word(&row.text(5)?))?,
        parts: parts_of(&row.text(6)?)?,
        spent: spent_of(&row.text(7)?)?,
    })
}

/// The earning of a row of `sequence, operation_id, step, place_id, code, points, pending, matures_us, expiry, expires_us, lot,
/// taken_back`.
pub(super) fn earning(row: &mut Row) -> Result<Earning, Fault> {
    let word_of_expiry = row.text(8)?;
    Ok(Earning {
        sequence: row.number(0)?,
        asked: Asked { operation: OperationId(row.bytes(1)?), step: step(row, 2)? },
        place: PlaceId(row.bytes(3)?),
        code: word(code_of_word(&row.text(4)?))?,
        points: amount(row, 5)?,
        pending: amount(row, 6)?,
        matures: instant_or_none(row, 7)?,
        expiry: expiry_of(&word_of_expiry, row.integer_or_null(9)?)?,
        lot: number_or_none(row, 10)?,
        taken_back: amount(row, 11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_ledger_stay() {
        for account in Account::ALL {
            assert_eq!(account_of_word(account_word(account)), Some(account));
        }
        for code in Code::ALL {
            assert_eq!(code_of_word(code_word(code)), Some(code));
        }
        let parts = [Part { lot: 3, points: Points::parse(40).unwrap() }];
        assert_eq!(parts_text(&parts).unwrap(), "[[3,40]]");
        assert_eq!(parts_of("[[3,40]]").unwrap(), parts);
        let spent = [Spent { lot: 3, points: 40, given_back: 5 }];
        assert_eq!(spent_text(&spent).unwrap(), "[[3,40,5]]");
        assert_eq!(spent_of("[[3,40,5]]").unwrap(), spent);
        for damaged in ["[[3,0]]", "[[3,-1]]", "[[3]]", "[3,40]", ""] {
            assert!(parts_of(damaged).is_err(), "{damaged}");
        }
    }
}
