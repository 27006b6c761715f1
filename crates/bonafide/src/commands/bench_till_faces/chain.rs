//! A chain of shops with three tills each and customers whose faces their tills may know.

use std::sync::Arc;

use bonafide_domain::consent::Purpose;
use bonafide_faces::template::Template;
use bonafide_store::id::Id;
use bonafide_store::ledger;
use bonafide_store::store::{Store, Work};
use zeroize::Zeroizing;

use crate::commands::bench_club::{House, acting, fill as fill_with, house, join};
use crate::commands::bench_enrolled::{Law, adult};
use crate::commands::bench_till::{new_till, programme_at};
use crate::demo::stop::{Allowed, Stop, write};
use crate::failure::Failure;

/// Tills of each shop.
const TILLS: usize = 3;

/// Fills an empty book; the keys of all tills.
pub(super) fn fill(
    store: &Arc<Store>,
    (count, shops): (u32, u32),
    own: &Template,
) -> Result<Vec<Zeroizing<String>>, Failure> {
    let dim = own.expose().len();
    let (law, houses, programme) = write(store, move |work| build(work, shops, dim))?;
    let mut tokens = Vec::new();
    for (shop, house) in houses.iter().enumerate() {
        for number in 0..TILLS {
            let (branch, name) = (house.branch, shop * TILLS + number);
            tokens.push(write(store, move |work| new_till(work, branch, name))?);
        }
    }
    let own = own.clone();
    fill_with(store, count, move |work, number| {
        let house = &houses[number as usize % houses.len()];
        // The last one is the customer on the photo, who has no shop of his own and so buys in all.
        let is_own = number + 1 == count;
        let face = if is_own { own.clone() } else { law.random(number)? };
        let home = (!is_own).then_some(house.branch);
        let member = join(work, house, &adult(number, home, house.today)?, number)?;
        ledger::enrol(work, &acting(), member, programme).allowed("a customer of the programme")?;
        law.be_known(work, house.today, member, &face)
    })?;
    Ok(tokens)
}

fn build(work: &mut Work<'_, '_>, shops: u32, dim: usize) -> Result<(Law, Vec<House>, Id), Stop> {
    let law = Law::european(work, Purpose::TillRecognition, dim)?;
    let houses = (0..shops).map(|number| house(work, &format!("Shop {number}"), law.jurisdiction));
    let houses = houses.collect::<Result<Vec<House>, Stop>>()?;
    let branches: Vec<Id> = houses.iter().map(|house| house.branch).collect();
    let programme = programme_at(work, &branches)?;
    Ok((law, houses, programme))
}
