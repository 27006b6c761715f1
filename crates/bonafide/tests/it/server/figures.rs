//! The owner's figures as pages and files, and points put right by hand through pages.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use bonafide::import::cell::Cell;
use bonafide::import::limits::ImportLimits;
use bonafide::import::table::Table;
use bonafide_domain::calendar::{UtcMicros, days_after};
use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Basket, Caps, Conditions, EarningRule, ExpiryRule, Gives, LineSpec, Rate, RuleId, RulesSpec, Selection,
};
use bonafide_store::audit::entry::Acting;
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, Programme, RulesDraft};
use bonafide_store::ledger::{self, statement};
use bonafide_store::organisation::branch;
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::purchases::{Buyer, Buying, RecognisedBy, Sale, complete, set_own_member};
use bonafide_store::staff::{self, Role};
use bonafide_store::surveys::{NotAnswered, Stars, is_open};
use jiff::civil::Date;

use super::api::{operation, register};
use super::card::paired;
use super::club::{By, Club, acting, title};
use super::desk::{house, member};

const OWNER: By = By::Staff(Role::Owner);
const MANAGER: By = By::Staff(Role::Manager);
const DAY_US: i64 = 24 * 3_600_000_000;

/// A point pays a cent, and a tenth of what is paid is earned.
fn rules() -> RulesSpec {
    RulesSpec {
        version: 1,
        currency: Currency::parse("EUR").unwrap(),
        point_minor: 1,
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
        spending: None,
        expiry: ExpiryRule::Never,
        warning_days: Vec::new(),
        rewards: Vec::new(),
    }
}

/// A shop with a programme, and Anna in it.
struct Shop {
    club: Club,
    branch: Id,
    till: Id,
    programme: Id,
    anna: Id,
    wallet: Id,
    /// What was sold, by its ids.
    purchases: Mutex<Vec<Id>>,
}

fn shop() -> Shop {
    let club = Club::new();
    let branch = house(&club).branch;
    let anna = Id::parse(&member(&club, "Anna", "Petrova", "+4915112345678")).unwrap();
    let programme = Programme { name: title("Bonus <i>"), currency: Currency::parse("EUR").unwrap() };
    let programme = club.done(move |work| Ok(Ok::<_, ()>(programmes::add(work, &acting(), &programme)?)));
    let draft = RulesDraft { rules: rules(), tier_names: Vec::new(), rule_names: BTreeMap::new() };
    club.done(move |work| programmes::put_rules(work, &acting(), programme, 0, &draft));
    club.done(move |work| programmes::set_branch(work, &acting(), branch, Some(programme)));
    let till = Till { branch, name: title("Till 1") };
    let till = club.done(move |work| till::add(work, &acting(), &till));
    let wallet = club.done(move |work| ledger::enrol(work, &acting(), anna, programme));
    Shop { club, branch, till, programme, anna, wallet, purchases: Mutex::default() }
}

impl Shop {
    /// Somebody has bought so many days ago.
    fn sold(&self, days_ago: i64, cents: i64, way: Option<RecognisedBy>) {
        let line = LineSpec {
            product: "coffee".to_owned(),
            categories: Vec::new(),
            quantity_milli: 1_000,
            price_minor: cents,
        };
        let basket = Basket::parse(Currency::parse("EUR").unwrap(), &[line]).unwrap();
        let buyer = way.map(|way| Buyer { member: self.anna, way });
        let sale = Sale {
            buying: Buying { till: self.till, buyer, basket, points: 0 },
            receipt: None,
            till_at_us: None,
        };
        let acting = Acting { now_us: bonafide::clock::now_us() - days_ago * DAY_US, ..acting() };
        let id = Id::parse(&operation()).unwrap();
        self.club.app.store.write_by_rows(move |work| complete(work, &acting, id, &sale)).unwrap().unwrap();
        self.purchases.lock().unwrap().push(id);
    }

    fn today(&self) -> Date {
        self.day_of(bonafide::clock::now_us())
    }

    fn day_of(&self, at_us: i64) -> Date {
        let branch = self.club.app.store.read(|tx| branch::get(tx, self.branch)).unwrap().unwrap();
        branch.content.time_zone.calendar().date_of(UtcMicros::parse(at_us).unwrap())
    }

    fn spendable(&self) -> u64 {
        let at = UtcMicros::parse(bonafide::clock::now_us()).unwrap();
        let stands = self.club.app.store.read(|tx| statement::standing(tx, self.wallet, at)).unwrap();
        stands.unwrap().spendable
    }

