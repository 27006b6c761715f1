//! How phone numbers are written in the countries that members come from: a small table of plain facts.
//!
//! It knows lengths and first digits, not every block of numbers: it makes an E.164 number of what a person wrote, and
//! does not promise that somebody has it. A number with a `+` of any other country is taken as it is.

/// The plan of a country.
#[derive(Debug)]
pub struct Country {
    /// ISO 3166.
    pub code: &'static str,
    /// Without the `+`.
    pub(super) calling: &'static str,
    /// What is dialled before a number within the country; empty where nothing is.
    pub(super) trunk: &'static str,
    /// Digits after the calling code.
    pub(super) digits: std::ops::RangeInclusive<usize>,
    /// With what a number may begin.
    pub(super) starts: &'static str,
    /// With what a mobile number begins: such a number makes the country likelier.
    pub(super) mobile: &'static [&'static str],
}

const fn country(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    digits: std::ops::RangeInclusive<usize>,
    starts: &'static str,
    mobile: &'static [&'static str],
) -> Country {
    Country { code, calling, trunk, digits, starts, mobile }
}

/// The table, those first from which most members come. Where two share a calling code, the first digit tells them apart.
pub(super) const COUNTRIES: &[Country] = &[
    country("RU", "7", "8", 10..=10, "34589", &["9"]),
    country("KZ", "7", "8", 10..=10, "7", &["70", "77", "74"]),
    country("BY", "375", "80", 9..=9, "12345789", &["25", "29", "33", "44"]),
    country("UA", "380", "0", 9..=9, "3456789", &["39", "50", "6", "73", "9"]),
    country("CN", "86", "0", 10..=11, "123456789", &["13", "14", "15", "16", "17", "18", "19"]),
    country("US", "1", "", 10..=10, "23456789", &[]),
    country("GB", "44", "0", 10..=10, "123578", &["7"]),
    country("DE", "49", "0", 7..=11, "123456789", &["15", "16", "17"]),
    country("FR", "33", "0", 9..=9, "123456789", &["6", "7"]),
    country("IT", "39", "", 9..=11, "03", &["3"]),
    country("ES", "34", "", 9..=9, "6789", &["6", "7"]),
    country("PL", "48", "", 9..=9, "12345678", &["5", "6", "7", "88"]),
    country("NL", "31", "0", 9..=9, "123456789", &["6"]),
    country("BE", "32", "0", 8..=9, "123456789", &["4"]),
    country("AT", "43", "0", 7..=12, "123456789", &["6"]),
    country("CH", "41", "0", 9..=9, "123456789", &["7"]),
    country("PT", "351", "", 9..=9, "239", &["9"]),
    country("CZ", "420", "", 9..=9, "2345679", &["6", "7"]),
    country("SE", "46", "0", 7..=9, "123456789", &["7"]),
    country("FI", "358", "0", 6..=10, "123456789", &["4", "50"]),
    country("LT", "370", "8", 8..=8, "3456", &["6"]),
    country("LV", "371", "", 8..=8, "2678", &["2"]),
    country("EE", "372", "", 7..=8, "345678", &["5", "8"]),
    country("MD", "373", "0", 8..=8, "256789", &["6", "7"]),
    country("AM", "374", "0", 8..=8, "1234579", &["4", "5", "7", "9"]),
    country("GE", "995", "0", 9..=9, "347589", &["5"]),
    country("AZ", "994", "0", 9..=9, "1234567899", &["5", "7", "99"]),
    country("UZ", "998", "", 9..=9, "356789", &["9", "88", "33", "77"]),
    country("KG", "996", "0", 9..=9, "23579", &["5", "7", "99"]),
    country("TR", "90", "0", 10..=10, "23458", &["5"]),
    country("RS", "381", "0", 8..=9, "123678", &["6"]),
    country("IN", "91", "0", 10..=10, "123456789", &["9", "8", "7"]),
    country("IL", "972", "0", 8..=9, "234578", &["5"]),
    country("AE", "971", "0", 8..=9, "2345679", &["5"]),
];

/// The country with that code. Canada shares the plan of the United States.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Country> {
    let code = if code.eq_ignore_ascii_case("CA") { "US" } else { code };
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code))
}

/// The codes of all countries in the table.
#[must_use]
pub fn codes() -> Vec<&'static str> {
    COUNTRIES.iter().map(|country| country.code).collect()
}

impl Country {
    /// Whether these are the digits of a number after the calling code.
    pub(super) fn fits(&self, national: &str) -> bool {
        self.digits.contains(&national.len())
            && national.starts_with(|first| self.starts.contains(first))
            // Eleven digits in China are mobile, ten a line with its area.
            && (self.code != "CN" || (national.len() == 11) == self.is_mobile(national))
    }

    pub(super) fn is_mobile(&self, national: &str) -> bool {
        self.mobile.iter().any(|start| national.starts_with(start))
    }

    /// The digits after the calling code, of a number written as within the country or with the calling code but
    /// without its `+`.
    pub(super) fn national<'digits>(&self, digits: &'digits str) -> Option<&'digits str> {
        let candidates = [
            digits.strip_prefix(self.trunk).filter(|_| !self.trunk.is_empty()),
            digits.strip_prefix(self.calling),
            Some(digits),
        ];
        candidates.into_iter().flatten().find(|national| self.fits(national))
    }
}
