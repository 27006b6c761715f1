//! How many letters of two words differ, and a quick way to see that it is too many.

use super::limits::WORD_CHARS_MAX;

/// A bit for each letter that occurs. Both alphabets lie in Unicode such that the low five bits tell their letters apart.
pub(super) fn signature(letters: impl Iterator<Item = char>) -> u32 {
    letters.fold(0, |bits, letter| bits | 1 << (letter as u32 % 32))
}

/// Whether words with these signatures may be within the distance: one change takes a letter away and brings another.
pub(super) fn may_be_near(a: u32, b: u32, distance_max: usize) -> bool {
    (a ^ b).count_ones() as usize <= 2 * distance_max
}

/// Letters that are left out, put in, replaced or exchanged with their neighbour (optimal string alignment), if not more
/// than `distance_max`.
pub(super) fn distance(a: &[char], b: &[char], distance_max: usize) -> Option<usize> {
    debug_assert!(a.len() <= WORD_CHARS_MAX && b.len() <= WORD_CHARS_MAX);
    if a.len().abs_diff(b.len()) > distance_max {
        return None;
    }
    let too_many = distance_max + 1;
    let mut rows = [[too_many; WORD_CHARS_MAX + 1]; 3];
    for (column, cell) in rows[0].iter_mut().take(too_many).enumerate() {
        *cell = column;
    }
    for i in 1..=a.len() {
        let [before_last, last, row] = rows_at(&mut rows, i);
        row.fill(too_many);
        if i <= distance_max {
            row[0] = i;
        }
        // Outside this band the distance is too large in any case.
        for j in i.saturating_sub(distance_max).max(1)..=(i + distance_max).min(b.len()) {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut cell = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(before_last[j - 2] + 1);
            }
            row[j] = cell.min(too_many);
        }
    }
    let found = rows[a.len() % 3][b.len()];
    (found <= distance_max).then_some(found)
}

/// The rows `i - 2`, `i - 1` and `i`, of which three are kept.
fn rows_at<const N: usize>(rows: &mut [[usize; N]; 3], i: usize) -> [&mut [usize; N]; 3] {
    let [a, b, c] = rows;
    match i % 3 {
        0 => [b, c, a],
        1 => [c, a, b],
        _ => [a, b, c],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_letters() {
        let cases = [
            ("ivanov", "ivanov", 1, Some(0)),
            ("ivanov", "ivanof", 1, Some(1)),
            ("ivanov", "vanov", 1, Some(1)),
            ("ivanov", "ivannov", 1, Some(1)),
            ("ivanov", "ivaonv", 1, Some(1)),
            ("ivanov", "viaonv", 2, Some(2)),
            ("ivanov", "ivan", 1, None),
            ("ivanov", "ivan", 2, Some(2)),
            ("ivanov", "petrov", 2, None),
            ("иванов", "ивонав", 1, None),
            ("иванов", "ивонав", 2, Some(2)),
            ("", "ab", 2, Some(2)),
            ("a", "", 1, Some(1)),
            ("", "", 1, Some(0)),
            ("ab", "cd", 1, None),
        ];
        for (a, b, distance_max, expected) in cases {
            for (a, b) in [(a, b), (b, a)] {
                let [a, b] = [a, b].map(|word| word.chars().collect::<Vec<_>>());
                assert_eq!(distance(&a, &b, distance_max), expected, "{a:?} {b:?}");
                let [a, b] = [a, b].map(|word| signature(word.into_iter()));
                assert!(expected.is_none() || may_be_near(a, b, distance_max));
            }
        }
    }

    #[test]
    fn the_longest_words_fit() {
        let long = ['a'; WORD_CHARS_MAX];
        assert_eq!(distance(&long, &long, 2), Some(0));
        assert_eq!(distance(&long, &long[1..], 2), Some(1));
    }
}
