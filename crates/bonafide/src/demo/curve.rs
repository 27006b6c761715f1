//! At which hours people come: the shape of a day at each house, for the history and for the live traffic.

use super::dice::Dice;
use super::sites::House;

/// How many come in each hour of the wall's clock, relative to each other. The clubs never close; a few come at night.
const CLUB: [u32; 24] =
    [3, 2, 2, 2, 2, 4, 14, 26, 28, 24, 20, 18, 20, 18, 16, 18, 24, 38, 52, 54, 44, 28, 14, 7];

const SALON: [u32; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 14, 16, 14, 16, 18, 18, 16, 18, 22, 20, 12, 0, 0, 0];

/// Until noon, for those who pay for that.
const MORNING: [u32; 24] = [0, 0, 0, 0, 0, 0, 20, 30, 28, 24, 16, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const fn day(house: House) -> &'static [u32; 24] {
    match house {
        House::North | House::Harbour | House::Shop => &CLUB,
        House::Salon => &SALON,
    }
}

/// A minute of the day at which somebody comes.
pub(super) fn minute(house: House, morning: bool, dice: &mut Dice) -> i64 {
    let hours = if morning { &MORNING } else { day(house) };
    60 * dice.weighted(hours) as i64 + dice.within(0, 59)
}

/// How busy a house is at an hour, from zero to one: its fullest hour is one. Whoever came in the hour before is still there.
pub(super) fn busy(house: House, hour: usize) -> f64 {
    let day = day(house);
    let at = |hour: usize| f64::from(day[hour % 24]);
    let fullest = day.iter().copied().max().map_or(1.0, f64::from);
    (0.5 * at(hour) + 0.5 * at(hour + 23)) / fullest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenings_are_full_and_nights_are_not_empty() {
        assert!(busy(House::North, 19) > 0.9);
        assert!(busy(House::North, 3) > 0.0);
        assert!(busy(House::Salon, 3) < f64::EPSILON);
        let mut dice = Dice::new(1);
        for _ in 0..500 {
            assert!((6 * 60..12 * 60).contains(&minute(House::North, true, &mut dice)));
            assert!((9 * 60..21 * 60).contains(&minute(House::Salon, false, &mut dice)));
        }
    }
}
