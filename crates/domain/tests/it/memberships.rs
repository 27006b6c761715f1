//! Years at the desk in seconds: random plans, sales and requests in fourteen time zones, each answer compared with the
//! slow models, and after each the whole calendar.

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

use bonafide_domain::calendar::{Calendar, DateSpan, UtcMicros};
use bonafide_domain::entitlement::{Entitled, Entrance, NoChoice, NotEntitled, choose, entitled};
use bonafide_domain::id::{BranchId, ExtraId, MemberId, OperationId, ZoneId};
use bonafide_domain::membership::{Answer, Change, Membership, MembershipEvent, Request, Sale, Standing};
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plan::{
    CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, PlanTerms, Reach, Start,
};
use bonafide_domain::schedule::{Schedule, WindowSpec};

use crate::dice::Dice;
use crate::slow_calendar::{MINUTE_US, SlowCalendar, WEEK_MINUTES};
use crate::slow_membership::{Ask, SlowMembership};

/// Watched by the slow calendar, and therefore the days on which anything is asked.
const WATCHED_DAYS: usize = 3 * 365;
/// Beyond these, memberships only end.
const DAYS: usize = WATCHED_DAYS + 4 * 365;
const MEMBERSHIPS_PER_ZONE: u64 = 24;
const REQUESTS_PER_MEMBERSHIP: u64 = 60;

/// A zone and the first day that is looked at; in most of them some midnight is missing or doubled within three years.
const ZONES: [(&str, Date); 14] = [
    ("Africa/Cairo", date(2026, 1, 15)),
    ("America/Asuncion", date(2017, 1, 15)),
    ("America/Havana", date(2026, 1, 15)),
    ("America/Santiago", date(2026, 1, 15)),
    ("America/St_Johns", date(2008, 1, 15)),
    ("Asia/Beirut", date(2026, 1, 15)),
    ("Asia/Kolkata", date(2026, 1, 15)),
    ("Asia/Shanghai", date(2026, 1, 15)),
    ("Asia/Tehran", date(2019, 1, 15)),
    ("Atlantic/Azores", date(2026, 1, 15)),
    ("Australia/Lord_Howe", date(2026, 1, 15)),
    ("Europe/Berlin", date(2026, 1, 15)),
    ("Europe/Moscow", date(2009, 1, 15)),
    ("Pacific/Apia", date(2010, 1, 15)),
];

const EXTRAS: [ExtraId; 3] = [ExtraId([1; 16]), ExtraId([2; 16]), ExtraId([3; 16])];
const MEMBERS: [MemberId; 2] = [MemberId([1; 16]), MemberId([2; 16])];
const BRANCHES: [BranchId; 2] = [BranchId([1; 16]), BranchId([2; 16])];
const PLACES: [ZoneId; 2] = [ZoneId([1; 16]), ZoneId([2; 16])];

#[test]
fn d11_d26_t17_t18_a_membership_agrees_with_its_calendar_of_days() {
    for (place, (zone, first)) in (0..).zip(ZONES) {
        let mut desk = Desk::open(zone, first);
        for seed in place * MEMBERSHIPS_PER_ZONE..(place + 1) * MEMBERSHIPS_PER_ZONE {
            let (result, sold) = {
                let mut dice = Dice(seed);
                let mut sold = desk.sell(&mut dice);
                (desk.serve(&mut dice, &mut sold), sold)
            };
            if let Err(why) = result {
                panic!("{zone}, seed {seed}: {why}\n{:#?}\n{:#?}", sold.fast.terms(), sold.fast.history());
            }
            desk.sold.push(sold);
        }
        for seed in 0..80 {
            desk.choose(&mut Dice(seed))
                .unwrap_or_else(|why| panic!("{zone}, choice with seed {seed}: {why}"));
        }
    }
}

/// A membership in both forms, with the minutes of the week at which it is valid.
struct Sold {
    fast: Membership,
    slow: SlowMembership,
    open: Vec<bool>,
    asked: Vec<(Request, usize, Ask, MembershipEvent)>,
}

struct Desk {
    calendar: Calendar,
    slow: SlowCalendar,
    sold: Vec<Sold>,
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, fast: &T, slow: &T) -> Result<(), String> {
    if fast == slow { Ok(()) } else { Err(format!("{what}: fast says {fast:?}, slow says {slow:?}")) }
}

fn operation(number: u64) -> OperationId {
    OperationId(u128::from(number).to_be_bytes())
}

