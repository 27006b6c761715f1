//! The owner's figures of a bonus programme: what it owes, who takes part, what receipts tell, what it returns; each with its number, what
//! it means, and how it was in the span before. The same numbers are there as CSV and XLSX.
//!
//! - `asking`: programme, branch, days. `gathered`: what the store counts. `groups`: which figure stands where. `amounts`: numbers for
//!   people and for files. `chart`: bars. `files`: the files.

mod amounts;
mod asking;
mod chart;
pub(crate) mod files;
mod gathered;
mod groups;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::fault::Fault;
use bonafide_store::figures::comparison::PEOPLE_MIN;
use bonafide_store::figures::sales::RECEIPTS_OF_NOBODY_MIN;

use crate::clock;
use crate::pages::figures::amounts::Amount;
use crate::pages::figures::asking::{Asked, Asking, Choice, QUICK_DAYS, asking};
use crate::pages::figures::chart::{Chart, chart};
use crate::pages::figures::files::{BY_CODE, BY_WAY, CSV, XLSX, attached, csv, rows, xlsx};
use crate::pages::figures::gathered::{Gathered, gather};
use crate::pages::figures::groups::{Bar, by_code, by_way, compared, groups};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/figures", Access::MANAGERS, show),
        Route::get("/figures/csv", Access::MANAGERS, as_csv),
        Route::get("/figures/xlsx", Access::MANAGERS, as_xlsx),
    ]
}

#[derive(Template)]
#[template(path = "pages/figures.html")]
struct FiguresPage {
    page: Page,
    shown: Option<Shown>,
}

/// What the page shows of a programme.
struct Shown {
    programmes: Vec<Choice>,
    branches: Vec<Choice>,
    sees_all: bool,
    from: String,
    to: String,
    /// The same days in words.
    days: String,
    query: String,
    /// The words and the address of each span that one press leads to.
    quick: Vec<(String, String)>,
    /// Nobody has bought anything yet in these days.
    is_empty: bool,
    /// That branches have too few receipts of nobody to be compared.
    left_out: Option<String>,
    nobody_min: String,
    groups: Vec<ShownGroup>,
    tables: Vec<ShownTable>,
    compared: Vec<ShownComparison>,
    people_min: String,
}

struct ShownGroup {
    key: &'static str,
    note: &'static str,
    figures: Vec<ShownFigure>,
}

struct ShownFigure {
    key: &'static str,
    meaning: &'static str,
    now: String,
    change: Option<String>,
}

