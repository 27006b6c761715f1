//! Amounts of money: whole minor units of one currency.
//!
//! There is no arithmetic between currencies and no conversion (case T-22), and no fraction of a minor unit: where an
//! amount must be divided, [`Money::split`] hands out every unit of it exactly once (case T-13).

/// The largest amount, in minor units, on either side of zero: ten thousand billion of a currency with two digits.
pub const MINOR_UNITS_MAX: i64 = 1_000_000_000_000_000;

/// The most parts of one split: the lines of the longest receipt.
pub const SPLIT_PARTS_MAX: usize = 10_000;

/// The currencies whose minor unit is not a hundredth, by ISO 4217; all others have [`USUAL_MINOR_DIGITS`].
const UNUSUAL_MINOR_DIGITS: [(&[u8; 3], u8); 25] = [
    (b"BIF", 0),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"ISK", 0),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"UGX", 0),
    (b"UYI", 0),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
    (b"XPF", 0),
    (b"BHD", 3),
    (b"IQD", 3),
    (b"JOD", 3),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"TND", 3),
    (b"CLF", 4),
];

/// Hundredths, as of nearly every currency.
const USUAL_MINOR_DIGITS: u8 = 2;

/// A currency by its ISO 4217 code, such as "EUR", "RUB" or "CNY".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency([u8; 3]);

/// The code is not three capital letters from A to Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACurrency;

impl Currency {
    /// Checks the form of the code. Whether the currency exists is the operator's business: ISO adds and removes some
    /// every year.
    pub fn parse(code: &str) -> Result<Self, NotACurrency> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(NotACurrency),
        }
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).expect("capital letters are UTF-8")
    }

    /// How many digits follow the point: 100 minor units are one euro, one yen has none. Two, unless ISO 4217 says
    /// otherwise.
    pub fn minor_digits(self) -> u8 {
        let unusual = UNUSUAL_MINOR_DIGITS.iter().find(|(code, _)| **code == self.0);
        unusual.map_or(USUAL_MINOR_DIGITS, |&(_, digits)| digits)
    }
}

/// An amount, positive or negative, within [`MINOR_UNITS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why two amounts have no sum, or a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyRefusal {
    /// The amounts are of two currencies.
    CurrenciesDiffer,
    /// Beyond [`MINOR_UNITS_MAX`].
    TooLarge,
}

/// Why an amount cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitRefusal {
    /// There are more than [`SPLIT_PARTS_MAX`] parts.
    TooManyParts,
    /// There are no parts, or all weights are zero: nobody would get the amount.
    NoWeight,
}

