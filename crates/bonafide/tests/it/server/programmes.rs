//! Bonus programmes by pages: set up, changed row by row, asked what they would have cost, and read by everybody.

use axum::body::Body;
use axum::http::StatusCode;
use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Basket, Gives, LineSpec, Rate, RulesSpec};
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::purchases::{self, Buyer, Buying, RecognisedBy, Sale};
use bonafide_store::staff::{self, Employee, Role};

use super::club::{Answer, By, Club, acting, title};
use super::desk::{house, member};
use super::plan_terms::filled;
use super::set_up::{OWNER, fill, operation};

/// A club with a branch, and a programme without rules.
struct Set {
    club: Club,
    branch: Id,
    programme: Id,
    /// Where its pages are.
    path: String,
}

impl Set {
    fn up() -> Set {
        let club = Club::new();
        let branch = house(&club).branch;
        let added = fill(&club, "/set-up/programmes", &[("name", "Club points"), ("currency", "eur")]);
        assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, "/set-up/programmes"));
        let programme = club.app.store.read(programmes::list).unwrap()[0].0;
        Set { club, branch, programme, path: format!("/set-up/programmes/{programme}") }
    }

    fn rules(&self) -> Option<RulesSpec> {
        let found = self.club.app.store.read(|tx| programmes::rules_in_force(tx, self.programme));
        found.unwrap().map(|version| version.rules.spec().clone())
    }

    /// The form of the rules as a browser sends it, with other texts in some fields.
    fn form(&self, others: &[(&str, &str)]) -> Vec<(String, String)> {
        changed(filled(&self.club.get(OWNER, &format!("{}/rules", self.path))), others)
    }

    fn send(&self, below: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.club.post(OWNER, &format!("{}{below}", self.path), &fields)
    }

    fn save(&self, others: &[(&str, &str)]) {
        let saved = self.send("/rules", &self.form(others));
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        assert_eq!(saved.header("location"), format!("{}/versions", self.path));
    }
}

