//! What can be wrong with a cell or a row: data with stable keys, and the English words for it in this one place.

use std::fmt;

/// Why a row is held back. The rest of the list is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// Neither a name nor a phone, e-mail or card.
    Nobody,
    /// A name with digits, an `@`, or more words than a name has.
    UnreadableName,
    /// Too few or too many digits, or a number that no known country has.
    UnreadablePhone,
    /// A bare number, and the country is neither given nor clear from the list.
    PhoneWithoutCountry,
    /// Excel has rounded the number: its last digits are lost.
    DigitsLost,
    /// No e-mail address.
    UnreadableEmail,
    /// Nothing that is a date.
    UnreadableDate,
    /// The day does not exist: 31 April.
    ImpossibleDate,
    /// Only a year.
    OnlyAYear,
    /// Born in the future or before 1900; a membership of another century.
    DateOutOfRange,
    /// No amount.
    UnreadableAmount,
    /// `1,000` where the list does not tell whether this is one or a thousand.
    AmbiguousAmount,
    /// Less than nothing.
    NegativeAmount,
    /// Larger than can be kept, or finer than a hundredth.
    AmountOutOfRange,
    /// No whole number of visits.
    UnreadableCount,
    /// Neither male nor female in any known spelling.
    UnreadableSex,
    /// Neither yes nor no.
    UnreadableConsent,
    /// A formula that failed.
    FailedFormula,
    /// Letters that were lost when the file was saved, or the wrong encoding.
    BrokenLetters,
    /// A quotation mark that never closes.
    LoneQuote,
    /// Longer than the field may be.
    TooLong,
}

impl Trouble {
    /// A stable name. It never changes once published.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Trouble::Nobody => "nobody",
            Trouble::UnreadableName => "unreadable_name",
            Trouble::UnreadablePhone => "unreadable_phone",
            Trouble::PhoneWithoutCountry => "phone_without_country",
            Trouble::DigitsLost => "digits_lost",
            Trouble::UnreadableEmail => "unreadable_email",
            Trouble::UnreadableDate => "unreadable_date",
            Trouble::ImpossibleDate => "impossible_date",
            Trouble::OnlyAYear => "only_a_year",
            Trouble::DateOutOfRange => "date_out_of_range",
            Trouble::UnreadableAmount => "unreadable_amount",
            Trouble::AmbiguousAmount => "ambiguous_amount",
            Trouble::NegativeAmount => "negative_amount",
            Trouble::AmountOutOfRange => "amount_out_of_range",
            Trouble::UnreadableCount => "unreadable_count",
            Trouble::UnreadableSex => "unreadable_sex",
            Trouble::UnreadableConsent => "unreadable_consent",
            Trouble::FailedFormula => "failed_formula",
            Trouble::BrokenLetters => "broken_letters",
            Trouble::LoneQuote => "lone_quote",
            Trouble::TooLong => "too_long",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Nobody => {
                "there is neither a name nor a phone, e-mail or card; delete the row or fill it in"
            }
            Trouble::UnreadableName => "this is no name; leave only the name in the cell",
            Trouble::UnreadablePhone => "this is no phone number; write it with + and the country",
            Trouble::PhoneWithoutCountry => "of which country is this number? write +, or give --country",
            Trouble::DigitsLost => "Excel has rounded this number; type it again in a cell formatted as text",
            Trouble::UnreadableEmail => "this is no e-mail address",
            Trouble::UnreadableDate => "this is no date; write it as 31.12.1990 or 1990-12-31",
            Trouble::ImpossibleDate => "there is no such day",
            Trouble::OnlyAYear => "this is only a year; write the day and month, or leave it empty",
            Trouble::DateOutOfRange => "this date cannot be right",
            Trouble::UnreadableAmount => "this is no amount; write only digits, as 1234.50",
            Trouble::AmbiguousAmount => "one or a thousand? write it without a separator",
            Trouble::NegativeAmount => "a balance below zero cannot be taken over",
            Trouble::AmountOutOfRange => "this amount is too large or has parts of a hundredth",
            Trouble::UnreadableCount => "this is no whole number",
            Trouble::UnreadableSex => "this is neither male nor female; leave it empty if unknown",
            Trouble::UnreadableConsent => "this is neither yes nor no",
            Trouble::FailedFormula => "the formula in this cell has failed",
            Trouble::BrokenLetters => "letters were lost here; save the list anew as CSV UTF-8 or xlsx",
            Trouble::LoneQuote => "a quotation mark opens here and never closes; delete it",
            Trouble::TooLong => "this is longer than the field may be",
        })
    }
}

