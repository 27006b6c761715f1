//! What is bought in the shop and at the bar of the club beside it, and what it earns: one programme for both, since they count in one
//! currency. For two months there has been a personal offer, which the walk through the wallets gives as on a server.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_domain::ledger::{Points, Status};
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::{ReceiptNumber, Title};
use bonafide_domain::programme::{
    Around, Basket, Caps, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, Fitting, GiftRule,
    Gives, Goods, GoodsCode, LineSpec, Occasion, PersonalOffer, PersonalOfferSpec, Rate, RuleId, RulesSpec,
    Selection, Spending, TierSpec, Tiers, TiersSpec,
};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, Programme, RulesDraft};
use bonafide_store::ledger::{self, statement};
use bonafide_store::organisation::{branch, till};
use bonafide_store::personal_offers::holding::{Holder, note_shown};
use bonafide_store::personal_offers::{self, OfferDraft};
use bonafide_store::purchases::{
    self, BackLine, Buyer, Buying, NoOffer, NotBought, Purchase, RecognisedBy, Sale,
};
use bonafide_store::store::Work;

use super::chain::{Chain, next};
use super::crowd::{CONNECTED_DAYS, Member};
use super::dice::Dice;
use super::sites::House;
use super::stop::{Allowed, Known, Stop};
use super::story::{Deed, Going, Step, World};

/// Where the programme holds.
pub(super) const HOUSES: [House; 2] = [House::Harbour, House::Shop];

/// A birthday's gift comes within a week of it.
const AROUND: Around = Around { days_before: 7, days_after: 7 };

/// Of a hundred trips, so many are by somebody who is not recognised.
const UNKNOWN_PERCENT: usize = 22;

/// The programme with the tills at which it holds.
#[derive(Clone)]
pub(super) struct Shopping {
    pub(super) programme: Id,
    tills: Vec<(House, Id)>,
    offer: Option<Id>,
}

/// The personal offer began so many days ago …
pub(super) const OFFERED_DAYS: i64 = 60;

/// … and goes on for so many.
const STILL_OFFERED_DAYS: i64 = 30;

/// What something is called, its category, its price in cents.
type Article = (&'static str, &'static str, i64);

const OF_SHOP: [Article; 8] = [
    ("T-shirt", "wear", 2_490),
    ("Running shoes", "wear", 8_990),
    ("Swimming goggles", "gear", 1_950),
    ("Yoga mat", "gear", 3_290),
    ("Water bottle", "gear", 1_290),
    ("Protein bar", "food", 290),
    ("Towel", "gear", 1_590),
    ("Gift card", "gift card", 5_000),
];

const OF_BAR: [Article; 5] = [
    ("Orange juice", "drinks", 450),
    ("Espresso", "drinks", 220),
    ("Protein shake", "drinks", 590),
    ("Sandwich", "food", 690),
    ("Protein bar", "food", 290),
];

/// Writes the programme down: 5 %, and 7 % for whoever spends 300 a half-year; drinks count double; half of a receipt may be paid. Food
/// counts double for whom it was offered.
pub(super) fn open(
    work: &mut Work<'_, '_>,
    acting: &mut Acting,
    chain: &Chain,
    now_us: i64,
) -> Result<Shopping, Stop> {
    let currency = Currency::parse("EUR").known("a currency")?;
    let name = Title::parse("Harbour Points").known("a name")?;
    let programme = programmes::add(work, next(acting), &Programme { name, currency })?;
    let draft = draft(currency)?;
    programmes::put_rules(work, next(acting), programme, 0, &draft).allowed("the rules of a programme")?;
    for house in HOUSES {
        let branch = chain.house(house).branch;
        programmes::set_branch(work, next(acting), branch, Some(programme))
            .allowed("a programme's branch")?;
    }
    let offer = offer(chain, now_us)?;
    personal_offers::add(work, next(acting), programme, &offer).allowed("a personal offer")?;
    Shopping::of(work.tx)?.known("the programme of the shop")
}

