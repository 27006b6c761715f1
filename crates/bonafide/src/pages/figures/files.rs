//! The numbers of the page in a file: CSV for programs, XLSX for people. They name no member.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;
use crate::pages::figures::amounts::Amount;
use crate::pages::figures::asking::Asking;
use crate::pages::figures::gathered::Gathered;
use crate::pages::figures::groups::{Bar, Told, by_code, by_way, compared, groups};
use crate::server::page::Page;
use crate::spreadsheet;
use crate::workbook::{Cell, workbook};

/// All numbers as rows: group, figure, unit, value, value of the span before.
pub(super) fn rows(page: &Page, asking: &Asking, gathered: &Gathered) -> Vec<Vec<Cell>> {
    let text = |text: String| Cell::Text(text);
    let heads =
        ["figures-column-group", "figures-column-figure", "figures-column-unit", "figures-column-value"];
    let mut head: Vec<Cell> = heads.iter().map(|key| text(page.say(key))).collect();
    head.push(text(page.say("figures-column-before")));
    let mut rows = vec![head];
    for group in groups(asking, gathered) {
        for figure in &group.figures {
            rows.push(row(page, group.key, page.say(figure.key), figure.now, figure.before));
        }
    }
    let mut bars = |group: &'static str, columns: &[&'static str], bars: &[Bar]| {
        for bar in bars {
            for (column, amount) in columns.iter().zip(&bar.amounts) {
                let name = format!("{}: {}", page.say(bar.key), page.say(column));
                rows.push(row(page, group, name, *amount, Amount::Unknown));
            }
        }
    };
    bars("figures-by-way", &BY_WAY, &by_way(asking, gathered));
    if asking.sees_all {
        bars("figures-by-code", &BY_CODE, &by_code(gathered));
        rows.extend(compared(gathered).iter().flat_map(|told| comparison(page, told)));
    }
    rows
}

/// The columns of receipts by what members were recognised by.
pub(super) const BY_WAY: [&str; 3] = ["figures-count-receipts", "figures-share-receipts", "figures-average"];

/// The columns of points by what they moved for.
pub(super) const BY_CODE: [&str; 2] = ["figures-points-in", "figures-points-out"];

/// The columns of a comparison.
const COMPARED: [&str; 4] =
    ["figures-own-before", "figures-own-after", "figures-like-before", "figures-like-after"];

fn comparison(page: &Page, told: &Told) -> Vec<Vec<Cell>> {
    let of = |key: &str| format!("{}: {}", page.say(told.key), page.say(key));
    let one = |key: &str, amount| row(page, "figures-compared", of(key), amount, Amount::Unknown);
    let mut rows = vec![
        one("figures-compared-people", Amount::Count(told.people)),
        one("figures-compared-unlike", Amount::Count(told.unlike)),
    ];
    if let Some(shares) = told.shares {
        rows.extend(COMPARED.iter().zip(shares).map(|(key, share)| one(key, share)));
        rows.push(one("figures-effect", told.effect));
    }
    rows
}

fn row(page: &Page, group: &'static str, name: String, now: Amount, before: Amount) -> Vec<Cell> {
    vec![Cell::Text(page.say(group)), Cell::Text(name), Cell::Text(now.unit()), now.cell(), before.cell()]
}

/// The rows as CSV: UTF-8 with the mark by which Excel knows it, `;` between the cells.
pub(crate) fn csv(rows: &[Vec<Cell>]) -> String {
    let mut file = String::from("\u{FEFF}");
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) | Cell::Number(text) => spreadsheet::cell(text),
                Cell::Empty => String::new(),
            })
            .collect();
        file.push_str(&cells.join(";"));
        file.push_str("\r\n");
    }
    file
}

/// A file to be kept, under a name of plain letters.
pub(crate) fn attached(name: &str, kind: &'static str, bytes: Vec<u8>) -> Result<Response, Failure> {
    let place = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let place = place.map_err(|error| Failure::new("file_name", error.to_string()))?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, place)];
    Ok((headers, bytes).into_response())
}

/// The kind of a CSV.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// The kind of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The rows as a workbook.
///
/// # Errors
/// When it cannot be packed.
pub(crate) fn xlsx(title: &str, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Failure> {
    workbook(title, rows)
}
