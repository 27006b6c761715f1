//! The terms of a plan in answers, with the names of what they name; and the words for terms that do not fit.

use std::collections::BTreeMap;

use bonafide_domain::id::{BranchId, ExtraId, ZoneId};
use bonafide_domain::plan::{
    BRANCHES_MAX, CancellationRule, EXTRA_COUNT_MAX, EXTRAS_MAX, FREEZE_DAYS_MAX, FREEZES_MAX,
    GUEST_VISITS_MAX, LENGTH_DAYS_MAX, LENGTH_MONTHS_MAX, Length, PlanRefusal, PlanSpec, PlanTerms, Reach,
    START_WITHIN_DAYS_MAX, Start, VISITS_MAX, ZONES_MAX,
};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{branch, zone};
use bonafide_store::plans::{cancellation_word, extra};
use serde::Serialize;

use crate::commands::hours;
use crate::commands::typed::{MoneyAnswer, money_words};
use crate::failure::Failure;

/// The terms of one version.
#[derive(Serialize)]
pub(in crate::commands) struct TermsAnswer {
    version: u32,
    months: Option<u16>,
    days: Option<u16>,
    /// Nothing when they are not counted.
    visits: Option<u32>,
    hours: Vec<String>,
    /// Nothing when it opens every zone.
    zones: Option<Vec<Named>>,
    /// Nothing when it is valid in every branch.
    branches: Option<Vec<Named>>,
    freezes: Option<FreezesAnswer>,
    guest_visits: u32,
    extras: Vec<ExtraAnswer>,
    price: MoneyAnswer,
    /// Nothing when it begins with the purchase.
    starts_within_days: Option<u16>,
    renews: bool,
    transferable: bool,
    cancellation: &'static str,
    #[serde(skip)]
    price_words: String,
}

/// A thing by its name and id.
#[derive(Serialize)]
pub(in crate::commands) struct Named {
    id: Id,
    name: String,
}

#[derive(Serialize)]
struct FreezesAnswer {
    count_max: u16,
    total_days_max: u16,
    days_min: u16,
    days_max: u16,
}

#[derive(Serialize)]
struct ExtraAnswer {
    extra: Named,
    count: u32,
}

impl TermsAnswer {
    /// The terms with the names of today.
    pub(in crate::commands) fn of(tx: &mut Tx<'_>, terms: &PlanTerms) -> Result<TermsAnswer, Fault> {
        let spec = terms.spec();
        let names = extra_names(tx)?;
        let extras = spec.extras.iter().map(|included| ExtraAnswer {
            extra: Named { id: extra_id(included.extra), name: extra_name(&names, included.extra) },
            count: included.count,
        });
        let (months, days) = match spec.length {
            None => (None, None),
            Some(Length::Months(months)) => (Some(months), None),
            Some(Length::Days(days)) => (None, Some(days)),
        };
        Ok(TermsAnswer {
            version: spec.version,
            months,
            days,
            visits: spec.visits,
            hours: hours::words(&spec.schedule),
            zones: places(tx, &spec.zones, zone_name)?,
            branches: places(tx, &spec.branches, branch_name)?,
            freezes: spec.freezes.map(|freezes| FreezesAnswer {
                count_max: freezes.count_max,
                total_days_max: freezes.total_days_max,
                days_min: freezes.days_min,
                days_max: freezes.days_max,
            }),
            guest_visits: spec.guest_visits,
            extras: extras.collect(),
            price: MoneyAnswer::of(spec.price),
            starts_within_days: match spec.start {
                Start::OnPurchase => None,
                Start::OnFirstVisit { within_days } => Some(within_days),
            },
            renews: spec.renews,
            transferable: spec.transferable,
            cancellation: cancellation_word(spec.cancellation),
            price_words: money_words(spec.price),
        })
    }

