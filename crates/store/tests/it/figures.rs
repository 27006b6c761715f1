//! Figures of a programme against a slow count over everything that was sold.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_domain::calendar::{Calendar, DateSpan, days_after};
use bonafide_domain::ledger::{Code, Command, Direction, Expiry, Grant, Wallet};
use bonafide_domain::programme::{ExpiryRule, RulesSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::figures::comparison::{Comparison, EVENTS_DAYS, KNOWN_DAYS, comparisons};
use bonafide_store::figures::participants::{Again, Participants, again, participants};
use bonafide_store::figures::points::{PointsFigures, expiring, points};
use bonafide_store::figures::sales::{Sales, Sold, sales};
use bonafide_store::figures::{Question, calendar_of};
use bonafide_store::id::Id;
use bonafide_store::ledger::due::settle;
use bonafide_store::ledger::programmes;
use bonafide_store::ledger::statement;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::purchases::{
    BackLine, Buyer, Buying, Purchase, RecognisedBy, Sale, begin, bring_back, complete,
};
use bonafide_store::store::Store;
use bonafide_testkit::dice::Dice;
use jiff::civil::Date;

use crate::club::{acting, done, member, moscow, title, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{at, mismatches, points as so_many, posted, stands};
use crate::purchases::{Shop, basket, rules};

const DAY_US: i64 = 24 * 3_600_000_000;

const WAYS: [RecognisedBy; 4] =
    [RecognisedBy::Card, RecognisedBy::Face, RecognisedBy::Phone, RecognisedBy::Code];

/// What was sold, with what came back of it.
struct Sold1 {
    purchase: Purchase,
    day: Date,
    money_minor: i64,
    points_minor: i64,
}

/// Two branches, some members, and a season of purchases.
struct Season<'a> {
    shop: Shop<'a>,
    tills: [Id; 2],
    branches: [Id; 2],
    wallets: Vec<(Id, Id)>,
    calendar: Calendar,
    sold: Vec<Sold1>,
    operations: u64,
}

impl Season<'_> {
    fn open(store: &Store) -> Season<'_> {
        let spec = RulesSpec { expiry: ExpiryRule::Days(40), pending_days: 3, ..rules() };
        let shop = Shop::open(store, spec);
        let other = Branch { name: title("Lesnaya"), ..moscow() };
        let other = wrote(store, move |work| branch::add(work, &acting(), &other));
        let programme = shop.programme;
        done(store, move |work| programmes::set_branch(work, &acting(), other, Some(programme)));
        let till = Till { branch: other, name: title("Till 2") };
        let till = done(store, move |work| till::add(work, &acting(), &till));
        let (tills, branches) = ([shop.till, till], [shop.club.branch, other]);
        let calendar = store.read(|tx| calendar_of(tx, programme)).unwrap();
        let wallets = vec![(shop.club.anna, shop.anna)];
        Season { shop, tills, branches, wallets, calendar, sold: Vec::new(), operations: 10_000 }
    }

    fn operation(&mut self) -> Id {
        self.operations += 1;
        Id::from_bytes(u128::from(self.operations).to_be_bytes())
    }

    fn joins(&mut self, name: &str, now_us: i64) {
        let store = self.shop.store;
        let (new, programme) = (member(store, name), self.shop.programme);
        let acting = Acting { now_us, ..acting() };
        let wallet = done(store, move |work| bonafide_store::ledger::enrol(work, &acting, new, programme));
        self.wallets.push((new, wallet));
    }

    /// Somebody buys, with as many points as he may, now and then.
    fn sells(&mut self, dice: &mut Dice, now_us: i64, is_known: bool) {
        let store = self.shop.store;
        let (id, back) = (self.operation(), self.operation());
        let buyer = is_known.then(|| {
            let (member, wallet) = dice.one_of(&self.wallets);
            (Buyer { member, way: dice.one_of(&WAYS) }, wallet)
        });
        let price = dice.between(1, 40) * 1_000;
        let free = buyer.map_or(0, |(_, wallet)| stands(store, wallet, now_us).spendable);
        let most = free.min(price.unsigned_abs() / 200) / 10 * 10;
        let points = if dice.once_in(3) { most } else { 0 };
        let till = dice.one_of(&self.tills);
        let basket = basket(&[("coffee", 2_000, price)]);
        let buying = Buying { till, buyer: buyer.map(|(buyer, _)| buyer), basket, points };
        let acting = Acting { now_us, ..acting() };
        if points > 0 {
            let (acting, buying) = (acting.clone(), buying.clone());
            store.write_by_rows(move |work| begin(work, &acting, id, &buying)).unwrap().unwrap();
        }
        let (sale, who) = (Sale { buying, receipt: None, till_at_us: None }, acting.clone());
        let purchase = store.write_by_rows(move |work| complete(work, &who, id, &sale)).unwrap().unwrap();
        let (mut money_minor, mut points_minor) = (purchase.to_pay_minor, purchase.points_minor);
        if dice.once_in(5) {
            let line = [BackLine { index: 0, quantity_milli: 1_000 }];
            let back = done(store, move |work| bring_back(work, &acting, back, (id, till), &line));
            money_minor -= back.money_minor;
            // A point pays a rouble.
            points_minor -= back.spent_points.cast_signed() * 100;
        }
        let day = self.calendar.date_of(at(now_us));
        self.sold.push(Sold1 { purchase, day, money_minor, points_minor });
    }

    /// Days of a season, one after the other.
    fn passes(&mut self, seed: u64, days: i64) {
        let mut dice = Dice::new(seed);
        for day in 0..days {
            let mut now_us = NOW_US + day * DAY_US;
            if dice.once_in(6) {
                self.joins("Vera", now_us);
            }
            for _ in 0..dice.roll(5) {
                now_us += 1_800_000_000;
                let is_known = !dice.once_in(3);
                self.sells(&mut dice, now_us, is_known);
            }
            for (_, wallet) in self.wallets.clone() {
                let acting = Acting { now_us: now_us + 1, ..acting() };
                wrote(self.shop.store, move |work| settle(work, &acting, wallet));
            }
        }
    }

    fn question(&self, branch: Option<Id>, from: i64, until: i64) -> Question {
        let day = |day| days_after(self.calendar.date_of(at(NOW_US)), day).unwrap();
        let span = DateSpan::parse(day(from), day(until)).unwrap();
        Question { programme: self.shop.programme, branch, span }
    }

    fn asked(&self, question: &Question) -> impl Iterator<Item = &Sold1> {
        let (span, branch) = (question.span, question.branch);
        self.sold.iter().filter(move |sold| {
            span.contains(sold.day) && branch.is_none_or(|branch| sold.purchase.branch == branch)
        })
    }

    fn slow_sales(&self, question: &Question) -> BTreeMap<(Id, Option<RecognisedBy>), Sold> {
        let mut all: BTreeMap<_, Sold> = BTreeMap::new();
        for sold in self.asked(question) {
            let sum = all.entry((sold.purchase.branch, sold.purchase.way)).or_default();
            sum.receipts += 1;
            sum.money_minor += sold.money_minor;
            sum.points_minor += sold.points_minor;
        }
        all
    }

    /// The days on which each wallet bought anywhere.
    fn days(&self) -> BTreeMap<Id, BTreeSet<Date>> {
        let mut days: BTreeMap<Id, BTreeSet<Date>> = BTreeMap::new();
        for sold in &self.sold {
            if let Some(wallet) = sold.purchase.wallet {
                days.entry(wallet).or_default().insert(sold.day);
            }
        }
        days
    }

    fn slow_again(&self, question: &Question, today: Date) -> Again {
        let days = self.days();
        let mut counted = BTreeSet::new();
        for sold in self.asked(question) {
            let whole = days_after(sold.day, 30).unwrap() < today;
            counted.extend(sold.purchase.wallet.filter(|_| whole).map(|wallet| (wallet, sold.day)));
        }
        let is_followed = |(wallet, day): &&(Id, Date)| {
            (1..=30).any(|later| days[wallet].contains(&days_after(*day, later).unwrap()))
        };
        let followed = counted.iter().filter(is_followed).count() as u64;
        Again { days: counted.len() as u64, followed }
    }

    /// Every wallet as its transfers left it before an instant, and what they moved from another one on.
    fn slow_points(&self, from_us: i64, until_us: i64) -> PointsFigures {
        let mut figures = PointsFigures {
            outstanding: 0,
            waiting: 0,
            flows: BTreeMap::new(),
            ever_given: 0,
            ever_expired: 0,
        };
        for (_, wallet) in &self.wallets {
            let mut stands = Wallet::default();
            let mut transfers = self.shop.store.read(|tx| statement::transfers(tx, *wallet, None)).unwrap();
            assert!(transfers.len() < statement::PAGE_MAX as usize, "a page is all");
            transfers.reverse();
            for transfer in transfers.iter().filter(|transfer| transfer.at.get() < until_us) {
                let before = stands.balance;
                stands = stands.with(transfer).unwrap();
                let gained = stands.balance.credits_posted - before.credits_posted;
                let lost = stands.balance.debits_posted - before.debits_posted;
                if matches!(transfer.code, Code::Earn | Code::Gift) {
                    figures.ever_given += gained;
                }
                if transfer.code == Code::Expire {
                    figures.ever_expired += lost;
                }
                if transfer.at.get() >= from_us && gained + lost > 0 {
                    let flow = figures.flows.entry(transfer.code).or_default();
                    flow.points_in += gained;
                    flow.points_out += lost;
                }
            }
            figures.outstanding += stands.balance.credits_posted - stands.balance.debits_posted;
            figures.waiting += stands.balance.credits_pending;
        }
        figures
    }
}