fn random_windows(dice: &mut Dice) -> Vec<WindowSpec> {
    use Weekday::*;
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let minute = |dice: &mut Dice| dice.one_of(&[0, 1, 30, 60, 90, 480, 540, 1320, 1380, 1410, 1439]);
    let window = |dice: &mut Dice| WindowSpec {
        weekdays: (0..=dice.roll(4)).map(|_| dice.one_of(&days)).collect(),
        from_minute: minute(dice),
        until_minute: minute(dice) + 1,
    };
    (0..dice.roll(4)).map(|_| window(dice)).collect()
}

/// Which minutes of the week the windows cover; all when there is none.
fn open_minutes(windows: &[WindowSpec]) -> Vec<bool> {
    let mut open = vec![windows.is_empty(); WEEK_MINUTES];
    for window in windows {
        for weekday in &window.weekdays {
            let mut minute =
                weekday.to_monday_zero_offset() as usize * 1440 + usize::from(window.from_minute);
            loop {
                open[minute % WEEK_MINUTES] = true;
                minute += 1;
                if minute % 1440 == usize::from(window.until_minute) % 1440 {
                    break;
                }
            }
        }
    }
    open
}

fn random_reach<Id: Clone>(dice: &mut Dice, ids: &[Id]) -> Reach<Id> {
    if dice.once_in(3) { Reach::Only(vec![dice.one_of(ids)]) } else { Reach::All }
}

fn random_plan(dice: &mut Dice, schedule: Schedule) -> PlanSpec {
    let length = match dice.roll(8) {
        0 => None,
        1..=3 => Some(Length::Days(dice.between(1, 90) as u16)),
        _ => Some(Length::Months(dice.between(1, 4) as u16)),
    };
    let visits = (length.is_none() || dice.once_in(2)).then(|| dice.between(1, 12) as u32);
    let days_max = dice.between(1, 20) as u16;
    let freezes = FreezeTerms {
        count_max: dice.between(1, 4) as u16,
        total_days_max: days_max + dice.roll(20) as u16,
        days_min: dice.between(1, i64::from(days_max)) as u16,
        days_max,
    };
    let mut rules = vec![CancellationRule::NothingBack];
    rules.extend(length.map(|_| CancellationRule::ByUnusedDays));
    rules.extend(visits.map(|_| CancellationRule::ByUnusedVisits));
    let start = Start::OnFirstVisit { within_days: dice.between(1, 40) as u16 };
    let extra = |dice: &mut Dice, extra| IncludedExtra { extra, count: dice.between(1, 30) as u32 };
    PlanSpec {
        version: 1 + dice.roll(9) as u32,
        length,
        visits,
        schedule,
        zones: random_reach(dice, &PLACES),
        branches: random_reach(dice, &BRANCHES),
        freezes: (length.is_some() && !dice.once_in(5)).then_some(freezes),
        guest_visits: dice.roll(4) as u32,
        extras: EXTRAS[..dice.roll(3) as usize].iter().map(|&id| extra(dice, id)).collect(),
        price: Money::parse(dice.between(0, 900_000), Currency::parse("RUB").unwrap()).unwrap(),
        start: if dice.once_in(3) { start } else { Start::OnPurchase },
        renews: length.is_some() && !dice.once_in(3),
        transferable: dice.once_in(2),
        cancellation: dice.one_of(&rules),
    }
}