    /// The terms for people: a line for each, and none for what is not given.
    pub(in crate::commands) fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("price      {}", self.price_words), format!("period     {}", self.period())];
        let mut line = |label: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("{label:<10} {value}")));
        };
        line("visits", self.visits.map(|visits| visits.to_string()));
        line("hours", Some(self.hours.join(", ")));
        line("zones", Some(names_or_all(self.zones.as_deref())));
        line("branches", Some(names_or_all(self.branches.as_deref())));
        line("freezes", self.freezes.as_ref().map(FreezesAnswer::words));
        line("guests", (self.guest_visits > 0).then(|| visits_words(self.guest_visits)));
        for included in &self.extras {
            line("extra", Some(format!("{} × {}", included.count, included.extra.name)));
        }
        let first_visit =
            |days: u16| format!("with the first visit, at the latest after {}", days_words(days));
        line(
            "starts",
            Some(self.starts_within_days.map_or_else(|| "with the purchase".to_owned(), first_visit)),
        );
        line("renewal", Some(if self.renews { "automatic" } else { "none" }.to_owned()));
        line(
            "transfer",
            Some(if self.transferable { "to another member" } else { "not allowed" }.to_owned()),
        );
        line("cancelled", Some(self.cancellation_words().to_owned()));
        lines
    }

    /// How long a period is, in a few words.
    pub(in crate::commands) fn period(&self) -> String {
        match (self.months, self.days) {
            (Some(1), _) => "1 month".to_owned(),
            (Some(months), _) => format!("{months} months"),
            (_, Some(days)) => days_words(days),
            _ => "until the visits are used".to_owned(),
        }
    }

    /// The number of the version.
    pub(in crate::commands) fn version(&self) -> u32 {
        self.version
    }

    /// What it costs by the terms.
    pub(in crate::commands) fn price(&self) -> &str {
        &self.price_words
    }

    /// How many visits, in a few words.
    pub(in crate::commands) fn visits_words(&self) -> String {
        match self.visits {
            Some(visits) => visits_words(visits),
            None => "unlimited visits".to_owned(),
        }
    }

    fn cancellation_words(&self) -> &'static str {
        match self.cancellation {
            word if word == cancellation_word(CancellationRule::ByUnusedDays) => {
                "the unused days are paid back"
            }
            word if word == cancellation_word(CancellationRule::ByUnusedVisits) => {
                "the unused visits are paid back"
            }
            _ => "nothing is paid back",
        }
    }
}

impl FreezesAnswer {
    fn words(&self) -> String {
        let together = days_words(self.total_days_max);
        format!(
            "{}, each {} to {}, {together} together",
            self.count_max,
            self.days_min,
            days_words(self.days_max)
        )
    }
}

fn visits_words(visits: u32) -> String {
    if visits == 1 { "1 visit".to_owned() } else { format!("{visits} visits") }
}

