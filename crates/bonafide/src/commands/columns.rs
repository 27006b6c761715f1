//! Lines of a list for people: columns under each other.

/// Each row as a line; cells are padded to the longest of their column, counted in characters.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let row = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>();
        let rows = [row(&["Арбат", "Europe/Moscow", ""]), row(&["Mitte 2", "UTC", "closed"])];
        assert_eq!(aligned(&rows), ["Арбат    Europe/Moscow", "Mitte 2  UTC            closed"]);
        assert!(aligned(&[]).is_empty());
    }
}