    fn employee(&self, role: Role) -> Id {
        let all = self.club.app.store.read(|tx| staff::list(tx, false)).unwrap();
        all.iter().find(|kept| kept.content.role == role).unwrap().id
    }

    /// Asks for a correction through the member's page.
    fn asks(&self, by: By, id: &str, direction: &str, points: &str, reason: &str) -> super::club::Answer {
        let programme = self.programme.to_string();
        let fields = [
            ("operation", id),
            ("programme", programme.as_str()),
            ("direction", direction),
            ("points", points),
            ("reason", reason),
        ];
        self.club.post(by, &format!("/members/{}/points/corrections", self.anna), &fields)
    }

    fn decides(&self, by: By, id: &str, what: &str) -> super::club::Answer {
        self.club.post(by, &format!("/points/corrections/{id}/{what}"), &[])
    }
}

/// The figures of a page by their names.
fn figures(page: &super::club::Answer) -> BTreeMap<String, String> {
    let (names, values) = (page.words(".figures dt"), page.words(".figure"));
    assert_eq!(names.len(), values.len(), "{}", page.text());
    names.into_iter().zip(values).collect()
}

#[test]
fn the_owner_sees_what_the_programme_costs_and_brings() {
    let shop = shop();
    // The member joined today: what she bought before is there for the span before.
    for (days_ago, cents, way) in [
        (40, 1_000, Some(RecognisedBy::Card)),
        (10, 3_000, Some(RecognisedBy::Card)),
        (2, 5_000, Some(RecognisedBy::Face)),
        (1, 1_500, None),
        (1, 2_500, None),
    ] {
        shop.sold(days_ago, cents, way);
    }
    let (from, to) = (days_after(shop.today(), -29).unwrap(), shop.today());
    let page = shop.club.get(OWNER, &format!("/figures?from={from}&to={to}"));
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let found = figures(&page);
    for (name, value) in [
        ("Owed to members", "€9.00"),
        ("Points in members' hands", "900"),
        ("Participants", "1"),
        ("New participants", "1"),
        ("Active participants", "1"),
        ("Receipts for each", "2.00"),
        ("Receipts of members", "2"),
        ("Recognised", "50.0%"),
        ("Average receipt with the programme", "€40.00"),
        ("Average receipt without it", "€20.00"),
        ("Cost", "€0.00"),
        ("Extra money", "not known"),
    ] {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}: {found:?}");
    }
    let words = page.words(".figures div").join("\n");
    assert!(words.contains("↑ 100.0% more than in the span before"), "receipts doubled: {words}");
    let rows = page.words("tbody tr").join("\n");
    assert!(rows.contains("Face125.0%€50.00") && rows.contains("Not recognised250.0%€20.00"), "{rows}");
    assert!(rows.contains("Earned8000"), "{rows}");
    assert!(page.text().contains("<svg"), "there is a chart");
    let today_alone = shop.club.get(OWNER, &format!("/figures?from={to}&to={to}"));
    assert_eq!(figures(&today_alone)["Receipts of members"], "0");
    assert!(page.words(".top nav a").contains(&"Figures".to_owned()));
}

