//! The shop of the measurement: members with cards and points, and a till for everybody who asks at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::ledger::{Asked, Command, Expiry, Grant, Points, Request};
use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Caps, Conditions, EarningRule, ExpiryRule, Gives, Guards, GuardsSpec, Rate, RuleId, RulesSpec, Selection,
    Spending,
};
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::id::Id;
use bonafide_store::ledger::guards;
use bonafide_store::ledger::programmes::{self, Programme, RulesDraft};
use bonafide_store::ledger::{self, OFFICE};
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::store::{Store, Work};
use zeroize::Zeroizing;

use crate::commands::bench_club::{acting, card, fill as fill_with, house, join, profile, title};
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;

/// What everybody has at the beginning: enough to spend a little at each purchase.
const POINTS: u64 = 100_000;

/// A step through all members that meets each of them: no number of members that can be asked for is a multiple of it.
const STRIDE: usize = 1_000_003;

/// What the client knows of the shop.
pub(super) struct Shop {
    /// The first till, and all members: for purchases that are not made over HTTP.
    pub(super) till: Id,
    pub(super) members: Vec<Id>,
    /// The key of each till.
    pub(super) tokens: Vec<Zeroizing<String>>,
    /// The cards of all members, in hexadecimal.
    pub(super) cards: Vec<String>,
}

/// Fills an empty book.
pub(super) fn fill(store: &Arc<Store>, count: u32, tills: usize) -> Result<Shop, Failure> {
    let (house, programme) = write(store, |work| {
        let house = house(work, "Bench", Jurisdiction::Other)?;
        let programme = programme_at(work, &[house.branch])?;
        Ok((house, programme))
    })?;
    let tokens = (0..tills).map(|number| write(store, move |work| new_till(work, house.branch, number)));
    let tokens = tokens.collect::<Result<Vec<_>, Failure>>()?;
    // By their numbers: on a server a transaction may run twice.
    let members = Arc::new(Mutex::new(BTreeMap::new()));
    let joined = Arc::clone(&members);
    fill_with(store, count, move |work, number| {
        let member = join(work, &house, &profile(number)?, number)?;
        joined.lock().unwrap_or_else(PoisonError::into_inner).insert(number, member);
        give(work, member, programme)
    })?;
    let members = members.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect();
    let till = store.read(|tx| till::list(tx, house.branch, false))?.first().map(|till| till.id);
    let till = till.ok_or_else(|| Failure::new("broken", "the tills of the measurement are not there"))?;
    Ok(Shop { till, members, tokens, cards: (0..count).map(card).collect() })
}

impl Shop {
    /// The place among all members of whoever buys next: neighbours in the book are not neighbours in time.
    pub(super) fn place(&self, number: usize) -> usize {
        number.wrapping_mul(STRIDE) % self.cards.len()
    }
}

/// A programme in which these branches take part.
pub(in crate::commands) fn programme_at(work: &mut Work<'_, '_>, branches: &[Id]) -> Result<Id, Stop> {
    let currency = Currency::parse("EUR").known("a currency")?;
    let programme = programmes::add(work, &acting(), &Programme { name: title("Bonus")?, currency })?;
    let draft = RulesDraft { rules: rules(currency), tier_names: Vec::new(), rule_names: BTreeMap::new() };
    programmes::put_rules(work, &acting(), programme, 0, &draft).allowed("rules")?;
    // Members of a benchmark buy far more often than people do.
    let unguarded = Guards::parse(GuardsSpec::default()).known("guards")?;
    guards::put(work, &acting(), programme, &unguarded)?;
    for branch in branches {
        programmes::set_branch(work, &acting(), *branch, Some(programme)).allowed("a programme")?;
    }
    Ok(programme)
}

/// 5 % of what is paid with money, after two weeks; half of a receipt may be paid with points.
fn rules(currency: Currency) -> RulesSpec {
    RulesSpec {
        version: 1,
        currency,
        point_minor: 1,
        tiers: None,
        earning: vec![EarningRule {
            id: RuleId(1),
            goods: Selection::all(),
            conditions: Conditions::default(),
            gives: Gives::Percent(Rate::ForAll(500)),
        }],
        caps: Caps::default(),
        pending_days: 14,
        gifts: Vec::new(),
        spending: Some(Spending {
            goods: Selection::all(),
            share_basis_points: 5_000,
            step_points: 1,
            min_points: 1,
            min_receipt_minor: 0,
        }),
        expiry: ExpiryRule::Months(12),
        warning_days: vec![14],
        rewards: Vec::new(),
    }
}

pub(in crate::commands) fn new_till(
    work: &mut Work<'_, '_>,
    branch: Id,
    number: usize,
) -> Result<Zeroizing<String>, Stop> {
    let name = title(&format!("Till {}", number + 1))?;
    let till = till::add(work, &acting(), &Till { branch, name: name.clone() }).allowed("a till")?;
    let device = NewDevice { name, role: Role::Till { till } };
    Ok(devices::register(work, &acting(), &device).allowed("a device")?.token.expose())
}

fn give(work: &mut Work<'_, '_>, member: Id, programme: Id) -> Result<(), Stop> {
    let acting = acting();
    let wallet = ledger::enrol(work, &acting, member, programme).allowed("a wallet")?;
    let asked = Asked { operation: Id::new(acting.now_us)?.into(), step: 0 };
    let at = bonafide_domain::calendar::UtcMicros::parse(acting.now_us).known("the clock")?;
    let request = Request { asked, at, place: OFFICE.into() };
    let points = Points::parse(POINTS).known("points")?;
    let command = Command::Give { grant: Grant::Opening, points, matures: None, expiry: Expiry::Never };
    ledger::post(work, &acting, wallet, &request, &command).allowed("points").map(drop)
}
