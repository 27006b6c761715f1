//! What is shown of the counter.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Status;
use bonafide_domain::money::Money;
use bonafide_domain::programme::{Earned, Offer, RuleId, SpendBound};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::ledger::programmes::{self, AtBranch};
use bonafide_store::purchases::{self, Purchase, Recognition, offer, seal_candidate, seal_recognition};

use crate::clock;
use crate::flows::till_faces::knows_faces;
use crate::flows::till_profile::{TillPoints, TillProfile, note_shown, till_profile};
use crate::pages::member::has_picture;
use crate::pages::points::offer_words;
use crate::pages::till::counter::{Counter, GOODS, Line, quantity_text};
use crate::pages::till::gifts::{self, Gifts, GiftsShown};
use crate::pages::till::{Here, words};
use crate::server::app::{App, Shared};
use crate::server::page::Page;
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// What a press led to, besides the counter itself.
#[derive(Clone, Copy, Default)]
pub(super) struct Said {
    /// The key of what is wrong.
    pub(super) refused: Option<&'static str>,
    /// The key of what was done.
    pub(super) told: Option<&'static str>,
    /// A code is on its way: its field comes first.
    pub(super) code_sent: bool,
}

#[derive(Template)]
#[template(path = "pages/till/counter.html")]
pub(super) struct CounterPage {
    page: Page,
    path: String,
    till: String,
    branch: String,
    state: StateFields,
    lines: Vec<LineShown>,
    sums: Sums,
    customer: Option<CustomerShown>,
    candidate: Option<CandidateShown>,
    offer: Option<OfferShown>,
    gifts: GiftsShown,
    /// What proves who he is stands beside the gifts: no offer asks for it.
    proves_for_gifts: bool,
    /// Why there is no offer.
    no_offer: Option<String>,
    /// The branch has no programme at all.
    no_programme: bool,
    /// The basket waits for money: points are held for exactly this.
    locked: bool,
    /// The camera is to look.
    looks: bool,
    /// The law lets a till know faces here.
    has_camera: bool,
    refused: Option<String>,
    told: Option<String>,
    code_sent: bool,
    phone: String,
    receipt: String,
}

/// What every form of the page carries.
struct StateFields {
    purchase: Id,
    lines: Vec<String>,
    customer: String,
    candidate: String,
    held: u64,
    looked: bool,
}

struct LineShown {
    name: String,
    quantity: Option<String>,
    price: String,
    earned: Option<String>,
}

struct Sums {
    total: String,
    discount: Option<String>,
    points: Option<String>,
    to_pay: String,
}

struct CustomerShown {
    name: String,
    initial: String,
    photo: Option<String>,
    tier: Option<String>,
    in_programme: bool,
    spendable: String,
    owed: Option<String>,
    waiting: Option<String>,
    ends: Option<String>,
    status: Option<&'static str>,
    /// What was offered to him in person, and whether this basket uses it.
    offers: Vec<(String, bool)>,
}

struct CandidateShown {
    name: String,
    initial: String,
    photo: Option<String>,
}

struct OfferShown {
    earns: String,
    earns_points: u64,
    max_points: u64,
    worth: String,
    step_points: u64,
    bound: Option<&'static str>,
    /// Why it earns nothing.
    stopped: Option<&'static str>,
    may_spend: bool,
    pin_spends: bool,
}

/// Somebody with what may be shown of him.
struct Known {
    profile: TillProfile,
    has_photo: bool,
}

/// Everything that is read for the page.
struct Found {
    customer: Option<Known>,
    candidate: Option<Known>,
    offer: Option<(Offer, u32)>,
    no_offer: Option<&'static str>,
    has_programme: bool,
    /// The purchase whose points are held: it keeps the rules of that moment (case T-21).
    begun: Option<Purchase>,
    gifts: Gifts,
}

/// Shows the counter.
pub(super) async fn show(
    app: &Shared,
    here: Here,
    counter: Counter,
    said: Said,
    typed: (String, String),
) -> Result<Response, Trouble> {
    let (phone, receipt) = typed;
    let shown = app.aside(move |app| {
        let found = found(app, &here, &counter)?;
        if let Some(known) = &found.customer {
            note_shown(&app.store, &here.caller.acting(), &known.profile);
        }
        page(app.store.vault(), &here, &counter, &found, said)
    });
    let shown = CounterPage { phone, receipt, ..shown.await? };
    let status = if said.refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(shown.page.clone().show_as(status, &shown))
}

