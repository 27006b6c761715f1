//! A ledger that has grown: whether a purchase costs the same after ten million transfers as at the beginning.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Basket, LineSpec};
use bonafide_store::id::Id;
use bonafide_store::ledger::verify::count_transfers;
use bonafide_store::purchases::{Buyer, Buying, RecognisedBy, Sale, begin, complete};
use bonafide_store::store::{Places, Store, Work};
use serde::Serialize;

use super::Book;
use super::load::Run;
use crate::commands::bench_club::acting;
use crate::commands::bench_server::folder;
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;
use crate::progress;
use crate::timing::rounded;

/// Purchases of one transaction: they are not measured, and wait for no disk.
const BATCH: usize = 500;

/// What a purchase that spends a point leaves: that it was held, that it was paid, and what it earned.
const TRANSFERS_EACH: u64 = 3;

/// Runs at each size: noise of the machine falls on one of them, and the middle one is told.
const PAIRS: usize = 5;

/// What purchases cost when the ledger has so many transfers.
#[derive(Debug, Serialize)]
pub(super) struct Grown {
    pub(super) transfers: u64,
    #[serde(flatten)]
    pub(super) run: Run,
    /// Of the run on the book that has not grown, just before it.
    pub(super) small_purchases_per_s: f64,
    /// Of a purchase, against the book that has not grown.
    pub(super) cost_ratio: f64,
}

/// Measures after each of these sizes, in transfers, in turns with a book of as many members in which only those buy who are measured.
/// So the machine's better and worse minutes fall on both, and so does what a customer has more after each run.
///
/// Whoever is measured buys nothing in between: a day of thousands of receipts would leave him with as many points that wait, and a
/// purchase would cost more for what no customer has, not for the size of the ledger.
pub(super) fn measured(
    book: &Book,
    purchases: usize,
    sizes: &[u64],
    within: Option<&Path>,
) -> Result<Vec<Grown>, Failure> {
    if sizes.is_empty() {
        return Ok(Vec::new());
    }
    let folder = folder(within)?;
    let members = u32::try_from(book.shop.members.len()).unwrap_or(u32::MAX);
    Book::with(book.engine, &Places::in_folder(folder.path()), members, |small| {
        small.runs(purchases)?;
        let Book { store, shop, .. } = book;
        let others: Arc<[Id]> =
            (purchases..shop.members.len()).map(|number| shop.members[shop.place(number)]).collect();
        let (mut grown, mut bought) = (Vec::new(), 0);
        for &size in sizes {
            grow(store, (shop.till, &others), size, &mut bought)?;
            let transfers = store.read(count_transfers)?;
            grown.push(in_turns((small, book), purchases, transfers)?);
        }
        Ok(grown)
    })
}

/// The middle one of some runs on the small book and the one that has grown.
fn in_turns((small, book): (&Book, &Book), purchases: usize, transfers: u64) -> Result<Grown, Failure> {
    let pair = |_| {
        let small = small.buy(CLIENTS, purchases)?.purchases_per_s;
        let run = book.buy(CLIENTS, purchases)?;
        let cost_ratio = rounded(small / run.purchases_per_s);
        Ok(Grown { transfers, run, small_purchases_per_s: small, cost_ratio })
    };
    let mut pairs = (0..PAIRS).map(pair).collect::<Result<Vec<Grown>, Failure>>()?;
    pairs.sort_by(|one, other| one.cost_ratio.total_cmp(&other.cost_ratio));
    Ok(pairs.swap_remove(PAIRS / 2))
}

/// Lets these members buy, one after the other, until there are so many transfers.
fn grow(
    store: &Arc<Store>,
    (till, members): (Id, &Arc<[Id]>),
    size: u64,
    bought: &mut usize,
) -> Result<(), Failure> {
    let there = store.read(count_transfers)?;
    let missing = size.saturating_sub(there).div_ceil(TRANSFERS_EACH);
    let missing = usize::try_from(missing).unwrap_or(usize::MAX);
    let bar = progress::bar("purchases", missing);
    for first in (0..missing).step_by(BATCH) {
        let count = BATCH.min(missing - first);
        let (from, members) = (*bought, Arc::clone(members));
        write(store, move |work| {
            (from..from + count).try_for_each(|number| purchase(work, till, members[number % members.len()]))
        })?;
        *bought += count;
        bar.inc(count as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

fn purchase(work: &mut Work<'_, '_>, till: Id, member: Id) -> Result<(), Stop> {
    let acting = acting();
    let line = LineSpec {
        product: "4600051000001".to_owned(),
        categories: vec!["groceries".to_owned()],
        quantity_milli: 1_000,
        price_minor: 1_000,
    };
    let basket = Basket::parse(Currency::parse("EUR").known("a currency")?, &[line]).known("a basket")?;
    let buyer = Some(Buyer { member, way: RecognisedBy::Card });
    let buying = Buying { till, buyer, basket, points: 1 };
    let id = Id::new(acting.now_us)?;
    begin(work, &acting, id, &buying).allowed("a purchase")?;
    complete(work, &acting, id, &Sale { buying, receipt: None, till_at_us: None }).allowed("a purchase")?;
    Ok(())
}

/// The lines of the table, with what a purchase costs against the book that has not grown.
pub(super) fn text(grown: &[Grown]) -> Vec<String> {
    let line = |one: &Grown| {
        let Run { purchases_per_s, p50_ms, p99_ms, errors, .. } = one.run;
        format!(
            "{:>12} transfers{purchases_per_s:>14.0}{p50_ms:>10.2}{p99_ms:>10.2}{errors:>8}   {:.2} of the cost in a small ledger ({:.0}/s)",
            one.transfers, one.cost_ratio, one.small_purchases_per_s
        )
    };
    grown.iter().map(line).collect()
}

/// The clients of these runs: those of a chain.
const CLIENTS: NonZeroUsize = NonZeroUsize::new(64).unwrap();
