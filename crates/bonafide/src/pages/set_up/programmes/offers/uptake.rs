//! What came of an offer, on a page and in a file: who has it, who used it, what it cost, and whether those who have it buy more than those
//! who were left without.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::calendar::days_after;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::programme::uptake::{Effect, GROUP_MIN, Group, effect};
use bonafide_store::figures::sales::basis_points;
use bonafide_store::personal_offers::SavedOffer;
use bonafide_store::personal_offers::uptake::{Uptake, uptake};

use crate::pages::figures::files::{CSV, XLSX, attached, csv, xlsx};
use crate::pages::set_up::programmes::draft::minor_words;
use crate::pages::set_up::programmes::offers::words::about;
use crate::pages::set_up::programmes::offers::{Ruled, ruled, saved};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::workbook::Cell;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/offers/{offer}/uptake", Access::MANAGERS, show),
        Route::get("/set-up/programmes/{id}/offers/{offer}/uptake/csv", Access::MANAGERS, as_csv),
        Route::get("/set-up/programmes/{id}/offers/{offer}/uptake/xlsx", Access::MANAGERS, as_xlsx),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/offer_uptake.html")]
struct UptakePage {
    page: Page,
    name: String,
    /// The list that it belongs to.
    back: String,
    path: String,
    about: Vec<String>,
    figures: Vec<Figure>,
    groups: Vec<GroupShown>,
    /// What can be said of both groups.
    verdict: String,
    /// It says something.
    is_told: bool,
    /// Nobody has it yet.
    is_empty: bool,
}

/// A number with the key of what it is called and that of what it means.
struct Figure {
    key: &'static str,
    meaning: &'static str,
    amount: Amount,
    shown: String,
}

/// One of the two groups.
struct GroupShown {
    key: &'static str,
    members: String,
    purchases: String,
    money: String,
}

/// A number as a file has it.
#[derive(Clone, Copy)]
enum Amount {
    Count(u64),
    Money(i64, Currency),
    /// Hundredths of a percent.
    Share(Option<u64>),
}

impl Amount {
    fn words(self, page: &Page) -> String {
        match self {
            Amount::Count(count) => page.whole(count.cast_signed()),
            Amount::Money(minor, currency) => money(page, minor, currency),
            Amount::Share(share) => share.map_or_else(
                || page.say("figures-unknown"),
                |share| page.words().numbers.share(share.cast_signed()),
            ),
        }
    }

    /// The unit and the number.
    fn cells(self) -> [Cell; 2] {
        match self {
            Amount::Count(count) => [Cell::Empty, Cell::Number(count.to_string())],
            Amount::Money(minor, currency) => {
                [Cell::Text(currency.code().to_owned()), Cell::Number(minor_words(minor, currency))]
            }
            Amount::Share(None) => [Cell::Text("%".to_owned()), Cell::Empty],
            Amount::Share(Some(share)) => {
                let number = format!("{}.{:02}", share / 100, share % 100);
                [Cell::Text("%".to_owned()), Cell::Number(number)]
            }
        }
    }
}

fn money(page: &Page, minor: i64, currency: Currency) -> String {
    Money::parse(minor, currency).map_or_else(|_| page.say("figures-unknown"), |sum| page.money(sum))
}

/// An offer with what came of it.
struct Asked {
    ruled: Ruled,
    saved: SavedOffer,
    uptake: Uptake,
}

async fn asked(app: &Shared, caller: &Caller, (id, offer): (&str, &str)) -> Result<Asked, Trouble> {
    let ruled = ruled(app, caller, id).await?;
    let saved = saved(app, &ruled, offer).await?;
    let tomorrow = days_after(ruled.today, 1).unwrap_or(ruled.today);
    let until = saved.content.offer.spec().dates.until().min(tomorrow);
    let id = saved.id;
    let uptake = app.read(move |tx, _| uptake(tx, id, until)).await?;
    Ok(Asked { ruled, saved, uptake })
}

