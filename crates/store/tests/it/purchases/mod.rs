//! Purchases at a till: what they earn, what points pay, what is asked twice, and what comes back.

mod back;
mod guards;
mod offline;
mod past;
mod racing;

use bonafide_domain::ledger::{NotPosted, Status};
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_domain::programme::{
    Basket, Caps, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, Gives, Guards, GuardsSpec, LineSpec,
    QuoteRefusal, Rate, RuleId, Rules, RulesSpec, Selection, SpendBound, Spending, TierSpec, Tiers,
    TiersSpec,
};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes;
use bonafide_store::ledger::verify::verify;
use bonafide_store::ledger::{self};
use bonafide_store::members;
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::person_export::export;
use bonafide_store::purchases::{
    self, Buyer, Buying, CLAIM_US_MAX, Field, HOLD_US, NoOffer, NotBought, NotClaimed, Purchase,
    RecognisedBy, Sale, State, begin, claim, complete, give_up, offer,
};
use bonafide_store::store::Store;

use crate::club::{CASHIER, Club, acting, done, id, title, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, give, mismatches, points, posted, programme, stands};

const DAY_US: i64 = 24 * 3_600_000_000;

/// A point pays a rouble. 10 % of what is paid with money; half of a receipt may be paid with points, in steps of ten.
pub(super) fn rules() -> RulesSpec {
    RulesSpec {
        version: 1,
        currency: Currency::parse("RUB").unwrap(),
        point_minor: 100,
        tiers: None,
        earning: vec![EarningRule {
            id: RuleId(1),
            goods: Selection::all(),
            conditions: Conditions::default(),
            gives: Gives::Percent(Rate::ForAll(1_000)),
        }],
        caps: Caps::default(),
        pending_days: 0,
        gifts: Vec::new(),
        spending: Some(Spending {
            goods: Selection::all(),
            share_basis_points: 5_000,
            step_points: 10,
            min_points: 10,
            min_receipt_minor: 0,
        }),
        expiry: ExpiryRule::Never,
        warning_days: Vec::new(),
        rewards: Vec::new(),
    }
}

/// A shop with a till, a programme and a member with points.
pub(super) struct Shop<'a> {
    pub(super) store: &'a Store,
    pub(super) club: Club,
    pub(super) till: Id,
    pub(super) programme: Id,
    pub(super) anna: Id,
}

impl Shop<'_> {
    pub(super) fn open(store: &Store, spec: RulesSpec) -> Shop<'_> {
        let club = Club::open(store);
        let branch = club.branch;
        let till = Till { branch, name: title("Till 1") };
        let till = done(store, move |work| till::add(work, &acting(), &till));
        let programme = programme(store);
        done(store, move |work| programmes::set_branch(work, &acting(), branch, Some(programme)));
        put(store, programme, spec);
        let anna = enrolled(store, club.anna, programme);
        Shop { store, club, till, programme, anna }
    }

    /// Lets everybody earn as often as he likes: what a test is about is something else.
    pub(super) fn unguarded(self) -> Self {
        self.guarded(GuardsSpec::default());
        self
    }

    pub(super) fn guarded(&self, spec: GuardsSpec) -> Option<bool> {
        let (programme, guards) = (self.programme, Guards::parse(spec).unwrap());
        wrote(self.store, move |work| ledger::guards::put(work, &acting(), programme, &guards))
    }

    pub(super) fn buying(&self, lines: &[(&str, u64, i64)], points: u64) -> Buying {
        let buyer = Buyer { member: self.club.anna, way: RecognisedBy::Card };
        Buying { till: self.till, buyer: Some(buyer), basket: basket(lines), points }
    }

    pub(super) fn begins(&self, purchase: u8, now_us: i64, buying: &Buying) -> Result<Purchase, NotBought> {
        let (acting, buying) = (Acting { now_us, ..acting() }, buying.clone());
        self.store.write_by_rows(move |work| begin(work, &acting, id(purchase), &buying)).unwrap()
    }

    pub(super) fn completes(
        &self,
        purchase: u8,
        now_us: i64,
        buying: &Buying,
    ) -> Result<Purchase, NotBought> {
        let receipt = Some(ReceiptNumber::parse(&format!("receipt {purchase}")).unwrap());
        let sale = Sale { buying: buying.clone(), receipt, till_at_us: Some(7) };
        self.sells(purchase, now_us, sale)
    }

    pub(super) fn sells(&self, purchase: u8, now_us: i64, sale: Sale) -> Result<Purchase, NotBought> {
        let acting = Acting { now_us, ..acting() };
        self.store.write_by_rows(move |work| complete(work, &acting, id(purchase), &sale)).unwrap()
    }

    pub(super) fn has(&self, points: u64) {
        posted(self.store, self.anna, 900 + points, NOW_US, give(points)).unwrap();
    }

    pub(super) fn spendable(&self) -> u64 {
        stands(self.store, self.anna, NOW_US).spendable
    }
}

