//! Things of the organisation in answers: one that was changed, and lists.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::listing;
use crate::output::Answer;

/// A thing as a row of a list.
pub(super) trait Row: Serialize {
    /// Its cells, the name first.
    fn cells(&self) -> Vec<String>;
}

/// Something that was added, changed or closed.
#[derive(Serialize)]
pub(super) struct Done<T: Row> {
    /// `added`, `changed`, `closed`, `reopened`, or `unchanged` when it was so before.
    pub(super) done: &'static str,
    /// As it is now.
    #[serde(flatten)]
    pub(super) thing: T,
}

impl<T: Row> Answer for Done<T> {
    fn text(&self) -> String {
        let done = if self.done == "unchanged" { "it was so before" } else { self.done };
        format!("{done}: {}", listing::lines(&[self.thing.cells()]).join(""))
    }
}

/// A list under the name of what is in it.
pub(super) struct List<T: Row> {
    /// The name in JSON.
    pub(super) key: &'static str,
    /// What is in it.
    pub(super) rows: Vec<T>,
}

impl<T: Row> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.key, &self.rows)?;
        map.end()
    }
}

impl<T: Row> Answer for List<T> {
    fn text(&self) -> String {
        if self.rows.is_empty() {
            return "none".to_owned();
        }
        listing::table(&self.rows.iter().map(Row::cells).collect::<Vec<_>>())
    }
}

/// The last cell of a row: whether it is out of use.
pub(super) fn closed_cell(closed_us: Option<i64>) -> String {
    if closed_us.is_some() { "closed".to_owned() } else { String::new() }
}