fn found(app: &App, here: &Here, counter: &Counter) -> Result<Found, Trouble> {
    let vault = app.store.vault();
    let now_us = clock::now_us();
    let now = UtcMicros::parse(now_us).map_err(|_| Trouble::bad_request("the clock is not set"))?;
    let (acting, buying) = (here.caller.acting(), counter.buying(here, 0)?);
    Ok(app.store.read(|tx| {
        let profile = |tx: &mut Tx<'_>, who: &Option<Recognition>| match who {
            Some(who) => {
                let profile = till_profile(tx, vault, (here.till.id, who.member), now)?;
                let has_photo = has_picture(tx, vault, who.member, &here.caller)?;
                Ok::<_, Fault>(profile.map(|profile| Known { profile, has_photo }))
            }
            None => Ok(None),
        };
        let mut found = Found {
            customer: profile(tx, &counter.customer)?,
            candidate: profile(tx, &counter.candidate)?,
            offer: None,
            no_offer: None,
            has_programme: false,
            begun: None,
            gifts: gifts::read(tx, here, counter.customer.as_ref(), now)?,
        };
        if counter.held > 0 {
            found.begun =
                purchases::read(tx, vault, counter.purchase)?.filter(|begun| begun.till == here.till.id);
        }
        if let Some(AtBranch { rules, .. }) = programmes::at_branch(tx, here.branch.id)? {
            found.has_programme = rules.is_some();
            if let (Some(buying), Some(rules)) = (&buying, rules) {
                let point_minor = rules.rules.spec().point_minor;
                match offer(tx, vault, &acting, buying)? {
                    Ok(offered) => found.offer = Some((offered.offer, point_minor)),
                    Err(why) => found.no_offer = Some(words::no_offer(why)),
                }
            }
        }
        Ok::<Found, Fault>(found)
    })?)
}

fn page(
    vault: &Vault,
    here: &Here,
    counter: &Counter,
    found: &Found,
    said: Said,
) -> Result<CounterPage, Trouble> {
    let page = &here.page;
    let customer = match (&counter.customer, &found.customer) {
        (Some(known), Some(profile)) => Some((seal_recognition(vault, known)?, profile)),
        _ => None,
    };
    let candidate = match (&counter.candidate, &found.candidate) {
        (Some(seen), Some(profile)) => Some((seal_candidate(vault, seen)?, profile)),
        _ => None,
    };
    let sealed = |one: &Option<(String, &Known)>| one.as_ref().map_or("", |(text, _)| text).to_owned();
    let state = StateFields {
        purchase: counter.purchase,
        lines: counter.lines.iter().map(Line::text).collect(),
        customer: sealed(&customer),
        candidate: sealed(&candidate),
        held: counter.held,
        looked: counter.looked,
    };
    let offer = found.offer.as_ref();
    let in_programme = found.customer.as_ref().is_none_or(|known| known.profile.points.is_some());
    let known = counter.customer.as_ref();
    let has_camera = found.has_programme && knows_faces(&here.branch.content);
    let looks = has_camera
        && !counter.lines.is_empty()
        && counter.customer.is_none()
        && counter.candidate.is_none()
        && !counter.looked;
    let offer = offer
        .filter(|_| in_programme)
        .map(|(offer, point)| offer_shown(here, (offer, *point), known, found.begun.as_ref()));
    let asks_to_prove = |offer: &OfferShown| offer.bound.is_none() && offer.max_points > 0;
    Ok(CounterPage {
        gifts: gifts::shown(here, known, &found.gifts),
        proves_for_gifts: !offer.as_ref().is_some_and(asks_to_prove) || counter.held > 0,
        offer,
        path: here.path(),
        till: here.till.content.name.as_str().to_owned(),
        branch: here.branch.content.name.as_str().to_owned(),
        state,
        lines: lines(here, counter, found),
        sums: sums(here, counter, found),
        customer: customer
            .as_ref()
            .map(|(sealed, known)| customer_shown(here, sealed, known, &used_rules(found))),
        candidate: candidate.as_ref().map(|(sealed, known)| CandidateShown {
            name: known.profile.short_name.clone(),
            initial: initial(&known.profile),
            photo: photo(here, sealed, known),
        }),
        no_offer: found.no_offer.filter(|_| in_programme).map(|key| page.say(key)),
        no_programme: !found.has_programme,
        locked: counter.held > 0,
        looks,
        has_camera,
        refused: said.refused.map(|key| page.say(key)),
        told: said.told.map(|key| page.say(key)),
        code_sent: said.code_sent,
        phone: String::new(),
        receipt: String::new(),
        page: page.clone(),
    })
}

fn money(here: &Here, minor: i64) -> String {
    Money::parse(minor, here.branch.content.currency)
        .map_or_else(|_| minor.to_string(), |sum| here.page.money(sum))
}

fn points(here: &Here, points: u64) -> String {
    here.page.say_count("points-count", "count", points)
}