pub(super) fn put(store: &Store, programme: Id, spec: RulesSpec) {
    let rules = Rules::parse(spec).unwrap();
    crate::ledger::put_rules(store, programme, &rules);
}

/// Product, thousandths, price.
pub(super) fn basket(lines: &[(&str, u64, i64)]) -> Basket {
    let line = |&(product, quantity_milli, price_minor): &(&str, u64, i64)| LineSpec {
        product: product.to_owned(),
        categories: vec!["goods".to_owned()],
        quantity_milli,
        price_minor,
    };
    Basket::parse(Currency::parse("RUB").unwrap(), &lines.iter().map(line).collect::<Vec<_>>()).unwrap()
}

#[test]
fn t01_t02_t16_a_purchase_earns_once_and_nothing_on_what_points_paid() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let buying = shop.buying(&[("coffee", 1000, 10_000), ("cake", 1000, 5_000)], 0);
        let done = shop.completes(1, NOW_US, &buying).unwrap();
        assert_eq!((done.state, done.earned_points, done.to_pay_minor), (State::Done, 15, 15_000));
        assert_eq!((done.till_at_us, done.at_us), (Some(7), NOW_US), "t20: the till's clock is a remark");
        assert_eq!(shop.completes(1, NOW_US + DAY_US, &buying).unwrap(), done, "{}", engine.name);
        assert_eq!(shop.spendable(), 115);
        let more = shop.buying(&[("coffee", 1000, 10_001), ("cake", 1000, 5_000)], 0);
        assert_eq!(shop.completes(1, NOW_US, &more), Err(NotBought::OtherContents(Field::Basket)));
        // Half is paid with points: only the other half earns.
        let half = shop.buying(&[("coffee", 1000, 10_000)], 50);
        assert_eq!(
            shop.completes(2, NOW_US, &half),
            Err(NotBought::NotHeld),
            "points are held before they pay"
        );
        let begun = shop.begins(2, NOW_US, &half).unwrap();
        assert_eq!((begun.state, begun.hold_until_us), (State::Begun, Some(NOW_US + HOLD_US)));
        assert_eq!(shop.begins(2, NOW_US + 1, &half).unwrap(), begun);
        assert_eq!(shop.spendable(), 65);
        let done = shop.completes(2, NOW_US, &half).unwrap();
        assert_eq!((done.spent_points, done.points_minor, done.earned_points), (50, 5_000, 5));
        assert_eq!(shop.begins(2, NOW_US, &half), Err(NotBought::Done));
        assert_eq!(shop.spendable(), 70);
        let member = store.read(|tx| members::get(tx, store.vault(), shop.club.anna)).unwrap().unwrap();
        assert_eq!((member.figures.receipts, member.figures.spent_minor), (2, 20_000));
        assert_eq!(traced(&store, "purchase_completed"), 2);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t21_the_rules_are_those_of_the_beginning() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let buying = shop.buying(&[("coffee", 1000, 10_000)], 10);
        shop.begins(1, NOW_US, &buying).unwrap();
        let earning =
            vec![EarningRule { gives: Gives::Percent(Rate::ForAll(5_000)), ..rules().earning[0].clone() }];
        put(&store, shop.programme, RulesSpec { version: 2, earning, ..rules() });
        let done = shop.completes(1, NOW_US, &buying).unwrap();
        assert_eq!((done.version, done.earned_points), (1, 9), "{}", engine.name);
        let next = shop.completes(2, NOW_US, &shop.buying(&[("coffee", 1000, 9_000)], 0)).unwrap();
        assert_eq!((next.version, next.earned_points), (2, 45));
    });
}