/// Food counts double for whoever has points to spend; a quarter of them is left without, so that the groups are large enough to compare.
fn offer(chain: &Chain, now_us: i64) -> Result<OfferDraft, Stop> {
    let now = bonafide_domain::calendar::UtcMicros::parse(now_us).known("the clock")?;
    let today = chain.house(House::Harbour).calendar.date_of(now);
    let day = |days: i64| days_after(today, days).known("a date");
    let dates =
        DateSpan::parse(day(-OFFERED_DAYS)?, day(STILL_OFFERED_DAYS)?).known("the dates of an offer")?;
    let fitting = Fitting { points_min: Some(100), ..Fitting::default() };
    let spec = PersonalOfferSpec { rule: RuleId(5), fitting, dates, uses_max: None, held_out_percent: 25 };
    let name = Title::parse("Food ×2").known("a name")?;
    Ok(OfferDraft { name, offer: PersonalOffer::parse(spec).known("a personal offer")?, is_on: true })
}

pub(super) fn points(number: u64) -> Result<Points, Stop> {
    Points::parse(number).known("points")
}

fn draft(currency: Currency) -> Result<RulesDraft, Stop> {
    let title = |text: &str| Title::parse(text).known("a name");
    let tiers = TiersSpec {
        tiers: vec![
            TierSpec { name: 0, entry: Entry::Everyone },
            TierSpec { name: 1, entry: Entry::Spend { minor: 30_000 } },
        ],
        window_months: 6,
        grace_days: 30,
        downgrade: Downgrade::OneStep,
    };
    let drinks = Selection::parse(Chosen::Only(category("drinks")?), Goods::default()).known("the goods")?;
    let food = Selection::parse(Chosen::Only(category("food")?), Goods::default()).known("the goods")?;
    let offered = Conditions { offered_only: true, ..Conditions::default() };
    let no_gift_card = Selection::parse(Chosen::All, category("gift card")?).known("the goods")?;
    let rule =
        |id, goods, gives| EarningRule { id: RuleId(id), goods, conditions: Conditions::default(), gives };
    let spending = Spending {
        goods: no_gift_card,
        share_basis_points: 5_000,
        step_points: 10,
        min_points: 50,
        min_receipt_minor: 200,
    };
    let rules = RulesSpec {
        version: 1,
        currency,
        point_minor: 1,
        tiers: Some(Tiers::parse(tiers).known("the tiers")?),
        earning: vec![
            rule(1, Selection::all(), Gives::Percent(Rate::ByTier(vec![500, 700]))),
            rule(2, drinks, Gives::Multiplied { hundredths: 200 }),
            EarningRule { conditions: offered, ..rule(5, food, Gives::Multiplied { hundredths: 200 }) },
        ],
        caps: Caps::default(),
        pending_days: 0,
        gifts: vec![
            GiftRule {
                id: RuleId(3),
                occasion: Occasion::Welcome,
                points: points(200)?,
                lasts_days: Some(90),
            },
            GiftRule {
                id: RuleId(4),
                occasion: Occasion::Birthday(AROUND),
                points: points(300)?,
                lasts_days: Some(30),
            },
        ],
        spending: Some(spending),
        expiry: ExpiryRule::Months(6),
        warning_days: vec![14, 3],
        rewards: Vec::new(),
    };
    let names = [
        (1, "On everything"),
        (2, "Drinks count double"),
        (3, "Welcome"),
        (4, "Birthday"),
        (5, "Food counts double"),
    ];
    let rule_names = names.into_iter().map(|(id, name)| Ok((RuleId(id), title(name)?)));
    let rule_names = rule_names.collect::<Result<BTreeMap<_, _>, Stop>>()?;
    Ok(RulesDraft { rules, tier_names: vec![title("Member")?, title("Gold")?], rule_names })
}

