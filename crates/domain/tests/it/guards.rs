//! Purchases and claims of one member at random moments: no span of time holds more that earned than its guard allows, and nothing is
//! stopped that had room.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::programme::{Guard, Guards, GuardsSpec};

use crate::dice::Dice;

const SEEDS: u64 = 2_000;
const STEPS: u64 = 120;
const HOUR_US: i64 = 3_600_000_000;

fn number(dice: &mut Dice, from: u32, below: u64) -> Option<u32> {
    (!dice.once_in(5)).then(|| from + u32::try_from(dice.roll(below)).unwrap())
}

fn guards(dice: &mut Dice) -> Guards {
    let (purchases_hour, claims_day) = (number(dice, 1, 4), number(dice, 1, 4));
    let spec = GuardsSpec {
        purchases_hour,
        purchases_day: number(dice, purchases_hour.unwrap_or(1), 6),
        claims_day,
        claims_month: number(dice, claims_day.unwrap_or(1), 6),
    };
    Guards::parse(spec).unwrap()
}

/// How many of these lie in the span of this length that ends with one of them, by looking at each pair.
fn most_in_any_span(moments: &[i64], length_us: i64) -> usize {
    let in_span = |end: &i64| moments.iter().filter(|one| **one <= *end && **one > *end - length_us).count();
    moments.iter().map(in_span).max().unwrap_or(0)
}

/// The guard that should stop one more, by a model that counts each window by hand.
fn model(guards: &Guards, both: [(Guard, i64); 2], moments: &[i64], at: i64) -> Option<Guard> {
    for (guard, length_us) in both {
        let Some(max) = guards.max(guard) else { continue };
        let mut count = 0;
        for moment in moments {
            if at - moment < length_us {
                count += 1;
            }
        }
        if count >= max {
            return Some(guard);
        }
    }
    None
}

#[test]
fn t24_no_span_of_time_holds_more_than_its_guard_allows() {
    let purchases = [(Guard::PurchasesHour, HOUR_US), (Guard::PurchasesDay, 24 * HOUR_US)];
    let claims = [(Guard::ClaimsDay, 24 * HOUR_US), (Guard::ClaimsMonth, 720 * HOUR_US)];
    let (mut stopped, mut passed) = (0, 0);
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let guards = guards(&mut dice);
        let is_claim = dice.once_in(2);
        let (both, step_us) = if is_claim { (claims, 90 * HOUR_US) } else { (purchases, 4 * HOUR_US) };
        let (mut kept, mut now): (Vec<i64>, i64) = (Vec::new(), 1_790_000_000_000_000);
        for step in 0..STEPS {
            // Often at once, and sometimes to the very end of a window.
            now += match dice.roll(4) {
                0 => 0,
                1 => both[dice.roll(2) as usize].1,
                2 => dice.between(0, step_us / 20),
                _ => dice.between(0, step_us),
            };
            let at = UtcMicros::parse(now).unwrap();
            let moments: Vec<UtcMicros> = kept.iter().map(|us| UtcMicros::parse(*us).unwrap()).collect();
            let told =
                if is_claim { guards.stops_claim(&moments, at) } else { guards.stops_purchase(&moments, at) };
            assert_eq!(told, model(&guards, both, &kept, now), "seed {seed}, step {step}");
            // The newest as many as are asked for decide the same.
            let asked = if is_claim { guards.claims_asked() } else { guards.purchases_asked() };
            let (length_us, most) = asked.unwrap_or((0, 0));
            let recent = moments.iter().rev().filter(|one| one.get() > now - length_us);
            let recent: Vec<UtcMicros> = recent.take(most as usize).copied().collect();
            let by_recent =
                if is_claim { guards.stops_claim(&recent, at) } else { guards.stops_purchase(&recent, at) };
            assert_eq!(told, by_recent, "seed {seed}, step {step}: what is not read makes no difference");
            match told {
                Some(_) => stopped += 1,
                None => {
                    kept.push(now);
                    passed += 1;
                }
            }
        }
        for (guard, length_us) in both {
            if let Some(max) = guards.max(guard) {
                let most = most_in_any_span(&kept, length_us);
                assert!(most <= max as usize, "seed {seed}: {most} of {guard:?} in one span, of {max}");
            }
        }
    }
    assert!(stopped > 10_000 && passed > 10_000, "both ends are tried: {stopped}, {passed}");
}
