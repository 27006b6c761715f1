//! The club of a measurement: a branch with a zone and a plan, and members with a card and a membership each.

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

use crate::clock;
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;
use crate::progress;

/// Members of one transaction.
const BATCH: u32 = 250;

/// Where everybody goes.
#[derive(Clone, Copy)]
pub(super) struct House {
    pub(super) branch: Id,
    pub(super) zone: Id,
    pub(super) plan: Id,
    pub(super) today: Date,
}

/// Writes `count` members, some in each transaction, with a progress bar.
pub(super) fn fill(
    store: &Arc<Store>,
    count: u32,
    join: impl Fn(&mut Work<'_, '_>, u32) -> Result<(), Stop> + Clone + Send + 'static,
) -> Result<(), Failure> {
    let bar = progress::bar("members", count as usize);
    for first in (0..count).step_by(BATCH as usize) {
        let numbers = first..count.min(first + BATCH);
        bar.inc(numbers.len() as u64);
        let join = join.clone();
        write(store, move |work| numbers.clone().try_for_each(|number| join(work, number)))?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Spread over all numbers, as cards of several deliveries are; no two are alike, because the factor is odd.
pub(super) fn card(number: u32) -> String {
    format!("{:08X}", (number + 1).wrapping_mul(0x9E37_79B1))
}

pub(super) fn acting() -> Acting {
    Acting { actor: Actor::Program, origin: "bench".to_owned(), now_us: clock::now_us() }
}

pub(super) fn title(text: &str) -> Result<Title, Stop> {
    Title::parse(text).known("a name")
}

/// A branch under a law.
pub(super) fn house(work: &mut Work<'_, '_>, name: &str, jurisdiction: Jurisdiction) -> Result<House, Stop> {
    let acting = acting();
    let currency = Currency::parse("EUR").known("a currency")?;
    let time_zone = TimeZoneName::parse("Europe/Berlin").known("a time zone")?;
    let today = time_zone.calendar().date_of(UtcMicros::parse(acting.now_us).known("the clock")?);
    let content = Branch {
        name: title(name)?,
        time_zone,
        currency,
        jurisdiction,
        language: Language::English,
        opening: Schedule::any_time(),
    };
    let branch = branch::add(work, &acting, &content)?;
    let gym = Zone { branch, name: title("Gym")?, kind: ZoneKind::Gym, capacity: None };
    let zone = zone::add(work, &acting, &gym).allowed("a zone")?;
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
    let plan = Plan { name: title(&format!("Month {name}"))?, note: None };
    let plan = plans::add(work, &acting, &plan, spec).allowed("a plan")?;
    Ok(House { branch, zone, plan, today })
}

/// A door of a house.
pub(super) fn door(work: &mut Work<'_, '_>, house: &House, methods: &[Method]) -> Result<Id, Stop> {
    let methods = AccessMethods::new(Place::MemberDoor, methods).known("the methods of a door")?;
    let (direction, when_unwritable) = (Direction::Both, WhenUnwritable::Deny);
    let door =
        AccessPoint { zone: house.zone, name: title("Turnstile")?, direction, methods, when_unwritable };
    access_point::add(work, &acting(), &door).allowed("a door")
}

/// The profile of a made-up member.
pub(super) fn profile(number: u32) -> Result<Profile, Stop> {
    Ok(Profile::named(PersonName::parse("Member", &format!("No. {number}"), "").known("a name")?))
}

/// A member with a card and a membership.
pub(super) fn join(
    work: &mut Work<'_, '_>,
    house: &House,
    profile: &Profile,
    number: u32,
) -> Result<Id, Stop> {
    let acting = acting();
    let (member, _) = members::add(work, &acting, profile)?;
    let content = Content::Card(CardNumber::from_hex(&card(number), ByteOrder::AsOnCard).known("a card")?);
    let new = NewCredential { member, content, until_us: None, limited: None };
    credentials::issue(work, &acting, Id::new(acting.now_us)?, &new, None).allowed("a card")?;
    let asked = Asked { operation: Id::new(acting.now_us)?, on: house.today };
    let order = Order { asked, member, branch: house.branch, plan: house.plan, version: 1, paid: None };
    sell(work, &acting, &order).allowed("a sale")?;
    Ok(member)
}