impl Desk {
    fn open(zone: &str, first: Date) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let slow = SlowCalendar::watched(&zone, first, WATCHED_DAYS);
        Self { calendar: Calendar::of(zone), slow, sold: Vec::new() }
    }

    /// An instant, often close to where a date begins.
    fn instant(&self, dice: &mut Dice, day: usize) -> UtcMicros {
        let begins = self.slow.begins(day.clamp(1, self.slow.days() - 3));
        let micros = match dice.roll(4) {
            0 => dice.between(-1, 1),
            1 => dice.between(-90, 90) * MINUTE_US,
            _ => dice.between(0, 1440) * MINUTE_US + dice.between(0, MINUTE_US),
        };
        begins.plus(micros).unwrap()
    }

    fn request(&self, dice: &mut Dice, number: u64, day: usize) -> (Request, usize) {
        let at = self.instant(dice, day);
        let on = self.calendar.date_of(at);
        assert_eq!(on, self.slow.date(self.slow.index_of(at)), "the date of {at:?}");
        (Request { operation: operation(number), at, on }, self.slow.index_of(at))
    }

    fn sell(&self, dice: &mut Dice) -> Sold {
        let windows = random_windows(dice);
        let schedule =
            if windows.is_empty() { Schedule::any_time() } else { Schedule::parse(&windows).unwrap() };
        let spec = random_plan(dice, schedule);
        let discount = dice.between(0, spec.price.minor());
        let paid = Money::parse(spec.price.minor() - discount, spec.price.currency()).unwrap();
        let (holder, day) = (dice.one_of(&MEMBERS), dice.between(5, 700) as usize);
        let (request, sold) = self.request(dice, 0, day);
        let terms = PlanTerms::parse(spec.clone()).unwrap();
        let answer = Membership::sell(&terms, None, &request, Sale { holder, paid }).unwrap();
        Sold {
            fast: Membership::replay(terms, &[*answer.event()]).unwrap(),
            slow: SlowMembership::sold(&spec, self.slow.date(0), DAYS, sold, holder, paid.minor()),
            open: open_minutes(&windows),
            asked: Vec::new(),
        }
    }

    /// All requests of one membership, from the day of the sale on.
    fn serve(&self, dice: &mut Dice, sold: &mut Sold) -> Result<(), String> {
        let mut today = self.slow.day(sold.fast.sold_on()) as i64;
        self.compare(dice, sold)?;
        for number in 1..=REQUESTS_PER_MEMBERSHIP {
            today = (today + dice.one_of(&[0, 0, 0, 1, 1, 2, 4, 7])).min(WATCHED_DAYS as i64 - 60);
            let on = if dice.once_in(5) { today + dice.between(-20, 12) } else { today };
            let ask = random_ask(dice, sold, today.unsigned_abs() as usize, number);
            let (request, day) = self.request(dice, number, on.unsigned_abs() as usize);
            self.ask(sold, &request, day, ask).map_err(|why| format!("{request:?} {ask:?}: {why}"))?;
            self.ask_again(dice, sold)?;
            self.compare(dice, sold)?;
        }
        let replayed = Membership::replay(sold.fast.terms().clone(), sold.fast.history());
        agree("replay", &format!("{:?}", sold.fast), &format!("{:?}", replayed.unwrap()))
    }

    fn ask(&self, sold: &mut Sold, request: &Request, day: usize, ask: Ask) -> Result<(), String> {
        let refund = sold.slow.refund(day);
        let fast = self.put(&sold.fast, request, ask);
        let slow = sold.slow.ask(request.operation, day, ask);
        let event = match (fast, slow) {
            (Ok(Answer::New(event)), Ok(())) => event,
            (Err(fast), Err(slow)) if names(&fast, slow) => return Ok(()),
            (fast, slow) => return Err(format!("fast says {fast:?}, slow says {slow:?}")),
        };
        if let Change::Cancelled { refund: paid_back } = event.change {
            agree("refund", &paid_back.minor(), &refund)?;
        }
        sold.fast = sold.fast.with(&event).map_err(|fault| format!("{fault:?}"))?;
        sold.asked.push((*request, day, ask, event));
        Ok(())
    }

    /// An operation that was done is answered in the same way, and refused when anything is different.
    fn ask_again(&self, dice: &mut Dice, sold: &Sold) -> Result<(), String> {
        if sold.asked.is_empty() {
            return Ok(());
        }
        let (request, _, ask, event) = dice.one_of(&sold.asked);
        agree("asked again", &self.put(&sold.fast, &request, ask), &Ok(Answer::AlreadyDone(event)))?;
        let other_day = Request { on: request.on.tomorrow().unwrap(), ..request };
        let found = self.put(&sold.fast, &other_day, ask).unwrap_err();
        agree("on another day", &found.as_str(), &"Blocked(OtherContents(Date))")?;
        let renews = matches!(ask, Ask::Renew(_));
        let other = if renews { Ask::Cancel } else { Ask::Renew(None) };
        let found = self.put(&sold.fast, &request, other).unwrap_err();
        agree("something else", &found.as_str(), &"Blocked(OtherContents(Change))")
    }

    fn put(&self, membership: &Membership, request: &Request, ask: Ask) -> Result<Answer, String> {
        fn named<R: std::fmt::Debug>(answer: Result<Answer, R>) -> Result<Answer, String> {
            answer.map_err(|refusal| format!("{refusal:?}"))
        }
        match ask {
            Ask::Start => named(membership.start(request)),
            Ask::Extend(days) => named(membership.extend(request, days)),
            Ask::Freeze(from, days) => {
                let span = DateSpan::parse(self.slow.date(from), self.slow.date(from + days)).unwrap();
                named(membership.freeze(request, span))
            }
            Ask::Thaw(freeze) => named(membership.thaw(request, freeze)),
            Ask::Visit => named(membership.use_visit(request)),
            Ask::GiveBack(visit) => named(membership.give_back_visit(request, visit)),
            Ask::Guest => named(membership.use_guest_pass(request)),
            Ask::Extra(extra, count) => named(membership.use_extra(request, extra, count)),
            Ask::Transfer(to) => named(membership.transfer(request, to)),
            Ask::Renew(price) => {
                let currency = membership.terms().spec().price.currency();
                named(membership.renew(request, price.map(|minor| Money::parse(minor, currency).unwrap())))
            }
            Ask::Cancel => named(membership.cancel(request)),
        }
    }

    /// Every day of the calendar, and what is left on some of them.
    fn compare(&self, dice: &mut Dice, sold: &Sold) -> Result<(), String> {
        let (fast, slow) = (&sold.fast, &sold.slow);
        agree("holder", &fast.holder(), &slow.holder)?;
        agree("until", &fast.until(), &slow.end().map(|end| self.slow.date(end)))?;
        let standings = slow.standings();
        for (day, standing) in standings.iter().enumerate() {
            let date = self.slow.date(day);
            // Nothing is written out for the many that agree.
            if fast.standing(date) != *standing {
                agree(&format!("standing on {date}"), &fast.standing(date), standing)?;
            }
        }
        let sold_on = self.slow.day(fast.sold_on());
        let end = slow.end().unwrap_or(sold_on + 60);
        for _ in 0..6 {
            let day = dice.between(sold_on as i64 - 3, end as i64 + 3).unsigned_abs() as usize;
            let date = self.slow.date(day);
            let extras = fast.terms().spec().extras.iter();
            let extras = extras.map(|included| fast.extra_left(date, included.extra)).collect();
            let left = (fast.visits_left(date), fast.guest_visits_left(date), extras);
            agree(&format!("left on {date}"), &left, &slow.left(day))?;
            agree(&format!("refund on {date}"), &fast.unused_part(date).minor(), &slow.refund(day))?;
            let at = self.instant(dice, day);
            self.enter(dice, sold, &standings, at)?;
        }
        // Where something begins or ends, the instants around it.
        let ends = [fast.until(), fast.freezes().last().map(|(_, span)| span.until()), Some(fast.sold_on())];
        for date in ends.into_iter().flatten() {
            let at = self.instant(dice, self.slow.day(date));
            self.enter(dice, sold, &standings, at)?;
        }
        Ok(())
    }

    fn enter(
        &self,
        dice: &mut Dice,
        sold: &Sold,
        standings: &[Standing],
        at: UtcMicros,
    ) -> Result<(), String> {
        let (branch, zone) = (dice.one_of(&BRANCHES), dice.one_of(&PLACES));
        let entrance = Entrance { branch, calendar: &self.calendar, zone };
        let fast = entitled(&sold.fast, &entrance, at);
        if let Err(NotEntitled::OtherHours { opens: Some(opens) }) = fast {
            let day = self.slow.index_of(opens);
            let valid = standings[day] == Standing::Active || sold.slow.awaits_first_visit(day);
            let opens_then = valid && sold.open[self.slow.minute_of_week(opens)] && opens > at;
            agree("the next opening", &opens_then, &true)?;
        }
        // The slow model says whether, not when.
        let fast = fast.map_err(|why| match why {
            NotEntitled::OtherHours { .. } => NotEntitled::OtherHours { opens: None },
            why => why,
        });
        agree(&format!("entering at {at:?}"), &fast, &self.may_enter(sold, standings, &entrance, at))
    }

    fn may_enter(
        &self,
        sold: &Sold,
        standings: &[Standing],
        entrance: &Entrance<'_>,
        at: UtcMicros,
    ) -> Result<Entitled, NotEntitled> {
        let day = self.slow.index_of(at);
        let starts = sold.slow.awaits_first_visit(day);
        match standings[day] {
            Standing::Cancelled { on } => return Err(NotEntitled::Cancelled { on }),
            Standing::NotStarted { first_day } if !starts => {
                return Err(NotEntitled::NotStarted { first_day });
            }
            Standing::Ended { on } => return Err(NotEntitled::Ended { on }),
            Standing::Frozen { until } => return Err(NotEntitled::Frozen { until }),
            Standing::UsedUp => return Err(NotEntitled::UsedUp),
            Standing::NotStarted { .. } | Standing::Active => {}
        }
        let spec = sold.fast.terms().spec();
        if matches!(&spec.branches, Reach::Only(branches) if branches[0] != entrance.branch) {
            return Err(NotEntitled::OtherBranch);
        }
        if matches!(&spec.zones, Reach::Only(zones) if zones[0] != entrance.zone) {
            return Err(NotEntitled::OtherZone);
        }
        if !sold.open[self.slow.minute_of_week(at)] {
            return Err(NotEntitled::OtherHours { opens: None });
        }
        Ok(Entitled { on: self.slow.date(day), starts, takes_visit: spec.visits.is_some() })
    }

    /// One member with some of the memberships: the choice, criterion by criterion.
    fn choose(&self, dice: &mut Dice) -> Result<(), String> {
        // Neighbours in the order of their sales, so that some of them run at the same time.
        let mut owned: Vec<&Sold> = self.sold.iter().collect();
        owned.sort_by_key(|sold| sold.fast.sold_on());
        owned.rotate_left(dice.roll(MEMBERSHIPS_PER_ZONE) as usize);
        owned.truncate(dice.roll(5) as usize);
        let (branch, zone) = (dice.one_of(&BRANCHES), dice.one_of(&PLACES));
        let entrance = Entrance { branch, calendar: &self.calendar, zone };
        let sold_on = owned.first().map_or(0, |sold| self.slow.day(sold.fast.sold_on()));
        let day = sold_on + dice.roll(60) as usize;
        let at = self.instant(dice, day);
        let may_enter = |sold: &Sold| self.may_enter(sold, &sold.slow.standings(), &entrance, at);
        let mut best: Vec<(usize, Entitled)> =
            (0..owned.len()).filter_map(|index| Some((index, may_enter(owned[index]).ok()?))).collect();
        let mut keep_least = |criterion: &dyn Fn(&(usize, Entitled)) -> usize| {
            let least = best.iter().map(criterion).min();
            best.retain(|choice| Some(criterion(choice)) == least);
        };
        keep_least(&|(_, entitled)| usize::from(entitled.starts));
        keep_least(&|(_, entitled)| usize::from(entitled.takes_visit));
        keep_least(&|(index, _)| owned[*index].slow.end().unwrap_or(usize::MAX));
        keep_least(&|(index, _)| *index);
        let memberships: Vec<&Membership> = owned.iter().map(|sold| &sold.fast).collect();
        match (choose(&memberships, &entrance, at), best.first()) {
            (Ok(choice), Some(&(index, entitled))) => {
                agree("choice", &(choice.index, choice.entitled), &(index, entitled))
            }
            (Err(NoChoice::NoMembership), None) => agree("memberships", &owned.len(), &0),
            (Err(NoChoice::NotEntitled { index, why }), None) => {
                agree("the reason", &Err(why), &entitled(memberships[index], &entrance, at))
            }
            (fast, slow) => Err(format!("fast chooses {fast:?}, slow chooses {slow:?}")),
        }
    }
}