/// The numbers of an offer, in their order.
fn figures(page: &Page, asked: &Asked) -> Vec<Figure> {
    let (uptake, currency) = (&asked.uptake, asked.ruled.found.programme.currency);
    let point_minor = i64::from(asked.ruled.rules.rules.spec().point_minor);
    let cost = uptake.points.cast_signed().saturating_mul(point_minor);
    let share = basis_points(uptake.users, uptake.offered.members);
    let all = [
        ("offer-offered", "offer-offered-means", Amount::Count(uptake.offered.members)),
        ("offer-shown", "offer-shown-means", Amount::Count(uptake.shown)),
        ("offer-users", "offer-users-means", Amount::Count(uptake.users)),
        ("offer-users-share", "offer-users-share-means", Amount::Share(share)),
        ("offer-used", "offer-used-means", Amount::Count(uptake.uses)),
        ("offer-points-given", "offer-points-given-means", Amount::Count(uptake.points)),
        ("offer-cost", "offer-cost-means", Amount::Money(cost, currency)),
        ("offer-money", "offer-money-means", Amount::Money(uptake.money_minor, currency)),
    ];
    let figure = |(key, meaning, amount): (&'static str, &'static str, Amount)| Figure {
        key,
        meaning,
        amount,
        shown: amount.words(page),
    };
    all.into_iter().map(figure).collect()
}

/// Purchases of a hundred members, rounded.
fn per_hundred(group: &Group) -> Option<i64> {
    group.per_hundred().map(|number| number.round() as i64)
}

fn group(page: &Page, key: &'static str, group: &Group, currency: Currency) -> GroupShown {
    let unknown = || page.say("figures-unknown");
    GroupShown {
        key,
        members: page.whole(group.members.cast_signed()),
        purchases: per_hundred(group).map_or_else(unknown, |number| page.whole(number)),
        money: group.money_of_one().map_or_else(unknown, |minor| money(page, minor, currency)),
    }
}

/// What can be said of the groups, and whether that is anything.
fn verdict(page: &Page, uptake: &Uptake) -> (String, bool) {
    let number = |per_hundred: f64| page.whole(per_hundred.abs().round() as i64);
    match effect(&uptake.offered, &uptake.held_out) {
        Effect::TooFew => (page.say_count("offer-too-few", "count", GROUP_MIN), false),
        Effect::WithinChance { .. } => (page.say("offer-within-chance"), false),
        Effect::Differs { per_hundred } if per_hundred > 0.0 => {
            (page.say_of("offer-more", "number", &number(per_hundred)), true)
        }
        Effect::Differs { per_hundred } => (page.say_of("offer-less", "number", &number(per_hundred)), true),
    }
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let asked = asked(&app, &caller, (&id, &offer)).await?;
    let Asked { ruled, saved, uptake } = &asked;
    let currency = ruled.found.programme.currency;
    let (verdict, is_told) = verdict(&page, uptake);
    let shown = UptakePage {
        page: page.clone(),
        name: saved.content.name.as_str().to_owned(),
        back: ruled.path(),
        path: format!("{}/uptake", ruled.path_of(saved.id)),
        about: about(&page, &ruled.rules, &saved.content.offer),
        figures: figures(&page, &asked),
        groups: vec![
            group(&page, "offer-group-offered", &uptake.offered, currency),
            group(&page, "offer-group-held-out", &uptake.held_out, currency),
        ],
        verdict,
        is_told,
        is_empty: uptake.offered.members + uptake.held_out.members == 0,
    };
    Ok(page.show(&shown))
}

async fn as_csv(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let asked = asked(&app, &caller, (&id, &offer)).await?;
    let file = csv(&rows(&page, &asked));
    Ok(attached(&format!("offer-{}.csv", asked.ruled.today), CSV, file.into_bytes())?)
}

async fn as_xlsx(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let asked = asked(&app, &caller, (&id, &offer)).await?;
    let file = xlsx(&page.say("offer-uptake"), &rows(&page, &asked))?;
    Ok(attached(&format!("offer-{}.xlsx", asked.ruled.today), XLSX, file)?)
}

/// What the page shows, as the rows of a file.
fn rows(page: &Page, asked: &Asked) -> Vec<Vec<Cell>> {
    let currency = asked.ruled.found.programme.currency;
    let heads = ["figures-column-figure", "figures-column-unit", "figures-column-value"];
    let mut rows = vec![heads.map(|key| Cell::Text(page.say(key))).to_vec()];
    let mut row = |name: String, amount: Amount| {
        rows.push(std::iter::once(Cell::Text(name)).chain(amount.cells()).collect());
    };
    for figure in figures(page, asked) {
        row(page.say(figure.key), figure.amount);
    }
    let groups =
        [("offer-group-offered", asked.uptake.offered), ("offer-group-held-out", asked.uptake.held_out)];
    for (key, group) in groups {
        let name = |of: &str| format!("{}: {}", page.say(key), page.say(of));
        row(name("offer-group-members"), Amount::Count(group.members));
        row(name("offer-group-purchases"), Amount::Count(group.purchases));
        row(name("offer-group-money"), Amount::Money(group.money_minor, currency));
    }
    rows
}
