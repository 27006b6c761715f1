//! The second visit: each row becomes a member, or is told what is wrong with it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::amounts;
use super::cell::{Cell, Mended, Row};
use super::columns::{MappedColumn, shown_column};
use super::dates::{self, DateOrder};
use super::duplicates::SeenRows;
use super::fields::Field;
use super::names;
use super::phones;
use super::plain;
use super::refusal::TableError;
use super::row::{Duplicate, ImportRow, Passed, RowError, RowKey};
use super::survey::Plan;
use super::table::Table;
use super::trouble::Trouble;

/// What a row came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A member, and which former row it seems to repeat.
    Member(Box<ImportRow>, Option<Duplicate>),
    /// Held back.
    Errors(Vec<RowError>),
    /// No member.
    Passed {
        /// The row of the file.
        line: u32,
        /// Why.
        why: Passed,
    },
}

/// How many rows came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Rows with a member, duplicates among them.
    pub members: u32,
    /// Rows held back.
    pub held_back: u32,
    /// Members that a former row seems to be as well.
    pub duplicates: u32,
    /// Rows passed over, by reason.
    pub passed: BTreeMap<Passed, u32>,
    /// Errors, by key; a row may have several.
    pub errors: BTreeMap<&'static str, u32>,
}

impl Counts {
    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Member(_, duplicate) => {
                self.members += 1;
                self.duplicates += u32::from(duplicate.is_some());
            }
            Outcome::Errors(errors) => {
                self.held_back += 1;
                errors.iter().for_each(|error| *self.errors.entry(error.trouble.key()).or_default() += 1);
            }
            Outcome::Passed { why, .. } => *self.passed.entry(*why).or_default() += 1,
        }
    }
}

/// Reads every row below the header and shows what it came to, in the order of the file, until `visit` breaks.
///
/// # Errors
/// When the table cannot be read.
pub fn read(
    table: &mut Table,
    plan: &Plan,
    mut visit: impl FnMut(Outcome) -> ControlFlow<()>,
) -> Result<Counts, TableError> {
    let mut counts = Counts::default();
    let mut seen = SeenRows::default();
    let first_line = plan.header.line.unwrap_or(0) + 1;
    table.visit_rows(|row| {
        if row.line < first_line {
            return ControlFlow::Continue(());
        }
        let outcome = match understand(&row, plan) {
            Outcome::Member(member, _) => {
                let duplicate = seen.note(&member);
                Outcome::Member(member, duplicate)
            }
            other => other,
        };
        counts.note(&outcome);
        visit(outcome)
    })?;
    Ok(counts)
}

fn understand(row: &Row, plan: &Plan) -> Outcome {
    if let Some(why) = passed(row, plan) {
        return Outcome::Passed { line: row.line, why };
    }
    let mut reader = RowReader::new(row);
    if row.mended == Some(Mended::LoneQuote) {
        reader.whole_row(Trouble::LoneQuote);
    }
    for mapped in &plan.map.columns {
        let cell = row.cell(mapped.column);
        if let Err(trouble) = reader.take(mapped, cell, plan) {
            reader.error(mapped, cell, trouble);
        }
    }
    reader.finish()
}

/// Whether the row is no member at all.
fn passed(row: &Row, plan: &Plan) -> Option<Passed> {
    let mapped = || plan.map.columns.iter().map(|mapped| (mapped, row.cell(mapped.column)));
    let filled = mapped().filter(|(_, cell)| !cell.is_empty()).count();
    let first = row.cells.iter().find(|cell| !cell.is_empty()).map(Cell::shown).unwrap_or_default();
    if is_total(&first) {
        return Some(Passed::Total);
    }
    if filled == 0 {
        // A number in front of an otherwise empty row, or a title in a column that is not read.
        return Some(Passed::NothingRead);
    }
    let repeats =
        |(mapped, cell): (&MappedColumn, &Cell)| matches!(cell, Cell::Text(text) if *text == mapped.header);
    if mapped().filter(|pair| repeats(*pair)).count() * 2 > filled {
        return Some(Passed::RepeatedHeader);
    }
    let all_filled = row.cells.iter().filter(|cell| !cell.is_empty()).count();
    if plan.map.columns.len() > 1 && all_filled == 1 {
        let lone = mapped().find(|(_, cell)| !cell.is_empty());
        let is_person = lone.is_some_and(|(mapped, cell)| match mapped.field {
            Field::FullName => is_full_name(&cell.shown()),
            Field::Phone | Field::Email | Field::Card => true,
            _ => false,
        });
        return (!is_person).then_some(Passed::LoneText);
    }
    None
}

/// A cell alone in its row is a person only if it is a name of two or three words: the rest are titles.
fn is_full_name(text: &str) -> bool {
    let capital = |word: &str| word.chars().next().is_some_and(|c| !c.is_lowercase());
    let words: Vec<&str> = text.split_whitespace().collect();
    let chinese = text.chars().all(|c| ('\u{3400}'..='\u{9FFF}').contains(&c));
    let shaped =
        if chinese { (2..=4).contains(&text.chars().count()) } else { (2..=3).contains(&words.len()) };
    shaped && words.iter().all(|word| capital(word)) && names::read_full(text).is_ok()
}

