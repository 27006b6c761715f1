//! The demo: a made-up chain with months of history, and live traffic at its doors. Nobody in it exists.
//!
//! [`make`] fills an empty book by the ways that everybody has, with clocks in the past: what the checks of the book find right,
//! is right here. [`folder`] keeps the demo in a folder of its own. [`traffic`] plays the present.
//!
//! - `sites`, `chain`: the places, as data and in the book. `offers`: what is sold and consented to.
//! - `crowd`, `people`: who the members are. `curve`: when they come.
//! - `shopping`: what is bought at the tills, and what it earns.
//! - `story`: everything that happens, in the order of time; `deeds` at the desk, `visits` at the doors, `scenes` with each refusal.
//! - [`sandbox`]: a till and customers for whoever writes the program of a till.
//! - [`faces`]: the few people of whom there are photos.

mod bunch;
mod chain;
mod crowd;
mod curve;
mod deeds;
mod dice;
pub mod doors;
pub mod faces;
pub mod folder;
mod offers;
mod older;
mod people;
mod rewards;
pub mod sandbox;
mod scenes;
mod shopping;
mod sites;
pub(crate) mod stop;
mod story;
pub mod traffic;
mod visits;

use std::sync::Arc;

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::pin::{Pin, PinHash};
use bonafide_store::organisation::branch;
use bonafide_store::store::Store;
use bonafide_store::{members, passages};

use crate::failure::Failure;
use sites::House;
use story::World;

/// How many members `make demo` makes.
pub const MEMBERS: usize = 3_000;

/// The PIN of all who have one.
pub const PIN: &str = "2580";

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// When the history ends, in microseconds since 1970: now.
    pub now_us: i64,
    /// What chance is drawn from: the same seed and moment make the same people and visits.
    pub seed: u64,
    /// How many members; fewer than a few dozen have no roles to show each refusal.
    pub members: usize,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// It was there before: nothing was written.
    pub before: bool,
    /// Members in the book.
    pub members: u64,
    /// Memberships that were sold; zero when it was there before.
    pub memberships: u32,
    /// Decisions at doors; zero when it was there before.
    pub passages: u32,
    /// How many are inside at the end.
    pub inside: u32,
}

/// Makes the demo in an empty book; in one that has it, nothing is written. `progress` hears how many steps are done, and of how
/// many. A book that was begun and not finished is not taken up again: [`folder::DemoFolder`] begins anew.
///
/// # Errors
/// `not_a_demo` when the book has branches that are not the demo's; `demo_refused`, which is a mistake of the demo; and the
/// keys of faults.
pub fn make(store: &Store, plan: &Plan, progress: impl FnMut(usize, usize)) -> Result<Made, Failure> {
    let branches = store.read(|tx| branch::list(tx, true))?;
    if !branches.is_empty() {
        let names = branches.iter().map(|branch| branch.content.name.as_str());
        if !names.eq(House::ALL.iter().map(|house| house.site().name)) {
            let words = "the book has branches of its own: a demo needs an empty one";
            return Err(Failure::new("not_a_demo", words));
        }
        return made(store, plan.now_us, true, (0, 0));
    }
    let world = Arc::new(found(store, plan)?);
    let told = story::tell(store, &world, progress)?;
    rewards::open(store, &world)?;
    made(store, plan.now_us, false, (told.memberships, told.passages))
}

/// Writes what is there from the first day on.
fn found(store: &Store, plan: &Plan) -> Result<World, Failure> {
    let opened_us = plan.now_us - crowd::OPENED_DAYS * crowd::DAY_US;
    let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us: opened_us };
    let now_us = plan.now_us;
    let (chain, offers, texts, shopping) = stop::write(store, move |work| {
        let mut acting = acting.clone();
        let chain = chain::build(work, &mut acting)?;
        let offers = offers::publish(work, &mut acting, &chain)?;
        let texts = offers::put_texts(work, &mut acting)?;
        let shopping = shopping::open(work, &mut acting, &chain, now_us)?;
        Ok((chain, offers, texts, shopping))
    })?;
    let pin = Pin::parse(PIN).map_err(|_| Failure::new("demo_refused", "the demo has a bad PIN"))?;
    Ok(World {
        seed: plan.seed,
        now_us: plan.now_us,
        crowd: crowd::crowd(plan.seed, plan.members, plan.now_us),
        chain,
        offers,
        texts,
        shopping,
        pin: PinHash::of(&pin)?,
    })
}

fn made(
    store: &Store,
    now_us: i64,
    before: bool,
    (memberships, passages): (u32, u32),
) -> Result<Made, Failure> {
    let (members, inside) = store.read(|tx| {
        let mut inside = 0;
        for branch in branch::list(tx, false)? {
            let zones = passages::presence::occupancy(tx, branch.id, now_us)?;
            inside += zones.iter().map(|zone| zone.inside).sum::<u32>();
        }
        Ok((members::count(tx)?, inside))
    })?;
    Ok(Made { before, members, memberships, passages, inside })
}