/// The cells of a workbook as they are shown.
pub(super) fn table_of(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let mut table = Table::open_bytes(bytes, ImportLimits::default(), None).unwrap();
    let mut rows: Vec<Vec<String>> = Vec::new();
    table
        .visit_rows(|row| {
            rows.push(row.cells.iter().map(Cell::shown).collect());
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

#[test]
fn the_same_numbers_are_in_the_files_and_no_name_is() {
    let shop = shop();
    shop.sold(1, 3_000, Some(RecognisedBy::Card));
    let csv = shop.club.get(OWNER, "/figures/csv");
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment; filename=\"figures-"));
    let text = csv.text();
    assert!(text.starts_with('\u{FEFF}') && !text.contains("Petrova"), "{text}");
    let has = |line: &str| text.lines().any(|found| found == line);
    assert!(has("\"What receipts tell\";\"Average receipt with the programme\";EUR;30.00;"), "{text}");
    assert!(has("\"Who takes part\";\"Active participants\";;1;0"), "{text}");
    let xlsx = shop.club.get(OWNER, "/figures/xlsx");
    let rows = table_of(xlsx.body);
    assert_eq!(rows.len(), text.lines().count(), "{rows:?}");
    let average = rows.iter().find(|row| row[1] == "Average receipt with the programme").unwrap();
    assert_eq!(average[..4], ["What receipts tell", "Average receipt with the programme", "EUR", "30"]);
}

#[test]
fn without_a_programme_the_page_says_what_to_do_first() {
    let club = Club::new();
    let page = club.get(OWNER, "/figures");
    assert!(page.words(".empty")[0].starts_with("There is no bonus programme yet."), "{}", page.text());
    assert_eq!(club.get(OWNER, "/figures/csv").status, StatusCode::NOT_FOUND);
    assert_eq!(club.get(OWNER, "/figures/xlsx").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_manager_of_one_branch_sees_that_branch_and_not_what_the_programme_owes() {
    let shop = shop();
    let (manager, branch) = (shop.employee(Role::Manager), shop.branch);
    let kept = shop.club.app.store.read(|tx| staff::get(tx, manager)).unwrap().unwrap();
    let bound = staff::Employee { branch: Some(branch), ..kept.content };
    shop.club.done(move |work| staff::change(work, &acting(), manager, &bound));
    shop.sold(1, 3_000, Some(RecognisedBy::Card));
    let page = shop.club.get(MANAGER, "/figures");
    let found = figures(&page);
    assert_eq!(found.get("Receipts of members").map(String::as_str), Some("1"), "{found:?}");
    assert!(!found.contains_key("Owed to members") && !found.contains_key("Participants"), "{found:?}");
    assert!(!page.text().contains("What points moved for"));
    assert!(!shop.club.get(MANAGER, "/figures/csv").text().contains("Owed to members"));
    let other = branch::Branch {
        name: title("Elsewhere"),
        ..shop.club.app.store.read(|tx| branch::get(tx, branch)).unwrap().unwrap().content
    };
    let other = shop.club.done(move |work| Ok(Ok::<_, ()>(branch::add(work, &acting(), &other)?)));
    let asked = shop.club.get(MANAGER, &format!("/figures?branch={other}"));
    assert_eq!(figures(&asked)["Receipts of members"], "1", "his own, whatever he asks for");
}

#[test]
fn t15_a_correction_within_the_limit_is_done_at_once_and_stands_in_the_report() {
    let shop = shop();
    let link = format!("/members/{}/points/correct", shop.anna);
    assert_eq!(
        shop.club
            .get(MANAGER, &format!("/members/{}", shop.anna))
            .attribute(&format!("a[href='{link}']"), "href"),
        Some(link.clone())
    );
    let desk = shop.club.get(By::Staff(Role::Receptionist), &format!("/members/{}", shop.anna));
    assert!(!desk.text().contains(&link), "who may not sees no way");
    let form = shop.club.get(MANAGER, &link);
    assert!(form.words("form p").concat().contains("0 points can be spent"), "{}", form.text());
    let id = form.attribute("input[name=operation]", "value").unwrap();
    for _ in 0..2 {
        let done = shop.asks(MANAGER, &id, "up", "250", "the till was <b>down</b>");
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/points/corrections"));
    }
    assert_eq!(shop.spendable(), 250, "pressed twice, done once");
    let page = shop.club.get(OWNER, "/points/corrections");
    let rows = page.words("tbody tr");
    assert_eq!(rows.len(), 1, "{rows:?}");
    for part in ["Anna Petrova", "+250", "the till was <b>down</b>", "The manager", "within the limit"] {
        assert!(rows[0].contains(part), "{part}: {rows:?}");
    }
    let csv = shop.club.get(OWNER, "/points/corrections/csv").text();
    assert!(csv.contains("\"'+250\"") && csv.contains("The manager") && !csv.contains("Petrova"), "{csv}");
    let yesterday = days_after(shop.today(), -1).unwrap();
    let earlier = shop.club.get(OWNER, &format!("/points/corrections?from={yesterday}&to={yesterday}"));
    assert_eq!(earlier.words("tbody tr"), Vec::<String>::new());
}

#[test]
fn t15_above_the_limit_somebody_else_confirms_or_declines() {
    let shop = shop();
    let ids = [operation(), operation()];
    for id in &ids {
        assert_eq!(shop.asks(MANAGER, id, "up", "1001", "a large one").status, StatusCode::SEE_OTHER);
    }
    assert_eq!(shop.spendable(), 0);
    let waits = "2 corrections of points wait for a second person";
    assert!(shop.club.get(OWNER, "/desk").text().contains(waits));
    for by in [MANAGER, By::Staff(Role::Receptionist)] {
        assert!(!shop.club.get(by, "/desk").text().contains(waits), "they wait for somebody else");
    }
    let own = shop.club.get(MANAGER, "/points/corrections");
    assert_eq!(own.words(".needs li").len(), 2);
    assert!(!own.text().contains("/confirmations"), "he does not see what he may not press");
    let refused = shop.decides(MANAGER, &ids[0], "confirmations");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.words("[role=alert]"), ["Somebody else must confirm it than the one who asked."]);
    for _ in 0..2 {
        assert_eq!(shop.decides(OWNER, &ids[0], "confirmations").status, StatusCode::SEE_OTHER);
    }
    assert_eq!(shop.spendable(), 1_001);
    assert_eq!(shop.decides(OWNER, &ids[1], "declines").status, StatusCode::SEE_OTHER);
    assert_eq!(shop.decides(OWNER, &ids[1], "confirmations").status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(shop.decides(OWNER, &operation(), "declines").status, StatusCode::NOT_FOUND);
    assert_eq!(shop.spendable(), 1_001);
    let rows = shop.club.get(OWNER, "/points/corrections").words("tbody tr").join("\n");
    assert!(rows.contains("confirmed The owner") && rows.contains("declined The owner"), "{rows}");
    let programme = shop.programme.to_string();
    let set = |points: &str| {
        shop.club
            .post(OWNER, "/points/limits", &[("programme", programme.as_str()), ("points", points)])
            .status
    };
    assert_eq!(set("-1"), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(set("0"), StatusCode::SEE_OTHER);
    shop.asks(MANAGER, &operation(), "down", "1", "needs a second one now");
    assert_eq!(shop.spendable(), 1_001);
}

#[test]
fn t14_t15_what_is_wrong_with_a_correction_is_said_and_nothing_is_done() {
    let shop = shop();
    let id = operation();
    for (direction, points, reason, words) in [
        ("up", "10", "", "Type the reason"),
        ("up", "0", "x", "Type a whole number"),
        ("up", "-5", "x", "Type a whole number"),
        ("up", "1e400", "x", "Type a whole number"),
        ("aside", "10", "x", "Choose whether"),
        ("down", "10", "x", "The member has not so many"),
    ] {
        let refused = shop.asks(MANAGER, &id, direction, points, reason);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(refused.words("[role=alert]")[0].starts_with(words), "{:?}", refused.words("[role=alert]"));
        assert_eq!(refused.attribute("input[name=operation]", "value"), Some(id.clone()), "the same try");
    }
    let (manager, anna) = (shop.employee(Role::Manager), shop.anna);
    shop.club.done(move |work| Ok(Ok::<_, ()>(set_own_member(work, &acting(), manager, Some(anna))?)));
    let own = shop.asks(MANAGER, &id, "up", "10", "for myself");
    assert_eq!(own.words("[role=alert]"), ["Nobody puts his own points right."]);
    assert_eq!(shop.spendable(), 0);
    let boris = member(&shop.club, "Boris", "Orlov", "+4915112345679");
    let page = shop.club.get(MANAGER, &format!("/members/{boris}/points/correct"));
    assert!(page.words(".empty")[0].contains("in no bonus programme"), "{}", page.text());
}

#[test]
fn t14_the_owner_says_which_member_an_employee_is() {
    let shop = shop();
    let manager = shop.employee(Role::Manager);
    let path = format!("/set-up/staff/{manager}");
    let list = shop.club.get(OWNER, "/set-up/staff");
    assert!(list.text().contains(&format!("{path}/member")), "{}", list.text());
    let says = |fields: &[(&str, &str)]| {
        let id = operation();
        let all: Vec<_> = [("operation", id.as_str())].into_iter().chain(fields.iter().copied()).collect();
        shop.club.post(OWNER, &format!("{path}/members"), &all)
    };
    member(&shop.club, "Boris", "Petrov", "+4915112345670");
    for (text, words) in [("zzz", "No member"), ("+4915100000000", "No member"), ("", "This says too little")]
    {
        let refused = says(&[("member", text)]);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(refused.words("[role=alert]")[0].starts_with(words), "{:?}", refused.words("[role=alert]"));
    }
    assert_eq!(says(&[("member", "+4915112345678")]).status, StatusCode::SEE_OTHER);
    let page = shop.club.get(OWNER, &format!("{path}/member"));
    assert!(page.words("p").contains(&"Now: Anna Petrova".to_owned()), "{}", page.text());
    assert!(shop.club.get(OWNER, "/set-up/staff").text().contains("is a member too"));
    let own = shop.asks(MANAGER, &operation(), "up", "10", "for myself");
    assert_eq!(own.words("[role=alert]"), ["Nobody puts his own points right."]);
    assert_eq!(says(&[("none", "yes")]).status, StatusCode::SEE_OTHER);
    assert_eq!(shop.asks(MANAGER, &operation(), "up", "10", "for Anna").status, StatusCode::SEE_OTHER);
    assert_eq!(shop.spendable(), 10);
}

#[test]
fn whoever_has_the_receipt_says_once_how_it_was() {
    let shop = shop();
    shop.sold(1, 3_000, Some(RecognisedBy::Card));
    shop.sold(1, 3_000, None);
    let (_, token) = register(&shop.club, Bound::Till { till: shop.till });
    let asks = |path: &str| {
        let request = Request::builder().uri(path).header("host", "club.test");
        let request = request.header("authorization", format!("Bearer {token}"));
        shop.club.ask(request.body(Body::empty()).unwrap())
    };
    let sold = *shop.purchases.lock().unwrap().first().unwrap();
    let answer = asks(&format!("/api/v1/till/purchases/{sold}/survey"));
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    let path = answer["path"].as_str().unwrap();
    assert!(!path.contains(&sold.to_string()));
    let page = shop.club.get(By::Nobody, path);
    assert_eq!(page.words("form.stars button"), ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"], "{}", page.text());
    let says = |stars: &str| shop.club.post(By::Nobody, path, &[("stars", stars)]);
    for wrong in ["", "0", "6", "x"] {
        assert_eq!(says(wrong).status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(says("4").status, StatusCode::SEE_OTHER);
    assert_eq!(says("4").status, StatusCode::SEE_OTHER, "pressed twice");
    let other = says("1");
    assert_eq!(other.words("[role=status]"), ["Thank you: your answer is kept."], "{}", other.text());
    assert!(!shop.club.get(By::Nobody, path).text().contains("<form method=\"post\" action=\"/survey"));
    assert_eq!(shop.club.get(By::Nobody, "/survey/AAAA").status, StatusCode::NOT_FOUND);
    let found = figures(&shop.club.get(OWNER, "/figures"));
    assert_eq!((found["Average of stars"].as_str(), found["Answers"].as_str()), ("4.00", "1"));
    assert_eq!(found["Share of receipts"], "50.0%");
    let none = asks(&format!("/api/v1/till/purchases/{}/survey", operation()));
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[test]
fn the_phone_asks_about_the_newest_purchase_until_it_is_answered() {
    let shop = shop();
    let phone = paired(&shop.club, &shop.anna.to_string(), 1);
    let asked = |tap| {
        let told = phone.asks(&shop.club, &phone.shows(tap)).json()["points"][0].clone();
        assert!(told["spendable"].is_string(), "{told}");
        told["survey"].clone()
    };
    assert!(asked(0).is_null(), "nothing was bought");
    shop.sold(40, 3_000, Some(RecognisedBy::Card));
    assert!(asked(1).is_null(), "it is too long ago to be answered");
    for days_ago in [9, 2] {
        shop.sold(days_ago, 3_000, Some(RecognisedBy::Card));
    }
    let survey = asked(2);
    let bought = shop.day_of(bonafide::clock::now_us() - 2 * DAY_US);
    let words = survey["words"].as_str().unwrap();
    assert!(words.starts_with(&format!("How was your purchase of {} ", bought.day())), "{words}");
    let link = survey["link"].as_str().unwrap();
    assert_eq!(shop.club.get(By::Nobody, link).words("form.stars button").len(), 5);
    let newest = *shop.purchases.lock().unwrap().last().unwrap();
    assert_eq!(shop.club.post(By::Nobody, link, &[("stars", "5")]).status, StatusCode::SEE_OTHER);
    let answered = shop.club.app.store.read(|tx| is_open(tx, newest, bonafide::clock::now_us())).unwrap();
    assert_eq!(answered, Err(NotAnswered::Answered(Stars::parse(5).unwrap())));
    assert!(asked(3).is_null(), "nobody is asked about an older one");
}
