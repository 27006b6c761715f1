//! The first visit: what only the whole list can tell.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::civil::Date;

use super::amounts::MarkEvidence;
use super::cell::Row;
use super::columns::{self, ColumnMap, SavedMap};
use super::content::ContentSigns;
use super::countries::{self, Country};
use super::dates::{DateOrder, OrderEvidence};
use super::fields::Field;
use super::header::{self, HeaderRow};
use super::phones::CountryVotes;
use super::refusal::{TableError, TableRefusal};
use super::table::Table;
use super::trouble::Note;

/// Rows by whose contents the columns are guessed.
const CONTENT_ROWS: u32 = 500;

/// What a person says about the file.
#[derive(Debug, Default)]
pub struct Wishes<'a> {
    /// ISO 3166 code for phone numbers without a country; before that of the map.
    pub country: Option<&'a str>,
    /// The columns.
    pub map: Option<&'a SavedMap>,
}

/// How the rows are to be read. Made by [`survey`], used by [`super::reading::read`].
#[derive(Debug)]
pub struct Plan {
    /// The header.
    pub header: HeaderRow,
    /// The columns.
    pub map: ColumnMap,
    /// The country of bare phone numbers.
    pub country: Option<&'static Country>,
    /// What a person may want to decide otherwise.
    pub notes: Vec<Note>,
    /// Rows below the header that are not blank.
    pub rows: u32,
    pub(super) date_orders: HashMap<usize, DateOrder>,
    pub(super) marks: HashMap<usize, char>,
    pub(super) today: Date,
}

impl Plan {
    /// The map as a file, for the next list of the same program.
    #[must_use]
    pub fn map_json(&self) -> String {
        let country = self.country.map(|country| country.code);
        self.map.to_json(country, |column| self.date_orders.get(&column).copied())
    }
}

/// Reads the whole table once.
///
/// # Errors
/// When the table cannot be read, or no column is understood.
pub fn survey(table: &mut Table, wishes: &Wishes<'_>, today: Date) -> Result<Plan, TableError> {
    let country = wishes.country.or_else(|| wishes.map.and_then(SavedMap::country));
    let country = country.map(known_country).transpose()?;
    let mut first_rows: Vec<Row> = Vec::new();
    let mut contents_of: Vec<ContentSigns> = Vec::new();
    table.visit_rows(|row| {
        first_rows.push(row);
        if first_rows.len() < header::SEARCHED_ROWS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    if first_rows.is_empty() {
        return Err(TableRefusal::Empty.into());
    }
    let header = header::find(&first_rows);
    let first_line = header.line.unwrap_or(0) + 1;
    let mut seen = 0;
    table.visit_rows(|row| {
        if row.line >= first_line {
            note_contents(&mut contents_of, &row, today);
            seen += 1;
        }
        if seen < CONTENT_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let mut notes = Vec::new();
    let map = match wishes.map {
        Some(map) => map.fit(&header)?,
        None => columns::guess(&header, &contents_of, &mut notes)?,
    };
    let mut evidence = Evidence::for_map(&map);
    let mut rows = 0;
    table.visit_rows(|row| {
        if row.line >= first_line {
            rows += 1;
            evidence.note(&row);
        }
        ControlFlow::Continue(())
    })?;
    let country = country.or_else(|| evidence.country(&mut notes));
    let date_orders = evidence.date_orders(&map, country, &mut notes);
    let marks = evidence.marks.iter().filter_map(|(column, marks)| Some((*column, marks.found()?))).collect();
    Ok(Plan { header, map, country, notes, rows, date_orders, marks, today })
}

fn known_country(code: &str) -> Result<&'static Country, TableRefusal> {
    countries::by_code(code).ok_or_else(|| TableRefusal::UnknownCountry { known: countries::codes() })
}

fn note_contents(contents: &mut Vec<ContentSigns>, row: &Row, today: Date) {
    if contents.len() < row.cells.len() {
        contents.resize_with(row.cells.len(), ContentSigns::default);
    }
    for (signs, cell) in contents.iter_mut().zip(&row.cells) {
        signs.note(cell, today);
    }
}

/// What the columns tell.
struct Evidence {
    phones: Vec<usize>,
    votes: CountryVotes,
    orders: Vec<(usize, OrderEvidence)>,
    marks: Vec<(usize, MarkEvidence)>,
}

impl Evidence {
    fn for_map(map: &ColumnMap) -> Evidence {
        let dates = map.columns.iter().filter(|mapped| mapped.field.date_use().is_some());
        Evidence {
            phones: map.of(Field::Phone).map(|mapped| mapped.column).collect(),
            votes: CountryVotes::default(),
            orders: dates.map(|mapped| (mapped.column, OrderEvidence::default())).collect(),
            marks: map.of(Field::Points).map(|mapped| (mapped.column, MarkEvidence::default())).collect(),
        }
    }

    fn note(&mut self, row: &Row) {
        self.phones.iter().for_each(|column| self.votes.note(row.cell(*column)));
        self.orders.iter_mut().for_each(|(column, orders)| orders.note(row.cell(*column)));
        self.marks.iter_mut().for_each(|(column, marks)| marks.note(row.cell(*column)));
    }

    fn country(&self, notes: &mut Vec<Note>) -> Option<&'static Country> {
        let bare = self.votes.bare();
        match self.votes.winner() {
            Some((country, fitting)) => {
                notes.push(Note::CountryGuessed { country: country.code, fitting, bare });
                Some(country)
            }
            None if bare > 0 => {
                notes.push(Note::CountryUnknown { bare });
                None
            }
            None => None,
        }
    }

    fn date_orders(
        &self,
        map: &ColumnMap,
        country: Option<&Country>,
        notes: &mut Vec<Note>,
    ) -> HashMap<usize, DateOrder> {
        let months_first = country.is_some_and(|country| country.code == "US");
        let assumed = if months_first { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        let mut orders = HashMap::new();
        for (column, evidence) in &self.orders {
            let header = map.columns.iter().find(|mapped| mapped.column == *column);
            if let Some(order) = header.and_then(|mapped| mapped.date_order) {
                orders.insert(*column, order);
                continue;
            }
            let order = evidence.found().unwrap_or(assumed);
            orders.insert(*column, order);
            let name = columns::shown_column(header.map_or("", |mapped| mapped.header.as_str()), *column);
            let (day_first, ambiguous) = (order == DateOrder::DayFirst, evidence.ambiguous);
            if evidence.day_first > 0 && evidence.month_first > 0 {
                notes.push(Note::DateOrdersMixed {
                    column: name,
                    day_first: evidence.day_first,
                    month_first: evidence.month_first,
                });
            } else if ambiguous > 0 && evidence.found().is_some() {
                notes.push(Note::DateOrderFound { column: name, day_first, ambiguous });
            } else if ambiguous > 0 {
                notes.push(Note::DateOrderAssumed { column: name, day_first, ambiguous });
            }
        }
        orders
    }
}
