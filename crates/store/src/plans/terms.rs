//! The kept form of a plan's terms: JSON with the number of its form. Memberships of ten years ago are read by it, so that
//! a form is never changed: a further one gets a further number.

use bonafide_domain::id::{BranchId, ExtraId, ZoneId};
use bonafide_domain::plan::{
    CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, PlanTerms, Reach, Start,
};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::words::words;
use crate::written::{
    MoneyRecord, WindowRecord, damaged, from_text, hours_of, hours_record, id_of, id_text, to_text,
};

/// The form that this program writes.
const FORM: u32 = 1;

const WHAT: &str = "the terms of a plan";

words! {
    /// The word that stands for what a cancellation pays back.
    cancellation_word, cancellation_of: CancellationRule {
        NothingBack = "nothing_back", ByUnusedDays = "by_unused_days", ByUnusedVisits = "by_unused_visits",
    }
}

/// Every field is written, so that a reader of the book sees what is not given.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsRecord {
    form: u32,
    version: u32,
    length: Option<LengthRecord>,
    visits: Option<u32>,
    /// None when every hour is valid.
    hours: Vec<WindowRecord>,
    /// Nothing means everywhere.
    zones: Option<Vec<String>>,
    branches: Option<Vec<String>>,
    freezes: Option<FreezeRecord>,
    guest_visits: u32,
    extras: Vec<ExtraRecord>,
    price: MoneyRecord,
    /// Nothing when it begins with the purchase.
    starts_within_days: Option<u16>,
    renews: bool,
    transferable: bool,
    cancellation: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LengthRecord {
    Days(u16),
    Months(u16),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FreezeRecord {
    count_max: u16,
    total_days_max: u16,
    days_min: u16,
    days_max: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraRecord {
    extra: String,
    count: u32,
}

/// The text of terms.
pub(crate) fn terms_text(terms: &PlanTerms) -> Result<String, Fault> {
    let spec = terms.spec();
    to_text(&TermsRecord {
        form: FORM,
        version: spec.version,
        length: spec.length.map(|length| match length {
            Length::Days(days) => LengthRecord::Days(days),
            Length::Months(months) => LengthRecord::Months(months),
        }),
        visits: spec.visits,
        hours: hours_record(&spec.schedule),
        zones: places(&spec.zones, |zone| id_text(zone.0)),
        branches: places(&spec.branches, |branch| id_text(branch.0)),
        freezes: spec.freezes.map(|freezes| FreezeRecord {
            count_max: freezes.count_max,
            total_days_max: freezes.total_days_max,
            days_min: freezes.days_min,
            days_max: freezes.days_max,
        }),
        guest_visits: spec.guest_visits,
        extras: spec
            .extras
            .iter()
            .map(|included| ExtraRecord { extra: id_text(included.extra.0), count: included.count })
            .collect(),
        price: MoneyRecord::of(spec.price),
        starts_within_days: match spec.start {
            Start::OnPurchase => None,
            Start::OnFirstVisit { within_days } => Some(within_days),
        },
        renews: spec.renews,
        transferable: spec.transferable,
        cancellation: cancellation_word(spec.cancellation).to_owned(),
    })
}

/// The terms of a text.
pub(crate) fn terms_of(text: &str) -> Result<PlanTerms, Fault> {
    let record: TermsRecord = from_text(text, WHAT)?;
    if record.form != FORM {
        return Err(damaged(WHAT));
    }
    let terms = spec_of(&record).and_then(|spec| PlanTerms::parse(spec).ok());
    terms.ok_or_else(|| damaged(WHAT))
}

fn spec_of(record: &TermsRecord) -> Option<PlanSpec> {
    let extra = |included: &ExtraRecord| {
        Some(IncludedExtra { extra: ExtraId(id_of(&included.extra)?), count: included.count })
    };
    Some(PlanSpec {
        version: record.version,
        length: record.length.as_ref().map(|length| match *length {
            LengthRecord::Days(days) => Length::Days(days),
            LengthRecord::Months(months) => Length::Months(months),
        }),
        visits: record.visits,
        schedule: hours_of(&record.hours)?,
        zones: reach(record.zones.as_deref(), |text| id_of(text).map(ZoneId))?,
        branches: reach(record.branches.as_deref(), |text| id_of(text).map(BranchId))?,
        freezes: record.freezes.as_ref().map(|freezes| FreezeTerms {
            count_max: freezes.count_max,
            total_days_max: freezes.total_days_max,
            days_min: freezes.days_min,
            days_max: freezes.days_max,
        }),
        guest_visits: record.guest_visits,
        extras: record.extras.iter().map(extra).collect::<Option<_>>()?,
        price: record.price.money()?,
        start: match record.starts_within_days {
            None => Start::OnPurchase,
            Some(within_days) => Start::OnFirstVisit { within_days },
        },
        renews: record.renews,
        transferable: record.transferable,
        cancellation: cancellation_of(&record.cancellation)?,
    })
}

fn places<P>(reach: &Reach<P>, text: impl Fn(&P) -> String) -> Option<Vec<String>> {
    match reach {
        Reach::All => None,
        Reach::Only(places) => Some(places.iter().map(text).collect()),
    }
}

fn reach<P>(places: Option<&[String]>, place: impl Fn(&str) -> Option<P>) -> Option<Reach<P>> {
    match places {
        None => Some(Reach::All),
        Some(places) => places.iter().map(|text| place(text)).collect::<Option<_>>().map(Reach::Only),
    }
}

#[cfg(test)]
mod tests {
    use bonafide_domain::money::{Currency, Money};
    use bonafide_domain::schedule::{Schedule, WindowSpec};
    use jiff::civil::Weekday;

    use super::*;

    fn least() -> PlanSpec {
        PlanSpec {
            version: 1,
            length: Some(Length::Days(30)),
            visits: None,
            schedule: Schedule::any_time(),
            zones: Reach::All,
            branches: Reach::All,
            freezes: None,
            guest_visits: 0,
            extras: Vec::new(),
            price: Money::parse(0, Currency::parse("RUB").unwrap()).unwrap(),
            start: Start::OnPurchase,
            renews: false,
            transferable: false,
            cancellation: CancellationRule::NothingBack,
        }
    }

    fn most() -> PlanSpec {
        let evenings = WindowSpec {
            weekdays: vec![Weekday::Friday, Weekday::Sunday],
            from_minute: 1320,
            until_minute: 120,
        };
        PlanSpec {
            version: 7,
            length: Some(Length::Months(12)),
            visits: Some(100),
            schedule: Schedule::parse(&[evenings]).unwrap(),
            zones: Reach::Only(vec![ZoneId([1; 16])]),
            branches: Reach::Only(vec![BranchId([2; 16])]),
            freezes: Some(FreezeTerms { count_max: 2, total_days_max: 30, days_min: 7, days_max: 21 }),
            guest_visits: 3,
            extras: vec![IncludedExtra { extra: ExtraId([3; 16]), count: 60 }],
            price: Money::parse(3_500_000, Currency::parse("EUR").unwrap()).unwrap(),
            start: Start::OnFirstVisit { within_days: 14 },
            renews: true,
            transferable: true,
            cancellation: CancellationRule::ByUnusedVisits,
        }
    }

    const LEAST: &str = r#"{"form":1,"version":1,"length":{"days":30},"visits":null,"hours":[],"zones":null,"branches":null,"freezes":null,"guest_visits":0,"extras":[],"price":{"minor":0,"currency":"RUB"},"starts_within_days":null,"renews":false,"transferable":false,"cancellation":"nothing_back"}"#;

    const MOST: &str = r#"{"form":1,"version":7,"length":{"months":12},"visits":100,"hours":[{"weekdays":[5,7],"from_minute":1320,"until_minute":120}],"zones":["01010101-0101-0101-0101-010101010101"],"branches":["02020202-0202-0202-0202-020202020202"],"freezes":{"count_max":2,"total_days_max":30,"days_min":7,"days_max":21},"guest_visits":3,"extras":[{"extra":"03030303-0303-0303-0303-030303030303","count":60}],"price":{"minor":3500000,"currency":"EUR"},"starts_within_days":14,"renews":true,"transferable":true,"cancellation":"by_unused_visits"}"#;

    #[test]
    fn the_form_of_terms_stays() {
        let unused_days = PlanSpec { cancellation: CancellationRule::ByUnusedDays, ..least() };
        let unused_days_text = LEAST.replace("nothing_back", "by_unused_days");
        for (spec, text) in [(least(), LEAST), (most(), MOST), (unused_days, &unused_days_text)] {
            let terms = PlanTerms::parse(spec).unwrap();
            assert_eq!(terms_text(&terms).unwrap(), text);
            assert_eq!(terms_of(text).unwrap(), terms);
        }
    }

    #[test]
    fn terms_of_another_form_are_damage() {
        for (good, bad) in [
            (r#""form":1"#, r#""form":2"#),
            (r#""visits":null,"#, r#""visits":null,"colour":"red","#),
            (r#""guest_visits":0,"#, ""),
            (r#"{"days":30}"#, r#"{"weeks":4}"#),
            (r#"{"days":30}"#, r#"{"days":0}"#),
            ("RUB", "rub"),
            ("nothing_back", "everything_back"),
            (r#""zones":null"#, r#""zones":["pool"]"#),
        ] {
            assert!(LEAST.contains(good), "{good}");
            assert!(terms_of(&LEAST.replace(good, bad)).is_err(), "{bad}");
        }
    }
}
