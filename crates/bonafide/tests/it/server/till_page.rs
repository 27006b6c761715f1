//! The till in a browser: what a cashier presses, step by step, and what is refused.

use axum::http::StatusCode;
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::purchases::set_own_member;
use bonafide_store::staff::{self, Role};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::api::{Simulator, register};
use super::card::paired;
use super::club::{Answer, By, Club, acting};
use super::desk::{DESK, member, operation};
use super::gateways::{SmsServer, code_in, fields};
use super::till::{CARD, Shop, shop, shop_of};

pub(super) const CASHIER: By = By::Staff(Role::Cashier);

/// A till in a browser, with the page that it shows.
pub(super) struct Browser<'a> {
    club: &'a Club,
    pub(super) path: String,
    pub(super) shown: Answer,
}

impl<'a> Browser<'a> {
    pub(super) fn at(club: &'a Club, till: Id) -> Browser<'a> {
        let path = format!("/till/{till}");
        let shown = club.get(CASHIER, &path);
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
        Browser { club, path, shown }
    }

    /// What the page carries from press to press.
    fn state(&self) -> Vec<(String, String)> {
        let form = Selector::parse("#counter form").unwrap();
        let input = Selector::parse("input[type=hidden]").unwrap();
        let page = Html::parse_document(&self.shown.text());
        let form = page.select(&form).next().unwrap_or_else(|| panic!("{}", self.shown.text()));
        let field = |input: scraper::ElementRef<'_>| {
            (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap_or_default().to_owned())
        };
        form.select(&input).map(field).filter(|(name, _)| name != "csrf").collect()
    }

