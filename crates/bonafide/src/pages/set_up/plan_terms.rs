//! The further terms of a plan: what may be frozen, who may come along, what is included, when it begins and what happens at its end.

use bonafide_domain::id::ExtraId;
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, FreezeTerms, IncludedExtra, PlanRefusal, PlanSpec, Start};
use bonafide_store::id::Id;
use bonafide_store::plans::cancellation_word;

use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::server::form::Form;
use crate::server::page::Page;

/// How a field with the count of an extra begins; its id follows.
const EXTRA: &str = "extra-";

const CANCELLATIONS: [(CancellationRule, &str); 3] = [
    (CancellationRule::NothingBack, "terms-nothing-back"),
    (CancellationRule::ByUnusedDays, "terms-by-days"),
    (CancellationRule::ByUnusedVisits, "terms-by-visits"),
];

/// What a plan has besides its price, its time and its places.
pub(super) struct Terms {
    pub(super) freezes: Option<FreezeTerms>,
    pub(super) guest_visits: u32,
    pub(super) extras: Vec<IncludedExtra>,
    pub(super) start: Start,
    pub(super) renews: bool,
    pub(super) transferable: bool,
    pub(super) cancellation: CancellationRule,
}

impl Terms {
    /// Those of a version.
    pub(super) fn of(spec: &PlanSpec) -> Terms {
        Terms {
            freezes: spec.freezes,
            guest_visits: spec.guest_visits,
            extras: spec.extras.clone(),
            start: spec.start,
            renews: spec.renews,
            transferable: spec.transferable,
            cancellation: spec.cancellation,
        }
    }
}

/// Nothing of it.
pub(super) const fn none() -> Terms {
    Terms {
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    }
}

pub(super) fn fields(page: &Page, filling: &Filling<'_>, extras: &[(Id, Title)]) -> Vec<Field> {
    let word = |word: &str, key: &str| (word.to_owned(), page.say(key));
    let starts =
        vec![word("on_purchase", "terms-on-purchase"), word("on_first_visit", "terms-on-first-visit")];
    let further = vec![word("renews", "terms-renews"), word("transferable", "terms-transferable")];
    let cancellations = CANCELLATIONS.iter().map(|(rule, key)| word(cancellation_word(*rule), key)).collect();
    let mut fields = vec![
        filling
            .number("freezes", "terms-freezes")
            .titled("terms-freezes-title")
            .with_hint("terms-freezes-hint"),
        filling.number("freeze_days", "terms-freeze-days"),
        filling.number("freeze_shortest", "terms-freeze-shortest").with_hint("terms-freeze-shortest-hint"),
        filling.number("freeze_longest", "terms-freeze-longest").with_hint("terms-freeze-longest-hint"),
        filling
            .number("guests", "terms-guests")
            .titled("terms-included-title")
            .with_hint("terms-guests-hint"),
    ];
    fields.extend(extras.iter().map(|(id, name)| {
        let field = filling.number_of(format!("{EXTRA}{id}"), name.as_str().to_owned());
        field.with_hint("terms-extra-hint")
    }));
    fields.extend([
        filling.select("start", "terms-start", starts).titled("terms-end-title"),
        filling.number("start_days", "terms-start-days").with_hint("terms-start-days-hint"),
        filling.boxes("further", "terms-further", further),
        filling.select("cancellation", "terms-cancellation", cancellations),
    ]);
    fields
}

/// The fields as terms fill them.
pub(super) fn filled(terms: &Terms) -> Vec<(String, String)> {
    let (start, days) = match terms.start {
        Start::OnPurchase => ("on_purchase", None),
        Start::OnFirstVisit { within_days } => ("on_first_visit", Some(within_days)),
    };
    let mut fields =
        vec![("start", start.to_owned()), ("cancellation", cancellation_word(terms.cancellation).to_owned())];
    fields.extend(days.map(|days| ("start_days", days.to_string())));
    if let Some(freezes) = terms.freezes {
        fields.extend([
            ("freezes", freezes.count_max.to_string()),
            ("freeze_days", freezes.total_days_max.to_string()),
            ("freeze_shortest", freezes.days_min.to_string()),
            ("freeze_longest", freezes.days_max.to_string()),
        ]);
    }
    if terms.guest_visits > 0 {
        fields.push(("guests", terms.guest_visits.to_string()));
    }
    let ticked = [("renews", terms.renews), ("transferable", terms.transferable)];
    fields.extend(ticked.iter().filter(|(_, is)| *is).map(|(word, _)| ("further", (*word).to_owned())));
    let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let extra =
        |one: &IncludedExtra| (format!("{EXTRA}{}", Id::from_bytes(one.extra.0)), one.count.to_string());
    fields.extend(terms.extras.iter().map(extra));
    fields
}