/// Whether a refusal, written out, has this name and not one that is longer.
fn names(refusal: &str, name: &str) -> bool {
    refusal.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

fn random_ask(dice: &mut Dice, sold: &Sold, today: usize, number: u64) -> Ask {
    // Mostly one that was done; now and then any number.
    let earlier = |dice: &mut Dice, kind: fn(&Ask) -> bool| {
        let done: Vec<OperationId> = sold
            .asked
            .iter()
            .filter(|(_, _, ask, _)| kind(ask))
            .map(|(request, ..)| request.operation)
            .collect();
        if done.is_empty() || dice.once_in(8) { operation(dice.roll(number)) } else { dice.one_of(&done) }
    };
    match dice.roll(24) {
        0 => Ask::Start,
        1 => Ask::Extend(dice.one_of(&[0, 1, 3, 10, 366, 367])),
        2..=6 => {
            let near = match sold.slow.end() {
                Some(end) if dice.once_in(3) => end.min(WATCHED_DAYS) as i64 - 8,
                _ => today as i64,
            };
            let from = (near + dice.between(-15, 20)).unsigned_abs() as usize;
            let longest = sold.fast.terms().spec().freezes.map_or(5, |freezes| i64::from(freezes.days_max));
            Ask::Freeze(from, dice.between(1, longest + 1) as usize)
        }
        7..=9 => Ask::Thaw(earlier(dice, |ask| matches!(ask, Ask::Freeze(..)))),
        10..=13 => Ask::Visit,
        14 => Ask::GiveBack(earlier(dice, |ask| *ask == Ask::Visit)),
        15 => Ask::Guest,
        16..=17 => Ask::Extra(dice.one_of(&EXTRAS), dice.one_of(&[0, 1, 2, 5, 25])),
        18 => Ask::Transfer(dice.one_of(&MEMBERS)),
        19..=20 => Ask::Renew(None),
        21..=22 => Ask::Renew(Some(dice.one_of(&[0, 1, 99_999]))),
        _ if number > REQUESTS_PER_MEMBERSHIP / 2 => Ask::Cancel,
        _ => Ask::Start,
    }
}
