//! "What if": the purchases of the last twelve months under the rules that are in force and under those of a form, before anybody has
//! them. What is assumed and what is left out is told beside the figures.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::money::{Currency, MINOR_UNITS_MAX, Money};
use bonafide_domain::programme::{Bucket, Rules, Totals, WhatIf, WhatIfReport};
use bonafide_store::id::Id;
use bonafide_store::purchases::{LeftOut, Past, count_past, replay_past};
use bonafide_store::store::Store;
use jiff::Span;
use jiff::civil::Date;

use crate::clock;
use crate::failure::Failure;
use crate::pages::Light;
use crate::pages::programme_terms::calendar_of;
use crate::pages::set_up::programmes::Found;
use crate::server::app::Shared;
use crate::server::page::Page;
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// So many months are replayed.
const MONTHS: i32 = 12;

/// Purchases of one report at most, so that it is there within the time of a request: of more, every second member is taken, every third,
/// and so on.
const PURCHASES_MAX: u64 = 200_000;

/// The chart, in its own units: as wide as a phone, so that its words can be read there.
const CHART_WIDTH: u64 = 360;
const CHART_HEIGHT: u64 = 144;
const BAR_GAP: u64 = 8;
const HEIGHT_MIN: u64 = 2;
const NUMBER_GAP: i64 = 4;

/// What the page tells.
pub(super) struct Report {
    pub(super) light: Light,
    /// What it would have cost more or less.
    pub(super) change: String,
    /// Which purchases, of when.
    pub(super) about: String,
    /// Nothing could be replayed.
    pub(super) is_empty: bool,
    pub(super) totals: Vec<TotalShown>,
    pub(super) bars: Vec<Bar>,
    /// What is left out or is not all, beyond what always is.
    pub(super) notes: Vec<String>,
}

/// A sum under both rules.
pub(super) struct TotalShown {
    /// The key of what it is.
    pub(super) key: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) change: String,
}

/// Members with one change, as a bar and as a line of the table.
pub(super) struct Bar {
    pub(super) words: String,
    pub(super) members: u64,
    pub(super) shown: String,
    /// Worse, the same, better: the class of the style sheet.
    pub(super) class: &'static str,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    /// Where the number stands over it.
    pub(super) middle: u64,
    pub(super) above: i64,
}

/// What was found, without words.
struct Replayed {
    report: WhatIfReport,
    left_out: LeftOut,
    one_in: u16,
    from: Date,
    until: Date,
}

/// Replays the purchases of a programme.
///
/// # Errors
/// A [`Trouble`] when the book cannot be read.
pub(super) async fn replayed(
    app: &Shared,
    page: &Page,
    found: &Found,
    (before, after): (&Rules, &Rules),
) -> Result<Report, Trouble> {
    let (programme, currency) = (found.id, found.programme.currency);
    let rules = (before.clone(), after.clone());
    let replayed = app.aside(move |app| Ok(replay(&app.store, (programme, currency), &rules)?));
    Ok(told(page, currency, &replayed.await?))
}

fn asks_for_birthdays(rules: &Rules) -> bool {
    rules.spec().earning.iter().any(|rule| rule.conditions.birthday.is_some())
}

fn replay(
    store: &Store,
    (programme, currency): (Id, Currency),
    (before, after): &(Rules, Rules),
) -> Result<Replayed, Failure> {
    let broken = |what: &str| Failure::new("what_if", what.to_owned());
    let calendar = store.read(|tx| calendar_of(tx, programme))?;
    let now_us = clock::now_us();
    let until = calendar.date_of(UtcMicros::parse(now_us).map_err(|_| broken("the clock is not set"))?);
    let from = months_before(until, MONTHS);
    let window = |rules: &Rules| rules.spec().tiers.as_ref().map_or(0, |tiers| tiers.spec().window_months);
    // What was bought before the year tells only which tiers members have.
    let earliest = months_before(from, i32::from(window(before).max(window(after))));
    let first = |date| calendar.first_instant(date).ok_or_else(|| broken("a date beyond the calendar"));
    let (from_us, counts_from) = (first(earliest)?.get(), first(from)?);
    let all = Past {
        programme,
        currency,
        from_us,
        until_us: now_us,
        counts_from_us: counts_from.get(),
        with_birthdays: asks_for_birthdays(before) || asks_for_birthdays(after),
        one_in: 1,
    };
    let count = store.read(|tx| count_past(tx, &all))?;
    let one_in = u16::try_from(count.div_ceil(PURCHASES_MAX).max(1)).unwrap_or(u16::MAX);
    let mut replay = WhatIf::begin(before, after, counts_from, &calendar)
        .map_err(|_| broken("the rules are of two currencies"))?;
    let mut refused = 0_u64;
    let left_out = replay_past(store, &Past { one_in, ..all }, &calendar, &mut |receipt| {
        refused += u64::from(replay.receipt(&receipt).is_err());
    })?;
    if refused > 0 {
        return Err(broken("purchases are out of their order"));
    }
    Ok(Replayed { report: replay.end(), left_out, one_in, from, until })
}

fn months_before(date: Date, months: i32) -> Date {
    date.checked_sub(Span::new().months(months)).unwrap_or(Date::MIN)
}