/// All goods of a category.
fn category(code: &str) -> Result<Goods, Stop> {
    let code = GoodsCode::parse(code).known("a category")?;
    Ok(Goods { products: Vec::new(), categories: vec![code] })
}

/// The trips that somebody intends since the doors were connected.
pub(super) fn trips(world: &World, member: &Member, agenda: &mut BinaryHeap<Reverse<Step>>) {
    let weekly = match member.house {
        House::Shop => 0.9,
        House::Harbour => 0.2,
        House::North | House::Salon => return,
    };
    let dice = &mut Dice::of(world.seed ^ 0x5348_4F50, member.number as u64);
    let house = world.chain.house(member.house);
    let Ok(now) = bonafide_domain::calendar::UtcMicros::parse(world.now_us) else { return };
    let today = house.calendar.date_of(now);
    for days in (0..=CONNECTED_DAYS).rev() {
        let comes = dice.share() < weekly / 7.0;
        let minute = dice.within(9 * 60 + 30, 19 * 60 + 30);
        let Some(date) = days_after(today, -days).filter(|_| comes) else { continue };
        let Some(midnight) = house.calendar.first_instant(date) else { continue };
        let at_us = midnight.get() + minute * 60_000_000;
        if at_us > member.joined_us + 1_200_000_000 {
            agenda.push(Reverse(Step { at_us, who: member.number, deed: Deed::Shop }));
        }
    }
}

/// Somebody buys something.
pub(super) fn shop(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let shopping = &world.shopping;
    let house = world.crowd[who].house;
    let tills: Vec<Id> =
        shopping.tills.iter().filter(|(at, _)| *at == house).map(|(_, till)| *till).collect();
    let (till, member) = (*going.dice.one(&tills), going.member(who)?);
    let acting = going.desk();
    let buyer = match going.dice.percent(UNKNOWN_PERCENT) {
        true => None,
        false => {
            let wallet = ledger::enrol(work, &acting, member, shopping.programme)
                .allowed("a member of the programme")?;
            if let Some(offer) = shopping.offer {
                let holder = Holder { wallet, member, status: Status::Active };
                note_shown(work, &acting, &holder, &[offer])?;
            }
            let ways = [
                RecognisedBy::Card,
                RecognisedBy::Card,
                RecognisedBy::Code,
                RecognisedBy::Phone,
                RecognisedBy::Face,
            ];
            Some(Buyer { member, way: *going.dice.one(&ways) })
        }
    };
    let goods: &[Article] = if house == House::Shop { &OF_SHOP } else { &OF_BAR };
    let bought = buy(work, &acting, &mut going.dice, (shopping.programme, till, buyer), goods)?;
    // Now and then the first thing comes back within the quarter of an hour.
    if going.dice.percent(3) {
        let back = BackLine { index: 0, quantity_milli: 1_000 };
        let (id, later) = (going.dice.id(), Acting { now_us: acting.now_us + 20_000, ..acting });
        purchases::bring_back(work, &later, id, (bought.id, till), &[back]).allowed("a return")?;
    }
    Ok(())
}

/// A purchase of a few things; whoever has many points pays with some, now and then.
pub(super) fn buy(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    dice: &mut Dice,
    (programme, till, buyer): (Id, Id, Option<Buyer>),
    goods: &[Article],
) -> Result<Purchase, Stop> {
    let (count, id) = (dice.within(1, 3), dice.id());
    let lines: Vec<LineSpec> = (0..count)
        .map(|_| {
            let (product, category, price_minor) = *dice.one(goods);
            let categories = vec![category.to_owned()];
            LineSpec { product: product.to_owned(), categories, quantity_milli: 1_000, price_minor }
        })
        .collect();
    let basket = Basket::parse(Currency::parse("EUR").known("a currency")?, &lines).known("a basket")?;
    let wants = dice.percent(30);
    let points = match buyer.filter(|_| wants) {
        Some(buyer) => may_spend(work.tx, acting, (programme, buyer.member), &basket)?,
        None => 0,
    };
    let buying = Buying { till, buyer, basket, points };
    if points > 0 {
        let begun = purchases::begin(work, acting, id, &buying)?;
        match begun {
            Ok(_) => {}
            // The rules have a word in it: then he pays with money.
            Err(NotBought::NoOffer(NoOffer::Quote(_))) => {
                let buying = Buying { points: 0, ..buying };
                return complete(work, acting, (id, dice), buying);
            }
            Err(why) => return Err(Stop::refused("a hold", why)),
        }
    }
    complete(work, acting, (id, dice), buying)
}