    /// Presses a button, with what was typed.
    pub(super) fn press(&mut self, word: &str, typed: &[(&str, &str)]) -> &mut Self {
        let state = self.state();
        let fields = state.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields = fields.filter(|(name, _)| typed.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> = fields.chain(typed.iter().copied()).chain([("do", word)]).collect();
        self.shown = self.club.post(CASHIER, &self.path, &all);
        self
    }

    /// Puts something into the basket.
    pub(super) fn adds(&mut self, product: &str, price: &str) -> &mut Self {
        self.press("add", &[("product", product), ("price", price)])
    }

    pub(super) fn words(&self, selector: &str) -> String {
        self.shown.words(selector).join(" | ")
    }

    fn refused(&self) -> String {
        assert_eq!(self.shown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.shown.text());
        self.words(".refused")
    }

    /// Goes to the page of the purchase that was completed.
    pub(super) fn done(&mut self) -> &mut Self {
        assert_eq!(self.shown.status, StatusCode::SEE_OTHER, "{}", self.shown.text());
        let path = self.shown.header("location").to_owned();
        self.shown = self.club.get(CASHIER, &path);
        assert_eq!(self.shown.status, StatusCode::OK, "{}", self.shown.text());
        self
    }
}

#[test]
fn a_card_earns_and_a_pin_spends_and_the_receipt_says_it() {
    let shop = shop();
    shop.has(500);
    let pin = shop.pin();
    let till = shop.stands("Till 1");
    let home = shop.club.get(CASHIER, "/");
    assert_eq!(home.header("location"), "/till");
    let only = shop.club.get(CASHIER, "/till");
    assert_eq!(only.header("location"), format!("/till/{till}"), "nobody is asked where there is one");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").adds("cake", "4");
    assert_eq!(browser.words(".to-pay dd"), "€10.00");
    assert!(browser.words("section").contains("would earn 100 points"), "{}", browser.shown.text());
    browser.press("show", &[("shown", CARD)]);
    assert_eq!(
        (browser.words("h3"), browser.words(".spendable")),
        ("Anna P. | May pay €5.00 with points".to_owned(), "500 points".to_owned())
    );
    assert!(!browser.shown.text().contains("Petrova"), "short on a screen that others see");
    assert_eq!(
        browser.press("spend", &[("points", "300")]).refused(),
        "To spend, the customer first shows the phone’s code, types the PIN or tells a code that was sent."
    );
    assert_eq!(browser.press("pin", &[("pin", "0000")]).refused(), "Not right. Try again.");
    browser.press("pin", &[("pin", pin)]);
    assert_eq!(
        browser.press("spend", &[("points", "501")]).refused(),
        "So many points cannot pay. Look at how many may."
    );
    browser.press("spend", &[("points", "300")]);
    assert_eq!((browser.words(".to-pay dd"), shop.spendable()), ("€7.00".to_owned(), 200), "held");
    assert!(browser.adds("tea", "1").refused().starts_with("Points are held for this basket"));
    browser.press("complete", &[("receipt", "FN 12 FD 7")]).done();
    let sums = browser.words(".sums div");
    assert_eq!(
        sums,
        "Total€10.00 | Paid with points-€3.00 | To pay€7.00 | Points spent300 points | Points earned70 points | Points to spend now270 points"
    );
    assert!(browser.words("section").contains("receipt FN 12 FD 7"));
}

#[test]
fn t01_a_second_press_does_nothing_more_and_an_undo_takes_everything_back() {
    let shop = shop();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("show", &[("shown", CARD)]);
    let before = browser.state();
    browser.press("complete", &[]).done();
    let fields: Vec<(&str, &str)> =
        before.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let again = shop.club.post(CASHIER, &browser.path, &[fields.as_slice(), &[("do", "complete")]].concat());
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the same answer");
    assert_eq!(shop.spendable(), 60);
    let path = browser.shown.attribute("[data-undo]", "action").unwrap();
    let undo = operation().to_string();
    for _twice in 0..2 {
        let undone = shop.club.post(CASHIER, &path, &[("operation", &undo)]);
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
    }
    assert_eq!(shop.spendable(), 0);
    let page = shop.club.get(CASHIER, path.trim_end_matches("/undo"));
    assert_eq!((page.words("h2"), page.words("[data-undo]")), (vec!["Taken back".to_owned()], vec![]));
}

#[test]
fn t06_what_one_till_holds_a_second_one_cannot_spend() {
    let shop = shop();
    shop.has(500);
    let pin = shop.pin();
    let tills = [shop.stands("Till 1"), shop.stands("Till 2")];
    let mut browsers = tills.map(|till| Browser::at(&shop.club, till));
    for browser in &mut browsers {
        browser.adds("coffee", "10.00").press("show", &[("shown", CARD)]).press("pin", &[("pin", pin)]);
        assert_eq!(browser.words("h3"), "Anna P. | May pay €5.00 with points");
    }
    let [first, second] = &mut browsers;
    first.press("spend", &[("points", "500")]);
    assert_eq!(first.words(".to-pay dd"), "€5.00");
    assert_eq!(
        second.press("spend", &[("points", "500")]).refused(),
        "So many points cannot pay. Look at how many may."
    );
    assert_eq!(second.words(".spendable"), "0 points");
    first.press("unspend", &[]);
    assert_eq!((first.words(".to-pay dd"), shop.spendable()), ("€10.00".to_owned(), 500));
    second.press("spend", &[("points", "500")]);
    second.press("complete", &[]).done();
    assert_eq!(shop.spendable(), 50);
    first.press("complete", &[]).done();
    assert_eq!(shop.spendable(), 150);
}

#[test]
fn t10_a_part_of_a_receipt_comes_back_and_its_points_with_it() {
    let shop = shop();
    shop.has(500);
    let pin = shop.pin();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.press("add", &[("product", "coffee"), ("price", "6.00"), ("quantity", "3")]).adds("cake", "4.00");
    browser
        .press("show", &[("shown", CARD)])
        .press("pin", &[("pin", pin)])
        .press("spend", &[("points", "500")]);
    browser.press("complete", &[("receipt", "17")]).done();
    assert_eq!(shop.spendable(), 50);
    let path = format!("{}/receipts?number=17", browser.path);
    let page = shop.club.get(CASHIER, &path);
    assert_eq!(page.words("tbody tr"), ["coffee× 3€3.003 could come back", "cake× 1€2.001 could come back"]);
    let purchase = page.attribute("input[name=purchase]", "value").unwrap();
    let send = |operation: &str, back: &[(&str, &str)]| {
        let all = [("operation", operation), ("purchase", &purchase), ("number", "17")];
        shop.club.post(CASHIER, &format!("{}/returns", browser.path), &[&all[..], back].concat())
    };
    let (first, second) = (operation().to_string(), operation().to_string());
    for _twice in 0..2 {
        let back = send(&first, &[("back-0", "1"), ("back-1", "")]);
        assert_eq!(
            back.words(".done"),
            ["✓ Give back €1.00. Back to the customer: 100 points; taken back: 10 points."]
        );
    }
    assert_eq!(shop.spendable(), 140);
    let more = send(&second, &[("back-0", "2.5")]);
    assert_eq!(
        (more.status, more.words(".refused")),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["More than could come back.".to_owned()])
    );
    assert_eq!(send(&second, &[]).words(".refused"), ["Say how much of what comes back."]);
    send(&second, &[("back-0", "2"), ("back-1", "1")]);
    assert_eq!(shop.spendable(), 500);
    let page = shop.club.get(CASHIER, &path);
    assert!(page.text().contains("Everything has come back."), "{}", page.text());
}

