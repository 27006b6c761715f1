//! A till's key and a few customers for whoever writes the program of a till: each customer shows another answer. `docs/tills.md` walks
//! through it.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::ledger::{Asked, Command, Expiry, Grant, Request, Status};
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::PersonName;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::pin::{Pin, PinHash};
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, OFFICE};
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::branch;
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::store::{Store, Work};
use serde::{Deserialize, Serialize};

use super::PIN;
use super::shopping::{Shopping, points};
use super::sites::House;
use super::stop::{self, Allowed, Known, Stop};
use crate::failure::Failure;

/// The file in the demo's folder.
pub const SANDBOX_FILE: &str = "sandbox.json";

/// Points of whoever may spend.
const POINTS: u64 = 1_000;

/// Which answer a customer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// He earns, and spends when he types his PIN.
    EarnsAndSpends,
    /// He earns, and spends nothing whatever he proves.
    EarnsOnly,
    /// His card was reported lost.
    LostCard,
    /// He is a member and not in the programme.
    NotInProgramme,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxCustomer {
    /// Which answer he shows.
    pub shows: Shows,
    /// As a till shows it.
    pub name: String,
    /// The number of his card, as on the card.
    pub card_hex: String,
    /// His PIN, if he has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// What a vendor needs. Nothing in it is secret: the demo protects nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// The key of the till, for `Authorization: Bearer …`.
    pub till_key: String,
    /// In which currency it sells.
    pub currency: String,
    /// The customers.
    pub customers: Vec<SandboxCustomer>,
}

/// A customer to be made: which answer, given name and family name, card.
type Made = (Shows, &'static str, &'static str, &'static str);

const CUSTOMERS: [Made; 4] = [
    (Shows::EarnsAndSpends, "Vera", "Vendor", "5AB0C001"),
    (Shows::EarnsOnly, "Otto", "Only", "5AB0C002"),
    (Shows::LostCard, "Lena", "Lost", "5AB0C003"),
    (Shows::NotInProgramme, "Nils", "Newcomer", "5AB0C004"),
];

/// Makes the till and its customers in the demo's shop.
///
/// # Errors
/// `demo_refused` without the demo's shop, and the keys of faults.
pub fn open(store: &Store, now_us: i64) -> Result<Sandbox, Failure> {
    let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us };
    let pin = Pin::parse(PIN).map_err(|_| Failure::new("demo_refused", "the demo has a bad PIN"))?;
    // Slow on purpose, so that the writer does not wait for it.
    let pin = PinHash::of(&pin)?;
    stop::write(store, move |work| {
        let shop = branch::of_name(work.tx, House::Shop.site().name)?.pop().known("the demo's shop")?;
        let programme = Shopping::of(work.tx)?.known("the demo's programme")?.programme;
        let name = Title::parse("Sandbox").known("a name")?;
        let of = Till { branch: shop.id, name: name.clone() };
        let till = till::add(work, &acting, &of).allowed("a till")?;
        let device = NewDevice { name, role: Role::Till { till } };
        let till_key = devices::register(work, &acting, &device).allowed("a till's key")?.token.expose();
        let customers = CUSTOMERS.iter().map(|made| customer(work, &acting, (programme, &pin), *made));
        Ok(Sandbox {
            till_key: till_key.as_str().to_owned(),
            currency: shop.content.currency.code().to_owned(),
            customers: customers.collect::<Result<_, Stop>>()?,
        })
    })
}

fn customer(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (programme, pin): (Id, &PinHash),
    (shows, given, family, card_hex): Made,
) -> Result<SandboxCustomer, Stop> {
    let name = PersonName::parse(given, family, "").known("a name")?;
    let (member, _) = members::add(work, acting, &Profile::named(name))?;
    let number = CardNumber::from_hex(card_hex, ByteOrder::AsOnCard).known("the number of a card")?;
    let card = issue(work, acting, member, Content::Card(number))?;
    if shows == Shows::LostCard {
        credentials::report_loss(work, acting, Id::new(acting.now_us)?, card).allowed("a loss")?;
    }
    let has_pin = matches!(shows, Shows::EarnsAndSpends | Shows::EarnsOnly);
    if has_pin {
        issue(work, acting, member, Content::Pin(pin.clone()))?;
        let wallet = ledger::enrol(work, acting, member, programme).allowed("a wallet")?;
        give(work, acting, wallet)?;
        if shows == Shows::EarnsOnly {
            ledger::set_status(work, acting, wallet, Status::Limited)?;
        }
    }
    let initial: String = family.chars().take(1).collect();
    let name = format!("{given} {initial}.");
    Ok(SandboxCustomer { shows, name, card_hex: card_hex.to_owned(), pin: has_pin.then(|| PIN.to_owned()) })
}

fn issue(work: &mut Work<'_, '_>, acting: &Acting, member: Id, content: Content) -> Result<Id, Stop> {
    let new = NewCredential { member, content, until_us: None, limited: None };
    let operation = Id::new(acting.now_us)?;
    Ok(credentials::issue(work, acting, operation, &new, None).allowed("a credential")?.credential)
}

fn give(work: &mut Work<'_, '_>, acting: &Acting, wallet: Id) -> Result<(), Stop> {
    let asked = Asked { operation: Id::new(acting.now_us)?.into(), step: 0 };
    let at = UtcMicros::parse(acting.now_us).known("the clock")?;
    let request = Request { asked, at, place: OFFICE.into() };
    let points = points(POINTS)?;
    let command = Command::Give { grant: Grant::Opening, points, matures: None, expiry: Expiry::Never };
    ledger::post(work, acting, wallet, &request, &command).allowed("points").map(drop)
}
