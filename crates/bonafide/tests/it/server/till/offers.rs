//! Personal offers over HTTP: the owner adds one, the chores find whom it fits, tills and the phone show it, and a page tells what came of
//! it.

use axum::http::StatusCode;
use bonafide::clock;
use bonafide::server::chores::round;
use bonafide_domain::programme::{Conditions, EarningRule, Gives, RuleId, Selection};
use bonafide_store::ledger::programmes::{self, RulesDraft};
use bonafide_store::personal_offers::uptake::uptake;
use bonafide_store::personal_offers::{self, SavedOffer};
use serde_json::json;

use super::super::card::paired;
use super::super::figures::table_of;
use super::super::set_up::fill;
use super::super::till_page::Browser;
use super::{CARD, OWNER, Shop, basket, operation, rules, shop};
use crate::server::club::{Answer, By, acting, title};

/// A shop with a rule that holds only for whom it was offered: fifty points for each piece.
fn shop_with_rule() -> Shop {
    let shop = shop();
    let conditions = Conditions { offered_only: true, ..Conditions::default() };
    let in_person = EarningRule {
        id: RuleId(9),
        goods: Selection::all(),
        conditions,
        gives: Gives::PerUnit { points: 50 },
    };
    let mut rules = rules();
    rules.earning.push(in_person);
    let rule_names = [(RuleId(9), title("Fifty each"))].into_iter().collect();
    let (programme, draft) = (shop.programme, RulesDraft { rules, tier_names: Vec::new(), rule_names });
    shop.club.done(move |work| programmes::put_rules(work, &acting(), programme, 1, &draft));
    shop
}

impl Shop {
    fn offers_path(&self) -> String {
        format!("/set-up/programmes/{}/offers", self.programme)
    }

