//! What somebody buys: the lines of a receipt before it is printed.

use crate::money::{Currency, Money};
use crate::plain_text::{TextRefusal, one_line};

/// The most lines of one basket.
pub const LINES_MAX: usize = 500;

/// The most characters of the code of a product or a category.
pub const CODE_CHARS_MAX: usize = 64;

/// The most categories of one line.
pub const LINE_CATEGORIES_MAX: usize = 16;

/// The largest quantity of one line, in thousandths: a million pieces.
pub const QUANTITY_MILLI_MAX: u64 = 1_000_000_000;

/// The most that one line costs, in minor units, so that the longest basket is still an amount.
pub const LINE_MINOR_MAX: i64 = 1_000_000_000_000;

/// What the shop's own books call a product or a category of products. One line of at most [`CODE_CHARS_MAX`] characters; capital
/// and small letters differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoodsCode(String);

impl GoodsCode {
    /// Checks the text.
    ///
    /// # Errors
    /// Why it is no line of text.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, CODE_CHARS_MAX).map(Self)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line as the till sends it: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSpec {
    /// Which product.
    pub product: String,
    /// The categories that it belongs to; one that is written twice counts once.
    pub categories: Vec<String>,
    /// How much of it, in thousandths of a piece or of the unit that it is sold by.
    pub quantity_milli: u64,
    /// What the whole line costs, in minor units, after the shop's own discounts.
    pub price_minor: i64,
}

/// One line of a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    product: GoodsCode,
    /// Sorted, each once.
    categories: Vec<GoodsCode>,
    quantity_milli: u64,
    price_minor: i64,
}

impl Line {
    /// Which product.
    pub const fn product(&self) -> &GoodsCode {
        &self.product
    }

    /// The categories that it belongs to, in the order of their codes.
    pub fn categories(&self) -> &[GoodsCode] {
        &self.categories
    }

    /// How much of it, in thousandths; at least one.
    pub const fn quantity_milli(&self) -> u64 {
        self.quantity_milli
    }

    /// What the whole line costs, in minor units, from zero to [`LINE_MINOR_MAX`].
    pub const fn price_minor(&self) -> i64 {
        self.price_minor
    }
}

/// Why a basket is not accepted. Checks stand in this order, those of a line for the first line before those for the second.
/// `index` counts lines from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasketRefusal {
    /// There is no line.
    NoLine,
    /// There are more than [`LINES_MAX`].
    TooManyLines,
    /// The product's code is no line of text.
    Product {
        /// The line.
        index: usize,
        /// What is wrong.
        why: TextRefusal,
    },
    /// The line has more than [`LINE_CATEGORIES_MAX`] categories.
    TooManyCategories {
        /// The line.
        index: usize,
    },
    /// A category's code is no line of text.
    Category {
        /// The line.
        index: usize,
        /// What is wrong.
        why: TextRefusal,
    },
    /// The quantity is nothing, or more than [`QUANTITY_MILLI_MAX`].
    Quantity {
        /// The line.
        index: usize,
    },
    /// The price is negative, or more than [`LINE_MINOR_MAX`].
    Price {
        /// The line.
        index: usize,
    },
}

/// What somebody buys, in one currency (case T-22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    currency: Currency,
    lines: Vec<Line>,
}

impl Basket {
    /// Checks the lines.
    ///
    /// # Errors
    /// The first of [`BasketRefusal`].
    pub fn parse(currency: Currency, lines: &[LineSpec]) -> Result<Self, BasketRefusal> {
        if lines.is_empty() {
            return Err(BasketRefusal::NoLine);
        }
        if lines.len() > LINES_MAX {
            return Err(BasketRefusal::TooManyLines);
        }
        let checked = lines.iter().enumerate().map(|(index, line)| parse_line(index, line));
        Ok(Self { currency, lines: checked.collect::<Result<_, _>>()? })
    }

    /// The currency of its prices.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The lines, as they were sent; at least one.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What all lines cost.
    pub fn total(&self) -> Money {
        let minor = self.lines.iter().map(Line::price_minor).sum();
        Money::parse(minor, self.currency).expect("the longest basket is an amount")
    }
}