#[test]
fn a_receipt_of_nobody_finds_its_customer_and_only_once() {
    let shop = shop();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("complete", &[("receipt", "18")]).done();
    assert!(browser.words("section").contains("Nobody was recognised"));
    let page = shop.club.get(CASHIER, &format!("{}/receipts?number=18", browser.path));
    let purchase = page.attribute("input[name=purchase]", "value").unwrap();
    let claims = |shown: &str| {
        let fields = [("purchase", purchase.as_str()), ("number", "18"), ("shown", shown)];
        shop.club.post(CASHIER, &format!("{}/claims", browser.path), &fields)
    };
    assert_eq!(claims("no card").words(".refused"), ["This is no card, no code and no number."]);
    assert_eq!(claims(CARD).words(".done"), ["✓ Given: 60 points."]);
    assert_eq!(shop.spendable(), 60);
    let other = shop.club.get(CASHIER, &format!("{}/receipts?number=19", browser.path));
    assert_eq!(other.words(".empty"), ["There is no such receipt in this branch."]);
}

#[test]
fn t14_a_cashier_does_not_serve_himself() {
    let shop = shop();
    let till = shop.stands("Till 1");
    let employees = shop.club.app.store.read(|tx| staff::list(tx, false)).unwrap();
    let cashier = employees.iter().find(|one| one.content.role == Role::Cashier).unwrap().id;
    let anna = shop.anna;
    shop.club.done(move |work| Ok(Ok::<_, ()>(set_own_member(work, &acting(), cashier, Some(anna))?)));
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("show", &[("shown", CARD)]);
    assert!(browser.words(".notice").contains("Nobody serves himself here"), "{}", browser.shown.text());
    assert!(browser.press("complete", &[]).refused().starts_with("Nobody serves himself"));
    // Nor by a receipt of nobody.
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("complete", &[("receipt", "20")]).done();
    let page = shop.club.get(CASHIER, &format!("{}/receipts?number=20", browser.path));
    let purchase = page.attribute("input[name=purchase]", "value").unwrap();
    let fields = [("purchase", purchase.as_str()), ("number", "20"), ("shown", CARD)];
    let claimed = shop.club.post(CASHIER, &format!("{}/claims", browser.path), &fields);
    assert_eq!(claimed.words(".refused"), ["Nobody serves himself here: let a colleague do it."]);
    assert_eq!(shop.spendable(), 0);
}

#[test]
fn t12_what_is_no_price_is_refused_and_the_basket_stays() {
    let shop = shop();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6,50");
    for price in ["-1", "1e400", "NaN", "1.005", "", "99999999999999999999", "1 000"] {
        assert_eq!(
            browser.adds("cake", price).refused(),
            "A price is digits, with a point before the cents.",
            "{price}"
        );
    }
    let zero = browser.press("add", &[("price", "1"), ("quantity", "0")]).refused();
    assert!(zero.starts_with("A quantity is a number above zero"), "{zero}");
    assert_eq!(browser.words(".to-pay dd"), "€6.50");
    browser.press("remove 0", &[]);
    assert_eq!(browser.words(".to-pay dd"), "€0.00");
    assert_eq!(browser.press("complete", &[]).refused(), "The basket is empty.");
}

#[test]
fn whoever_is_not_in_the_programme_joins_at_the_till() {
    let shop = shop();
    let boris = member(&shop.club, "Boris", "Ivanov", "");
    super::desk::give_card(&shop.club, &boris, "04B5C6D7");
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("show", &[("shown", "04B5C6D7")]);
    assert!(browser.words("section").contains("The customer is not in the programme."));
    browser.press("join", &[]);
    assert_eq!(
        (browser.words(".done"), browser.words(".spendable")),
        ("The customer is in the programme now.".to_owned(), "0 points".to_owned())
    );
    browser.press("complete", &[]).done();
    assert!(browser.words(".sums").contains("Points earned60 points"));
}

#[test]
fn without_a_card_a_phone_and_a_code_that_is_sent_recognise_and_spend() {
    let (gateway, shop) = sending_shop();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "10.00");
    let coming = |browser: &Browser<'_>| browser.words(".done");
    browser.press("send-code", &[("phone", "+49 151 99999999")]);
    let of_nobody = coming(&browser);
    browser.press("send-code", &[("phone", "+49 151 12345678")]);
    assert_eq!(coming(&browser), of_nobody, "a stranger learns nothing (case W-05)");
    let code = sent(&gateway);
    let wrong = browser.press("phone", &[("phone", "+49 151 12345678"), ("code", "000000")]).refused();
    assert_eq!(wrong, "Not right. Try again.");
    browser.press("phone", &[("phone", "+49 151 12345678"), ("code", &code)]);
    assert_eq!(browser.words("h3"), "Anna P. | May pay €5.00 with points");
    browser.press("spend", &[("points", "500")]);
    browser.press("complete", &[]).done();
    assert_eq!(shop.spendable(), 50);
}

