//! What the member of a row holds: cards in any spelling, and a membership of a plan that the book knows.

use std::collections::HashMap;

use bonafide_domain::calendar::days_between;
use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_domain::membership::EXTENSION_DAYS_MAX;
use bonafide_domain::money::Money;
use bonafide_domain::plan::{Length, PlanTerms};
use bonafide_store::credentials::content::Content;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::imports::ImportedMembership;
use bonafide_store::plans;
use jiff::ToSpan;
use jiff::civil::Date;

use super::row::ImportRow;

/// Digits of a card's number as readers print it.
const DECIMAL_DIGITS: usize = 10;

/// The fewest hex digits of a card's own number.
const HEX_DIGITS_MIN: usize = 8;

/// Why the membership of a row is left in the note.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Left {
    /// The row does not say of which plan.
    NoPlan,
    /// No plan of the book has this name.
    UnknownPlan(String),
    /// The book has no branch, or several, and none was named.
    NoBranch,
    /// The row does not say until when.
    NoEnd,
    /// It is over.
    Ended,
    /// The plan counts visits and has no length: how many are left, the list does not say.
    NoLength,
    /// It ends later than the calendar of the book, or is longer than an extension may be.
    TooLong,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Left::NoPlan => f.write_str("the list does not say of which plan"),
            Left::UnknownPlan(name) => write!(
                f,
                "no plan of the book is called \"{name}\": add it with `bonafide plans add` and import again"
            ),
            Left::NoBranch => {
                f.write_str("memberships belong to a branch: name one with --branch and import again")
            }
            Left::NoEnd => f.write_str("the list does not say until when"),
            Left::Ended => f.write_str("it is over"),
            Left::NoLength => {
                f.write_str("the plan has no length, and the list does not say how many visits are left")
            }
            Left::TooLong => f.write_str("it ends too far in the future"),
        }
    }
}

/// The plans of the book by their names, and the branch for which memberships are taken.
#[derive(Debug, Default)]
pub struct Offers {
    branch: Option<Id>,
    by_name: HashMap<String, (Id, PlanTerms)>,
}

impl Offers {
    /// The plans that are sold now, for memberships of this branch.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn of_book(tx: &mut Tx<'_>, branch: Option<Id>) -> Result<Offers, Fault> {
        let mut by_name = HashMap::new();
        for kept in plans::list(tx, false)? {
            if let Some(version) = plans::current(tx, kept.id)? {
                by_name.insert(folded(kept.plan.name.as_str()), (kept.id, version.terms));
            }
        }
        Ok(Offers { branch, by_name })
    }

    /// The membership of a row, or why it is left out; nothing when the row has none.
    pub(super) fn membership(
        &self,
        row: &ImportRow,
        today: Date,
    ) -> Result<Option<ImportedMembership>, Left> {
        let Some(name) = &row.plan else {
            return if row.plan_until.is_some() { Err(Left::NoPlan) } else { Ok(None) };
        };
        let (plan, terms) = self.by_name.get(&folded(name)).ok_or_else(|| Left::UnknownPlan(name.clone()))?;
        let until = row.plan_until.ok_or(Left::NoEnd)?;
        if until < today {
            return Err(Left::Ended);
        }
        let length = terms.spec().length.ok_or(Left::NoLength)?;
        let (from, extra_days) = beginning(length, until, today).ok_or(Left::TooLong)?;
        let branch = self.branch.ok_or(Left::NoBranch)?;
        let paid = Money::zero(terms.spec().price.currency());
        let version = terms.spec().version;
        Ok(Some(ImportedMembership { plan: *plan, version, branch, from, extra_days, until, paid }))
    }
}

