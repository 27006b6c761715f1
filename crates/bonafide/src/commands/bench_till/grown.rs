//! A ledger that has grown: whether a purchase costs the same after ten million transfers as at the beginning.

use std::num::NonZeroUsize;
use std::sync::Arc;

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Basket, LineSpec};
use bonafide_store::id::Id;
use bonafide_store::ledger::verify::count_transfers;
use bonafide_store::purchases::{Buyer, Buying, RecognisedBy, Sale, begin, complete};
use bonafide_store::store::{Store, Work};
use serde::Serialize;

use super::club::Shop;
use super::load::Run;
use crate::commands::bench_club::acting;
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;
use crate::progress;

/// Purchases of one transaction: they are not measured, and wait for no disk.
const BATCH: u64 = 500;

/// What a purchase that spends a point leaves: that it was held, that it was paid, and what it earned.
const TRANSFERS_EACH: u64 = 3;

/// What purchases cost when the ledger has so many transfers.
#[derive(Debug, Serialize)]
pub(super) struct Grown {
    pub(super) transfers: u64,
    #[serde(flatten)]
    pub(super) run: Run,
}

/// Measures after each of these sizes, in transfers.
pub(super) fn measured(
    store: &Arc<Store>,
    shop: &Arc<Shop>,
    sizes: &[u64],
    buy: impl Fn() -> Result<Run, Failure>,
) -> Result<Vec<Grown>, Failure> {
    let mut grown = Vec::new();
    let mut bought = 0;
    for &size in sizes {
        grow(store, shop, size, &mut bought)?;
        let transfers = store.read(count_transfers)?;
        grown.push(Grown { transfers, run: buy()? });
    }
    Ok(grown)
}

/// Lets members buy, one after the other, until there are so many transfers.
fn grow(store: &Arc<Store>, shop: &Arc<Shop>, size: u64, bought: &mut u64) -> Result<(), Failure> {
    let there = store.read(count_transfers)?;
    let missing = size.saturating_sub(there).div_ceil(TRANSFERS_EACH);
    let bar = progress::bar("purchases", usize::try_from(missing).unwrap_or(usize::MAX));
    for first in (0..missing).step_by(BATCH as usize) {
        let count = BATCH.min(missing - first);
        let (from, shop) = (*bought, Arc::clone(shop));
        write(store, move |work| (from..from + count).try_for_each(|number| purchase(work, &shop, number)))?;
        *bought += count;
        bar.inc(count);
    }
    bar.finish_and_clear();
    Ok(())
}

fn purchase(work: &mut Work<'_, '_>, shop: &Shop, number: u64) -> Result<(), Stop> {
    let acting = acting();
    let member = shop.members[shop.place(usize::try_from(number).unwrap_or(0))];
    let line = LineSpec {
        product: "4600051000001".to_owned(),
        categories: vec!["groceries".to_owned()],
        quantity_milli: 1_000,
        price_minor: 1_000,
    };
    let basket = Basket::parse(Currency::parse("EUR").known("a currency")?, &[line]).known("a basket")?;
    let buyer = Some(Buyer { member, way: RecognisedBy::Card });
    let buying = Buying { till: shop.till, buyer, basket, points: 1 };
    let id = Id::new(acting.now_us)?;
    begin(work, &acting, id, &buying).allowed("a purchase")?;
    complete(work, &acting, id, &Sale { buying, receipt: None, till_at_us: None }).allowed("a purchase")?;
    Ok(())
}

/// The lines of the table, with what a purchase costs against the first size.
pub(super) fn text(grown: &[Grown]) -> Vec<String> {
    let Some(first) = grown.first() else { return Vec::new() };
    let line = |one: &Grown| {
        let ratio = first.run.purchases_per_s / one.run.purchases_per_s;
        format!(
            "{:>14} transfers{:>14.0}{:>10.2}{:>10.2}{:>8}   {ratio:.2} of the cost at the first size",
            one.transfers, one.run.purchases_per_s, one.run.p50_ms, one.run.p99_ms, one.run.errors
        )
    };
    grown.iter().map(line).collect()
}

/// The clients of these runs: those of a chain.
pub(super) const CLIENTS: NonZeroUsize = NonZeroUsize::new(64).unwrap();