#[test]
fn t08_t09_a_hold_is_captured_in_part_given_up_or_lapses() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let all = shop.buying(&[("coffee", 1000, 10_000), ("cake", 1000, 10_000)], 100);
        shop.begins(1, NOW_US, &all).unwrap();
        // The cake is left out: fewer points may pay.
        let less = shop.buying(&[("coffee", 1000, 10_000)], 50);
        let more = shop.buying(&[("coffee", 1000, 10_000)], 110);
        assert_eq!(shop.completes(1, NOW_US, &more), Err(NotBought::MoreThanHeld { held: 100 }));
        let other = Buying {
            buyer: Some(Buyer { member: shop.club.boris, way: RecognisedBy::Card }),
            ..less.clone()
        };
        assert_eq!(shop.completes(1, NOW_US, &other), Err(NotBought::OtherContents(Field::Buyer)));
        assert_eq!(shop.completes(1, NOW_US, &less).unwrap().spent_points, 50);
        assert_eq!(shop.spendable(), 55, "{}", engine.name);
        // Given up.
        let buying = shop.buying(&[("coffee", 1000, 10_000)], 50);
        shop.begins(2, NOW_US, &buying).unwrap();
        let gives_up = |purchase| store.write(move |work| give_up(work, &acting(), id(purchase))).unwrap();
        assert_eq!(gives_up(2).unwrap().unwrap().state, State::GivenUp);
        assert_eq!(gives_up(2).unwrap().unwrap().state, State::GivenUp);
        assert_eq!(gives_up(3), Ok(None));
        assert_eq!(gives_up(1), Err(NotBought::Done));
        assert_eq!(shop.completes(2, NOW_US, &buying), Err(NotBought::GivenUp));
        assert_eq!(shop.spendable(), 55);
        // The till died.
        shop.begins(4, NOW_US, &buying).unwrap();
        let late = shop.completes(4, NOW_US + HOLD_US, &buying);
        assert_eq!(late, Err(NotBought::Points(NotPosted::HoldLapsed)));
        let money = Buying { points: 0, ..buying };
        assert_eq!(
            shop.completes(4, NOW_US + HOLD_US, &money).unwrap().earned_points,
            10,
            "the sale does not wait"
        );
        assert_eq!(stands(&store, shop.anna, NOW_US + HOLD_US).spendable, 65);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn what_the_rules_and_the_house_refuse_has_its_reason() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(30);
        let lines = [("coffee", 1000, 10_000)];
        let quoted = |points| {
            let buying = shop.buying(&lines, points);
            store
                .read(|tx| offer(tx, store.vault(), &acting(), &buying))
                .unwrap()
                .map(|offered| offered.offer)
        };
        assert_eq!(quoted(20).unwrap().to_pay.minor(), 8_000, "{}", engine.name);
        let bound = SpendBound::Balance;
        let refused = NoOffer::Quote(QuoteRefusal::TooManyPoints { max_points: 30, bound });
        assert_eq!(quoted(40).err(), Some(refused));
        assert_eq!(quoted(15).err(), Some(NoOffer::Quote(QuoteRefusal::NotInSteps { step_points: 10 })));
        let boris = Buyer { member: shop.club.boris, way: RecognisedBy::Face };
        let foreign = Buying { buyer: Some(boris), ..shop.buying(&lines, 0) };
        assert_eq!(shop.completes(1, NOW_US, &foreign), Err(NotBought::NoOffer(NoOffer::NotInProgramme)));
        let nowhere = Buying { till: id(99), ..shop.buying(&lines, 0) };
        assert_eq!(shop.completes(1, NOW_US, &nowhere), Err(NotBought::NoOffer(NoOffer::NoTill)));
        let nobody = Buying { buyer: None, ..shop.buying(&lines, 10) };
        assert_eq!(shop.begins(1, NOW_US, &nobody), Err(NotBought::NobodySpends));
        let euros = Basket::parse(
            Currency::parse("EUR").unwrap(),
            &[LineSpec {
                product: "coffee".to_owned(),
                categories: Vec::new(),
                quantity_milli: 1000,
                price_minor: 100,
            }],
        );
        let euros = Buying { basket: euros.unwrap(), ..shop.buying(&lines, 0) };
        let refused = shop.completes(1, NOW_US, &euros);
        assert!(
            matches!(refused, Err(NotBought::NoOffer(NoOffer::Quote(QuoteRefusal::CurrenciesDiffer { .. })))),
            "t22"
        );
        // A blocked member buys like anybody, and earns nothing.
        let wallet = shop.anna;
        wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, Status::Blocked));
        assert_eq!(shop.completes(1, NOW_US, &shop.buying(&lines, 0)).unwrap().earned_points, 0);
        let (till, branch) = (shop.till, shop.club.branch);
        done(&store, move |work| till::set_closed(work, &acting(), till, true));
        assert_eq!(
            shop.completes(2, NOW_US, &shop.buying(&lines, 0)),
            Err(NotBought::NoOffer(NoOffer::TillClosed))
        );
        done(&store, move |work| till::set_closed(work, &acting(), till, false));
        done(&store, move |work| programmes::set_branch(work, &acting(), branch, None));
        assert_eq!(
            shop.completes(2, NOW_US, &shop.buying(&lines, 0)),
            Err(NotBought::NoOffer(NoOffer::NoProgramme))
        );
    });
}

