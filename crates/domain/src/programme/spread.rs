//! Handing out a sum over the lines of a receipt.
//!
//! Each line first gets its proportional share rounded down. The units that are left go one each to the lines that lost most by
//! that, the earlier line first among equals, as in [`Money::split`]. So the parts add up to the sum, and no line gets more than its
//! share rounded up: a discount that is not above the lines together is above none of them (case T-13).

use std::cmp::Reverse;

use crate::money::Money;

use super::basket::LINES_MAX;

/// The largest weight of a share: times the largest sum, it is still a number of 128 bits.
pub(super) const WEIGHT_MAX: u128 = 100_000_000_000_000_000_000_000;

/// Why a discount cannot be spread. Checks stand in this order; `index` counts lines from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadRefusal {
    /// There are more than [`LINES_MAX`] lines.
    TooManyLines,
    /// The line is of another currency than the discount (case T-22).
    CurrenciesDiffer {
        /// The line.
        index: usize,
    },
    /// The line costs less than nothing.
    NegativeLine {
        /// The line.
        index: usize,
    },
    /// The discount is less than nothing.
    NegativeDiscount,
    /// The discount is more than all lines cost together.
    MoreThanLines,
}

/// Spreads a discount over lines in proportion to what they cost; a line of zero gets nothing.
///
/// # Errors
/// The first of [`SpreadRefusal`].
pub fn spread(discount: Money, lines: &[Money]) -> Result<Vec<Money>, SpreadRefusal> {
    if lines.len() > LINES_MAX {
        return Err(SpreadRefusal::TooManyLines);
    }
    if let Some(index) = lines.iter().position(|line| line.currency() != discount.currency()) {
        return Err(SpreadRefusal::CurrenciesDiffer { index });
    }
    if let Some(index) = lines.iter().position(|line| line.minor() < 0) {
        return Err(SpreadRefusal::NegativeLine { index });
    }
    let Ok(sum) = u64::try_from(discount.minor()) else { return Err(SpreadRefusal::NegativeDiscount) };
    let weights: Vec<u128> = lines.iter().map(|line| u128::from(line.minor().unsigned_abs())).collect();
    if u128::from(sum) > weights.iter().sum() {
        return Err(SpreadRefusal::MoreThanLines);
    }
    let money = |part: u64| {
        Money::parse(part.cast_signed(), discount.currency()).expect("a part is within the whole")
    };
    Ok(share_out(sum, &weights).into_iter().map(money).collect())
}

/// Shares of a sum, at most [`crate::ledger::POINTS_MAX`], in proportion to the weights, each at most [`WEIGHT_MAX`]. All are zero when
/// no weight is above zero; a weight of zero gets nothing.
pub(super) fn share_out(sum: u64, weights: &[u128]) -> Vec<u64> {
    debug_assert!(weights.iter().all(|weight| *weight <= WEIGHT_MAX));
    let total: u128 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: u128| u128::from(sum) * weight;
    let whole = |share: u128| u64::try_from(share).expect("a share is within the whole");
    let mut shares: Vec<u64> = weights.iter().map(|&weight| whole(exact(weight) / total)).collect();
    let left = sum - shares.iter().sum::<u64>();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    by_loss.sort_by_key(|&line| Reverse(exact(weights[line]) % total));
    for &line in
        by_loss.iter().take(usize::try_from(left).expect("fewer units are left than there are lines"))
    {
        shares[line] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::POINTS_MAX;
    use crate::money::Currency;

    fn money(minor: i64) -> Money {
        Money::parse(minor, Currency::parse("RUB").unwrap()).unwrap()
    }

    #[test]
    fn t13_a_discount_is_spread_to_the_last_unit() {
        let cases: [(&str, i64, &[i64], &[i64]); 9] = [
            ("a kopeck over three lines", 1, &[1, 1, 1], &[1, 0, 0]),
            ("a third of each kopeck, together one", 1, &[1, 1, 2], &[0, 0, 1]),
            ("nothing", 0, &[5, 5], &[0, 0]),
            ("everything", 11, &[1, 0, 10], &[1, 0, 10]),
            ("a line of zero gets nothing", 9, &[10, 0, 10], &[5, 0, 4]),
            ("nothing over nothing", 0, &[0, 0], &[0, 0]),
            ("no line", 0, &[], &[]),
            ("the largest loss first", 100, &[100, 100, 400], &[17, 17, 66]),
            ("a third of 0.01, 0.10 and 99.99", 3333, &[1, 10, 9999], &[0, 3, 3330]),
        ];
        for (name, discount, lines, expected) in cases {
            let lines: Vec<Money> = lines.iter().copied().map(money).collect();
            let parts: Vec<i64> =
                spread(money(discount), &lines).unwrap().iter().map(|part| part.minor()).collect();
            assert_eq!(parts, expected, "{name}");
        }
        let heaviest = [WEIGHT_MAX; LINES_MAX];
        let parts = share_out(POINTS_MAX, &heaviest);
        assert_eq!(parts.iter().sum::<u64>(), POINTS_MAX, "nothing overflows");
    }

    #[test]
    fn t22_a_discount_that_cannot_be_spread_is_refused() {
        use SpreadRefusal::*;
        let euro = Money::parse(1, Currency::parse("EUR").unwrap()).unwrap();
        let cases = [
            (money(0), vec![money(1); LINES_MAX + 1], TooManyLines),
            (money(0), vec![money(1), euro], CurrenciesDiffer { index: 1 }),
            (Money::zero(euro.currency()), vec![money(1)], CurrenciesDiffer { index: 0 }),
            (money(0), vec![money(1), money(-1)], NegativeLine { index: 1 }),
            (money(-1), vec![money(1)], NegativeDiscount),
            (money(3), vec![money(1), money(1)], MoreThanLines),
            (money(1), vec![], MoreThanLines),
        ];
        for (discount, lines, refusal) in cases {
            assert_eq!(spread(discount, &lines), Err(refusal));
        }
    }
}