fn changed(mut fields: Vec<(String, String)>, others: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.retain(|(name, _)| name != "csrf" && !others.iter().any(|(other, _)| name == other));
    fields.extend(others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
}

#[test]
fn a_programme_is_added_renamed_put_at_branches_closed_and_opened_again() {
    let set = Set::up();
    let list = set.club.get(OWNER, "/set-up/programmes");
    let row = &list.words(".needs > li")[0];
    assert!(
        row.contains("Club points ✓ in use") && row.contains("no rules yet") && row.contains("at no branch"),
        "{row}"
    );
    assert!(
        set.club.get(OWNER, "/set-up").text().contains("\"/set-up/programmes\""),
        "the guide leads there"
    );
    let form = set.club.get(OWNER, &set.path);
    assert_eq!(form.attribute("input[name=currency]", "value"), None, "a currency never changes");
    assert_eq!(fill(&set.club, &set.path, &[("name", "")]).words("#bad-name").len(), 1);
    assert_eq!(fill(&set.club, &set.path, &[("name", "Points")]).status, StatusCode::SEE_OTHER);

    // Only branches of its currency may have it.
    let (name, zone) = ("Arbat", "Europe/Moscow");
    let other = [
        ("name", name),
        ("time_zone", zone),
        ("jurisdiction", "russia"),
        ("currency", "RUB"),
        ("language", "ru"),
    ];
    assert_eq!(fill(&set.club, "/set-up/branches", &other).status, StatusCode::SEE_OTHER);
    let path = format!("{}/branches", set.path);
    assert_eq!(set.club.get(OWNER, &path).words("label.inline"), ["Harbour <i>"]);
    let has = || set.club.app.store.read(|tx| programmes::of_branch(tx, set.branch)).unwrap();
    let branch = set.branch.to_string();
    assert_eq!(fill(&set.club, &path, &[("branch", &branch)]).status, StatusCode::SEE_OTHER);
    assert_eq!(has(), Some(set.programme));
    assert!(set.club.get(OWNER, &path).attribute("input[name=branch][checked]", "value").is_some());
    assert!(set.club.get(OWNER, "/set-up/programmes").words(".needs > li")[0].contains("At: Harbour <i>"));
    // Another programme takes the branch over, and its page says so before.
    fill(&set.club, "/set-up/programmes", &[("name", "Second"), ("currency", "EUR")]);
    let second = set.club.app.store.read(programmes::list).unwrap()[1].0;
    let second = format!("/set-up/programmes/{second}/branches");
    assert_eq!(set.club.get(OWNER, &second).words("label.inline"), ["Harbour <i> (now: Points)"]);
    assert_eq!(fill(&set.club, &path, &[]).status, StatusCode::SEE_OTHER);
    assert_eq!(has(), None, "nothing is ticked");

    let closures = format!("{}/closures", set.path);
    assert_eq!(fill(&set.club, &closures, &[("closed", "yes")]).status, StatusCode::SEE_OTHER);
    assert!(set.club.get(OWNER, "/set-up/programmes").words(".needs > li")[0].contains("Points ✕ closed"));
    assert_eq!(fill(&set.club, &set.path, &[("name", "Other")]).words("main .refused").len(), 1);
    assert_eq!(set.club.get(OWNER, &format!("{}/rules", set.path)).status, StatusCode::NOT_FOUND);
    assert_eq!(fill(&set.club, &closures, &[("closed", "no")]).status, StatusCode::SEE_OTHER);
    assert_eq!(set.club.get(OWNER, &format!("{}/rules", set.path)).status, StatusCode::OK);
}

#[test]
fn who_manages_one_branch_sees_programmes_and_changes_none() {
    let set = Set::up();
    let manager = set.club.app.store.read(|tx| staff::list(tx, false)).unwrap();
    let manager = manager.into_iter().find(|one| one.content.role == Role::Manager).unwrap();
    let (id, moved) = (manager.id, Employee { branch: Some(set.branch), ..manager.content });
    set.club.done(move |work| staff::change(work, &acting(), id, &moved));
    let by = By::Staff(Role::Manager);
    let list = set.club.get(by, "/set-up/programmes");
    assert_eq!((list.status, list.words(".needs form").len()), (StatusCode::OK, 0));
    for below in ["/rules", "/branches", "/versions"] {
        let asked = set.club.get(by, &format!("{}{below}", set.path));
        assert_eq!(asked.status, StatusCode::FORBIDDEN, "{below}");
    }
    let saved = set.club.post(by, &format!("{}/rules", set.path), &[("operation", &operation())]);
    assert_eq!(saved.status, StatusCode::FORBIDDEN);
}

#[test]
fn rules_begin_with_an_example_that_holds_once_it_is_saved() {
    let set = Set::up();
    let shown = set.club.get(OWNER, &format!("{}/rules", set.path));
    assert_eq!(shown.words(".notice").len(), 1, "it is an example");
    assert_eq!(set.rules(), None, "nothing is written by itself");
    set.save(&[]);
    let rules = set.rules().unwrap();
    assert_eq!((rules.version, rules.point_minor), (1, 1));
    assert_eq!(rules.earning[0].gives, Gives::Percent(Rate::ForAll(500)));
    assert_eq!(rules.spending.as_ref().unwrap().share_basis_points, 5_000);
    let versions = set.club.get(OWNER, &format!("{}/versions", set.path));
    let told = versions.words("main").remove(0);
    assert!(told.contains("Version 1 of the rules ✓ in force") && told.contains("The owner"), "{told}");
    assert!(told.contains("5% of what you pay with money comes back as points."), "{told}");

    // Pressed again, the same form leads to where it led before; a new one has nothing to save.
    let form = set.form(&[]);
    assert_eq!(value(&form, "seen"), "1");
    let again = set.send("/rules", &form);
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.words("main .refused")[0].contains("in force already"));
    set.save(&[("share", "30"), ("r1-name", "Points back")]);
    let rules = set.rules().unwrap();
    assert_eq!((rules.version, rules.spending.unwrap().share_basis_points), (2, 3_000));
    let told = set.club.get(OWNER, &format!("{}/versions", set.path)).words("h2");
    let numbers: Vec<&String> = told.iter().filter(|words| words.starts_with("Version")).collect();
    assert_eq!(numbers, ["Version 2 of the rules ✓ in force", "Version 1 of the rules"]);
}