fn lines(here: &Here, counter: &Counter, found: &Found) -> Vec<LineShown> {
    let sum = |earned: &[Earned]| earned.iter().map(|earned| earned.points).sum::<u64>();
    let earned: Vec<u64> = match (&found.begun, &found.offer) {
        (Some(begun), _) => begun.lines.iter().flatten().map(|line| sum(&line.sold.earned)).collect(),
        (None, Some((offer, _))) => offer.lines.iter().map(|line| sum(&line.earned)).collect(),
        (None, None) => Vec::new(),
    };
    let shown = |(index, line): (usize, &Line)| {
        let earned = earned.get(index).copied().unwrap_or(0);
        let name = if line.0 == GOODS { here.page.say("till-goods") } else { line.0.clone() };
        LineShown {
            name: line.1.as_ref().map_or_else(|| name.clone(), |category| format!("{name} · {category}")),
            quantity: (line.2 != 1_000).then(|| quantity_text(line.2)),
            price: money(here, line.3),
            earned: (earned > 0).then(|| format!("+{}", here.page.whole(earned.cast_signed()))),
        }
    };
    counter.lines.iter().enumerate().map(shown).collect()
}

fn sums(here: &Here, counter: &Counter, found: &Found) -> Sums {
    let total: i64 = counter.lines.iter().map(|line| line.3).fold(0, i64::saturating_add);
    let (discount, by_points, to_pay) = match (&found.begun, &found.offer) {
        (Some(begun), _) => (begun.discount_minor, begun.points_minor, begun.to_pay_minor),
        (None, Some((offer, _))) => {
            let discounts = offer.lines.iter().filter_map(|line| line.discount);
            (discounts.map(|discount| discount.minor).sum(), 0, offer.to_pay.minor())
        }
        (None, None) => (0, 0, total),
    };
    Sums {
        total: money(here, total),
        discount: (discount > 0).then(|| money(here, -discount)),
        points: (by_points > 0).then(|| money(here, -by_points)),
        to_pay: money(here, to_pay),
    }
}

fn initial(profile: &TillProfile) -> String {
    profile.short_name.chars().next().map(String::from).unwrap_or_default()
}

fn photo(here: &Here, sealed: &str, known: &Known) -> Option<String> {
    known.has_photo.then(|| format!("{}/photo?who={sealed}", here.path()))
}

/// The rules by which the basket earns, as it was begun or as it lies there.
fn used_rules(found: &Found) -> Vec<RuleId> {
    match (&found.begun, &found.offer) {
        (Some(begun), _) => {
            let lines = begun.lines.iter().flatten();
            lines.flat_map(|line| line.sold.earned.iter().map(|earned| earned.rule)).collect()
        }
        (None, Some((offer, _))) => offer.by_rule.iter().map(|earned| earned.rule).collect(),
        (None, None) => Vec::new(),
    }
}

fn customer_shown(here: &Here, sealed: &str, known: &Known, used: &[RuleId]) -> CustomerShown {
    let profile = &known.profile;
    let of = profile.points.as_ref();
    let some =
        |number: u64, key: &str| (number > 0).then(|| here.page.say_of(key, "points", &points(here, number)));
    let calendar = here.branch.content.time_zone.calendar();
    let ends = of.and_then(|of| of.next_end).map(|(at, number)| {
        let (number, date) = (points(here, number), here.page.date(calendar.date_of(at)));
        here.page.say_with("till-ends", &Values::of("points", &number).and("date", &date))
    });
    let offers = of.iter().flat_map(|of| &of.offers);
    CustomerShown {
        name: profile.short_name.clone(),
        initial: initial(profile),
        photo: photo(here, sealed, known),
        tier: of.and_then(|of| of.tier.clone()),
        in_programme: of.is_some(),
        spendable: of.map(|of| points(here, of.spendable)).unwrap_or_default(),
        owed: of.and_then(|of| some(of.owed, "till-owed")),
        waiting: of.and_then(|of| some(of.waiting, "till-waiting")),
        ends,
        status: of.and_then(status_key),
        offers: offers.map(|offer| (offer_words(&here.page, offer), used.contains(&offer.rule))).collect(),
    }
}

const fn status_key(points: &TillPoints) -> Option<&'static str> {
    match points.status {
        Status::Active => None,
        Status::Limited => Some("till-earns-only"),
        Status::Blocked => Some("till-blocked"),
    }
}

fn offer_shown(
    here: &Here,
    (offer, point_minor): (&Offer, u32),
    known: Option<&Recognition>,
    begun: Option<&Purchase>,
) -> OfferShown {
    let spend = offer.spend;
    let earned_points = begun.map_or(offer.earned_points, |begun| begun.earned_points);
    let worth = i64::try_from(spend.max_points.saturating_mul(u64::from(point_minor))).unwrap_or(i64::MAX);
    let is_limit = !matches!(spend.bound, SpendBound::Balance | SpendBound::Share);
    OfferShown {
        earns: points(here, earned_points),
        earns_points: earned_points,
        max_points: spend.max_points,
        worth: money(here, worth),
        step_points: spend.step_points,
        bound: (is_limit && known.is_some()).then(|| words::bound(spend.bound)),
        stopped: offer.guard().map(words::stopped),
        may_spend: known.is_some_and(|known| known.may_spend),
        pin_spends: known.is_some_and(|known| known.pin_spends),
    }
}
