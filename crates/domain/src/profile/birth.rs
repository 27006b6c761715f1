//! The day of birth, and the age that follows from it.

use crate::hidden::hide_from_debug;
use jiff::civil::Date;

/// Nobody is known to have become older, in years.
pub const AGE_YEARS_MAX: u8 = 130;

/// A day of birth in the civil calendar, without a zone: a birthday is the same day everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Date);

hide_from_debug!(BirthDate);

/// Why a day cannot be that of a member's birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthDateRefusal {
    /// It has not come yet.
    InFuture,
    /// The member would be older than [`AGE_YEARS_MAX`]: mostly a mistyped century.
    TooLongAgo,
}

impl BirthDate {
    /// Checks against `today`, the local date of the branch.
    pub fn parse(date: Date, today: Date) -> Result<Self, BirthDateRefusal> {
        if date > today {
            return Err(BirthDateRefusal::InFuture);
        }
        let birth = Self(date);
        if birth.age_on(today) > AGE_YEARS_MAX { Err(BirthDateRefusal::TooLongAgo) } else { Ok(birth) }
    }

    /// The day itself.
    pub const fn date(self) -> Date {
        self.0
    }

    /// The age in whole years on `date`, 0 before the birth. A year is full on the birthday; of somebody born on
    /// 29 February it is full on 1 March in a common year, because a right that depends on age must not come early.
    pub fn age_on(self, date: Date) -> u8 {
        let birthday_to_come = (date.month(), date.day()) < (self.0.month(), self.0.day());
        let years = date.year() - self.0.year() - i16::from(birthday_to_come);
        u8::try_from(years.max(0)).unwrap_or(u8::MAX)
    }
}

/// The ages that the laws tell apart. Each age of consent that a jurisdiction may have begins a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeBand {
    /// No day of birth is recorded.
    Unknown,
    /// 0 to 12 years.
    UnderThirteen,
    /// 13 years.
    Thirteen,
    /// 14 years.
    Fourteen,
    /// 15 years.
    Fifteen,
    /// 16 and 17 years.
    SixteenOrSeventeen,
    /// 18 years and more.
    Adult,
}

impl AgeBand {
    /// All bands, the unknown age first and then from the youngest.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::UnderThirteen,
        Self::Thirteen,
        Self::Fourteen,
        Self::Fifteen,
        Self::SixteenOrSeventeen,
        Self::Adult,
    ];

    /// The band of a member on `date`.
    pub fn on(birth: Option<BirthDate>, date: Date) -> Self {
        match birth.map(|birth| birth.age_on(date)) {
            None => Self::Unknown,
            Some(..=12) => Self::UnderThirteen,
            Some(13) => Self::Thirteen,
            Some(14) => Self::Fourteen,
            Some(15) => Self::Fifteen,
            Some(16..=17) => Self::SixteenOrSeventeen,
            Some(18..) => Self::Adult,
        }
    }

    /// The youngest age of the band in years; nothing when the age is unknown.
    pub const fn from_years(self) -> Option<u8> {
        match self {
            Self::Unknown => None,
            Self::UnderThirteen => Some(0),
            Self::Thirteen => Some(13),
            Self::Fourteen => Some(14),
            Self::Fifteen => Some(15),
            Self::SixteenOrSeventeen => Some(16),
            Self::Adult => Some(18),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_year_is_full_on_the_birthday() {
        // Born, asked on, age.
        let cases = [
            (date(2010, 6, 15), date(2026, 6, 14), 15),
            (date(2010, 6, 15), date(2026, 6, 15), 16),
            (date(2010, 6, 15), date(2010, 6, 15), 0),
            (date(2010, 6, 15), date(2009, 1, 1), 0),
            (date(2008, 2, 29), date(2026, 2, 28), 17),
            (date(2008, 2, 29), date(2026, 3, 1), 18),
            (date(2008, 2, 29), date(2024, 2, 28), 15),
            (date(2008, 2, 29), date(2024, 2, 29), 16),
            (date(2000, 12, 31), date(2026, 1, 1), 25),
            (date(-9999, 1, 1), date(9999, 1, 1), u8::MAX),
        ];
        for (born, on, age) in cases {
            assert_eq!(BirthDate(born).age_on(on), age, "{born} {on}");
        }
    }

    #[test]
    fn every_age_has_one_band_that_begins_at_or_below_it() {
        assert_eq!(AgeBand::on(None, date(2026, 1, 1)), AgeBand::Unknown);
        let birth = BirthDate(date(2000, 1, 1));
        for age in 0..=100_u8 {
            let band = AgeBand::on(Some(birth), date(2000 + i16::from(age), 1, 1));
            let next = AgeBand::ALL.iter().find(|other| **other > band);
            assert!(band.from_years().unwrap() <= age, "{age}");
            assert!(next.is_none_or(|next| next.from_years().unwrap() > age), "{age}");
        }
    }

    #[test]
    fn a_day_that_cannot_be_is_refused() {
        let today = date(2026, 11, 24);
        assert_eq!(BirthDate::parse(date(2026, 11, 25), today), Err(BirthDateRefusal::InFuture));
        assert_eq!(BirthDate::parse(date(1895, 11, 24), today), Err(BirthDateRefusal::TooLongAgo));
        let oldest = BirthDate::parse(date(1895, 11, 25), today).unwrap();
        assert_eq!((oldest.date(), format!("{oldest:?}").as_str()), (date(1895, 11, 25), "BirthDate(…)"));
        assert_eq!(BirthDate::parse(today, today).unwrap().age_on(today), 0);
    }
}