#[test]
fn rows_come_and_go_without_script_and_nothing_is_written_meanwhile() {
    let set = Set::up();
    let form = set.form(&[("do", "add earning"), ("point", "0.05")]);
    let drawn = set.send("/rules/drafts", &form);
    assert_eq!(drawn.status, StatusCode::OK);
    let fields = filled(&drawn);
    assert_eq!(value(&fields, "point"), "0.05", "what was typed stays");
    let rows: Vec<&str> =
        fields.iter().filter(|(name, _)| name == "earning").map(|(_, value)| value.as_str()).collect();
    assert_eq!(rows.len(), 2);
    let new = format!("r{}-amount", rows[1]);
    let gives = format!("r{}-gives", rows[1]);
    // Two tiers: a rule may have a rate for each of them.
    let drawn = set.send(
        "/rules/drafts",
        &changed(fields.clone(), &[("do", "add tier"), (&new, "10"), (&gives, "unit")]),
    );
    let drawn = set.send("/rules/drafts", &changed(filled(&drawn), &[("do", "add tier")]));
    let fields = filled(&drawn);
    let tiers: Vec<String> =
        fields.iter().filter(|(name, _)| name == "tier").map(|(_, value)| value.clone()).collect();
    assert_eq!(tiers.len(), 2);
    let of = |tier: usize, part: &str| format!("t{}-{part}", tiers[tier]);
    let names = [of(0, "name"), of(1, "name"), of(1, "spend"), format!("r1-rate-{}", tiers[1])];
    let typed = [
        (names[0].as_str(), "Green"),
        (&names[1], "Gold"),
        (&names[2], "1,000"),
        (&names[3], "7.5"),
        ("window", "12"),
        ("grace", "30"),
    ];
    assert_eq!(set.rules(), None);
    let refused = set.send("/rules", &changed(fields.clone(), &typed));
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "1,000 is no amount of euros");
    let bad = refused.attribute(&format!("#bad-{}", names[2]), "class");
    assert_eq!(bad.as_deref(), Some("field-refused"));
    assert!(refused.attribute(&format!("input[name={}]", names[2]), "aria-invalid").is_some());
    let saved =
        set.send("/rules", &changed(fields, &[&typed[..2], &[(&names[2], "1 000")], &typed[3..]].concat()));
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let rules = set.rules().unwrap();
    assert_eq!(rules.point_minor, 5);
    assert_eq!(rules.earning[0].gives, Gives::Percent(Rate::ByTier(vec![500, 750])));
    assert_eq!(rules.earning[1].gives, Gives::PerUnit { points: 10 });
    assert_eq!(rules.tiers.unwrap().spec().tiers.len(), 2);
    // A row goes with its button.
    let less = set.send("/rules/drafts", &set.form(&[("do", &format!("remove earning {}", rows[1]))]));
    assert_eq!(filled(&less).iter().filter(|(name, _)| name == "earning").count(), 1);
    let button = less.attribute("button[value='add earning']", "formaction");
    assert_eq!(
        button,
        less.attribute("button[value='add earning']", "hx-post"),
        "the same with script and without"
    );
}

#[test]
fn whoever_saves_over_rules_that_he_has_not_seen_is_told_first() {
    let set = Set::up();
    set.save(&[]);
    let mine = set.form(&[("share", "20")]);
    set.save(&[("share", "30")]);
    let refused = set.send("/rules", &mine);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words("main .refused")[0].contains("other rules in force meanwhile"));
    assert_eq!(set.rules().unwrap().spending.unwrap().share_basis_points, 3_000);
    // He has seen it now.
    let fields = changed(filled(&refused), &[]);
    assert_eq!((value(&fields, "seen"), value(&fields, "share")), ("2", "20"));
    assert_eq!(set.send("/rules", &fields).status, StatusCode::SEE_OTHER);
    assert_eq!(set.rules().unwrap().spending.unwrap().share_basis_points, 2_000);
}

/// Anna, and what she buys without points.
fn bought(set: &Set, minors: &[i64]) {
    let anna = Id::parse(&member(&set.club, "Anna", "Petrova", "+4915112345678")).unwrap();
    let (branch, programme) = (set.branch, set.programme);
    set.club.done(move |work| programmes::set_branch(work, &acting(), branch, Some(programme)));
    set.club.done(move |work| ledger::enrol(work, &acting(), anna, programme));
    let row = Till { branch, name: title("Till 1") };
    let till = set.club.done(move |work| till::add(work, &acting(), &row));
    for &price_minor in minors {
        let line =
            LineSpec { product: "coffee".to_owned(), categories: vec![], quantity_milli: 1000, price_minor };
        let basket = Basket::parse(Currency::parse("EUR").unwrap(), &[line]).unwrap();
        let buyer = Some(Buyer { member: anna, way: RecognisedBy::Card });
        let sale =
            Sale { buying: Buying { till, buyer, basket, points: 0 }, receipt: None, till_at_us: None };
        let purchase = Id::parse(&operation()).unwrap();
        set.club.done(move |work| purchases::complete(work, &acting(), purchase, &sale));
    }
}

