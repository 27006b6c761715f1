//! The club that comes: a branch with one door, and members with a card and a membership each.

use std::sync::Arc;

use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::{Language, PersonName};
use bonafide_domain::schedule::Schedule;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::id::Id;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::memberships::Asked;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind};
use bonafide_store::plans::{self, Plan};
use bonafide_store::store::{Store, Work};
use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::clock;
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;
use crate::progress;

/// Members of one transaction.
const BATCH: u32 = 250;

/// What the client knows of the club.
pub(super) struct Club {
    /// The key of the door's adapter.
    pub(super) token: Zeroizing<String>,
    /// The cards of all members, in hexadecimal.
    pub(super) cards: Vec<String>,
}

/// Where everybody goes.
#[derive(Clone, Copy)]
struct House {
    branch: Id,
    plan: Id,
    today: Date,
}

/// Fills an empty book.
pub(super) fn fill(store: &Arc<Store>, count: u32) -> Result<Club, Failure> {
    let (house, token) = write(store, |work| {
        let (house, door) = build(work)?;
        let new = NewDevice { name: title("Adapter")?, role: Role::DoorAdapter { access_point: door } };
        let registered = devices::register(work, &acting(), &new).allowed("a device")?;
        Ok((house, registered.token.expose()))
    })?;
    let bar = progress::bar("members", count as usize);
    let mut cards = Vec::with_capacity(count as usize);
    for first in (0..count).step_by(BATCH as usize) {
        let numbers = first..count.min(first + BATCH);
        cards.extend(numbers.clone().map(card));
        bar.inc(numbers.len() as u64);
        write(store, move |work| numbers.clone().try_for_each(|number| join(work, house, number)))?;
    }
    bar.finish_and_clear();
    Ok(Club { token, cards })
}

/// Spread over all numbers, as cards of several deliveries are; no two are alike, because the factor is odd.
fn card(number: u32) -> String {
    format!("{:08X}", (number + 1).wrapping_mul(0x9E37_79B1))
}

fn acting() -> Acting {
    Acting { actor: Actor::Program, origin: "bench".to_owned(), now_us: clock::now_us() }
}

fn title(text: &str) -> Result<Title, Stop> {
    Title::parse(text).known("a name")
}

fn build(work: &mut Work<'_, '_>) -> Result<(House, Id), Stop> {
    let acting = acting();
    let currency = Currency::parse("EUR").known("a currency")?;
    let time_zone = TimeZoneName::parse("Europe/Berlin").known("a time zone")?;
    let today = time_zone.calendar().date_of(UtcMicros::parse(acting.now_us).known("the clock")?);
    let content = Branch {
        name: title("Bench")?,
        time_zone,
        currency,
        jurisdiction: Jurisdiction::Other,
        language: Language::English,
        opening: Schedule::any_time(),
    };
    let branch = branch::add(work, &acting, &content)?;
    let gym = Zone { branch, name: title("Gym")?, kind: ZoneKind::Gym, capacity: None };
    let zone = zone::add(work, &acting, &gym).allowed("a zone")?;
    let methods = [Method::CardNumber, Method::DeviceKey];
    let methods = AccessMethods::new(Place::MemberDoor, &methods).known("the methods of a door")?;
    let (direction, when_unwritable) = (Direction::Both, WhenUnwritable::Deny);
    let door = AccessPoint { zone, name: title("Turnstile")?, direction, methods, when_unwritable };
    let door = access_point::add(work, &acting, &door).allowed("a door")?;
    let spec = PlanSpec {
        version: 1,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        price: Money::parse(4_900, currency).known("a price")?,
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    };
    let plan =
        plans::add(work, &acting, &Plan { name: title("Month")?, note: None }, spec).allowed("a plan")?;
    Ok((House { branch, plan, today }, door))
}

fn join(work: &mut Work<'_, '_>, house: House, number: u32) -> Result<(), Stop> {
    let acting = acting();
    let name = PersonName::parse("Member", &format!("No. {number}"), "").known("a name")?;
    let (member, _) = members::add(work, &acting, &Profile::named(name))?;
    let content = Content::Card(CardNumber::from_hex(&card(number), ByteOrder::AsOnCard).known("a card")?);
    let new = NewCredential { member, content, until_us: None, limited: None };
    credentials::issue(work, &acting, Id::new(acting.now_us)?, &new, None).allowed("a card")?;
    let asked = Asked { operation: Id::new(acting.now_us)?, on: house.today };
    let order = Order { asked, member, branch: house.branch, plan: house.plan, version: 1, paid: None };
    sell(work, &acting, &order).allowed("a sale")?;
    Ok(())
}
