//! What a column looks like, apart from its header.

use jiff::civil::Date;

use super::cell::Cell;
use super::dates::{self, DateOrder, DateUse};
use super::fields::Field;
use super::names;

/// Counts of what the cells of a column look like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ContentSigns {
    filled: u32,
    phones: u32,
    emails: u32,
    birth_dates: u32,
    names: u32,
    sexes: u32,
}

/// Cells below this number say nothing.
const FILLED_MIN: u32 = 3;

impl ContentSigns {
    /// Takes one more cell into account.
    pub(super) fn note(&mut self, cell: &Cell, today: Date) {
        if cell.is_empty() {
            return;
        }
        self.filled += 1;
        let shown = cell.shown();
        let digits = shown.bytes().filter(u8::is_ascii_digit).count();
        let letters = shown.chars().filter(|c| c.is_alphabetic()).count();
        let date = dates::read(cell, DateOrder::DayFirst, DateUse::Birth, today);
        let is_date = !matches!(cell, Cell::Number(_)) && matches!(date, Ok(Some(_)));
        self.emails += u32::from(shown.contains('@') && shown.contains('.'));
        self.birth_dates += u32::from(is_date);
        self.phones +=
            u32::from(!is_date && (9..=32).contains(&digits) && letters <= 8 && !shown.contains('@'));
        let words = shown.split_whitespace().count();
        self.names += u32::from((2..=4).contains(&words) && digits == 0 && names::read_full(&shown).is_ok());
        self.sexes += u32::from(matches!(
            shown.to_lowercase().as_str(),
            "м" | "ж" | "m" | "f" | "муж" | "жен" | "男" | "女"
        ));
    }

    /// What the column would be taken for without a header, with how surely.
    pub(super) fn guess(&self) -> Option<(Field, f32)> {
        let candidates = [
            (Field::Email, self.emails, 0.8),
            (Field::Sex, self.sexes, 0.7),
            (Field::Phone, self.phones, 0.6),
            (Field::BirthDate, self.birth_dates, 0.5),
            (Field::FullName, self.names, 0.5),
        ];
        let (field, _, confidence) = candidates
            .into_iter()
            .find(|(_, count, _)| self.filled >= FILLED_MIN && count * 10 >= self.filled * 7)?;
        Some((field, confidence))
    }

    /// The share of cells that look as the field does; none where a field has no look of its own.
    pub(super) fn support(&self, field: Field) -> Option<f32> {
        let count = match field {
            Field::Email => self.emails,
            Field::Phone => self.phones,
            Field::BirthDate => self.birth_dates,
            _ => return None,
        };
        // Counts of a few hundred cells.
        (self.filled >= FILLED_MIN).then(|| count as f32 / self.filled as f32)
    }
}
