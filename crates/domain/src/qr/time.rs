//! Which time codes are judged by.
//!
//! A clock may be wrong: an hour ahead, an hour behind, in 1970 after its battery has died. Set back, it would make an old code
//! new again. So time has a **floor**: whatever is durable has happened (case D-10). Whoever asks brings the later of the
//! newest event that he has kept and the newest time that a server told him.
//!
//! | the clock | what is taken |
//! | --- | --- |
//! | at the floor or later | the clock |
//! | less than a step before it, as when it is adjusted | the floor |
//! | further back, or not set | nothing: no code counts (case D-09), and somebody must look at the clock |
//!
//! A clock that is ahead cannot be known for one. Codes have expired then, and after it was put right none counts until the
//! floor that it left behind is reached. Neither ever opens a door; cards do not depend on it.

use crate::calendar::UtcMicros;
use crate::qr::STEP_US;

/// Steps that a code may be early or late: the clocks of a phone and of a door differ, and walking takes time.
pub const STEPS_OF_TOLERANCE: i64 = 1;

/// The step of an instant.
pub const fn step_of(at: UtcMicros) -> u32 {
    // Instants end in 2199, and so do the steps before the range of the number.
    (at.get() / STEP_US) as u32
}

/// The time that may be trusted; nothing when the clock cannot be. Both in microseconds since 1970.
pub fn trusted(clock_us: i64, floor_us: i64) -> Option<UtcMicros> {
    let clock = UtcMicros::parse(clock_us).ok()?;
    let behind_us = floor_us.saturating_sub(clock_us);
    if behind_us >= STEP_US {
        return None;
    }
    UtcMicros::parse(clock.get().max(floor_us)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::{Code, CodeId, CodeRefusal, KeyId, Signer, SiteId, judge};

    const NOW_US: i64 = 1_800_000_000_000_000;
    const HOUR_US: i64 = 3_600_000_000;

    #[test]
    fn steps_reach_to_the_last_instant() {
        assert_eq!(step_of(UtcMicros::parse(NOW_US + STEP_US - 1).unwrap()), 120_000_000);
        assert_eq!(i64::from(step_of(UtcMicros::MAX)), UtcMicros::MAX.get() / STEP_US);
        assert_eq!(i64::from(step_of(UtcMicros::MIN)), UtcMicros::MIN.get() / STEP_US);
    }

    #[test]
    fn d10_time_never_goes_behind_what_has_happened() {
        for (name, clock_us, floor_us, expected) in [
            ("nothing has happened yet", NOW_US, 0, Some(NOW_US)),
            ("at the floor", NOW_US, NOW_US, Some(NOW_US)),
            ("adjusted by a second", NOW_US - 1_000_000, NOW_US, Some(NOW_US)),
            ("the last microsecond of the tolerance", NOW_US - STEP_US + 1, NOW_US, Some(NOW_US)),
            ("a step back", NOW_US - STEP_US, NOW_US, None),
            ("an hour back", NOW_US - HOUR_US, NOW_US, None),
            ("in 1970", 7, 0, None),
            ("before 1970", i64::MIN, i64::MAX, None),
            ("in no year", i64::MAX, 0, None),
        ] {
            assert_eq!(trusted(clock_us, floor_us).map(UtcMicros::get), expected, "{name}");
        }
    }

    /// What a phone with the right time shows to a door with a wrong one.
    #[test]
    fn d09_a_wrong_clock_opens_nothing() {
        let (site, key) = (SiteId([1; 8]), KeyId([2; 8]));
        let shown_at = |us: i64| {
            let step = step_of(UtcMicros::parse(us).unwrap());
            Code::new(site, CodeId::new(key, step, 0).unwrap(), [0; 64])
        };
        let newest_us = NOW_US - 40_000_000;
        for (name, clock_us, expected) in [
            ("right", NOW_US, Ok(())),
            ("an hour ahead", NOW_US + HOUR_US, Err(CodeRefusal::Expired)),
            ("an hour behind", NOW_US - HOUR_US, Err(CodeRefusal::NoTrustedTime)),
            ("its battery has died", 0, Err(CodeRefusal::NoTrustedTime)),
        ] {
            let now = trusted(clock_us, newest_us);
            assert_eq!(judge(&shown_at(NOW_US), site, Signer::Own, now), expected, "{name}");
        }
        // The old code that the clock was set back for, and one of the present afterwards.
        let old_us = NOW_US - HOUR_US;
        let back = trusted(old_us, newest_us);
        assert_eq!(judge(&shown_at(old_us), site, Signer::Own, back), Err(CodeRefusal::NoTrustedTime));
        let put_right = trusted(NOW_US, NOW_US + HOUR_US);
        assert_eq!(judge(&shown_at(NOW_US), site, Signer::Own, put_right), Err(CodeRefusal::NoTrustedTime));
    }
}
