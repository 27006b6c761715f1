//! The terms of a plan as flags. For a new plan what is not named is not given; for a new version it stays as it was.

use bonafide_domain::id::{BranchId, ExtraId, ZoneId};
use bonafide_domain::money::Money;
use bonafide_domain::plan::{
    CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, Reach, START_WITHIN_DAYS_MAX, Start,
};
use bonafide_domain::schedule::Schedule;

use crate::book::Book;
use crate::commands::hours::{self, HOURS_HELP};
use crate::commands::named;
use crate::failure::Failure;

/// Terms as they are typed.
#[derive(Debug, clap::Args)]
pub(super) struct TermsArgs {
    /// A period lasts so many months: until the same day of a later month.
    #[arg(long, group = "length")]
    months: Option<u16>,
    /// A period lasts so many days, the first included.
    #[arg(long, group = "length")]
    days: Option<u16>,
    /// It lasts until the visits are used, however long that takes.
    #[arg(long, group = "length")]
    no_end: bool,
    /// Visits of one period, or `unlimited`.
    #[arg(long, value_name = "VISITS", value_parser = visits)]
    visits: Option<Visits>,
    #[arg(long, value_name = "HOURS", help = HOURS_HELP)]
    hours: Vec<String>,
    /// A zone that it opens (`Arbat/Pool`), given once for each; `all` for every zone, also of later ones.
    #[arg(long, value_name = "ZONE")]
    zone: Vec<String>,
    /// A branch that it is valid in, given once for each; `all` for every branch, also of later ones.
    #[arg(long, value_name = "BRANCH")]
    branch: Vec<String>,
    /// Freezes of one period: how many. 0 for none.
    #[arg(long, value_name = "COUNT")]
    freezes: Option<u16>,
    /// How many days all freezes of one period may have together.
    #[arg(long, value_name = "DAYS")]
    freeze_days: Option<u16>,
    /// The shortest freeze. One day when not said.
    #[arg(long, value_name = "DAYS")]
    freeze_shortest: Option<u16>,
    /// The longest freeze. All the days together when not said.
    #[arg(long, value_name = "DAYS")]
    freeze_longest: Option<u16>,
    /// How often a guest may come along in one period.
    #[arg(long, value_name = "VISITS")]
    guests: Option<u32>,
    /// An extra with its count in one period, as 'minute of solarium=30'; given once for each. `none` for no extra.
    #[arg(long, value_name = "EXTRA=COUNT")]
    extra: Vec<String>,
    /// When the first period begins: `purchase`, or `first-visit:30` for the first visit, at the latest after so many days.
    #[arg(long, value_name = "WHEN", value_parser = start)]
    start: Option<Start>,
    /// Whether it is renewed at its end.
    #[arg(long, value_name = "yes|no", value_parser = yes_no)]
    renews: Option<bool>,
    /// Whether it may be given to another member.
    #[arg(long, value_name = "yes|no", value_parser = yes_no)]
    transferable: Option<bool>,
    /// What is paid back when it is cancelled.
    #[arg(long, value_enum)]
    cancellation: Option<CancellationArg>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum CancellationArg {
    /// Nothing.
    NothingBack,
    /// The share of the days that were not used.
    ByUnusedDays,
    /// The share of the visits that were not used.
    ByUnusedVisits,
}

impl From<CancellationArg> for CancellationRule {
    fn from(arg: CancellationArg) -> CancellationRule {
        match arg {
            CancellationArg::NothingBack => CancellationRule::NothingBack,
            CancellationArg::ByUnusedDays => CancellationRule::ByUnusedDays,
            CancellationArg::ByUnusedVisits => CancellationRule::ByUnusedVisits,
        }
    }
}

/// How many visits; nothing when they are not counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visits(Option<u32>);

fn visits(text: &str) -> Result<Visits, String> {
    let number = || text.parse().map(|visits| Visits(Some(visits)));
    if text == "unlimited" {
        Ok(Visits(None))
    } else {
        number().map_err(|_| "write a number, or 'unlimited'".to_owned())
    }
}

fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

fn start(text: &str) -> Result<Start, String> {
    let within = |days: &str| days.parse().ok().map(|within_days| Start::OnFirstVisit { within_days });
    let start = match text.split_once(':') {
        None if text == "purchase" => Some(Start::OnPurchase),
        Some(("first-visit", days)) => within(days),
        _ => None,
    };
    start.ok_or_else(|| format!("write purchase, or first-visit:DAYS with 1 to {START_WITHIN_DAYS_MAX} days"))
}

/// Terms with all names found: what is given, and nothing where that stays.
#[derive(Clone)]
pub(super) struct Terms {
    length: Option<Option<Length>>,
    visits: Option<Option<u32>>,
    schedule: Option<Schedule>,
    zones: Option<Reach<ZoneId>>,
    branches: Option<Reach<BranchId>>,
    freezes: Freezes,
    guests: Option<u32>,
    extras: Option<Vec<IncludedExtra>>,
    start: Option<Start>,
    renews: Option<bool>,
    transferable: Option<bool>,
    cancellation: Option<CancellationRule>,
}

/// What is said of freezes.
#[derive(Clone, Copy)]
struct Freezes {
    count: Option<u16>,
    days: Option<u16>,
    shortest: Option<u16>,
    longest: Option<u16>,
}

impl TermsArgs {
    /// Finds what the terms name.
    ///
    /// # Errors
    /// `bad_hours`, `bad_extra`, `bad_reach`, and the keys of what is not found.
    pub(super) fn found(&self, book: &Book) -> Result<Terms, Failure> {
        let schedule = if self.hours.is_empty() { None } else { Some(hours::schedule(&self.hours)?) };
        let length = match (self.months, self.days, self.no_end) {
            (Some(months), ..) => Some(Some(Length::Months(months))),
            (_, Some(days), _) => Some(Some(Length::Days(days))),
            (.., no_end) => no_end.then_some(None),
        };
        Ok(Terms {
            length,
            visits: self.visits.map(|Visits(visits)| visits),
            schedule,
            zones: reach(&self.zone, "--zone", |text| Ok(ZoneId(*named::zone(book, text)?.id.bytes())))?,
            branches: reach(&self.branch, "--branch", |text| {
                Ok(BranchId(*named::branch(book, text)?.id.bytes()))
            })?,
            freezes: Freezes {
                count: self.freezes,
                days: self.freeze_days,
                shortest: self.freeze_shortest,
                longest: self.freeze_longest,
            },
            guests: self.guests,
            extras: extras(&self.extra, book)?,
            start: self.start,
            renews: self.renews,
            transferable: self.transferable,
            cancellation: self.cancellation.map(CancellationRule::from),
        })
    }
}

/// The places of a flag; nothing when it is not given.
fn reach<P>(
    texts: &[String],
    flag: &str,
    find: impl Fn(&str) -> Result<P, Failure>,
) -> Result<Option<Reach<P>>, Failure> {
    if texts.is_empty() {
        return Ok(None);
    }
    if texts.iter().any(|text| text == "all") {
        let alone = texts.len() == 1;
        let words = || format!("{flag} all stands alone: it is every one, also of later ones");
        return if alone { Ok(Some(Reach::All)) } else { Err(Failure::new("bad_reach", words())) };
    }
    let places = texts.iter().map(|text| find(text)).collect::<Result<_, _>>()?;
    Ok(Some(Reach::Only(places)))
}

fn extras(texts: &[String], book: &Book) -> Result<Option<Vec<IncludedExtra>>, Failure> {
    match texts {
        [] => return Ok(None),
        [only] if only == "none" => return Ok(Some(Vec::new())),
        _ => {}
    }
    let bad = |text: &str| {
        let words = format!("--extra '{text}' is not understood: write it as 'minute of solarium=30'");
        Failure::new("bad_extra", words)
    };
    let included = |text: &String| {
        let (name, count) = text.rsplit_once('=').ok_or_else(|| bad(text))?;
        let count = count.trim().parse().map_err(|_| bad(text))?;
        Ok(IncludedExtra { extra: ExtraId(*named::extra(book, name.trim())?.0.bytes()), count })
    };
    texts.iter().map(included).collect::<Result<_, Failure>>().map(Some)
}

impl Terms {
    /// The terms of a new plan.
    ///
    /// # Errors
    /// `bad_terms` when the freezes are said by halves.
    pub(super) fn of_new(&self, price: Money) -> Result<PlanSpec, Failure> {
        self.made_to(&PlanSpec {
            version: 1,
            length: None,
            visits: None,
            schedule: Schedule::any_time(),
            zones: Reach::All,
            branches: Reach::All,
            freezes: None,
            guest_visits: 0,
            extras: Vec::new(),
            price,
            start: Start::OnPurchase,
            renews: false,
            transferable: false,
            cancellation: CancellationRule::NothingBack,
        })
    }

