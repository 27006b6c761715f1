//! Points without a purchase: for joining, for a birthday, for bringing somebody, for coming.

use jiff::civil::Date;

use crate::calendar::{Calendar, UtcMicros, days_between};
use crate::ledger::{Expiry, Points};
use crate::profile::BirthDate;

use super::earning::RuleId;
use super::expiry::{ExpiryRule, LIFE_DAYS_MAX};

/// The most days on either side of a birthday, so that two birthdays never overlap.
pub const AROUND_DAYS_MAX: u16 = 60;

/// The days around a birthday, which is in it. Somebody born on 29 February has it on 1 March in a common year, as his age has
/// ([`BirthDate::age_on`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// So many days before; at most [`AROUND_DAYS_MAX`].
    pub days_before: u16,
    /// So many days after; at most [`AROUND_DAYS_MAX`].
    pub days_after: u16,
}

impl Around {
    pub(super) const fn is_within_bounds(self) -> bool {
        self.days_before <= AROUND_DAYS_MAX && self.days_after <= AROUND_DAYS_MAX
    }
}

/// The year of the birthday around which a date lies; nothing when it lies around none. The day of birth itself is no birthday.
pub(super) fn birthday_around(birth: BirthDate, today: Date, around: Around) -> Option<i16> {
    let born = birth.date();
    let birthday = |year: i16| {
        Date::new(year, born.month(), born.day()).or_else(|_| Date::new(year, born.month() + 1, 1)).ok()
    };
    let is_near = |birthday: Date| {
        let days = days_between(birthday, today);
        -i64::from(around.days_before) <= days && days <= i64::from(around.days_after)
    };
    let years = [today.year().saturating_sub(1), today.year(), today.year().saturating_add(1)];
    years.into_iter().find(|&year| year > born.year() && birthday(year).is_some_and(is_near))
}

/// For what points are given. Each at most once in a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody joins.
    Welcome,
    /// A member's birthday, once for each.
    Birthday(Around),
    /// A member has brought somebody.
    BroughtSomebody,
    /// Somebody was brought by a member.
    WasBrought,
    /// A visit.
    Visit,
    /// A class that was attended.
    Class,
}

impl Occasion {
    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A rule by which points are given without a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GiftRule {
    /// Its name.
    pub id: RuleId,
    /// What for.
    pub occasion: Occasion,
    /// How many.
    pub points: Points,
    /// How many days they last, the day of the gift not counted, from one to [`LIFE_DAYS_MAX`]; as long as other points when
    /// nothing is said.
    pub lasts_days: Option<u16>,
}

/// Why there is no such gift. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiftRefusal {
    /// There is one for that occasion already.
    OccasionTwice,
    /// The days around a birthday are more than [`AROUND_DAYS_MAX`].
    BirthdayDays,
    /// It lasts no day, or more than [`LIFE_DAYS_MAX`].
    Life,
}

impl GiftRule {
    pub(super) fn check(&self, before: &[GiftRule]) -> Result<(), GiftRefusal> {
        if before.iter().any(|other| other.occasion.is_like(self.occasion)) {
            return Err(GiftRefusal::OccasionTwice);
        }
        if matches!(self.occasion, Occasion::Birthday(around) if !around.is_within_bounds()) {
            return Err(GiftRefusal::BirthdayDays);
        }
        let fits = self.lasts_days.is_none_or(|days| (1..=LIFE_DAYS_MAX).contains(&days));
        if fits { Ok(()) } else { Err(GiftRefusal::Life) }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Somebody joined.
    Joined,
    /// A day has come, for a member of this birthday.
    DayOf(BirthDate),
    /// The member has brought somebody.
    BroughtSomebody,
    /// He was brought by another one.
    WasBrought,
    /// He came.
    Came,
    /// He attended a class.
    AttendedClass,
}

/// Points that are given. They are the member's at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gift {
    /// By which rule.
    pub rule: RuleId,
    /// What for.
    pub occasion: Occasion,
    /// How many.
    pub points: Points,
    /// When they come to nothing.
    pub expiry: Expiry,
    /// The year of the birthday that it is for: there is one gift for each.
    pub birthday_year: Option<i16>,
}