#[test]
fn the_owner_sees_what_other_rules_would_have_cost_before_they_hold() {
    let set = Set::up();
    let refused = set.send("/rules/what-ifs", &set.form(&[]));
    assert!(refused.words("main .refused")[0].contains("nothing to compare with"));
    set.save(&[]);
    let empty = set.send("/rules/what-ifs", &set.form(&[("r1-amount", "7.5")]));
    assert_eq!(
        empty.words("#what-if .state"),
        ["? There were no receipts of members in this time: there is nothing to compare."]
    );
    assert_eq!(empty.words("svg.chart").len(), 0);
    bought(&set, &[100_000, 20_000]);
    let asked = set.send("/rules/what-ifs", &set.form(&[("r1-amount", "7.5")]));
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
    // 5 % of 1,200.00 is 60.00; 7.5 % is 90.00. One member has 30.00 more.
    assert_eq!(asked.words("#what-if .state"), ["? These rules would have cost €30.00 more."]);
    let totals = asked.words("#what-if table:first-of-type tbody tr");
    assert_eq!(totals[0], "Cost: points' worth and discounts€60.00€90.00+€30.00");
    assert_eq!(totals[1], "Points earned6,0009,000+3,000");
    assert!(asked.text().contains("receipts 2, members 1"), "{}", asked.words("#what-if")[0]);
    assert_eq!(asked.words("svg.chart rect").len(), 9);
    assert_eq!(asked.words("svg.chart text")[0], "1", "the one member stands over his bar");
    let table = asked.words("#what-if svg + table tbody tr");
    assert!(table.contains(&"€10.00 to €99.99 more1".to_owned()), "{table:?}");
    let notes = asked.words("#what-if > ul li");
    assert_eq!(notes.len(), 6, "nothing is left out but what always is: {notes:?}");
    assert_eq!(value(&filled(&asked), "r1-amount"), "7.5", "the draft stays, and can be saved");
    assert_eq!(set.rules().unwrap().version, 1, "asking writes nothing");
    let wrong = set.send("/rules/what-ifs", &set.form(&[("r1-amount", "much")]));
    assert_eq!((wrong.status, wrong.words("#bad-r1-amount").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
}

#[test]
fn everybody_reads_the_terms_in_his_language_and_nothing_of_members() {
    let set = Set::up();
    let path = format!("/programmes/{}/terms", set.programme);
    assert_eq!(set.club.get(By::Nobody, &path).status, StatusCode::NOT_FOUND, "there are no rules yet");
    set.save(&[]);
    bought(&set, &[5_000]);
    for (accept, told) in [
        ("en", "5% of what you pay with money comes back as points."),
        ("ru", "5\u{a0}% от суммы, оплаченной деньгами, возвращается баллами."),
        ("zh", "积分最多可支付商品金额的 50%。"),
    ] {
        let request = set.club.request(By::Nobody, "GET", &path).header("accept-language", accept);
        let answer = set.club.ask(request.body(Body::empty()).unwrap());
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text().contains(told), "{accept}: {}", answer.words("main")[0]);
        assert!(!answer.text().contains("Petrova") && !answer.text().contains("Anna"));
    }
    assert!(set.club.get(By::Nobody, &path).text().contains("Club points"));
    let closures = format!("{}/closures", set.path);
    fill(&set.club, &closures, &[("closed", "yes")]);
    assert_eq!(set.club.get(By::Nobody, &path).status, StatusCode::NOT_FOUND);
    assert_eq!(set.club.get(By::Nobody, "/programmes/none/terms").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_long_form_of_rules_is_taken_and_a_longer_one_is_refused_with_words() {
    let set = Set::up();
    let codes = (0..900).map(|number| format!("product-{number:040}")).collect::<Vec<_>>().join("\n");
    let long = [("r1-chosen", "only"), ("r1-products", codes.as_str())];
    set.save(&long);
    assert_eq!(set.rules().unwrap().version, 1);
    let codes = (0..1_001).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
    let refused = set.send("/rules", &set.form(&[("r1-chosen", "only"), ("r1-products", &codes)]));
    assert_eq!(
        (refused.status, refused.words("#bad-r1-products").len()),
        (StatusCode::UNPROCESSABLE_ENTITY, 1)
    );
}
