//! The offer to a member for a basket, with everything that it was made of.

use std::sync::Arc;

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::programme::{Facts, Offer, QuoteRefusal, quote};

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::ledger::programmes::{self, AtBranch, ProgrammeVersion};
use crate::ledger::{self, Opened};
use crate::organisation::till::{self, TillPlace};
use crate::personal_offers::holding::{self, HeldOffer, Holder};
use crate::purchases::facts::{Who, facts};
use crate::purchases::guarding::guarded;
use crate::purchases::own::is_own;
use crate::purchases::{Buying, Step, step};

/// Why there is no offer. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOffer {
    /// There is no such till.
    NoTill,
    /// The till or its branch is closed.
    TillClosed,
    /// The branch takes part in no programme, or its programme has no rules.
    NoProgramme,
    /// The buyer is not in the programme.
    NotInProgramme,
    /// Whoever works at the till is the buyer himself (case T-14).
    OwnPurchase,
    /// The rules refuse it.
    Quote(QuoteRefusal),
}

/// An offer.
pub struct Offered {
    /// What it is.
    pub offer: Offer,
    /// Of which programme.
    pub programme: Id,
    /// In which wallet; nothing when nobody was recognised.
    pub wallet: Option<Id>,
    /// The personal offers that the member has, those first that end first.
    pub held: Vec<HeldOffer>,
    pub(super) branch: Id,
    pub(super) version: Arc<ProgrammeVersion>,
    pub(super) calendar: Calendar,
    pub(super) at: UtcMicros,
}

/// Makes an offer, and writes nothing.
///
/// # Errors
/// When the book cannot be read; the inner error when there is no offer.
pub fn offer(
    tx: &mut Tx<'_>,
    vault: &Vault,
    acting: &Acting,
    buying: &Buying,
) -> Result<Result<Offered, NoOffer>, Fault> {
    let place = match place(tx, buying.till)? {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(AtBranch { programme, rules: Some(version) }) = programmes::at_branch(tx, place.branch)? else {
        return Ok(Err(NoOffer::NoProgramme));
    };
    let wallet = match wallet(tx, acting, buying, programme)? {
        Ok(wallet) => wallet,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let opened = match wallet {
        Some(wallet) => Opened::open(tx, wallet, &[])?,
        None => None,
    };
    let making = Making { programme, version, place, opened: opened.as_ref(), held: 0, begun: None };
    make(tx, vault, acting, buying, making)
}

/// Where somebody buys.
pub(super) struct Place {
    pub(super) branch: Id,
    pub(super) calendar: Calendar,
}

/// The branch of a till that is in use.
pub(super) fn place(tx: &mut Tx<'_>, till: Id) -> Result<Result<Place, NoOffer>, Fault> {
    let Some(TillPlace { till, branch }) = till::with_branch(tx, till)? else {
        return Ok(Err(NoOffer::NoTill));
    };
    if till.closed_us.is_some() || branch.closed_us.is_some() {
        return Ok(Err(NoOffer::TillClosed));
    }
    Ok(Ok(Place { branch: branch.id, calendar: branch.content.time_zone.calendar() }))
}

/// The wallet of the buyer; nothing when nobody was recognised.
pub(super) fn wallet(
    tx: &mut Tx<'_>,
    acting: &Acting,
    buying: &Buying,
    programme: Id,
) -> Result<Result<Option<Id>, NoOffer>, Fault> {
    let Some(buyer) = buying.buyer else { return Ok(Ok(None)) };
    let Some(wallet) = ledger::of_member(tx, buyer.member, programme)? else {
        return Ok(Err(NoOffer::NotInProgramme));
    };
    if is_own(tx, acting, wallet)? {
        return Ok(Err(NoOffer::OwnPurchase));
    }
    Ok(Ok(Some(wallet)))
}

/// What an offer is made of.
pub(super) struct Making<'a> {
    pub(super) programme: Id,
    pub(super) version: Arc<ProgrammeVersion>,
    pub(super) place: Place,
    pub(super) opened: Option<&'a Opened>,
    /// Points that this purchase holds already.
    pub(super) held: u64,
    /// This purchase, when it was begun: then its offers are those of its beginning (case T-21).
    pub(super) begun: Option<Id>,
}

pub(super) fn make(
    tx: &mut Tx<'_>,
    vault: &Vault,
    acting: &Acting,
    buying: &Buying,
    of: Making<'_>,
) -> Result<Result<Offered, NoOffer>, Fault> {
    let Making { programme, version, place: Place { branch, calendar }, opened, held, begun } = of;
    let at = ledger::now(acting)?;
    let mut who = opened.and_then(|opened| {
        let free_points = opened.wallet().spendable(at) + held;
        let (wallet, status) = (opened.id(), opened.status());
        opened.member().map(|member| Who { wallet, member, status, free_points, offers: Vec::new() })
    });
    if let Some(Who { wallet, member, status, offers, .. }) = &mut who {
        let holder = Holder { wallet: *wallet, member: *member, status: *status };
        *offers = match begun {
            Some(purchase) => holding::begun_under(tx, &version.rules, &holder, (purchase, at))?,
            None => holding::held(tx, &version.rules, &holder, (at, &calendar))?,
        };
    }
    let facts = match &who {
        Some(who) => facts(tx, vault, &version.rules, who, (at, &calendar))?,
        // Nobody has no points and no tier; what he would have earned is told, and given to nobody. What a till has let him pay without
        // a network is held for him.
        None => Facts { free_points: held, ..Facts::of_newcomer(calendar.date_of(at)) },
    };
    let offer = match quote(&version.rules, &facts, &buying.basket, buying.points, (at, &calendar)) {
        Ok(offer) => offer,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let (wallet, held) = who.map_or((None, Vec::new()), |who| (Some(who.wallet), who.offers));
    let offer = match wallet {
        Some(wallet) => guarded(tx, (programme, wallet), offer, at)?,
        None => offer,
    };
    Ok(Ok(Offered { offer, programme, wallet, held, branch, version, calendar, at }))
}

/// Points that a purchase holds, while they are held.
pub(super) fn held(opened: &Opened, purchase: Id, at: UtcMicros) -> u64 {
    let hold = opened.wallet().hold(step(purchase, Step::Hold));
    let open = hold.filter(|hold| hold.state == bonafide_domain::ledger::HoldState::Open && hold.until > at);
    open.map_or(0, bonafide_domain::ledger::Hold::points)
}