fn is_total(text: &str) -> bool {
    let lower = text.to_lowercase();
    let word = lower.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    matches!(word, "итого" | "всего" | "total" | "sum" | "合计" | "总计" | "разом")
        && lower.chars().count() < 60
}

/// Collects what the cells of a row say.
struct RowReader<'row> {
    row: &'row Row,
    member: ImportRow,
    errors: Vec<RowError>,
}

impl<'row> RowReader<'row> {
    fn new(row: &'row Row) -> RowReader<'row> {
        RowReader { row, member: plain::empty_member(row.line), errors: Vec::new() }
    }

    fn error(&mut self, mapped: &MappedColumn, cell: &Cell, trouble: Trouble) {
        self.errors.push(RowError {
            line: self.row.line,
            column: shown_column(&mapped.header, mapped.column),
            field: Some(mapped.field),
            trouble,
            text: RowError::shortened(&cell.shown()),
        });
    }

    fn whole_row(&mut self, trouble: Trouble) {
        let shown: Vec<String> =
            self.row.cells.iter().map(Cell::shown).filter(|text| !text.is_empty()).collect();
        self.errors.push(RowError {
            line: self.row.line,
            column: String::new(),
            field: None,
            trouble,
            text: RowError::shortened(&shown.join(" | ")),
        });
    }

    fn take(&mut self, mapped: &MappedColumn, cell: &Cell, plan: &Plan) -> Result<(), Trouble> {
        // "Нет" is an answer to the question of consent and nothing anywhere else.
        if cell.is_empty() || (mapped.field != Field::Consent && plain::says_nothing(cell)) {
            return Ok(());
        }
        plain::check_letters(cell)?;
        let member = &mut self.member;
        let shown = cell.shown();
        match mapped.field {
            Field::FullName => {
                let read = names::read_full(&shown)?;
                // Parts that have columns of their own are the better ones.
                member.name.family = member.name.family.take().or(read.name.family);
                member.name.given = member.name.given.take().or(read.name.given);
                member.name.patronymic = member.name.patronymic.take().or(read.name.patronymic);
                self.remark(read.remark);
            }
            Field::FamilyName | Field::GivenName | Field::Patronymic => {
                let read = names::read_part(&shown)?;
                let part = match mapped.field {
                    Field::FamilyName => &mut member.name.family,
                    Field::GivenName => &mut member.name.given,
                    _ => &mut member.name.patronymic,
                };
                *part = read.name.given;
                self.remark(read.remark);
            }
            Field::Phone => {
                for phone in phones::read(cell, plan.country)? {
                    if !member.phones.contains(&phone) {
                        member.phones.push(phone);
                    }
                }
            }
            Field::Email => plain::emails(&shown, &mut member.emails)?,
            Field::Card => plain::cards(cell, &mut member.cards)?,
            Field::Tags => plain::tags(&shown, &mut member.tags)?,
            Field::Notes => self.remark(Some(plain::short(&shown, plain::NOTES_CHARS_MAX)?)),
            Field::Address => {
                plain::join(&mut member.address, plain::short(&shown, plain::LINE_CHARS_MAX)?, ", ");
            }
            Field::Category => member.category = Some(plain::short(&shown, plain::LINE_CHARS_MAX)?),
            Field::Source => member.source = Some(plain::short(&shown, plain::LINE_CHARS_MAX)?),
            Field::Plan => member.plan = Some(plain::short(&shown, plain::LINE_CHARS_MAX)?),
            Field::Sex => member.sex = Some(plain::sex(&shown)?),
            Field::Consent => member.consent = Some(plain::consent(cell)?),
            Field::Visits => member.visits = Some(plain::count(cell)?),
            Field::Points => {
                member.points_minor = amounts::read(cell, plan.marks.get(&mapped.column).copied())?;
            }
            Field::BirthDate | Field::PlanUntil | Field::MemberSince | Field::LastVisit => {
                self.take_date(mapped, cell, plan)?;
            }
        }
        Ok(())
    }

    fn take_date(&mut self, mapped: &MappedColumn, cell: &Cell, plan: &Plan) -> Result<(), Trouble> {
        let Some(usage) = mapped.field.date_use() else { return Ok(()) };
        let order = plan.date_orders.get(&mapped.column).copied().unwrap_or(DateOrder::DayFirst);
        let date = dates::read(cell, order, usage, plan.today)?;
        let target = match mapped.field {
            Field::BirthDate => &mut self.member.born,
            Field::PlanUntil => &mut self.member.plan_until,
            Field::MemberSince => &mut self.member.member_since,
            _ => &mut self.member.last_visit,
        };
        *target = date;
        Ok(())
    }

    fn remark(&mut self, remark: Option<String>) {
        if let Some(remark) = remark {
            plain::join(&mut self.member.notes, remark, "\n");
        }
    }

    fn finish(mut self) -> Outcome {
        let member = &self.member;
        let unknown = member.name.is_empty()
            && member.phones.is_empty()
            && member.emails.is_empty()
            && member.cards.is_empty();
        if unknown && self.errors.is_empty() {
            self.whole_row(Trouble::Nobody);
        }
        if !self.errors.is_empty() {
            return Outcome::Errors(self.errors);
        }
        self.member.key = RowKey::of(&self.member);
        Outcome::Member(Box::new(self.member), None)
    }
}