fn complete(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (id, dice): (Id, &mut Dice),
    buying: Buying,
) -> Result<Purchase, Stop> {
    let number = format!("FD {:08}", dice.below(100_000_000));
    let sale =
        Sale { buying, receipt: Some(ReceiptNumber::parse(&number).known("a receipt")?), till_at_us: None };
    match purchases::complete(work, acting, id, &sale)? {
        // Two receipts with one number: the second one has none.
        Err(NotBought::ReceiptTaken { .. }) => {
            purchases::complete(work, acting, id, &Sale { receipt: None, ..sale }).allowed("a purchase")
        }
        done => done.map_err(|why| Stop::refused("a purchase", why)),
    }
}

/// A part of what he has, in steps of ten, for not quite half of the basket.
fn may_spend(
    tx: &mut Tx<'_>,
    acting: &Acting,
    (programme, member): (Id, Id),
    basket: &Basket,
) -> Result<u64, Stop> {
    let at = bonafide_domain::calendar::UtcMicros::parse(acting.now_us).known("the clock")?;
    let Some(wallet) = ledger::of_member(tx, member, programme)? else { return Ok(0) };
    let has = statement::standing(tx, wallet, at)?.map_or(0, |standing| standing.spendable);
    let cost: i64 = basket.lines().iter().map(|line| line.price_minor()).sum();
    let share = u64::try_from(cost).unwrap_or(0) * 4 / 10;
    let points = has.min(share) / 10 * 10;
    Ok(if points >= 50 { points } else { 0 })
}

impl Shopping {
    /// What the book has of it; nothing in an older demo.
    pub(super) fn of(tx: &mut Tx<'_>) -> Result<Option<Shopping>, Fault> {
        let (mut tills, mut programme) = (Vec::new(), None);
        for house in HOUSES {
            let Some(branch) = branch::of_name(tx, house.site().name)?.pop() else { return Ok(None) };
            programme = programmes::of_branch(tx, branch.id)?;
            let all = till::list(tx, branch.id, false)?;
            // At the front desk memberships are sold; goods are sold at the others.
            tills.extend(all.iter().skip(usize::from(house == House::Harbour)).map(|till| (house, till.id)));
        }
        let Some(programme) = programme else { return Ok(None) };
        let offer = personal_offers::list(tx, programme)?.first().map(|offer| offer.id);
        Ok(Some(Shopping { programme, tills, offer }))
    }

    /// Somebody buys something now: one of these people, if he is in the programme, or nobody who is known.
    pub(super) fn sell(
        &self,
        work: &mut Work<'_, '_>,
        dice: &mut Dice,
        people: &[Id],
        now_us: i64,
    ) -> Result<(), Stop> {
        let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us };
        let (house, till) = *dice.one(&self.tills);
        let member = if people.is_empty() { None } else { Some(*dice.one(people)) };
        let buyer = match member {
            Some(member) if ledger::of_member(work.tx, member, self.programme)?.is_some() => {
                let ways = [RecognisedBy::Card, RecognisedBy::Code, RecognisedBy::Face];
                Some(Buyer { member, way: *dice.one(&ways) })
            }
            _ => None,
        };
        let goods: &[Article] = if house == House::Shop { &OF_SHOP } else { &OF_BAR };
        buy(work, &acting, dice, (self.programme, till, buyer), goods).map(drop)
    }
}
