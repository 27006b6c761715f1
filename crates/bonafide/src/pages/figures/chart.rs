//! Bars for an SVG: coordinates only; the words stand in the template, and the numbers in the table below.

/// The width of the drawing, in units of its view box.
pub(super) const WIDTH: u64 = 360;

/// From one row to the next.
const STEP: u64 = 36;

/// The bar of a row.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: String,
    /// Where its words stand.
    pub(super) text_y: u64,
    /// Where its bar begins.
    pub(super) bar_y: u64,
    /// How long it is.
    pub(super) width: u64,
}

/// A drawing of bars.
pub(super) struct Chart {
    pub(super) height: u64,
    pub(super) rows: Vec<Row>,
}

/// Bars of these sizes, each with its label and its number in words, by the longest. Nothing when all are empty.
pub(super) fn chart(bars: Vec<(String, String, u64)>) -> Option<Chart> {
    let longest = bars.iter().map(|(_, _, size)| *size).max().filter(|longest| *longest > 0)?;
    let row = |(number, (label, value, size)): (u64, (String, String, u64))| {
        let top = number * STEP;
        let width = u128::from(size) * u128::from(WIDTH) / u128::from(longest);
        // What is there is seen.
        let width = u64::try_from(width).unwrap_or(WIDTH).max(u64::from(size > 0));
        Row { label, value, text_y: top + 14, bar_y: top + 20, width }
    };
    let rows: Vec<Row> = (0..).zip(bars).map(row).collect();
    Some(Chart { height: rows.len() as u64 * STEP, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_has_the_whole_width_and_what_is_there_is_seen() {
        let bar = |size| (String::new(), String::new(), size);
        let drawn = chart(vec![bar(u64::MAX), bar(u64::MAX / 2), bar(1), bar(0)]).unwrap();
        let widths: Vec<u64> = drawn.rows.iter().map(|row| row.width).collect();
        assert_eq!((widths, drawn.height), (vec![360, 179, 1, 0], 144));
        assert!(chart(vec![bar(0)]).is_none() && chart(Vec::new()).is_none());
    }
}