fn told(page: &Page, currency: Currency, replayed: &Replayed) -> Report {
    let Replayed { report, left_out, one_in, from, until } = replayed;
    let teller = Teller { page, currency };
    let cost = i64::try_from(report.cost_change_minor()).unwrap_or(i64::MAX);
    let (light, key) = match cost {
        _ if report.receipts == 0 => (Light::Ask, "what-if-nothing"),
        0 => (Light::Good, "what-if-same"),
        1.. => (Light::Ask, "what-if-more"),
        _ => (Light::Good, "what-if-less"),
    };
    let whole = |number: u64| page.whole(i64::try_from(number).unwrap_or(i64::MAX));
    let about = Values::of("receipts", whole(report.receipts))
        .and("members", whole(report.members))
        .and("from", page.date(*from))
        .and("until", page.date(*until));
    let counted = |count: u64, key: &str| (count > 0).then(|| page.words().count(key, count));
    let mut notes = Vec::new();
    notes.extend((*one_in > 1).then(|| page.words().count("what-if-sample", u64::from(*one_in))));
    notes.extend(counted(left_out.nobody, "what-if-left-nobody"));
    notes.extend(counted(left_out.erased, "what-if-left-erased"));
    notes.extend(counted(left_out.came_back, "what-if-left-came-back"));
    Report {
        light,
        change: page.say_of(key, "money", &teller.money(cost.unsigned_abs())),
        about: page.say_with("what-if-about", &about),
        is_empty: report.receipts == 0,
        totals: teller.totals(&report.before, &report.after),
        bars: teller.bars(&report.changes),
        notes,
    }
}

struct Teller<'a> {
    page: &'a Page,
    currency: Currency,
}

impl Teller<'_> {
    fn money(&self, minor: u64) -> String {
        let minor = i64::try_from(minor).unwrap_or(MINOR_UNITS_MAX).min(MINOR_UNITS_MAX);
        Money::parse(minor, self.currency).map_or_else(|_| minor.to_string(), |money| self.page.money(money))
    }

    fn totals(&self, before: &Totals, after: &Totals) -> Vec<TotalShown> {
        let whole = |number: u64| self.page.whole(i64::try_from(number).unwrap_or(i64::MAX));
        let money = |key, before, after| self.total(key, before, after, &|minor| self.money(minor));
        vec![
            money("what-if-cost", before.cost_minor(), after.cost_minor()),
            self.total("what-if-given-points", before.given_points, after.given_points, &whole),
            money("what-if-given", before.given_minor, after.given_minor),
            money("what-if-discount", before.discount_minor, after.discount_minor),
            money("what-if-paid", before.paid_minor, after.paid_minor),
            money("what-if-payable", before.payable_minor, after.payable_minor),
            money("what-if-money", before.money_minor, after.money_minor),
        ]
    }

    fn total(&self, key: &'static str, before: u64, after: u64, write: &dyn Fn(u64) -> String) -> TotalShown {
        let sign = match after.cmp(&before) {
            std::cmp::Ordering::Less => "−",
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => "+",
        };
        let change = format!("{sign}{}", write(after.abs_diff(before)));
        TotalShown { key, before: write(before), after: write(after), change }
    }

    fn bars(&self, buckets: &[Bucket]) -> Vec<Bar> {
        let most = buckets.iter().map(|bucket| bucket.members).max().unwrap_or(0).max(1);
        let slot = CHART_WIDTH / u64::try_from(buckets.len()).unwrap_or(1).max(1);
        let bar = |(place, bucket): (u64, &Bucket)| {
            let members = bucket.members;
            let height = height(members, most);
            Bar {
                words: self.bucket(bucket),
                members,
                shown: self.page.whole(i64::try_from(members).unwrap_or(i64::MAX)),
                class: match (bucket.from_minor, bucket.to_minor) {
                    (Some(0), Some(0)) => "same",
                    (Some(from), _) if from > 0 => "more",
                    _ => "less",
                },
                x: place * slot + BAR_GAP / 2,
                y: CHART_HEIGHT - height,
                width: slot - BAR_GAP,
                height,
                middle: place * slot + slot / 2,
                above: (CHART_HEIGHT - height).cast_signed() - NUMBER_GAP,
            }
        };
        (0..).zip(buckets).map(bar).collect()
    }

    /// A bucket in words: how much less or more.
    fn bucket(&self, bucket: &Bucket) -> String {
        let money = |minor: i64| self.money(minor.unsigned_abs());
        let between = |key, least, most| {
            self.page.say_with(key, &Values::of("least", money(least)).and("most", money(most)))
        };
        match (bucket.from_minor, bucket.to_minor) {
            (Some(0), Some(0)) | (None, None) => self.page.say("what-if-no-change"),
            (None, Some(to)) => self.page.say_of("what-if-least-less", "least", &money(to)),
            (Some(from), None) => self.page.say_of("what-if-least-more", "least", &money(from)),
            (Some(from), Some(to)) if from > 0 => between("what-if-between-more", from, to),
            (Some(from), Some(to)) => between("what-if-between-less", to, from),
        }
    }
}

/// The height of a bar of so many members, when the highest is of `most`. Also one member of a thousand is to be seen.
fn height(members: u64, most: u64) -> u64 {
    let height = u128::from(CHART_HEIGHT) * u128::from(members) / u128::from(most);
    u64::try_from(height).unwrap_or(CHART_HEIGHT).max(u64::from(members > 0) * HEIGHT_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_its_members_are_many_and_one_member_is_seen() {
        for (members, high) in [(0, 0), (1, HEIGHT_MIN), (500, CHART_HEIGHT / 2), (1_000, CHART_HEIGHT)] {
            assert_eq!(height(members, 1_000), high, "{members}");
        }
        assert_eq!(height(u64::MAX, u64::MAX), CHART_HEIGHT);
    }

    #[test]
    fn a_year_before_the_last_of_february_is_the_last_of_february() {
        use jiff::civil::date;
        assert_eq!(months_before(date(2028, 2, 29), MONTHS), date(2027, 2, 28));
        assert_eq!(months_before(Date::MIN, MONTHS), Date::MIN);
    }
}