/// A number that is typed; the other one where nothing is.
fn number<N: std::str::FromStr>(form: &Form, name: &str, otherwise: N) -> Result<N, ()> {
    let typed = form.text(name);
    if typed.is_empty() { Ok(otherwise) } else { typed.parse().map_err(|_| ()) }
}

/// What is typed, or notes of what is wrong with it.
pub(super) fn typed(form: &Form, wrongs: &mut Wrongs) -> Option<Terms> {
    let freezes = freezes(form, wrongs);
    let guest_visits = wrongs.check("guests", "terms-bad-guests", number(form, "guests", 0));
    let extras = wrongs.check("", "terms-bad-extra", extras(form));
    let within_days = number(form, "start_days", 0);
    let start = match form.text("start") {
        "" | "on_purchase" => Some(Start::OnPurchase),
        "on_first_visit" => {
            let days = wrongs.check("start_days", "terms-bad-start-days", within_days);
            days.map(|within_days| Start::OnFirstVisit { within_days })
        }
        _ => wrongs.check("start", "set-up-choose", Err(())),
    };
    let cancellation = match form.text("cancellation") {
        "" => Ok(CancellationRule::NothingBack),
        word => {
            let rule =
                CANCELLATIONS.iter().map(|(rule, _)| *rule).find(|rule| cancellation_word(*rule) == word);
            rule.ok_or(())
        }
    };
    let cancellation = wrongs.check("cancellation", "set-up-choose", cancellation);
    let ticked = form.all("further");
    Some(Terms {
        freezes: freezes?,
        guest_visits: guest_visits?,
        extras: extras?,
        start: start?,
        renews: ticked.contains(&"renews"),
        transferable: ticked.contains(&"transferable"),
        cancellation: cancellation?,
    })
}

/// The freezes: none where neither a number nor days are typed. The shortest is a day, and the longest all of them, when not said.
fn freezes(form: &Form, wrongs: &mut Wrongs) -> Option<Option<FreezeTerms>> {
    let count = wrongs.check("freezes", "terms-bad-freezes", number(form, "freezes", 0));
    let total = wrongs.check("freeze_days", "terms-bad-freeze-days", number(form, "freeze_days", 0));
    let shortest = number(form, "freeze_shortest", 1);
    let shortest = wrongs.check("freeze_shortest", "terms-bad-freeze-shortest", shortest);
    let longest = number(form, "freeze_longest", total.unwrap_or(0));
    let longest = wrongs.check("freeze_longest", "terms-bad-freeze-longest", longest);
    let (count_max, total_days_max, days_min, days_max) = (count?, total?, shortest?, longest?);
    if count_max == 0 && total_days_max == 0 {
        return Some(None);
    }
    Some(Some(FreezeTerms { count_max, total_days_max, days_min, days_max }))
}

fn extras(form: &Form) -> Result<Vec<IncludedExtra>, ()> {
    let mut included = Vec::new();
    for (name, count) in form.fields() {
        let Some(id) = name.strip_prefix(EXTRA) else { continue };
        let (id, count) = (Id::parse(id).ok_or(())?, count.trim());
        if count.is_empty() || count == "0" {
            continue;
        }
        let count = count.parse().map_err(|_| ())?;
        included.push(IncludedExtra { extra: ExtraId(*id.bytes()), count });
    }
    Ok(included)
}

/// Where it stands that these terms do not fit.
pub(super) const fn wrong(refusal: PlanRefusal) -> Wrong {
    match refusal {
        PlanRefusal::FreezeCount => ("freezes", "terms-bad-freezes"),
        PlanRefusal::FreezeTotal => ("freeze_days", "terms-bad-freeze-days"),
        PlanRefusal::FreezeLongest => ("freeze_longest", "terms-bad-freeze-longest"),
        PlanRefusal::FreezeShortest => ("freeze_shortest", "terms-bad-freeze-shortest"),
        PlanRefusal::FreezeWithoutLength => ("freezes", "terms-freeze-without-length"),
        PlanRefusal::GuestVisits => ("guests", "terms-bad-guests"),
        PlanRefusal::TooManyExtras | PlanRefusal::ExtraTwice { .. } | PlanRefusal::ExtraCount { .. } => {
            ("", "terms-bad-extra")
        }
        PlanRefusal::StartWithinDays => ("start_days", "terms-bad-start-days"),
        PlanRefusal::RenewalWithoutLength => ("further", "terms-renewal-without-length"),
        PlanRefusal::Cancellation => ("cancellation", "terms-bad-cancellation"),
        _ => ("", "set-up-bad-terms"),
    }
}