/// What a programme gives for what happened at an instant; nothing when it has no such rule or no birthday is near. Whether it was
/// given before, the ledger knows.
pub(super) fn gift(
    rules: &[GiftRule],
    expiry: ExpiryRule,
    happened: Happened,
    at: UtcMicros,
    calendar: &Calendar,
) -> Option<Gift> {
    let fits = |rule: &GiftRule| match (rule.occasion, happened) {
        (Occasion::Welcome, Happened::Joined)
        | (Occasion::BroughtSomebody, Happened::BroughtSomebody)
        | (Occasion::WasBrought, Happened::WasBrought)
        | (Occasion::Visit, Happened::Came)
        | (Occasion::Class, Happened::AttendedClass) => Some(None),
        (Occasion::Birthday(around), Happened::DayOf(birth)) => {
            birthday_around(birth, calendar.date_of(at), around).map(Some)
        }
        _ => None,
    };
    let (rule, birthday_year) = rules.iter().find_map(|rule| Some((rule, fits(rule)?)))?;
    let expiry = rule.lasts_days.map_or(expiry, ExpiryRule::Days).ends(at, calendar);
    Some(Gift { rule: rule.id, occasion: rule.occasion, points: rule.points, expiry, birthday_year })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn born(on: Date) -> BirthDate {
        BirthDate::parse(on, date(2027, 1, 1)).unwrap()
    }

    fn rule(id: u16, occasion: Occasion) -> GiftRule {
        let points = Points::parse(u64::from(id)).unwrap();
        GiftRule { id: RuleId(id), occasion, points, lasts_days: None }
    }

    #[test]
    fn a_birthday_is_near_from_before_until_after() {
        let (summer, new_year, leap) = (date(1990, 7, 10), date(1990, 1, 2), date(1992, 2, 29));
        let cases = [
            (summer, date(2027, 7, 6), None),
            (summer, date(2027, 7, 7), Some(2027)),
            (summer, date(2027, 7, 10), Some(2027)),
            (summer, date(2027, 7, 17), Some(2027)),
            (summer, date(2027, 7, 18), None),
            (summer, date(1990, 7, 10), None),
            (summer, date(1991, 7, 10), Some(1991)),
            (new_year, date(2027, 12, 30), Some(2028)),
            (new_year, date(2028, 1, 9), Some(2028)),
            (leap, date(2027, 2, 25), None),
            (leap, date(2027, 2, 26), Some(2027)),
            (leap, date(2027, 3, 8), Some(2027)),
            (leap, date(2028, 2, 26), Some(2028)),
            (leap, date(2028, 3, 8), None),
        ];
        for (birth, today, expected) in cases {
            let found = birthday_around(born(birth), today, Around { days_before: 3, days_after: 7 });
            assert_eq!(found, expected, "{birth} on {today}");
        }
    }

    #[test]
    fn what_happened_gets_its_gift() {
        let calendar = Calendar::of(TimeZone::UTC);
        let at = calendar.first_instant(date(2027, 7, 10)).unwrap();
        let birthday = Occasion::Birthday(Around { days_before: 0, days_after: 0 });
        let mut rules = vec![
            rule(1, Occasion::Welcome),
            rule(2, birthday),
            rule(3, Occasion::BroughtSomebody),
            rule(4, Occasion::WasBrought),
            rule(5, Occasion::Class),
        ];
        rules[1].lasts_days = Some(14);
        let cases = [
            (Happened::Joined, Some((1, None))),
            (Happened::DayOf(born(date(1990, 7, 10))), Some((2, Some(2027)))),
            (Happened::DayOf(born(date(1990, 7, 11))), None),
            (Happened::BroughtSomebody, Some((3, None))),
            (Happened::WasBrought, Some((4, None))),
            (Happened::AttendedClass, Some((5, None))),
            (Happened::Came, None),
        ];
        for (happened, expected) in cases {
            let found = gift(&rules, ExpiryRule::Never, happened, at, &calendar);
            assert_eq!(found.map(|gift| (gift.rule.0, gift.birthday_year)), expected, "{happened:?}");
        }
        let short = gift(&rules, ExpiryRule::Never, cases[1].0, at, &calendar).unwrap();
        let first_date_without = calendar.first_instant(date(2027, 7, 25)).unwrap();
        assert_eq!(short.expiry, Expiry::At(first_date_without));
        let idle = ExpiryRule::Inactivity { months: 6 };
        let welcome = gift(&rules, idle, Happened::Joined, at, &calendar).unwrap();
        assert_eq!(welcome.expiry, Expiry::WithWallet);
    }

    #[test]
    fn a_gift_that_cannot_be_is_refused() {
        let near = |days_before| Occasion::Birthday(Around { days_before, days_after: 0 });
        let before = [rule(1, Occasion::Visit), rule(2, near(1))];
        assert_eq!(rule(3, Occasion::Visit).check(&before), Err(GiftRefusal::OccasionTwice));
        assert_eq!(rule(3, near(2)).check(&before), Err(GiftRefusal::OccasionTwice));
        assert_eq!(rule(3, near(AROUND_DAYS_MAX + 1)).check(&[]), Err(GiftRefusal::BirthdayDays));
        for days in [0, LIFE_DAYS_MAX + 1] {
            let gift = GiftRule { lasts_days: Some(days), ..rule(3, Occasion::Class) };
            assert_eq!(gift.check(&before), Err(GiftRefusal::Life));
        }
        assert_eq!(rule(3, Occasion::Class).check(&before), Ok(()));
    }
}
