//! What lies on the counter, as the page carries it from press to press.

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Basket, LineSpec};
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::purchases::{Buyer, Buying, Recognition, open_candidate, open_recognition};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::commands::typed;
use crate::pages::till::Here;
use crate::server::form::Form;
use crate::server::trouble::Trouble;

/// Lines of one basket: a form has so many fields at most.
pub(super) const LINES_MAX: usize = 100;

/// What a line is called that nobody gave a name.
pub(super) const GOODS: &str = "goods";

/// A line as it is in the page: product, category, thousandths, minor units.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Line(pub(super) String, pub(super) Option<String>, pub(super) u64, pub(super) i64);

impl Line {
    /// As the page carries it.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What lies on the counter.
pub(super) struct Counter {
    /// The id of the purchase.
    pub(super) purchase: Id,
    pub(super) lines: Vec<Line>,
    /// Who buys, when he is known.
    pub(super) customer: Option<Recognition>,
    /// Whom the camera has seen, until the cashier has said whether it is he.
    pub(super) candidate: Option<Recognition>,
    /// Points that this purchase holds.
    pub(super) held: u64,
    /// The camera is not asked any more for this purchase.
    pub(super) looked: bool,
}

impl Counter {
    /// An empty one.
    pub(super) fn new() -> Result<Counter, Trouble> {
        let purchase = Id::new(clock::now_us())?;
        Ok(Counter { purchase, lines: Vec::new(), customer: None, candidate: None, held: 0, looked: false })
    }

    /// What a form brought. A recognition that is too old, or another till's, is none.
    pub(super) fn of(form: &Form, vault: &Vault, here: &Here) -> Result<Counter, Trouble> {
        let (till, now_us) = (here.till.id, clock::now_us());
        let purchase = form.id("purchase").ok_or_else(|| Trouble::bad_request("no purchase"))?;
        let line = |text: &str| serde_json::from_str::<Line>(text);
        let lines: Result<Vec<Line>, _> = form.all("line").into_iter().map(line).collect();
        let lines = lines.map_err(|_| Trouble::bad_request("a line of the basket"))?;
        if lines.len() > LINES_MAX {
            return Err(Trouble::bad_request("too many lines"));
        }
        let sealed = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        let customer = sealed("customer").and_then(|text| open_recognition(vault, &text, till, now_us).ok());
        let candidate = sealed("candidate").and_then(|text| open_candidate(vault, &text, till, now_us).ok());
        let held = form.text("held").parse().unwrap_or(0);
        let looked = form.is_ticked("looked");
        Ok(Counter { purchase, lines, customer, candidate, held, looked })
    }

    /// Puts something into the basket: what was typed, or the field that is wrong with the key of why.
    pub(super) fn add(&mut self, form: &Form, currency: Currency) -> Result<(), &'static str> {
        if self.lines.len() >= LINES_MAX {
            return Err("till-too-many-lines");
        }
        let price = typed::money(&format!("{} {}", form.text("price").replace(',', "."), currency.code()));
        let price_minor = price.map_err(|_| "till-bad-price")?.minor();
        let quantity_milli = quantity_milli(form.text("quantity")).ok_or("till-bad-quantity")?;
        let product = Some(form.text("product")).filter(|text| !text.is_empty()).unwrap_or(GOODS).to_owned();
        let category = Some(form.text("category")).filter(|text| !text.is_empty()).map(str::to_owned);
        self.lines.push(Line(product, category, quantity_milli, price_minor));
        if self.basket(currency).is_err() {
            self.lines.pop();
            return Err("till-bad-line");
        }
        Ok(())
    }

    /// The basket; nothing while it is empty.
    pub(super) fn basket(&self, currency: Currency) -> Result<Option<Basket>, Trouble> {
        if self.lines.is_empty() {
            return Ok(None);
        }
        let spec = |line: &Line| LineSpec {
            product: line.0.clone(),
            categories: line.1.iter().cloned().collect(),
            quantity_milli: line.2,
            price_minor: line.3,
        };
        let specs: Vec<LineSpec> = self.lines.iter().map(spec).collect();
        Basket::parse(currency, &specs).map(Some).map_err(|_| Trouble::bad_request("a line of the basket"))
    }

    /// What is bought, with so many points.
    pub(super) fn buying(&self, here: &Here, points: u64) -> Result<Option<Buying>, Trouble> {
        let Some(basket) = self.basket(here.branch.content.currency)? else { return Ok(None) };
        let buyer = self.customer.as_ref().map(|who| Buyer { member: who.member, way: who.way });
        Ok(Some(Buying { till: here.till.id, buyer, basket, points }))
    }
}

/// Thousandths of what was typed: `2`, `0.75`; nothing typed is one.
pub(super) fn quantity_milli(text: &str) -> Option<u64> {
    let text = text.replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return text.is_empty().then_some(1_000);
    }
    let all = format!("{whole}{fraction:0<3}");
    let plain = fraction.len() <= 3 && all.bytes().all(|byte| byte.is_ascii_digit());
    all.parse().ok().filter(|&milli| plain && milli > 0)
}

/// Thousandths as a number is typed.
pub(super) fn quantity_text(milli: u64) -> String {
    let text = format!("{}.{:03}", milli / 1_000, milli % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t12_quantities_are_read_as_they_are_typed_and_nothing_else_is() {
        for (text, milli) in
            [("", 1_000), ("1", 1_000), ("2,5", 2_500), ("0.075", 75), (".5", 500), ("10.", 10_000)]
        {
            assert_eq!(quantity_milli(text), Some(milli), "{text}");
        }
        for text in ["0", "-1", "1e3", "NaN", "1.0005", "1.2.3", ".", " ", "99999999999999999999", "٣"] {
            assert_eq!(quantity_milli(text), None, "{text}");
        }
        for (milli, text) in [(1_000, "1"), (75, "0.075"), (2_500, "2.5"), (10_000, "10"), (100_000, "100")] {
            assert_eq!(quantity_text(milli), text);
            assert_eq!(quantity_milli(text), Some(milli));
        }
    }
}
