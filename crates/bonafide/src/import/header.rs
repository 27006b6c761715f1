//! Which row names the columns. Above it there may be titles; its cells may be merged over two rows or over columns.

use super::cell::{Cell, Row};
use super::fields::{self, Header};

/// How far below the top the header may lie, in rows that are not blank.
pub(super) const SEARCHED_ROWS: usize = 30;

/// The names of the columns and where the members begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRow {
    /// Its row; none if the members begin without one.
    pub line: Option<u32>,
    /// The name of each column, empty where there is none.
    pub names: Vec<String>,
}

/// Finds the header among the first rows: the first of those that name the most columns.
pub(super) fn find(rows: &[Row]) -> HeaderRow {
    let known: Vec<usize> =
        rows.iter().map(|row| row.cells.iter().filter(|cell| is_known(cell)).count()).collect();
    let Some(best) = known.iter().copied().max() else { return HeaderRow::default() };
    let Some(at) = known.iter().position(|known| *known == best) else { return HeaderRow::default() };
    let row = &rows[at];
    let filled = row.cells.iter().filter(|cell| !cell.is_empty()).count();
    // One known word in a row of many others is a note, not a header.
    if best == 0 || (best == 1 && filled > 3) {
        return HeaderRow::default();
    }
    let above = at.checked_sub(1).map(|above| &rows[above]).filter(|above| above.line + 1 == row.line);
    let below = rows.get(at + 1).filter(|below| below.line == row.line + 1 && continues(row, below));
    let width = [Some(row), below].into_iter().flatten().map(|row| row.cells.len()).max().unwrap_or(0);
    let width = above.map_or(width, |above| width.max(above.cells.len()));
    let mut group = String::new();
    let names = (0..width)
        .map(|column| {
            let over = above.map_or(String::new(), |above| header_text(above.cell(column)));
            if !over.is_empty() {
                group = over.clone();
            }
            let own = header_text(row.cell(column));
            let under = below.map_or(String::new(), |below| header_text(below.cell(column)));
            name(&own, &under, &over, &group)
        })
        .collect();
    HeaderRow { line: Some(below.map_or(row.line, |below| below.line)), names }
}

/// The name of one column from its own cell, the one below, the one above and the group that reaches over it.
fn name(own: &str, under: &str, over: &str, group: &str) -> String {
    let known = |text: &str| !matches!(fields::of_header(text), Header::Unknown);
    // "Контакты" over "основной" and "доп.": the two rows only mean something together.
    let own = match (own.is_empty(), under.is_empty()) {
        (false, false) if known(under) => under.to_owned(),
        (false, false) => format!("{own} {under}"),
        (true, false) => under.to_owned(),
        _ => own.to_owned(),
    };
    // A cell merged over both rows has its text in the upper one.
    if own.is_empty() {
        return if known(over) { over.to_owned() } else { String::new() };
    }
    let with_group = format!("{group} {own}");
    if !known(&own) && !group.is_empty() && known(&with_group) { with_group } else { own }
}

/// Whether the row below belongs to the header: it names columns and holds nothing but words.
fn continues(row: &Row, below: &Row) -> bool {
    let wordy = below.cells.iter().all(|cell| match cell {
        Cell::Empty => true,
        Cell::Text(text) => !text.contains(|c: char| c.is_ascii_digit()) && text.chars().count() < 40,
        _ => false,
    });
    let named = |cell: &Cell| matches!(cell, Cell::Text(text) if matches!(fields::of_header(text), Header::Field(_, sure) if sure > 0.9));
    let fills_gap =
        (0..below.cells.len()).any(|column| row.cell(column).is_empty() && named(below.cell(column)));
    wordy && fills_gap
}

fn is_known(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(text) if text.chars().count() < 60 && !matches!(fields::of_header(text), Header::Unknown))
}

fn header_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.replace('\n', " "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[&[&str]], line: Option<u32>, names: &[&str]) {
        let rows: Vec<Row> = (1..)
            .zip(rows)
            .map(|(line, cells)| Row {
                line,
                cells: cells.iter().map(|cell| Cell::text(cell)).collect(),
                mended: None,
            })
            .filter(|row| !row.is_blank())
            .collect();
        let found = find(&rows);
        assert_eq!(
            (found.line, found.names.as_slice()),
            (line, names.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
        );
    }

    #[test]
    fn the_header_is_found_under_titles_and_over_two_rows() {
        check(&[&["ФИО", "Телефон"], &["Иванова Анна", "89123456789"]], Some(1), &["ФИО", "Телефон"]);
        check(
            &[
                &["Салон «Лилия»: база клиентов"],
                &[],
                &["№", "ФИО", "Телефон"],
                &["1", "Иванова Анна", "8912"],
            ],
            Some(3),
            &["№", "ФИО", "Телефон"],
        );
        check(
            &[
                &["Клиент", "", "", "Контакты", "", "Карта"],
                &["Фамилия", "Имя", "Отчество", "Телефон", "E-mail"],
            ],
            Some(2),
            &["Фамилия", "Имя", "Отчество", "Телефон", "E-mail", "Карта"],
        );
        check(
            &[
                &["ФИО", "Телефон", "", "Карта"],
                &["", "основной", "доп."],
                &["Иванова Анна", "8912", "8913", "7"],
            ],
            Some(1),
            &["ФИО", "Телефон", "", "Карта"],
        );
        check(&[&["Иванова Анна", "89123456789"], &["Петрова Ольга", "8912"]], None, &[]);
        check(&[], None, &[]);
    }
}