#[test]
fn a_card_and_a_code_that_is_sent_spend_without_a_pin() {
    let (gateway, shop) = sending_shop();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "1.00").press("show", &[("shown", CARD)]);
    browser.press("send-code", &[]);
    assert_eq!(browser.words(".done, .refused"), "The code is on its way.");
    browser.press("code", &[("code", &sent(&gateway))]);
    browser.press("spend", &[("points", "50")]);
    assert_eq!(browser.words(".to-pay dd"), "€0.50", "{}", browser.shown.text());
}

/// A shop with a gateway for codes, where the member has 500 points.
fn sending_shop() -> (SmsServer, Shop) {
    let gateway = SmsServer::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bonafide.toml"), gateway.settings()).unwrap();
    let shop = shop_of(Club::with_senders(folder), bonafide_domain::consent::Jurisdiction::Other);
    shop.has(500);
    shop.club.app.follow().unwrap();
    (gateway, shop)
}

fn sent(gateway: &SmsServer) -> String {
    let got = fields(&gateway.next().body);
    code_in(&got.into_iter().find(|(name, _)| name == "text").unwrap().1)
}

#[test]
fn a_till_of_another_branch_and_a_closed_one_are_not_there() {
    let shop = shop();
    let till = shop.stands("Till 1");
    shop.club.done(move |work| bonafide_store::organisation::till::set_closed(work, &acting(), till, true));
    assert_eq!(shop.club.get(CASHIER, &format!("/till/{till}")).status, StatusCode::NOT_FOUND);
    let none = shop.club.get(CASHIER, "/till");
    assert_eq!(none.words(".empty"), ["No till is set up yet."]);
    assert!(none.attribute("main a.button", "href").is_none(), "a cashier sets none up");
}

#[test]
fn the_desk_and_the_phone_show_points_with_a_reason_for_each_line() {
    let shop = shop();
    shop.has(500);
    let pin = shop.pin();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "6.00").press("show", &[("shown", CARD)]).press("pin", &[("pin", pin)]);
    browser.press("spend", &[("points", "100")]).press("complete", &[("receipt", "FD 7")]).done();
    let member = shop.club.get(DESK, &format!("/members/{}", shop.anna));
    let link = member.attribute("a[href*='/points/']", "href").unwrap();
    let page = shop.club.get(DESK, &link);
    let lines = page.words("tbody tr");
    let told = ["Earned by a purchase · receipt FD 7+50", "Paid with points · receipt FD 7 · paid−100"];
    for (line, told) in lines.iter().zip(told) {
        assert!(line.ends_with(told), "{lines:?}");
    }
    assert!(lines.last().unwrap().ends_with("Brought along from before+500"), "{lines:?}");
    assert_eq!(page.words(".spendable"), ["450 points"]);
    let stranger = shop.club.get(DESK, &format!("/members/{}/points/{}", shop.anna, till));
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let phone = paired(&shop.club, &shop.anna.to_string(), 7);
    let own = phone.asks(&shop.club, &phone.shows(0)).json();
    assert_eq!(own["points"][0]["spendable"], "450 points", "{own}");
    assert_eq!(own["points"][0]["lines"][0][2], "+50", "{own}");
}

#[test]
fn a_vendors_till_sends_a_code_and_spends_by_it() {
    let (gateway, shop) = sending_shop();
    let till = shop.stands("Till 1");
    let (_, token) = register(&shop.club, Bound::Till { till });
    let vendor = Simulator { address: shop.club.listen(), authorization: format!("Bearer {token}") };
    let asks = |path: &str, body: Value| vendor.post(&format!("/api/v1/till/{path}"), &body.to_string());
    let coming = asks("codes", json!({ "phone": "+49 151 12345678" }));
    assert_eq!((coming.status, &coming.body["result"]), (200, &json!("coming")), "{}", coming.body);
    let code = sent(&gateway);
    let wrong = asks("recognitions", json!({ "phone": "+49 151 12345678", "code": "000000" }));
    assert_eq!((wrong.status, &wrong.body["key"]), (422, &json!("wrong_pin")), "{}", wrong.body);
    let known = asks("recognitions", json!({ "phone": "+49 151 12345678", "code": code }));
    assert_eq!((known.status, &known.body["may_spend"]), (200, &json!(true)), "{}", known.body);
    let again = asks("codes", json!({ "customer": known.body["customer"] }));
    assert_eq!((again.status, &again.body["key"]), (429, &json!("too_many_codes")), "{}", again.body);
    assert_eq!(asks("codes", json!({})).status, 422);
    let later = asks("recognitions", json!({ "customer": known.body["customer"], "pin": "0000" }));
    assert_eq!(
        (later.status, &later.body["may_spend"]),
        (200, &json!(true)),
        "who may spend already is asked for no PIN"
    );
}
