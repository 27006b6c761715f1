//! Which goods a rule is about.

use super::basket::{GoodsCode, Line};

/// The most codes of one list of goods.
pub const GOODS_CODES_MAX: usize = 1_000;

/// Products and categories by their codes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Goods {
    /// Single products.
    pub products: Vec<GoodsCode>,
    /// Whole categories.
    pub categories: Vec<GoodsCode>,
}

impl Goods {
    fn codes(&self) -> usize {
        self.products.len() + self.categories.len()
    }

    fn sorted(mut self) -> Self {
        self.products.sort();
        self.categories.sort();
        self
    }

    /// For sorted goods only.
    fn have_one_twice(&self) -> bool {
        let twice = |codes: &[GoodsCode]| codes.windows(2).any(|pair| pair[0] == pair[1]);
        twice(&self.products) || twice(&self.categories)
    }

    /// For sorted goods only.
    fn share_one_with(&self, other: &Goods) -> bool {
        let share = |some: &[GoodsCode], others: &[GoodsCode]| {
            some.iter().any(|code| others.binary_search(code).is_ok())
        };
        share(&self.products, &other.products) || share(&self.categories, &other.categories)
    }

    /// For sorted goods only: whether the line's product or one of its categories is among them.
    fn have(&self, line: &Line) -> bool {
        let has = |category| self.categories.binary_search(category).is_ok();
        self.products.binary_search(line.product()).is_ok() || line.categories().iter().any(has)
    }
}

/// From which goods a selection begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Everything that is sold.
    All,
    /// These only.
    Only(Goods),
}

/// Goods, less those that are left out. Leaving out wins: a chosen product of a category that is left out is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    chosen: Chosen,
    without: Goods,
}

/// Why goods are no selection. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionRefusal {
    /// Nothing is chosen: the rule would be about nothing.
    NothingChosen,
    /// One of the lists has more than [`GOODS_CODES_MAX`] codes.
    TooMany,
    /// A code is in one list twice.
    Twice,
    /// The same product or category is chosen and left out.
    ChosenAndLeftOut,
}

impl Selection {
    /// Everything.
    pub const fn all() -> Self {
        Self { chosen: Chosen::All, without: Goods { products: Vec::new(), categories: Vec::new() } }
    }

    /// Checks the lists. Their order means nothing and is not kept.
    ///
    /// # Errors
    /// The first of [`SelectionRefusal`].
    pub fn parse(chosen: Chosen, without: Goods) -> Result<Self, SelectionRefusal> {
        let without = without.sorted();
        let chosen = match chosen {
            Chosen::All => Chosen::All,
            Chosen::Only(goods) => Chosen::Only(goods.sorted()),
        };
        let named = match &chosen {
            Chosen::All => None,
            Chosen::Only(goods) => Some(goods),
        };
        if named.is_some_and(|goods| goods.codes() == 0) {
            return Err(SelectionRefusal::NothingChosen);
        }
        if without.codes().max(named.map_or(0, Goods::codes)) > GOODS_CODES_MAX {
            return Err(SelectionRefusal::TooMany);
        }
        if without.have_one_twice() || named.is_some_and(Goods::have_one_twice) {
            return Err(SelectionRefusal::Twice);
        }
        if named.is_some_and(|goods| goods.share_one_with(&without)) {
            return Err(SelectionRefusal::ChosenAndLeftOut);
        }
        Ok(Self { chosen, without })
    }

    /// Whether the line is among them.
    pub fn includes(&self, line: &Line) -> bool {
        let chosen = match &self.chosen {
            Chosen::All => true,
            Chosen::Only(goods) => goods.have(line),
        };
        chosen && !self.without.have(line)
    }

    /// From what it begins, in the order of the codes.
    pub const fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// What is left out, in the order of the codes.
    pub const fn without(&self) -> &Goods {
        &self.without
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::programme::{Basket, LineSpec};

    fn codes(names: &[&str]) -> Vec<GoodsCode> {
        names.iter().map(|name| GoodsCode::parse(name).unwrap()).collect()
    }

    fn goods(products: &[&str], categories: &[&str]) -> Goods {
        Goods { products: codes(products), categories: codes(categories) }
    }

    #[test]
    fn a_line_is_chosen_by_product_or_category_and_left_out_by_either() {
        let sold = [("latte", vec!["drinks"]), ("rum", vec!["drinks", "alcohol"]), ("bread", vec![])];
        let lines: Vec<LineSpec> = sold
            .iter()
            .map(|(product, categories)| LineSpec {
                product: (*product).to_owned(),
                categories: categories.iter().map(|&category| category.to_owned()).collect(),
                quantity_milli: 1000,
                price_minor: 1,
            })
            .collect();
        let basket = Basket::parse(Currency::parse("EUR").unwrap(), &lines).unwrap();
        let nothing = goods(&[], &[]);
        let only = |products, categories| Chosen::Only(goods(products, categories));
        let cases = [
            (Chosen::All, nothing.clone(), [true, true, true]),
            (Chosen::All, goods(&[], &["alcohol"]), [true, false, true]),
            (Chosen::All, goods(&["bread", "rum"], &[]), [true, false, false]),
            (only(&[], &["drinks"]), nothing.clone(), [true, true, false]),
            (only(&["rum", "bread"], &[]), goods(&[], &["alcohol"]), [false, false, true]),
            (only(&["bread"], &["drinks"]), goods(&["latte"], &[]), [false, true, true]),
            (only(&["drinks"], &["rum"]), nothing, [false, false, false]),
        ];
        for (chosen, without, expected) in cases {
            let selection = Selection::parse(chosen, without).unwrap();
            let found: Vec<bool> = basket.lines().iter().map(|line| selection.includes(line)).collect();
            assert_eq!(found, expected, "{selection:?}");
            let again = Selection::parse(selection.chosen().clone(), selection.without().clone());
            assert_eq!(again, Ok(selection), "it is kept by its lists");
        }
        assert_eq!(Selection::parse(Chosen::All, Goods::default()), Ok(Selection::all()));
    }

    #[test]
    fn a_selection_that_cannot_be_is_refused() {
        use SelectionRefusal::*;
        let many: Vec<String> = (0..=GOODS_CODES_MAX).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let cases = [
            (Chosen::Only(goods(&[], &[])), goods(&["a", "a"], &[]), NothingChosen),
            (Chosen::All, goods(&many, &[]), TooMany),
            (Chosen::Only(goods(&[], &many)), goods(&[], &[]), TooMany),
            (Chosen::All, goods(&["a", "b", "a"], &[]), Twice),
            (Chosen::Only(goods(&["a"], &["b", "b"])), goods(&["a"], &[]), Twice),
            (Chosen::Only(goods(&["a"], &["b"])), goods(&["a"], &[]), ChosenAndLeftOut),
            (Chosen::Only(goods(&["a"], &["b"])), goods(&[], &["b"]), ChosenAndLeftOut),
        ];
        for (chosen, without, refusal) in cases {
            assert_eq!(Selection::parse(chosen, without), Err(refusal));
        }
    }
}