/// What was decided for a whole column or list and may be decided otherwise by a person. Shown in the preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Bare phone numbers were given this country.
    CountryGuessed {
        /// ISO 3166 code.
        country: &'static str,
        /// How many bare numbers fit it.
        fitting: u32,
        /// How many bare numbers there are.
        bare: u32,
    },
    /// No country fits the bare phone numbers well enough.
    CountryUnknown {
        /// How many bare numbers there are.
        bare: u32,
    },
    /// Dates like 03/04 were read in this order because other dates of the column allow no other.
    DateOrderFound {
        /// The header.
        column: String,
        /// Whether 03/04 is the 3rd of April.
        day_first: bool,
        /// How many dates could be read in both ways.
        ambiguous: u32,
    },
    /// Nothing in the column tells the order; this one was assumed.
    DateOrderAssumed {
        /// The header.
        column: String,
        /// Whether 03/04 is the 3rd of April.
        day_first: bool,
        /// How many dates could be read in both ways.
        ambiguous: u32,
    },
    /// The column has dates of both orders: those that can be read in both ways are in doubt.
    DateOrdersMixed {
        /// The header.
        column: String,
        /// Dates with the day first.
        day_first: u32,
        /// Dates with the month first.
        month_first: u32,
    },
    /// Two columns seemed to be the same; the second is left out.
    SecondColumnLeftOut {
        /// The header that is left out.
        column: String,
        /// What it seemed to be.
        field: &'static str,
    },
}

impl Note {
    /// A stable name. It never changes once published.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Note::CountryGuessed { .. } => "country_guessed",
            Note::CountryUnknown { .. } => "country_unknown",
            Note::DateOrderFound { .. } => "date_order_found",
            Note::DateOrderAssumed { .. } => "date_order_assumed",
            Note::DateOrdersMixed { .. } => "date_orders_mixed",
            Note::SecondColumnLeftOut { .. } => "second_column_left_out",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = |day_first: bool| if day_first { "3 April" } else { "March 4" };
        match self {
            Note::CountryGuessed { country, fitting, bare } => write!(
                f,
                "phone numbers without a country are taken for {country}: {fitting} of {bare} fit; \
                 give --country if this is wrong"
            ),
            Note::CountryUnknown { bare } => {
                write!(f, "{bare} phone numbers have no country and fit none well; give --country")
            }
            Note::DateOrderFound { column, day_first, ambiguous } => write!(
                f,
                "\"{column}\": 03/04 is {}, as other dates of the column show ({ambiguous} could be read both ways)",
                order(*day_first)
            ),
            Note::DateOrderAssumed { column, day_first, ambiguous } => write!(
                f,
                "\"{column}\": 03/04 is assumed to be {}; nothing in the column tells ({ambiguous} such dates)",
                order(*day_first)
            ),
            Note::DateOrdersMixed { column, day_first, month_first } => write!(
                f,
                "\"{column}\": {day_first} dates have the day first and {month_first} the month; \
                 check those that could be read both ways"
            ),
            Note::SecondColumnLeftOut { column, field } => {
                write!(
                    f,
                    "\"{column}\" seems to be a second {field} and is left out; change the map to take it"
                )
            }
        }
    }
}
