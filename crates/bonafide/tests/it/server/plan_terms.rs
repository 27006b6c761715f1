//! The further terms of a plan by pages, and the extra services that it includes.

use axum::http::StatusCode;
use bonafide_domain::plan::{CancellationRule, FreezeTerms, PlanSpec, Start};
use bonafide_store::plans;

use super::club::{Answer, Club};
use super::set_up::{OWNER, fill, set_up};

const PLAN: [(&str, &str); 4] =
    [("name", "Month"), ("price", "49.90 EUR"), ("kind", "months"), ("count", "1")];

fn with<'a>(further: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    PLAN.into_iter().chain(further.iter().copied()).collect()
}

fn spec(club: &Club) -> PlanSpec {
    let current = club.app.store.read(|tx| {
        let plan = plans::list(tx, true)?.remove(0).id;
        plans::current(tx, plan)
    });
    current.unwrap().unwrap().terms.spec().clone()
}

/// The fields of a form as they are filled in, as a browser sends them again.
pub(super) fn filled(form: &Answer) -> Vec<(String, String)> {
    use scraper::{Html, Selector};
    let page = Html::parse_document(&form.text());
    let all = |selector: &str| {
        let selector = Selector::parse(selector).unwrap();
        let element = |element: scraper::ElementRef<'_>| {
            let of = |name: &str| element.attr(name).unwrap_or_default().to_owned();
            (of("name"), of("value"))
        };
        page.select(&selector).map(element).collect::<Vec<_>>()
    };
    let mut fields = all("main input:not([type=checkbox])");
    fields.extend(all("main input[checked]"));
    let select = Selector::parse("main select").unwrap();
    let chosen = Selector::parse("option[selected]").unwrap();
    for one in page.select(&select) {
        let value = one.select(&chosen).next().and_then(|option| option.attr("value")).unwrap_or_default();
        fields.push((one.attr("name").unwrap().to_owned(), value.to_owned()));
    }
    fields
}

#[test]
fn all_terms_of_a_plan_are_set_shown_and_kept_by_its_page() {
    let club = Club::new();
    set_up(&club, "Harbour");
    assert_eq!(club.get(OWNER, "/set-up/extras").words(".empty").len(), 1);
    for name in ["Minute of solarium", "Towel"] {
        let added = fill(&club, "/set-up/extras", &[("name", name)]);
        assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, "/set-up/extras"));
    }
    assert_eq!(fill(&club, "/set-up/extras", &[("name", "Towel")]).words("#bad-name").len(), 1);
    let form = club.get(OWNER, "/set-up/plans/new");
    let minutes = form.attribute("input[name^=extra-]", "name").unwrap();
    let sent = fill(
        &club,
        "/set-up/plans",
        &with(&[
            ("freezes", "2"),
            ("freeze_days", "30"),
            ("guests", "4"),
            (&minutes, "60"),
            ("start", "on_first_visit"),
            ("start_days", "14"),
            ("further", "renews"),
            ("cancellation", "by_unused_days"),
        ]),
    );
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let made = spec(&club);
    let freezes = FreezeTerms { count_max: 2, total_days_max: 30, days_min: 1, days_max: 30 };
    assert_eq!(made.freezes, Some(freezes));
    assert_eq!((made.guest_visits, made.extras.len(), made.extras[0].count), (4, 1, 60));
    assert_eq!(made.start, Start::OnFirstVisit { within_days: 14 });
    assert_eq!(
        (made.renews, made.transferable, made.cancellation),
        (true, false, CancellationRule::ByUnusedDays)
    );
    let extras = club.get(OWNER, "/set-up/extras").words(".needs > li");
    assert!(extras[0].contains("Month: 60") && extras[1].contains("in no plan yet"), "{extras:?}");

    // Sent again as it is shown, it says the same.
    let plans = club.get(OWNER, "/set-up/plans");
    let path = plans.attribute(".needs a.button", "href").unwrap();
    let fields = filled(&club.get(OWNER, &path));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "csrf")
        .collect();
    let again = club.post(OWNER, &path, &fields);
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    let kept = spec(&club);
    assert_eq!(PlanSpec { version: made.version, ..kept }, made);
    let extra = club.get(OWNER, "/set-up/extras").attribute(".needs a.button", "href").unwrap();
    assert_eq!(fill(&club, &extra, &[("name", "Minute in the sun")]).status, StatusCode::SEE_OTHER);
    assert!(club.get(OWNER, &path).text().contains("Minute in the sun"));
}

#[test]
fn what_does_not_fit_is_told_beside_its_field() {
    let club = Club::new();
    set_up(&club, "Harbour");
    for (further, field) in [
        (vec![("freezes", "2")], "freeze_days"),
        (vec![("freeze_days", "30")], "freezes"),
        (vec![("freezes", "some")], "freezes"),
        (vec![("freezes", "2"), ("freeze_days", "800")], "freeze_days"),
        (vec![("freezes", "2"), ("freeze_days", "30"), ("freeze_longest", "31")], "freeze_longest"),
        (
            vec![("freezes", "2"), ("freeze_days", "30"), ("freeze_longest", "7"), ("freeze_shortest", "8")],
            "freeze_shortest",
        ),
        (vec![("guests", "1001")], "guests"),
        (vec![("start", "on_first_visit")], "start_days"),
        (vec![("start", "some")], "start"),
        (vec![("cancellation", "by_unused_visits")], "cancellation"),
        (vec![("cancellation", "all")], "cancellation"),
    ] {
        let sent = fill(&club, "/set-up/plans", &with(&further));
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{further:?}");
        assert_eq!(sent.words(&format!("#bad-{field}")).len(), 1, "{further:?}: {}", sent.text());
    }
    let visits = [("name", "Ten"), ("price", "90 EUR"), ("kind", "visits"), ("count", "10")];
    for (further, field) in [
        (vec![("freezes", "1"), ("freeze_days", "7")], "freezes"),
        (vec![("further", "renews")], "further"),
        (vec![("cancellation", "by_unused_days")], "cancellation"),
    ] {
        let fields: Vec<_> = visits.into_iter().chain(further.iter().copied()).collect();
        let sent = fill(&club, "/set-up/plans", &fields);
        assert_eq!(sent.words(&format!("#bad-{field}")).len(), 1, "{further:?}");
    }
    let gone = "extra-018f0000-0000-7000-8000-000000000000";
    assert_eq!(fill(&club, "/set-up/plans", &with(&[(gone, "3")])).words(".refused").len(), 1);
}
