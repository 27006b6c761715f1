//! Which goods.

use bonafide_domain::programme::{Chosen, Goods, GoodsCode, Selection};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectionRecord {
    /// Nothing means everything that is sold.
    #[serde(deserialize_with = "Option::deserialize")]
    only: Option<GoodsRecord>,
    without: GoodsRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoodsRecord {
    products: Vec<String>,
    categories: Vec<String>,
}

impl SelectionRecord {
    pub(crate) fn of(selection: &Selection) -> Self {
        let only = match selection.chosen() {
            Chosen::All => None,
            Chosen::Only(goods) => Some(GoodsRecord::of(goods)),
        };
        Self { only, without: GoodsRecord::of(selection.without()) }
    }

    pub(crate) fn selection(&self) -> Option<Selection> {
        let chosen = match &self.only {
            None => Chosen::All,
            Some(record) => Chosen::Only(record.goods()?),
        };
        Selection::parse(chosen, self.without.goods()?).ok()
    }
}

impl GoodsRecord {
    fn of(goods: &Goods) -> Self {
        let texts = |codes: &[GoodsCode]| codes.iter().map(|code| code.as_str().to_owned()).collect();
        Self { products: texts(&goods.products), categories: texts(&goods.categories) }
    }

    fn goods(&self) -> Option<Goods> {
        let codes =
            |texts: &[String]| texts.iter().map(|text| GoodsCode::parse(text).ok()).collect::<Option<_>>();
        Some(Goods { products: codes(&self.products)?, categories: codes(&self.categories)? })
    }
}
