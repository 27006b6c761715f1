//! One question about a purchase: how was it, in one to five stars. Asked once, without signing in, of whoever has the receipt.
//!
//! The link is the purchase's id, sealed: nobody can make one, and nobody can tell from it which purchase it is. What is kept is the
//! number of stars and when, by the purchase; no words, which could be about somebody.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::Question;
use crate::figures::sales::asked;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::purchases::{State, state_word};
use crate::store::Work;
use crate::values;
use crate::written::damaged;

/// The table, as the audit names it.
pub const TABLE: &str = "survey_answers";

/// How long after a purchase the question may be answered, in microseconds: 30 days.
pub const ANSWER_US_MAX: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// The most stars.
pub const STARS_MAX: u8 = 5;

/// The longest text of a link, in characters.
const LINK_CHARS_MAX: usize = 200;

const PLACE: &str = "surveys/link";

/// From one to [`STARS_MAX`] stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stars(u8);

impl Stars {
    /// Checks the number.
    #[must_use]
    pub const fn parse(stars: u8) -> Option<Stars> {
        if stars >= 1 && stars <= STARS_MAX { Some(Stars(stars)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Why the question is not answered. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnswered {
    /// There is no such purchase, or it was never paid.
    NoPurchase,
    /// It was answered before.
    Answered(Stars),
    /// The purchase is longer ago than [`ANSWER_US_MAX`].
    TooLate,
}

/// The text of a link to the question about a purchase.
///
/// # Errors
/// Without randomness.
pub fn link(vault: &Vault, purchase: Id) -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(vault.ring().seal_for_house(PLACE, purchase.bytes())?))
}

/// The purchase of a link; nothing for a text that is none of this installation.
#[must_use]
pub fn of_link(vault: &Vault, text: &str) -> Option<Id> {
    if text.len() > LINK_CHARS_MAX {
        return None;
    }
    let Ok(sealed) = URL_SAFE_NO_PAD.decode(text) else { return None };
    let opened = vault.ring().open_for_house(PLACE, &sealed)?;
    match <[u8; 16]>::try_from(opened.as_slice()) {
        Ok(id) => Some(Id::from_bytes(id)),
        Err(_) => None,
    }
}

/// Whether the question about a purchase may be answered at a moment.
///
/// # Errors
/// When the book cannot be read; the inner error when not.
pub fn is_open(tx: &mut Tx<'_>, purchase: Id, now_us: i64) -> Result<Result<(), NotAnswered>, Fault> {
    let sql = "SELECT p.at_us, a.stars FROM purchases p LEFT JOIN survey_answers a ON a.purchase_id = p.id
         WHERE p.id = $1 AND p.state = $2";
    let Some(mut row) = tx.query_opt(sql, values![purchase, state_word(State::Done)])? else {
        return Ok(Err(NotAnswered::NoPurchase));
    };
    if let Some(stars) = row.integer_or_null(1)? {
        return stars_of(stars).map(|stars| Err(NotAnswered::Answered(stars)));
    }
    Ok(if is_late(row.integer(0)?, now_us) { Err(NotAnswered::TooLate) } else { Ok(()) })
}

/// The newest purchase of a wallet and when it was made, while the question about it may be answered and was not. Nobody is asked about
/// an older one.
///
/// # Errors
/// When the book cannot be read.
pub fn unanswered(tx: &mut Tx<'_>, wallet: Id, now_us: i64) -> Result<Option<(Id, i64)>, Fault> {
    let sql =
        "SELECT p.id, p.at_us, a.stars FROM purchases p LEFT JOIN survey_answers a ON a.purchase_id = p.id
         WHERE p.wallet_id = $1 AND p.state = $2 ORDER BY p.at_us DESC, p.id DESC LIMIT 1";
    let Some(mut row) = tx.query_opt(sql, values![wallet, state_word(State::Done)])? else { return Ok(None) };
    let (purchase, at_us) = (row.id(0)?, row.integer(1)?);
    let is_open = row.integer_or_null(2)?.is_none() && !is_late(at_us, now_us);
    Ok(is_open.then_some((purchase, at_us)))
}

const fn is_late(at_us: i64, now_us: i64) -> bool {
    now_us.saturating_sub(at_us) > ANSWER_US_MAX
}

/// Answers the question about a purchase. The same answer again is as before.
///
/// # Errors
/// When it cannot be written; the inner error when it is not answered.
pub fn answer(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    stars: Stars,
) -> Result<Result<(), NotAnswered>, Fault> {
    match is_open(work.tx, purchase, acting.now_us)? {
        Err(NotAnswered::Answered(before)) if before == stars => return Ok(Ok(())),
        Err(refusal) => return Ok(Err(refusal)),
        Ok(()) => {}
    }
    work.tx.execute(
        "INSERT INTO survey_answers (purchase_id, stars, at_us) VALUES ($1, $2, $3)",
        values![purchase, u32::from(stars.get()), acting.now_us],
    )?;
    record(work.tx, acting, "survey_answered", Subject::row(TABLE, purchase), None)?;
    Ok(Ok(()))
}

/// Answers about purchases of a span: how many of each number of stars, one star first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Satisfaction(pub [u64; STARS_MAX as usize]);

impl Satisfaction {
    /// How many answers there are.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The average in hundredths of a star; nothing without answers.
    #[must_use]
    pub fn average_hundredths(&self) -> Option<u64> {
        let stars: u64 = (1..).zip(self.0).map(|(stars, count): (u64, u64)| stars * count).sum();
        (stars * 100).checked_div(self.answers())
    }
}

/// What was answered about the purchases of a span, whenever it was.
///
/// # Errors
/// When the book cannot be read.
pub fn satisfaction(tx: &mut Tx<'_>, question: &Question) -> Result<Satisfaction, Fault> {
    let (asked, values) = asked(question);
    let sql = format!(
        "SELECT a.stars, COUNT(*) FROM purchases p JOIN survey_answers a ON a.purchase_id = p.id
         WHERE {asked} GROUP BY a.stars"
    );
    let mut all = Satisfaction::default();
    for mut row in tx.query(&sql, &values)? {
        let stars = stars_of(row.integer(0)?)?;
        all.0[usize::from(stars.get()) - 1] = row.integer(1)?.unsigned_abs();
    }
    Ok(all)
}

fn stars_of(number: i64) -> Result<Stars, Fault> {
    u8::try_from(number).ok().and_then(Stars::parse).ok_or_else(|| damaged("an answer of a survey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_of_answers() {
        assert_eq!(Satisfaction::default().average_hundredths(), None);
        let some = Satisfaction([1, 0, 0, 0, 2]);
        assert_eq!((some.answers(), some.average_hundredths()), (3, Some(366)));
        assert_eq!([0, 1, 5, 6].map(|number| Stars::parse(number).is_some()), [false, true, true, false]);
    }
}