/// What the figures say of sales, as the slow count has it.
fn by_branch_and_way(sales: &Sales) -> BTreeMap<(Id, Option<RecognisedBy>), Sold> {
    let mut all = BTreeMap::new();
    for branch in &sales.0 {
        all.extend(branch.members.iter().map(|(way, sold)| ((branch.branch, Some(*way)), *sold)));
        if branch.nobody.receipts > 0 {
            all.insert((branch.branch, None), branch.nobody);
        }
    }
    all
}

#[test]
fn the_figures_of_a_season_are_those_of_a_slow_count() {
    on_both(|engine| {
        let store = engine.open();
        let mut season = Season::open(&store);
        season.passes(7, 100);
        let (here, there) = (Some(season.branches[0]), Some(season.branches[1]));
        let today = days_after(season.calendar.date_of(at(NOW_US)), 100).unwrap();
        for (branch, from, until) in [
            (None, 0, 100),
            (None, 31, 62),
            (here, 20, 90),
            (there, 0, 45),
            (there, 99, 100),
            (None, 200, 201),
        ] {
            let question = season.question(branch, from, until);
            let told = format!("{}: {from} to {until} of {branch:?}", engine.name);
            let found = store.read(|tx| sales(tx, &question)).unwrap();
            assert_eq!(by_branch_and_way(&found), season.slow_sales(&question), "{told}");
            let found = store.read(|tx| again(tx, &question, today)).unwrap();
            assert_eq!(found, season.slow_again(&question, today), "{told}");
            let first = |date| season.calendar.first_instant(date).unwrap().get();
            let slow = season.slow_points(first(question.span.from()), first(question.span.until()));
            let mut found = store.read(|tx| points(tx, &question, &season.calendar)).unwrap();
            // A repayment, or what is taken back from nothing, moves no wallet's points.
            found.flows.retain(|_, flow| flow.points_in + flow.points_out > 0);
            assert_eq!(found, slow, "{told}");
            let buyers: BTreeSet<_> =
                season.asked(&question).filter_map(|sold| sold.purchase.wallet).collect();
            let found = store.read(|tx| participants(tx, &question, &season.calendar)).unwrap();
            assert_eq!(found.active, buyers.len() as u64, "{told}");
        }
        let all = season.question(None, 0, 100);
        let given = store.read(|tx| points(tx, &all, &season.calendar)).unwrap();
        let moved = [Code::Earn, Code::Spend, Code::Return, Code::Expire];
        assert!(moved.iter().all(|code| given.flows.contains_key(code)), "the season is rich: {given:?}");
        assert!(given.waiting > 0 && given.ever_expired > 0, "{given:?}");
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn participants_are_people_who_are_there() {
    on_both(|engine| {
        let store = engine.open();
        let mut season = Season::open(&store);
        for (name, day) in [("Vera", 2), ("Gleb", 5), ("Dina", 9), ("Egor", 9)] {
            season.joins(name, NOW_US + day * DAY_US);
        }
        let asked = season.question(None, 5, 10);
        let found = store.read(|tx| participants(tx, &asked, &season.calendar)).unwrap();
        assert_eq!(found, Participants { all: 5, new: 3, active: 0 }, "{}", engine.name);
        let (gleb, dina, egor) = (season.wallets[2].0, season.wallets[3].0, season.wallets[4].0);
        done(&store, move |work| bonafide_store::members::merging::merge(work, &acting(), dina, egor));
        let cause = bonafide_store::erasure::Cause::PersonsWish;
        let operation = season.operation();
        done(&store, move |work| bonafide_store::erasure::erase(work, &acting(), operation, gleb, cause));
        let found = store.read(|tx| participants(tx, &asked, &season.calendar)).unwrap();
        assert_eq!(found, Participants { all: 3, new: 1, active: 0 }, "{}", engine.name);
    });
}

#[test]
fn what_expires_soon_is_counted_to_the_end_of_its_day() {
    on_both(|engine| {
        let store = engine.open();
        let season = Season::open(&store);
        let today = season.calendar.date_of(at(NOW_US));
        let first = |day: i64| season.calendar.first_instant(days_after(today, day).unwrap()).unwrap();
        // Through the thirtieth day, one day more, and never.
        let lots = [
            (1, 100, Expiry::At(at(first(31).get() - 1))),
            (2, 20, Expiry::At(first(31))),
            (3, 3, Expiry::At(first(90))),
            (4, 1_000, Expiry::Never),
        ];
        for (number, count, expiry) in lots {
            let command = Command::Give { grant: Grant::Gift, points: so_many(count), matures: None, expiry };
            posted(&store, season.shop.anna, number, NOW_US, command).unwrap();
        }
        let soon =
            store.read(|tx| expiring(tx, season.shop.programme, &season.calendar, at(NOW_US))).unwrap();
        assert_eq!(soon, [100, 120, 123], "{}", engine.name);
        let approval = bonafide_domain::ledger::Approval::Second;
        let down = Command::Correct {
            direction: Direction::Down,
            points: so_many(110),
            expiry: Expiry::Never,
            approval,
        };
        posted(&store, season.shop.anna, 5, NOW_US, down).unwrap();
        let soon =
            store.read(|tx| expiring(tx, season.shop.programme, &season.calendar, at(NOW_US))).unwrap();
        assert_eq!(soon, [0, 10, 13], "those that come to nothing first go first");
    });
}

#[test]
fn coming_again_is_compared_with_those_who_are_alike() {
    on_both(|engine| {
        let store = engine.open();
        let mut season = Season::open(&store);
        season.joins("Vera", NOW_US);
        season.joins("Gleb", NOW_US);
        let (anna, vera, gleb) = (season.wallets[0].0, season.wallets[1].0, season.wallets[2].0);
        let sells = |season: &mut Season<'_>, member, way, day: i64| {
            let (id, till) = (season.operation(), season.tills[0]);
            let buyer = Some(Buyer { member, way });
            let basket = basket(&[("coffee", 1_000, 1_000)]);
            let sale =
                Sale { buying: Buying { till, buyer, basket, points: 0 }, receipt: None, till_at_us: None };
            let acting = Acting { now_us: NOW_US + day * DAY_US, ..acting() };
            store.write_by_rows(move |work| complete(work, &acting, id, &sale)).unwrap().unwrap();
        };
        // Anna and Vera come once before, and both on day 100: Anna by her face. Only Anna comes again. Gleb came never before.
        for (member, way, day) in [
            (anna, RecognisedBy::Card, 20),
            (vera, RecognisedBy::Card, 30),
            (anna, RecognisedBy::Face, 100),
            (vera, RecognisedBy::Card, 100),
            (gleb, RecognisedBy::Card, 100),
            (anna, RecognisedBy::Face, 130),
            (vera, RecognisedBy::Card, 131),
        ] {
            sells(&mut season, member, way, day);
        }
        let day = |day| days_after(season.calendar.date_of(at(NOW_US)), day).unwrap();
        let compared = |until: i64, today: i64| {
            let asked = (day(until), day(today));
            store.read(|tx| comparisons(tx, season.shop.programme, asked)).unwrap()
        };
        let found = compared(200, 200).face;
        assert_eq!((found.people, found.unlike), (1, 0), "{}", engine.name);
        assert_eq!((found.own.before.share(), found.own.after.share()), (Some(0.0), Some(0.5)));
        assert_eq!((found.like.before.share(), found.like.after.share()), (Some(0.0), Some(0.0)));
        assert_eq!(compared(200, 200).points, Comparison::default(), "nobody paid with points");
        assert_eq!(compared(200, 100 + KNOWN_DAYS - 1).face, Comparison::default(), "not all is known");
        assert_eq!(compared(200, 100 + KNOWN_DAYS).face.people, 1);
        assert_eq!(compared(100, 300).face, Comparison::default(), "it was later");
        assert_eq!(compared(101 + EVENTS_DAYS, 600).face, Comparison::default(), "it was before");
    });
}