fn parse_line(index: usize, spec: &LineSpec) -> Result<Line, BasketRefusal> {
    let product = GoodsCode::parse(&spec.product).map_err(|why| BasketRefusal::Product { index, why })?;
    if spec.categories.len() > LINE_CATEGORIES_MAX {
        return Err(BasketRefusal::TooManyCategories { index });
    }
    let categories = spec.categories.iter().map(|category| GoodsCode::parse(category));
    let mut categories: Vec<GoodsCode> =
        categories.collect::<Result<_, _>>().map_err(|why| BasketRefusal::Category { index, why })?;
    categories.sort();
    categories.dedup();
    if !(1..=QUANTITY_MILLI_MAX).contains(&spec.quantity_milli) {
        return Err(BasketRefusal::Quantity { index });
    }
    if !(0..=LINE_MINOR_MAX).contains(&spec.price_minor) {
        return Err(BasketRefusal::Price { index });
    }
    Ok(Line { product, categories, quantity_milli: spec.quantity_milli, price_minor: spec.price_minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut LineSpec);

    fn good() -> LineSpec {
        let categories = vec!["drinks".to_owned(), "beans".to_owned(), "drinks".to_owned()];
        LineSpec { product: " 4006381  ".to_owned(), categories, quantity_milli: 1500, price_minor: 1990 }
    }

    fn roubles() -> Currency {
        Currency::parse("RUB").unwrap()
    }

    #[test]
    fn a_basket_keeps_its_lines_in_their_order() {
        let gift = LineSpec { product: "gift".to_owned(), price_minor: 0, ..good() };
        let basket = Basket::parse(roubles(), &[good(), gift]).unwrap();
        assert_eq!(basket.total(), Money::parse(1990, roubles()).unwrap());
        let line = &basket.lines()[0];
        assert_eq!(
            (line.product().as_str(), line.quantity_milli(), line.price_minor()),
            ("4006381", 1500, 1990)
        );
        let categories: Vec<&str> = line.categories().iter().map(GoodsCode::as_str).collect();
        assert_eq!(categories, ["beans", "drinks"]);
        let longest = vec![LineSpec { price_minor: LINE_MINOR_MAX, ..good() }; LINES_MAX];
        let total = LINE_MINOR_MAX * LINES_MAX as i64;
        assert_eq!(Basket::parse(roubles(), &longest).unwrap().total().minor(), total);
    }

    #[test]
    fn t12_a_basket_that_cannot_be_is_refused() {
        use BasketRefusal::*;
        assert_eq!(Basket::parse(roubles(), &[]), Err(NoLine));
        assert_eq!(Basket::parse(roubles(), &vec![good(); LINES_MAX + 1]), Err(TooManyLines));
        let index = 1;
        let chars_max = CODE_CHARS_MAX;
        let cases: [(Spoil, BasketRefusal); 10] = [
            (|line| line.product.clear(), Product { index, why: TextRefusal::Empty }),
            (
                |line| line.product = "x".repeat(65),
                Product { index, why: TextRefusal::TooLong { chars_max } },
            ),
            (|line| line.product = "a\nb".to_owned(), Product { index, why: TextRefusal::ControlCharacter }),
            (|line| line.categories = vec![String::from("x"); 17], TooManyCategories { index }),
            (|line| line.categories[1].clear(), Category { index, why: TextRefusal::Empty }),
            (|line| line.quantity_milli = 0, Quantity { index }),
            (|line| line.quantity_milli = QUANTITY_MILLI_MAX + 1, Quantity { index }),
            (|line| line.price_minor = -1, Price { index }),
            (|line| line.price_minor = LINE_MINOR_MAX + 1, Price { index }),
            (|line| line.price_minor = i64::MAX, Price { index }),
        ];
        for (spoil, refusal) in cases {
            let mut bad = good();
            spoil(&mut bad);
            assert_eq!(Basket::parse(roubles(), &[good(), bad.clone()]), Err(refusal), "{bad:?}");
        }
    }
}