impl Money {
    /// So many minor units.
    pub const fn parse(minor: i64, currency: Currency) -> Result<Self, MoneyRefusal> {
        if minor.unsigned_abs() > MINOR_UNITS_MAX.unsigned_abs() {
            return Err(MoneyRefusal::TooLarge);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing, of this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyRefusal> {
        if self.currency != other.currency {
            return Err(MoneyRefusal::CurrenciesDiffer);
        }
        // Both are far from the ends of i64.
        Self::parse(self.minor + other.minor, self.currency)
    }

    /// Splits the amount in proportion to the weights, so that the parts add up to it exactly. Each part is first rounded
    /// towards zero; the units that are left go one each to the parts that lost most, the earlier part first among
    /// equals. A part with weight zero gets nothing.
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>, SplitRefusal> {
        if weights.len() > SPLIT_PARTS_MAX {
            return Err(SplitRefusal::TooManyParts);
        }
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        if total == 0 {
            return Err(SplitRefusal::NoWeight);
        }
        // 50 bits times 64 bits, so that nothing is lost.
        let amount = u128::from(self.minor.unsigned_abs());
        let exact = |weight: u64| amount * u128::from(weight);
        let mut parts: Vec<u128> = weights.iter().map(|&weight| exact(weight) / total).collect();
        let left = amount - parts.iter().sum::<u128>();
        let mut by_loss: Vec<usize> = (0..weights.len()).collect();
        by_loss.sort_by_key(|&part| std::cmp::Reverse(exact(weights[part]) % total));
        for &part in
            by_loss.iter().take(usize::try_from(left).expect("fewer units are left than there are parts"))
        {
            parts[part] += 1;
        }
        let signed =
            |part: u128| self.minor.signum() * i64::try_from(part).expect("a part is within the whole");
        Ok(parts.into_iter().map(|part| Self { minor: signed(part), currency: self.currency }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn euro_cents(minor: i64) -> Money {
        Money::parse(minor, currency("EUR")).unwrap()
    }

    fn check_split(cases: &[(&str, i64, &[u64], &[i64])]) {
        for &(name, amount, weights, expected) in cases {
            let parts: Vec<i64> =
                euro_cents(amount).split(weights).unwrap().into_iter().map(Money::minor).collect();
            assert_eq!(parts, expected, "{name}");
        }
    }

    #[test]
    fn t13_the_parts_add_up_to_the_whole() {
        check_split(&[
            ("a cent over three lines", 1, &[1, 1, 1], &[1, 0, 0]),
            ("a third of a cent", 1, &[333, 667], &[0, 1]),
            ("ten over three", 10, &[1, 1, 1], &[4, 3, 3]),
            ("the largest loss first", 100, &[1, 1, 4], &[17, 17, 66]),
            ("two losses", 101, &[1, 1, 1], &[34, 34, 33]),
            ("half a cent goes to the earlier", 1, &[1, 1], &[1, 0]),
            ("a weight of zero gets nothing", 5, &[0, 2, 0], &[0, 5, 0]),
            ("negative, the mirror of positive", -100, &[1, 1, 4], &[-17, -17, -66]),
            ("nothing", 0, &[3, 4], &[0, 0]),
            (
                "the largest amount and weights",
                MINOR_UNITS_MAX,
                &[u64::MAX, u64::MAX],
                &[MINOR_UNITS_MAX / 2, MINOR_UNITS_MAX / 2],
            ),
        ]);
        let mut seed = 1_u64;
        for round in 0..20_000 {
            let mut number = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed >> 33
            };
            let amount = number() as i64 - (1 << 30);
            let weights: Vec<u64> = (0..=number() % 6).map(|_| number() % 40).collect();
            let Ok(parts) = euro_cents(amount).split(&weights) else {
                assert_eq!(weights.iter().sum::<u64>(), 0, "round {round}");
                continue;
            };
            let total = weights.iter().sum::<u64>() as f64;
            assert_eq!(parts.iter().map(|part| part.minor()).sum::<i64>(), amount, "round {round}");
            for (part, weight) in parts.iter().zip(&weights) {
                let fair = amount as f64 * *weight as f64 / total;
                assert!((part.minor() as f64 - fair).abs() < 1.0, "round {round}: {part:?}, fair is {fair}");
            }
        }
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        assert_eq!(euro_cents(1).split(&[]), Err(SplitRefusal::NoWeight));
        assert_eq!(euro_cents(1).split(&[0, 0]), Err(SplitRefusal::NoWeight));
        assert_eq!(euro_cents(1).split(&[1; SPLIT_PARTS_MAX + 1]), Err(SplitRefusal::TooManyParts));
    }

    #[test]
    fn t22_currencies_are_never_mixed() {
        let roubles = Money::parse(100, currency("RUB")).unwrap();
        assert_eq!(euro_cents(100).checked_add(roubles), Err(MoneyRefusal::CurrenciesDiffer));
        assert_eq!(
            euro_cents(0).checked_add(roubles),
            Err(MoneyRefusal::CurrenciesDiffer),
            "zero is no way around"
        );
        assert_ne!(Money::zero(currency("EUR")), Money::zero(currency("RUB")));
        assert_eq!(euro_cents(100).checked_add(euro_cents(-30)), Ok(euro_cents(70)));
    }

    #[test]
    fn an_amount_has_a_limit() {
        for minor in [MINOR_UNITS_MAX + 1, -MINOR_UNITS_MAX - 1, i64::MIN, i64::MAX] {
            assert_eq!(Money::parse(minor, currency("EUR")), Err(MoneyRefusal::TooLarge), "{minor}");
        }
        assert_eq!(euro_cents(MINOR_UNITS_MAX).checked_add(euro_cents(1)), Err(MoneyRefusal::TooLarge));
        assert!(euro_cents(-MINOR_UNITS_MAX).checked_add(euro_cents(MINOR_UNITS_MAX)).is_ok());
    }

    #[test]
    fn a_currency_knows_its_digits() {
        for (code, digits) in [
            ("EUR", 2),
            ("RUB", 2),
            ("CNY", 2),
            ("KZT", 2),
            ("AED", 2),
            ("JPY", 0),
            ("KRW", 0),
            ("VND", 0),
            ("ISK", 0),
            ("KWD", 3),
            ("CLF", 4),
        ] {
            assert_eq!((currency(code).code(), currency(code).minor_digits()), (code, digits));
        }
        for wrong in ["", "EU", "EURO", "eur", "E R", "€"] {
            assert_eq!(Currency::parse(wrong), Err(NotACurrency), "{wrong:?}");
        }
    }
}