/// A number of days in words.
pub(in crate::commands) fn days_words(days: impl Into<i64>) -> String {
    match days.into() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn names_or_all(places: Option<&[Named]>) -> String {
    let names =
        |places: &[Named]| places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(", ");
    places.map_or_else(|| "all".to_owned(), names)
}

fn places<P: Copy>(
    tx: &mut Tx<'_>,
    reach: &Reach<P>,
    named: fn(&mut Tx<'_>, P) -> Result<Named, Fault>,
) -> Result<Option<Vec<Named>>, Fault> {
    match reach {
        Reach::All => Ok(None),
        Reach::Only(places) => {
            places.iter().map(|&place| named(tx, place)).collect::<Result<_, _>>().map(Some)
        }
    }
}

fn zone_name(tx: &mut Tx<'_>, zone_id: ZoneId) -> Result<Named, Fault> {
    let id = Id::from_bytes(zone_id.0);
    let Some(zone) = zone::get(tx, id)? else { return Ok(Named { id, name: id.to_string() }) };
    let branch = branch_name(tx, BranchId(*zone.content.branch.bytes()))?.name;
    Ok(Named { id, name: format!("{branch}/{}", zone.content.name.as_str()) })
}

fn branch_name(tx: &mut Tx<'_>, branch_id: BranchId) -> Result<Named, Fault> {
    let id = Id::from_bytes(branch_id.0);
    let name =
        branch::get(tx, id)?.map_or_else(|| id.to_string(), |branch| branch.content.name.as_str().to_owned());
    Ok(Named { id, name })
}

/// What the extras are called today.
pub(in crate::commands) fn extra_names(tx: &mut Tx<'_>) -> Result<BTreeMap<Id, String>, Fault> {
    Ok(extra::list(tx)?.into_iter().map(|(id, name)| (id, name.as_str().to_owned())).collect())
}

/// The id of an extra of the rules as that of its row.
pub(in crate::commands) fn extra_id(extra: ExtraId) -> Id {
    Id::from_bytes(extra.0)
}

/// The name of an extra among [`extra_names`].
pub(in crate::commands) fn extra_name(names: &BTreeMap<Id, String>, extra: ExtraId) -> String {
    let id = extra_id(extra);
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// Whether two versions say the same.
pub(super) fn same(one: &PlanSpec, other: &PlanSpec) -> bool {
    PlanSpec { version: 0, ..one.clone() } == PlanSpec { version: 0, ..other.clone() }
}

/// The words for terms that do not fit together.
pub(super) fn bad_terms(refusal: PlanRefusal) -> Failure {
    let words = match refusal {
        PlanRefusal::Version => "versions count from one".to_owned(),
        PlanRefusal::Length => {
            format!("a period has 1 to {LENGTH_DAYS_MAX} days, or 1 to {LENGTH_MONTHS_MAX} months")
        }
        PlanRefusal::Visits => {
            format!("a period has 1 to {VISITS_MAX} visits: give --visits, or `unlimited`")
        }
        PlanRefusal::NoEnd => {
            "it would never end: give its length with --months or --days, or its visits with --visits"
                .to_owned()
        }
        PlanRefusal::Zones => format!("name each zone once, and at most {ZONES_MAX}; or --zone all"),
        PlanRefusal::Branches => {
            format!("name each branch once, and at most {BRANCHES_MAX}; or --branch all")
        }
        PlanRefusal::FreezeCount => format!("a period has 1 to {FREEZES_MAX} freezes; --freezes 0 is none"),
        PlanRefusal::FreezeTotal => format!("--freeze-days is from 1 to {FREEZE_DAYS_MAX}"),
        PlanRefusal::FreezeLongest => {
            "--freeze-longest is at least one day, and not more than all freezes have together".to_owned()
        }
        PlanRefusal::FreezeShortest => {
            "--freeze-shortest is at least one day, and not more than the longest freeze".to_owned()
        }
        PlanRefusal::FreezeWithoutLength => {
            "a freeze moves the end, and this plan has none: give --months or --days, or --freezes 0"
                .to_owned()
        }
        PlanRefusal::GuestVisits => format!("--guests is at most {GUEST_VISITS_MAX}"),
        PlanRefusal::TooManyExtras => format!("a plan includes at most {EXTRAS_MAX} extras"),
        PlanRefusal::ExtraTwice { index } => {
            format!("the extra at place {} is there twice: say it once", index + 1)
        }
        PlanRefusal::ExtraCount { index } => {
            format!("the extra at place {} has a count from 1 to {EXTRA_COUNT_MAX}", index + 1)
        }
        PlanRefusal::Price => "the price is below zero or too high".to_owned(),
        PlanRefusal::StartWithinDays => {
            format!(
                "the first visit begins it within 1 to {START_WITHIN_DAYS_MAX} days: --start first-visit:30"
            )
        }
        PlanRefusal::RenewalWithoutLength => {
            "a renewal begins at the end, and this plan has none: give --months or --days, or --renews no"
                .to_owned()
        }
        PlanRefusal::Cancellation => {
            "unused days are counted only where there is a length, and unused visits only where \
            visits are counted: choose another --cancellation"
                .to_owned()
        }
    };
    Failure::new("bad_terms", words)
}