    /// Other terms with what is given in its place.
    ///
    /// # Errors
    /// As [`Terms::of_new`].
    pub(super) fn made_to(&self, before: &PlanSpec) -> Result<PlanSpec, Failure> {
        let (given, before) = (self.clone(), before.clone());
        Ok(PlanSpec {
            version: before.version,
            length: given.length.unwrap_or(before.length),
            visits: given.visits.unwrap_or(before.visits),
            schedule: given.schedule.unwrap_or(before.schedule),
            zones: given.zones.unwrap_or(before.zones),
            branches: given.branches.unwrap_or(before.branches),
            freezes: self.freezes.made_to(before.freezes)?,
            guest_visits: given.guests.unwrap_or(before.guest_visits),
            extras: given.extras.unwrap_or(before.extras),
            price: before.price,
            start: given.start.unwrap_or(before.start),
            renews: given.renews.unwrap_or(before.renews),
            transferable: given.transferable.unwrap_or(before.transferable),
            cancellation: given.cancellation.unwrap_or(before.cancellation),
        })
    }
}

impl Freezes {
    fn made_to(self, before: Option<FreezeTerms>) -> Result<Option<FreezeTerms>, Failure> {
        let others = [self.days, self.shortest, self.longest];
        if self.count == Some(0) {
            let alone = others.iter().all(Option::is_none);
            let words = "--freezes 0 is no freeze at all: leave the days of freezes out";
            return if alone { Ok(None) } else { Err(Failure::new("bad_terms", words)) };
        }
        if self.count.is_none() && others.iter().all(Option::is_none) {
            return Ok(before);
        }
        let missing = |flag: &str| {
            Failure::new(
                "bad_terms",
                format!("say with {flag} what else may be frozen: --freezes 2 --freeze-days 30"),
            )
        };
        let count_max = self.count.or(before.map(|before| before.count_max));
        let total_days_max = self.days.or(before.map(|before| before.total_days_max));
        let total_days_max = total_days_max.ok_or_else(|| missing("--freeze-days"))?;
        // Where the total is new, the longest of before may not fit any more.
        let longest = before.map(|before| before.days_max).filter(|_| self.days.is_none());
        Ok(Some(FreezeTerms {
            count_max: count_max.ok_or_else(|| missing("--freezes"))?,
            total_days_max,
            days_min: self.shortest.or(before.map(|before| before.days_min)).unwrap_or(1),
            days_max: self.longest.or(longest).unwrap_or(total_days_max),
        }))
    }
}
