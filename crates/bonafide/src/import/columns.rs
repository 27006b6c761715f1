//! Which column is what: guessed from headers and contents, or given by a saved map.

use serde::{Deserialize, Serialize};

use super::content::ContentSigns;
use super::dates::DateOrder;
use super::fields::{self, Field, Header};
use super::header::HeaderRow;
use super::refusal::TableRefusal;
use super::trouble::Note;

const MAP_VERSION: u32 = 1;
/// A map of 256 columns with long names.
const MAP_BYTES_MAX: usize = 256 << 10;
/// Below this a header is not believed against its contents.
const SUPPORT_MIN: f32 = 0.2;

/// A column of the table that is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappedColumn {
    /// From 0.
    pub column: usize,
    /// Its header; empty if it has none.
    pub header: String,
    /// What it holds.
    pub field: Field,
    /// How surely, from 0 to 1. A map that a person has given is sure.
    pub confidence: f32,
    /// In which order its dates are written, when a map says so; otherwise the column itself is asked.
    pub date_order: Option<DateOrder>,
}

/// Which column is what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnMap {
    /// The columns that are read, in their order.
    pub columns: Vec<MappedColumn>,
    /// The headers of the others.
    pub ignored: Vec<String>,
}

/// A map as a file: JSON, since people rarely write it by hand and the program speaks it already.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    version: u32,
    /// The country of phone numbers without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    columns: Vec<MapEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapEntry {
    /// The letters that the spreadsheet program shows. Decides only where there is no header.
    column: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    header: String,
    field: Field,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date_order: Option<DateOrder>,
}

/// A map from a file, not yet fitted to a table.
#[derive(Debug)]
pub struct SavedMap(MapFile);

impl SavedMap {
    /// Reads a map.
    ///
    /// # Errors
    /// When it is no map of this version.
    pub fn parse(json: &str) -> Result<SavedMap, TableRefusal> {
        let bad = |why: String| TableRefusal::BadMap { why };
        if json.len() > MAP_BYTES_MAX {
            return Err(bad(format!("it has more than {MAP_BYTES_MAX} bytes")));
        }
        let file: MapFile = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
        if file.version != MAP_VERSION {
            return Err(bad(format!("its version is {}, not {MAP_VERSION}", file.version)));
        }
        for (index, entry) in file.columns.iter().enumerate() {
            let again = file.columns[..index].iter().any(|other| other.field == entry.field);
            if again && !entry.field.may_repeat() {
                return Err(bad(format!("{} stands twice", entry.field.key())));
            }
        }
        Ok(SavedMap(file))
    }

    /// The country of phone numbers without one, if the map knows it.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Finds the columns of the map in a table. A header may have moved to another column.
    ///
    /// # Errors
    /// When one is missing.
    pub fn fit(&self, header: &HeaderRow) -> Result<ColumnMap, TableRefusal> {
        let mut columns: Vec<MappedColumn> = Vec::new();
        for entry in &self.0.columns {
            let missing = || TableRefusal::MapDoesNotFit { missing: shown_entry(entry) };
            let taken = |column: usize| columns.iter().any(|mapped| mapped.column == column);
            let wanted = column_of_letters(&entry.column);
            let column = if entry.header.is_empty() {
                wanted.ok_or_else(missing)?
            } else {
                let same =
                    |column: &usize| fields::fold(&header.names[*column]) == fields::fold(&entry.header);
                let mut candidates: Vec<usize> = (0..header.names.len()).filter(same).collect();
                // Of two with the same header, the one where the map saw it.
                candidates.sort_by_key(|column| Some(*column) != wanted);
                candidates.into_iter().find(|column| !taken(*column)).ok_or_else(missing)?
            };
            if taken(column) {
                return Err(missing());
            }
            columns.push(MappedColumn {
                column,
                header: header.names.get(column).cloned().unwrap_or_default(),
                field: entry.field,
                confidence: 1.0,
                date_order: entry.date_order,
            });
        }
        finish(columns, header)
    }
}