/// The latest first day, today or earlier, with which a period of this length ends on its last day or before it, and the days that are
/// missing then: they are added as a gift.
fn beginning(length: Length, until: Date, today: Date) -> Option<(Date, u16)> {
    let end = until.tomorrow().ok()?;
    let mut from = match length {
        Length::Days(days) => end.checked_sub(i64::from(days).days()).ok()?,
        Length::Months(months) => end.checked_sub(i64::from(months).months()).ok()?,
    };
    // Months have different lengths: the 31st of a month less a month may be a day that gives a later end.
    while length.end_from(from)? > end {
        from = from.yesterday().ok()?;
    }
    from = from.min(today);
    let missing = days_between(length.end_from(from)?, end);
    let missing = u16::try_from(missing).ok()?;
    (missing <= EXTENSION_DAYS_MAX).then_some((from, missing))
}

/// A name for comparing: small letters, single spaces, `ё` as `е`.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().replace('ё', "е")
}

/// The cards of a row, and what is no number at all.
pub(super) fn cards(texts: &[String]) -> (Vec<Content>, Vec<&str>) {
    let mut read = Vec::new();
    let mut unread = Vec::new();
    for text in texts {
        match card(text) {
            Some(content) => read.push(content),
            None => unread.push(text.as_str()),
        }
    }
    (read, unread)
}

/// A list does not say what a number is. What looks like a card's own number is one; any other is the club's: it is shown as a
/// barcode or typed, and never compared with a card's.
fn card(text: &str) -> Option<Content> {
    let digits = text.len() == DECIMAL_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count() >= HEX_DIGITS_MIN
        && text.bytes().any(|byte| matches!(byte, b'a'..=b'f' | b'A'..=b'F' | b':'));
    let number = if text.contains(',') {
        CardNumber::from_facility_number(text).ok()
    } else if digits {
        CardNumber::from_decimal(text, ByteOrder::AsOnCard).ok()
    } else if hex {
        CardNumber::from_hex(text, ByteOrder::AsOnCard).ok()
    } else {
        None
    };
    number.map(Content::Card).or_else(|| ClubNumber::parse(text).ok().map(Content::ClubNumber))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_membership_begins_so_that_it_ends_when_the_list_says() {
        let cases = [
            (Length::Days(30), date(2026, 12, 30), date(2026, 12, 1), 0),
            (Length::Months(1), date(2026, 12, 31), date(2026, 12, 1), 0),
            (Length::Months(1), date(2026, 12, 14), date(2026, 11, 15), 0),
            // No month begins on a 31st of February: the period that ends on 1 March began on 1 February.
            (Length::Months(1), date(2027, 2, 28), date(2027, 2, 1), 0),
            // From 28 February it is over on 28 March; one more day.
            (Length::Months(1), date(2027, 3, 30), date(2027, 2, 28), 3),
            (Length::Months(12), date(2028, 2, 28), date(2027, 2, 28), 1),
            // Bought for three months at once: it runs already.
            (Length::Months(1), date(2027, 8, 31), date(2027, 6, 1), 62),
        ];
        for (length, until, from, extra_days) in cases {
            let found = beginning(length, until, date(2027, 6, 1));
            assert_eq!(found, Some((from, extra_days)), "{length:?} until {until}");
            let end = length.end_from(from).unwrap();
            assert_eq!(days_between(end, until.tomorrow().unwrap()), i64::from(extra_days));
        }
    }

    #[test]
    fn numbers_are_cards_where_they_look_like_one() {
        let cases = [
            ("0012345678", "card"),
            ("9F4A0013C2", "card"),
            ("04:A2:3B:1C", "card"),
            ("012,34567", "card"),
            ("777", "club_number"),
            ("12345678", "club_number"),
            ("9999999999", "club_number"),
            ("GOLD-17", "club_number"),
            ("---", "none"),
        ];
        for (text, kind) in cases {
            let found = match card(text) {
                Some(Content::Card(_)) => "card",
                Some(Content::ClubNumber(_)) => "club_number",
                Some(_) => "other",
                None => "none",
            };
            assert_eq!(found, kind, "{text}");
        }
    }
}