/// Bars with the numbers below.
struct ShownTable {
    key: &'static str,
    /// The key of the first column's name.
    of: &'static str,
    columns: Vec<&'static str>,
    chart: Option<Chart>,
    rows: Vec<(&'static str, Vec<String>)>,
}

struct ShownComparison {
    key: &'static str,
    /// How many there are, and how many more without anybody like them.
    people: String,
    /// Before and after of both groups, and the difference; nothing for too few people.
    shares: Option<([String; 4], String)>,
}

impl Shown {
    fn of(page: &Page, asking: Asking, gathered: &Gathered) -> Shown {
        let span = asking.question.span;
        let sales = &gathered.now.sales;
        let mut tables =
            vec![table(page, ("figures-by-way", "figures-way"), &BY_WAY, &by_way(&asking, gathered))];
        let mut told = Vec::new();
        if asking.sees_all {
            tables.push(table(page, ("figures-by-code", "figures-code"), &BY_CODE, &by_code(gathered)));
            told.extend(compared(gathered));
        }
        let words = |amount: Amount| amount.words(page);
        let quick = QUICK_DAYS.map(|days| {
            let words = page.say_count("figures-last-days", "days", days.unsigned_abs());
            (words, asking.query_of_days(days))
        });
        let left_out = sales.returns().map(|returns| returns.left_out).filter(|count| *count > 0);
        let whole = |number: u64| page.whole(i64::try_from(number).unwrap_or(i64::MAX));
        Shown {
            from: span.from().to_string(),
            to: asking.last_day().to_string(),
            days: format!("{} – {}", page.date(span.from()), page.date(asking.last_day())),
            query: asking.query(),
            quick: quick.to_vec(),
            is_empty: sales.0.is_empty(),
            left_out: left_out.map(|count| page.say_count("figures-left-out", "count", count)),
            nobody_min: whole(RECEIPTS_OF_NOBODY_MIN),
            groups: groups(&asking, gathered).into_iter().map(|group| shown_group(page, group)).collect(),
            tables,
            compared: told
                .into_iter()
                .map(|told| ShownComparison {
                    key: told.key,
                    people: people(page, told.people, told.unlike),
                    shares: told.shares.map(|shares| (shares.map(words), words(told.effect))),
                })
                .collect(),
            people_min: whole(PEOPLE_MIN),
            sees_all: asking.sees_all,
            programmes: asking.programmes,
            branches: asking.branches,
        }
    }
}

/// How many people are compared, in words.
fn people(page: &Page, people: u64, unlike: u64) -> String {
    if people + unlike == 0 {
        return page.say("figures-happened-to-nobody");
    }
    let compared = page.say_count("figures-compared-count", "count", people);
    format!("{compared} {}", page.say_count("figures-unlike-count", "count", unlike))
}

fn shown_group(page: &Page, group: groups::Group) -> ShownGroup {
    let figure = |figure: groups::Figure| ShownFigure {
        key: figure.key,
        meaning: figure.meaning,
        now: figure.now.words(page),
        change: figure.now.change(figure.before).map(|change| change.words(page)),
    };
    ShownGroup { key: group.key, note: group.note, figures: group.figures.into_iter().map(figure).collect() }
}

fn table(
    page: &Page,
    (key, of): (&'static str, &'static str),
    columns: &[&'static str],
    bars: &[Bar],
) -> ShownTable {
    let words = |bar: &Bar| bar.amounts.iter().map(|amount| amount.words(page)).collect::<Vec<_>>();
    let drawn = |bar: &Bar| {
        let size = page.whole(i64::try_from(bar.size).unwrap_or(i64::MAX));
        (page.say(bar.key), size, bar.size)
    };
    ShownTable {
        key,
        of,
        columns: columns.to_vec(),
        chart: chart(bars.iter().map(drawn).collect()),
        rows: bars.iter().map(|bar| (bar.key, words(bar))).collect(),
    }
}

/// What is asked for, with its figures; nothing as long as there is no programme.
async fn found(app: &Shared, caller: &Caller, asked: Asked) -> Result<Option<(Asking, Gathered)>, Trouble> {
    let caller = caller.clone();
    app.read(move |tx, _| {
        let now = UtcMicros::parse(clock::now_us()).map_err(|_| Fault::broken("the clock is not set"))?;
        let Some(asking) = asking(tx, &caller, &asked, now)? else { return Ok(None) };
        let gathered = gather(tx, &asking)?;
        Ok(Some((asking, gathered)))
    })
    .await
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, asked).await?;
    let shown = found.map(|(asking, gathered)| Shown::of(&page, asking, &gathered));
    Ok(page.show(&FiguresPage { page: page.clone(), shown }))
}

async fn as_csv(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let (asking, gathered) = found(&app, &caller, asked).await?.ok_or_else(Trouble::not_found)?;
    let file = csv(&rows(&page, &asking, &gathered));
    Ok(attached(&name(&asking, "csv"), CSV, file.into_bytes())?)
}

async fn as_xlsx(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let (asking, gathered) = found(&app, &caller, asked).await?.ok_or_else(Trouble::not_found)?;
    let file = xlsx(&page.say("figures-title"), &rows(&page, &asking, &gathered))?;
    Ok(attached(&name(&asking, "xlsx"), XLSX, file)?)
}

fn name(asking: &Asking, end: &str) -> String {
    format!("figures-{}-{}.{end}", asking.question.span.from(), asking.last_day())
}