    /// Fills in the form of a new offer for everybody, with other texts in some fields.
    fn offer(&self, below: &str, others: &[(&str, &str)]) -> Answer {
        let from = clock::utc_date(clock::now_us());
        let (from, through) =
            (from.yesterday().unwrap(), from.checked_add(jiff::Span::new().days(9)).unwrap());
        let (from, through) = (from.to_string(), through.to_string());
        let plain = [
            ("name", "Tea ×2"),
            ("rule", "9"),
            ("from", from.as_str()),
            ("through", through.as_str()),
            ("uses", "1"),
            ("held-out", "0"),
        ];
        let kept = plain.iter().filter(|(name, _)| others.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> = kept.chain(others).copied().collect();
        fill(&self.club, &format!("{}{below}", self.offers_path()), &all)
    }

    fn saved(&self) -> Vec<SavedOffer> {
        self.club.app.store.read(|tx| personal_offers::list(tx, self.programme)).unwrap()
    }

    /// Adds one for everybody, and lets the chores find whom it fits.
    fn offers(&self) -> SavedOffer {
        let added = self.offer("", &[]);
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
        round(&self.club.app).unwrap();
        self.saved().remove(0)
    }
}

#[test]
fn a_till_is_told_the_offers_of_a_customer_and_which_of_them_a_basket_uses() {
    let shop = shop_with_rule();
    let offer = shop.offers();
    let through = offer.content.offer.spec().dates.until().yesterday().unwrap().to_string();
    let mut till = shop.till("Till 1");
    let known = till.recognises(&json!({ "presented": [{ "card_hex": CARD }] }));
    let told = json!([{ "name": "Tea ×2", "rule": 9, "through": through, "uses_left": 1 }]);
    assert_eq!((known.status, &known.body["offers"]), (200, &told), "{}", known.body);
    let goods = basket(&[("tea", 1_000)]);
    let customer = known.body["customer"].as_str().unwrap();
    let quote = till.quotes(Some(customer), &goods, 0);
    let used = json!([{ "name": "Tea ×2", "rule": 9, "through": through, "uses_left": 1, "used": true }]);
    assert_eq!((&quote.body["offers"], &quote.body["earned_points"]), (&used, &json!(150)), "{}", quote.body);
    assert_eq!(till.quotes(None, &goods, 0).body["offers"], json!([]), "nobody has no offers");
    let sale = json!({ "customer": customer, "basket": goods });
    let done = till.completes(&operation(), &sale);
    assert_eq!((done.status, &done.body["earned_points"]), (200, &json!(150)), "{}", done.body);
    // It is used up: the next quote has nothing of it, and neither has the next recognition.
    let quote = till.quotes(Some(customer), &goods, 0);
    assert_eq!((&quote.body["offers"], &quote.body["earned_points"]), (&json!([]), &json!(100)));
    let known = till.recognises(&json!({ "presented": [{ "card_hex": CARD }] }));
    assert_eq!(known.body["offers"], json!([]));

    // The owner reads what came of it.
    let path = format!("{}/{}/uptake", shop.offers_path(), offer.id);
    let page = shop.club.get(OWNER, &path);
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(page.words(".figure"), ["1", "1", "1", "100.0%", "1", "50", "€0.50", "€10.00"]);
    assert_eq!(page.words("p > .state"), ["? Too few to say: each group needs 30 members."]);
    let cells = ["1", "100", "€10.00", "0", "not known", "not known"];
    assert_eq!(page.words("tbody td"), cells, "{}", page.text());
    let file = shop.club.get(OWNER, &format!("{path}/csv"));
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<String> = file.text().trim_start_matches('\u{FEFF}').lines().map(str::to_owned).collect();
    for row in ["\"Have it\";;1", "Uptake;%;100.00", "Cost;EUR;0.50", "\"With the offer: Purchases\";;1"] {
        assert!(rows.iter().any(|found| found == row), "{row}: {rows:?}");
    }
    let table = table_of(shop.club.get(OWNER, &format!("{path}/xlsx")).body);
    assert_eq!(table.len(), rows.len(), "{table:?}");
    assert!(table.iter().any(|row| row[..3] == ["Uptake", "%", "100"]), "{table:?}");
}

#[test]
fn a_cashier_and_the_member_see_an_offer_and_when_it_counts() {
    let shop = shop_with_rule();
    let offer = shop.offers();
    let through = offer.content.offer.spec().dates.until().yesterday().unwrap();
    let shown = |answer: &Answer| answer.words(".offers li");
    let browser = &mut Browser::at(&shop.club, shop.stands("Till 1"));
    browser.press("show", &[("shown", CARD)]);
    let line = &shown(&browser.shown)[0];
    assert!(line.starts_with("Tea ×2 through ") && line.ends_with("· counts once more"), "{line}");
    assert!(line.contains(&through.year().to_string()), "{line}");
    browser.adds("tea", "10");
    assert!(shown(&browser.shown)[0].ends_with("✓ counts here"), "{}", browser.shown.text());
    // On the phone, and at the desk.
    let phone = paired(&shop.club, &shop.anna.to_string(), 1);
    let told = phone.asks(&shop.club, &phone.shows(0)).json();
    assert_eq!(told["points"][0]["offers"][0], *line, "{told}");
    let points = format!("/members/{}/points/{}", shop.anna, shop.programme);
    assert_eq!(shown(&shop.club.get(OWNER, &points)), std::slice::from_ref(line));
    browser.press("complete", &[]).done();
    assert_eq!(phone.asks(&shop.club, &phone.shows(0)).json()["points"][0]["offers"], json!([]));
    // Nothing personal stands in what everybody reads.
    let terms = shop.club.get(By::Nobody, &format!("/programmes/{}/terms", shop.programme));
    assert!(!terms.text().contains("Tea ×2"), "{}", terms.text());
    let came = shop.club.app.store.read(|tx| uptake(tx, offer.id, through)).unwrap();
    assert_eq!((came.offered.members, came.shown), (1, 1), "it was shown at the till");
}

#[test]
fn an_offer_is_added_counted_beforehand_changed_and_stopped_by_pages() {
    let shop = shop_with_rule();
    let (club, path) = (&shop.club, shop.offers_path());
    let empty = club.get(OWNER, &path);
    assert_eq!(empty.words(".empty").len(), 1, "{}", empty.text());
    let form = club.get(OWNER, &format!("{path}/new"));
    assert_eq!(form.words("select[name=rule] option").len(), 1, "only what can be offered: {}", form.text());
    assert_eq!(form.attribute("input[name=held-out]", "value").as_deref(), Some("10"));
    assert_eq!(form.attribute("input[name=uses]", "value").as_deref(), Some("1"));

    // What is wrong stands beside its field, and nothing is lost.
    let refused = shop.offer("", &[("through", "2020-01-01"), ("spent-min", "5")]);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((refused.words("#bad-through").len(), refused.words("#bad-spent-days").len()), (1, 1));
    assert_eq!(refused.attribute("input[name=name]", "value").as_deref(), Some("Tea ×2"));

    // How many it would fit: everybody, those with a point, those who have agreed.
    let counted = shop.offer("/counts", &[("held-out", "50")]);
    assert_eq!(counted.status, StatusCode::OK, "{}", counted.text());
    assert_eq!(counted.words(".notice p"), ["It fits 1 of 1 members now."]);
    let counted = shop.offer("/counts", &[("points", "1")]);
    assert_eq!(counted.words(".notice p"), ["It fits 0 of 1 members now."]);
    let counted = shop.offer("/counts", &[("away-max", "30")]);
    let told =
        ["It fits 0 of 1 members now.", "1 more would fit and has not agreed to conclusions about habits."];
    assert_eq!(counted.words(".notice p"), told);
    assert!(shop.saved().is_empty(), "counting writes nothing");

    let saved = shop.offers();
    let rows = club.get(OWNER, &path).words(".needs > li");
    assert!(rows[0].starts_with("Tea ×2 ✓ holds") && rows[0].contains("once for each member"), "{rows:?}");
    assert!(rows[0].contains("For: every member"), "{rows:?}");
    let taken = shop.offer("", &[("name", "Other")]);
    assert_eq!((taken.status, taken.words("#bad-rule").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));

    // It is changed by somebody who has seen its first version, and by another one who has too.
    let one = format!("/{}", saved.id);
    let change = |name: &str| shop.offer(&one, &[("name", name), ("seen", "1"), ("points", "7")]);
    assert_eq!(change("Tea").status, StatusCode::SEE_OTHER);
    let late = change("Coffee");
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(late.attribute("input[name=seen]", "value").as_deref(), Some("2"));
    let form = club.get(OWNER, &format!("{path}{one}"));
    assert_eq!(form.attribute("input[name=name]", "value").as_deref(), Some("Tea"));
    assert_eq!(form.attribute("input[name=points]", "value").as_deref(), Some("7"));
    assert_eq!(form.attribute("select[name=rule]", "name"), None, "the rule stays");
    let unchanged = shop.offer(&one, &[("name", "Tea"), ("seen", "2"), ("points", "7")]);
    assert_eq!(unchanged.words(".refused"), ["Nothing was changed."]);

    let stops = |stopped: &str| fill(club, &format!("{path}{one}/stops"), &[("stopped", stopped)]);
    assert_eq!(stops("yes").header("location"), path);
    assert!(club.get(OWNER, &path).words(".needs > li")[0].contains("stopped"));
    assert_eq!(stops("no").status, StatusCode::SEE_OTHER);
    assert!(shop.saved()[0].content.is_on);

    // An offer of another programme is not found here, and a programme without rules has none.
    let other = fill(club, "/set-up/programmes", &[("name", "Other"), ("currency", "EUR")]);
    assert_eq!(other.status, StatusCode::SEE_OTHER);
    let all = club.app.store.read(programmes::list).unwrap();
    let other = all.iter().find(|(id, _)| *id != shop.programme).unwrap().0;
    assert_eq!(club.get(OWNER, &format!("/set-up/programmes/{other}/offers")).status, StatusCode::NOT_FOUND);
    let strange = format!("/set-up/programmes/{other}/offers/{}", saved.id);
    assert_eq!(club.get(OWNER, &strange).status, StatusCode::NOT_FOUND);
}

#[test]
fn without_a_rule_that_can_be_offered_the_page_leads_to_the_rules() {
    let shop = shop();
    let page = shop.club.get(OWNER, &shop.offers_path());
    let rules = format!("/set-up/programmes/{}/rules", shop.programme);
    assert_eq!(page.attribute(".notice a", "href").as_deref(), Some(rules.as_str()), "{}", page.text());
    assert_eq!(page.attribute("a.primary", "href"), None);
    let refused = shop.offer("", &[("rule", "1")]);
    assert_eq!((refused.status, refused.words("#bad-rule").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
}