impl ColumnMap {
    /// The map as a file, with what was found out about the whole list: the next list of the same program may be too short to tell.
    pub(super) fn to_json(
        &self,
        country: Option<&str>,
        order_of: impl Fn(usize) -> Option<DateOrder>,
    ) -> String {
        let columns = self
            .columns
            .iter()
            .map(|mapped| MapEntry {
                column: letters(mapped.column),
                header: mapped.header.clone(),
                field: mapped.field,
                date_order: order_of(mapped.column),
            })
            .collect();
        let file = MapFile { version: MAP_VERSION, country: country.map(str::to_owned), columns };
        // Strings and numbers only: this cannot fail.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    /// The columns of a field.
    pub fn of(&self, field: Field) -> impl Iterator<Item = &MappedColumn> {
        self.columns.iter().filter(move |mapped| mapped.field == field)
    }
}

/// Guesses the map. What was left out because it seemed to be the same as another column is said in the notes.
pub(super) fn guess(
    header: &HeaderRow,
    contents: &[ContentSigns],
    notes: &mut Vec<Note>,
) -> Result<ColumnMap, TableRefusal> {
    let width = header.names.len().max(contents.len());
    let mut candidates: Vec<MappedColumn> = Vec::new();
    for column in 0..width {
        let name = header.names.get(column).cloned().unwrap_or_default();
        let signs = contents.get(column).copied().unwrap_or_default();
        if let Some((field, confidence)) = guess_one(&name, &signs) {
            candidates.push(MappedColumn { column, header: name, field, confidence, date_order: None });
        }
    }
    // A whole name beside its parts is "Клиент" as a title of them, or a nickname.
    let has_parts = candidates.iter().any(|c| c.field == Field::FamilyName);
    let has_given = candidates.iter().any(|c| c.field == Field::GivenName);
    let doubtful = |candidate: &MappedColumn| candidate.field == Field::FullName && has_parts && has_given;
    candidates.sort_by(|a, b| {
        doubtful(a)
            .cmp(&doubtful(b))
            .then(b.confidence.total_cmp(&a.confidence))
            .then(a.column.cmp(&b.column))
    });
    let mut columns: Vec<MappedColumn> = Vec::new();
    for candidate in candidates {
        let again = columns.iter().any(|taken| taken.field == candidate.field) || doubtful(&candidate);
        if again && !candidate.field.may_repeat() {
            let column = shown_column(&candidate.header, candidate.column);
            notes.push(Note::SecondColumnLeftOut { column, field: candidate.field.key() });
        } else {
            columns.push(candidate);
        }
    }
    finish(columns, header)
}

fn finish(mut columns: Vec<MappedColumn>, header: &HeaderRow) -> Result<ColumnMap, TableRefusal> {
    columns.sort_by_key(|mapped| mapped.column);
    if !columns.iter().any(|mapped| mapped.field.identifies()) {
        return Err(TableRefusal::NoKnownColumn);
    }
    let is_read = |column: usize| columns.iter().any(|mapped| mapped.column == column);
    let ignored = header
        .names
        .iter()
        .enumerate()
        .filter(|(column, name)| !name.is_empty() && !is_read(*column))
        .map(|(_, name)| name.clone())
        .collect();
    Ok(ColumnMap { columns, ignored })
}

fn guess_one(name: &str, signs: &ContentSigns) -> Option<(Field, f32)> {
    match fields::of_header(name) {
        Header::NotAMembers => None,
        Header::Field(field, sure) => match signs.support(field) {
            Some(support) if support < SUPPORT_MIN => {
                // The contents contradict: an "Адрес" full of e-mail addresses is rather what it holds.
                Some(signs.guess().unwrap_or((field, 0.3)))
            }
            Some(support) => Some((field, (sure + 0.05 * support).min(1.0))),
            None => match signs.guess() {
                Some((Field::Email, confidence)) => Some((Field::Email, confidence)),
                _ => Some((field, sure)),
            },
        },
        Header::Unknown => {
            let (field, confidence) = signs.guess()?;
            // A header that is not understood speaks for something else than the obvious: another date, another name.
            let doubt = if name.is_empty() { 0.0 } else { 0.2 };
            let certain = matches!(field, Field::Email | Field::Phone) || name.is_empty();
            certain.then_some((field, confidence - doubt))
        }
    }
}

/// The header, or the letters of a column without one.
pub(super) fn shown_column(header: &str, column: usize) -> String {
    if header.is_empty() { letters(column) } else { header.to_owned() }
}

fn shown_entry(entry: &MapEntry) -> String {
    if entry.header.is_empty() { entry.column.clone() } else { entry.header.clone() }
}

/// `A`, `B`, … `Z`, `AA` as the spreadsheet program shows them.
#[must_use]
pub fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        // Below 26.
        letters.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

fn column_of_letters(letters: &str) -> Option<usize> {
    const LETTERS_MAX: usize = 3;
    let sound = (1..=LETTERS_MAX).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    let number =
        letters.bytes().fold(0, |number, letter| number * 26 + usize::from(letter.saturating_sub(b'A')) + 1);
    sound.then(|| number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> HeaderRow {
        HeaderRow { line: Some(1), names: names.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn letters_are_columns() {
        for (column, shown) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(column), shown);
            assert_eq!(column_of_letters(shown), Some(column));
        }
        assert_eq!(column_of_letters("A1"), None);
    }

    #[test]
    fn two_phones_are_two_and_two_birthdays_are_one() {
        let mut notes = Vec::new();
        let names = ["ФИО", "Телефон", "Доп. телефон", "Дата рождения", "ДР", "Мастер"];
        let map = guess(&header(&names), &[], &mut notes).unwrap();
        let found: Vec<(usize, Field)> = map.columns.iter().map(|c| (c.column, c.field)).collect();
        assert_eq!(
            found,
            [(0, Field::FullName), (1, Field::Phone), (2, Field::Phone), (3, Field::BirthDate)]
        );
        assert_eq!(map.ignored, ["ДР", "Мастер"]);
        assert_eq!(notes, [Note::SecondColumnLeftOut { column: "ДР".to_owned(), field: "birth_date" }]);
    }

    #[test]
    fn a_saved_map_finds_its_columns_where_they_moved() {
        let map = guess(&header(&["ФИО", "Телефон", "Телефон"]), &[], &mut Vec::new()).unwrap();
        let saved = SavedMap::parse(&map.to_json(None, |_| None)).unwrap();
        let fitted = saved.fit(&header(&["№", "телефон", "ФИО", "Телефон:"])).unwrap();
        let found: Vec<(usize, Field)> = fitted.columns.iter().map(|c| (c.column, c.field)).collect();
        assert_eq!(found, [(1, Field::Phone), (2, Field::FullName), (3, Field::Phone)]);
        let refusal = saved.fit(&header(&["ФИО", "Телефон"])).unwrap_err();
        assert_eq!(refusal, TableRefusal::MapDoesNotFit { missing: "Телефон".to_owned() });
    }

    #[test]
    fn a_saved_map_remembers_the_country_and_the_order_of_dates() {
        let map = guess(&header(&["Name", "Phone", "Birthday"]), &[], &mut Vec::new()).unwrap();
        let orders = |column| (column == 2).then_some(DateOrder::MonthFirst);
        let saved = SavedMap::parse(&map.to_json(Some("US"), orders)).unwrap();
        assert_eq!(saved.country(), Some("US"));
        let fitted = saved.fit(&header(&["Birthday", "Name", "Phone"])).unwrap();
        let found: Vec<_> = fitted.columns.iter().map(|mapped| (mapped.column, mapped.date_order)).collect();
        assert_eq!(found, [(0, Some(DateOrder::MonthFirst)), (1, None), (2, None)]);
    }

    #[test]
    fn w20_a_hostile_map_is_refused() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let long = " ".repeat(MAP_BYTES_MAX + 1);
        for json in [
            "",
            "{}",
            &deep,
            &long,
            r#"{"version":2,"columns":[]}"#,
            r#"{"version":1,"columns":[{"column":"A","field":"password"}]}"#,
            r#"{"version":1,"columns":[{"column":"A","field":"phone","x":1}]}"#,
            r#"{"version":1,"version":1,"columns":[]}"#,
            r#"{"version":1,"columns":[{"column":"A","field":"sex"},{"column":"B","field":"sex"}]}"#,
        ] {
            assert_eq!(SavedMap::parse(json).unwrap_err().key(), "bad_map");
        }
    }
}
