//! A basket and a customer as a till sends them.

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Basket, BasketRefusal, LineSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::purchases::{Buyer, NotRecognised, Recognition, open_recognition};
use serde::Deserialize;

use crate::api::body::unprocessable;
use crate::server::trouble::Trouble;

/// What lies in the basket.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillBasket {
    /// The currency of the prices, by ISO 4217.
    #[schema(example = "RUB")]
    currency: String,
    /// One to five hundred lines.
    lines: Vec<TillLine>,
}

/// A line.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillLine {
    /// The shop's own code of the product.
    #[schema(example = "4600051000057")]
    product: String,
    /// The categories that it belongs to.
    #[serde(default)]
    categories: Vec<String>,
    /// How much of it, in thousandths of a piece or of the unit that it is sold by.
    #[schema(example = 1000)]
    quantity_milli: u64,
    /// What the whole line costs, in minor units, after the shop's own discounts.
    #[schema(example = 19900)]
    price_minor: i64,
}

impl TillBasket {
    /// The basket, checked.
    ///
    /// # Errors
    /// 422 with what is wrong.
    pub(super) fn basket(&self) -> Result<Basket, Trouble> {
        let currency = Currency::parse(&self.currency);
        let currency = currency.map_err(|_| unprocessable("bad_value", "currency is no code of ISO 4217"))?;
        let line = |line: &TillLine| LineSpec {
            product: line.product.clone(),
            categories: line.categories.clone(),
            quantity_milli: line.quantity_milli,
            price_minor: line.price_minor,
        };
        let lines: Vec<LineSpec> = self.lines.iter().map(line).collect();
        Basket::parse(currency, &lines).map_err(bad_basket)
    }
}

fn bad_basket(refusal: BasketRefusal) -> Trouble {
    let words = match refusal {
        BasketRefusal::NoLine => "the basket has no line".to_owned(),
        BasketRefusal::TooManyLines => "the basket has more than 500 lines".to_owned(),
        BasketRefusal::Product { index, .. } => format!("lines[{index}].product is no line of text"),
        BasketRefusal::TooManyCategories { index } => format!("lines[{index}].categories are more than 16"),
        BasketRefusal::Category { index, .. } => format!("lines[{index}].categories: one is no line of text"),
        BasketRefusal::Quantity { index } => format!("lines[{index}].quantity_milli is 1 to 1000000000"),
        BasketRefusal::Price { index } => format!("lines[{index}].price_minor is 0 to 1000000000000"),
    };
    unprocessable("bad_value", words)
}

/// Who was recognised, as the till was told.
///
/// # Errors
/// 422 when it is no recognition of this till, or too old.
pub(super) fn recognised(
    vault: &Vault,
    acting: &Acting,
    till: Id,
    text: Option<&str>,
) -> Result<Option<Recognition>, Trouble> {
    let Some(text) = text else { return Ok(None) };
    let opened = open_recognition(vault, text, till, acting.now_us);
    opened.map(Some).map_err(|why| not_recognised("customer", why))
}

/// Why a sealed text names nobody.
pub(super) fn not_recognised(field: &str, why: NotRecognised) -> Trouble {
    let words = match why {
        NotRecognised::NotOurs => "is no text of this server",
        NotRecognised::OtherTill => "was recognised at another till",
        NotRecognised::TooOld => "was recognised too long ago: recognise the customer again",
    };
    unprocessable("not_recognised", format!("{field} {words}"))
}

/// Who buys.
pub(super) fn buyer(recognised: Option<&Recognition>) -> Option<Buyer> {
    recognised.map(|who| Buyer { member: who.member, way: who.way })
}