#[test]
fn t14_nobody_earns_at_his_own_till() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let anna = shop.club.anna;
        let employee = crate::staff::cashier(&store);
        wrote(&store, move |work| purchases::set_own_member(work, &acting(), employee, Some(anna)));
        let (buying, actor) = (shop.buying(&[("coffee", 1000, 10_000)], 0), Actor::Staff(employee));
        let sale = Sale { buying, receipt: None, till_at_us: None };
        let own =
            store.write(move |work| complete(work, &Acting { actor, ..acting() }, id(1), &sale)).unwrap();
        assert_eq!(own, Err(NotBought::NoOffer(NoOffer::OwnPurchase)), "{}", engine.name);
        assert_ne!(employee, CASHIER);
        wrote(&store, move |work| purchases::set_own_member(work, &acting(), employee, None));
        assert!(shop.completes(1, NOW_US, &shop.buying(&[("coffee", 1000, 10_000)], 0)).is_ok());
    });
}

#[test]
fn a_purchase_of_nobody_is_claimed_once_within_two_weeks() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let buying = Buying { buyer: None, ..shop.buying(&[("coffee", 1000, 10_000)], 0) };
        let sold = shop.completes(1, NOW_US, &buying).unwrap();
        assert_eq!((sold.wallet, sold.earned_points), (None, 0));
        let claims = |purchase: u8, member: Id, now_us: i64| {
            let acting = Acting { now_us, ..acting() };
            store
                .write(move |work| claim(work, &acting, id(purchase), (member, RecognisedBy::Phone)))
                .unwrap()
        };
        let (anna, boris) = (shop.club.anna, shop.club.boris);
        assert_eq!(claims(9, anna, NOW_US), Err(NotClaimed::NoPurchase));
        assert_eq!(claims(1, boris, NOW_US), Err(NotClaimed::NotInProgramme));
        let claimed = claims(1, anna, NOW_US + DAY_US).unwrap();
        assert_eq!((claimed.wallet, claimed.earned_points), (Some(shop.anna), 10), "{}", engine.name);
        assert_eq!(claims(1, anna, NOW_US + 2 * DAY_US).unwrap(), claimed);
        assert_eq!(shop.spendable(), 10);
        enrolled(&store, boris, shop.programme);
        assert_eq!(claims(1, boris, NOW_US + DAY_US), Err(NotClaimed::Taken));
        // The same receipt is no second purchase.
        let receipt = Some(ReceiptNumber::parse("receipt 1").unwrap());
        let again = shop.sells(2, NOW_US, Sale { buying: buying.clone(), receipt, till_at_us: None });
        assert_eq!(again, Err(NotBought::ReceiptTaken { purchase: id(1) }));
        shop.completes(3, NOW_US, &buying).unwrap();
        assert_eq!(claims(3, anna, NOW_US + CLAIM_US_MAX + 1), Err(NotClaimed::TooLate));
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn tiers_follow_what_was_bought_and_caps_what_was_earned() {
    on_both(|engine| {
        let store = engine.open();
        let tier = |name, entry| TierSpec { name, entry };
        let tiers = Tiers::parse(TiersSpec {
            tiers: vec![tier(0, Entry::Everyone), tier(1, Entry::Spend { minor: 30_000 })],
            window_months: 12,
            grace_days: 0,
            downgrade: Downgrade::OneStep,
        });
        let by_tier = Gives::Percent(Rate::ByTier(vec![1_000, 2_000]));
        let earning = vec![EarningRule { gives: by_tier, ..rules().earning[0].clone() }];
        let caps = Caps { receipt: None, day: Some(points(70)), month: None };
        let spec = RulesSpec { tiers: Some(tiers.unwrap()), earning, caps, ..rules() };
        let shop = Shop::open(&store, spec);
        let lines = [("coffee", 1000, 20_000)];
        let mut earned = Vec::new();
        for (purchase, day) in [(1, 0), (2, 0), (3, 0), (4, 1), (5, 400)] {
            let done = shop.completes(purchase, NOW_US + day * DAY_US, &shop.buying(&lines, 0)).unwrap();
            earned.push(done.earned_points);
        }
        // The lowest tier twice, then the higher one, cut at the day's seventy; the next day it is whole; after a year the tier is
        // gone.
        assert_eq!(earned, [20, 20, 30, 40, 20], "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn whoever_is_erased_takes_what_lay_in_his_baskets_with_him() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.completes(1, NOW_US, &shop.buying(&[("a planted product", 1000, 10_000)], 0)).unwrap();
        let anna = shop.club.anna;
        let sealed =
            store.read(|tx| tx.query_one("SELECT lines_sealed FROM purchases", &[])?.blob(0)).unwrap();
        assert!(memchr::memmem::find(&sealed, b"planted").is_none(), "{}: it lies open", engine.name);
        let told = store
            .write(move |work| Ok(Ok::<_, ()>(export(work, &acting(), anna)?)))
            .unwrap()
            .unwrap()
            .unwrap();
        assert!(
            told.profiles[0].to_string().contains("a planted product"),
            "he may know what is stored of him"
        );
        let cause = bonafide_store::erasure::Cause::PersonsWish;
        done(&store, move |work| bonafide_store::erasure::erase(work, &acting(), id(7), anna, cause));
        let kept = store.read(|tx| purchases::read(tx, store.vault(), id(1))).unwrap().unwrap();
        assert_eq!((kept.lines, kept.to_pay_minor), (None, 10_000), "{}", engine.name);
        let mut wrong = Vec::new();
        verify(&store, |mismatch| wrong.push(mismatch)).unwrap();
        assert_eq!(wrong, []);
    });
}

#[test]
fn whoever_is_erased_while_he_pays_pays_as_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let buying = shop.buying(&[("coffee", 1000, 10_000)], 50);
        shop.begins(1, NOW_US, &buying).unwrap();
        let anna = shop.club.anna;
        let cause = bonafide_store::erasure::Cause::PersonsWish;
        done(&store, move |work| bonafide_store::erasure::erase(work, &acting(), id(7), anna, cause));
        let gone = shop.completes(1, NOW_US, &buying);
        assert_eq!(gone, Err(NotBought::OtherContents(Field::Buyer)), "{}: he is nobody now", engine.name);
        let money = Buying { buyer: None, points: 0, ..buying };
        let sold = shop.completes(2, NOW_US, &money).unwrap();
        assert_eq!((sold.wallet, sold.to_pay_minor), (None, 10_000), "the sale does not wait");
        assert_eq!(mismatches(&store), []);
    });
}
