//! How one door decides: what it demands, how strict it is about coming in twice, and for how long a grant holds.

use crate::access_method::{AccessMethods, Method};

/// Combinations that one door may demand.
pub const COMBINATIONS_MAX: usize = 16;

/// The longest time within which two taps are one passage: half a minute.
pub const DOUBLE_TAP_US_MAX: i64 = 30_000_000;

/// How long a grant may hold, from one second to two minutes. A command that is older opens nothing.
pub const GRANT_US: std::ops::RangeInclusive<i64> = 1_000_000..=120_000_000;

/// The longest time that a door may ask for between two entries: a day.
pub const AGAIN_AFTER_US_MAX: i64 = 86_400_000_000;

/// What a door does when somebody comes in who has come in and not left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AntiPassback {
    /// Nothing.
    Off,
    /// Admits him, with a mark.
    Soft,
    /// Refuses.
    Hard,
}

/// What a door does when the day has come to look at a profile again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenCheckDue {
    /// Admits, with a mark.
    Mark,
    /// Refuses, until somebody has looked.
    Refuse,
}

/// How a door knows that somebody has gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// It tells: a turnstile, a light barrier. Until then a grant is no passage.
    Reported,
    /// It cannot tell. Whoever is let in is taken to have gone in.
    Assumed,
}

/// Which methods must be shown together: one of these combinations, all of it. Without any, what the kind of place asks is
/// enough.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Demands(Vec<Vec<Method>>);

/// Why a door cannot demand this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandsRefusal {
    /// More than [`COMBINATIONS_MAX`].
    TooMany,
    /// One combination has no method.
    Empty,
    /// The door does not take this method.
    NotTaken {
        /// Which one.
        method: Method,
    },
    /// Each combination has a biometric method: whoever refuses biometrics could not come in (case B-23).
    BiometricsOnly,
}

impl Demands {
    /// Checks combinations for a door with these methods, in the order of [`DemandsRefusal`].
    pub fn new(methods: &AccessMethods, combinations: &[Vec<Method>]) -> Result<Self, DemandsRefusal> {
        if combinations.len() > COMBINATIONS_MAX {
            return Err(DemandsRefusal::TooMany);
        }
        if combinations.iter().any(Vec::is_empty) {
            return Err(DemandsRefusal::Empty);
        }
        let not_taken = |method: &&Method| !methods.methods().contains(method);
        if let Some(&method) = combinations.iter().flatten().find(not_taken) {
            return Err(DemandsRefusal::NotTaken { method });
        }
        let biometric = |combination: &Vec<Method>| combination.iter().any(|method| method.is_biometric());
        if !combinations.is_empty() && combinations.iter().all(biometric) {
            return Err(DemandsRefusal::BiometricsOnly);
        }
        Ok(Self(combinations.to_vec()))
    }

    /// The combinations.
    pub fn combinations(&self) -> &[Vec<Method>] {
        &self.0
    }

    /// Whether what was shown has all of one combination.
    pub(super) fn are_met_by(&self, shown: impl Fn(Method) -> bool) -> bool {
        self.0.is_empty() || self.0.iter().any(|combination| combination.iter().all(|&method| shown(method)))
    }
}

/// The times of a door, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    double_tap_us: i64,
    grant_us: i64,
    again_after_us: i64,
}

/// Which time is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimesRefusal {
    /// Not from zero to [`DOUBLE_TAP_US_MAX`].
    DoubleTap,
    /// Not within [`GRANT_US`].
    Grant,
    /// Not from zero to [`AGAIN_AFTER_US_MAX`].
    AgainAfter,
}

impl Times {
    /// Two taps within three seconds are one passage, a grant holds ten seconds, and there is no time to wait.
    pub const STANDARD: Self = Self { double_tap_us: 3_000_000, grant_us: 10_000_000, again_after_us: 0 };

    /// Checks the times, in the order of [`TimesRefusal`].
    pub fn new(double_tap_us: i64, grant_us: i64, again_after_us: i64) -> Result<Self, TimesRefusal> {
        if !(0..=DOUBLE_TAP_US_MAX).contains(&double_tap_us) {
            return Err(TimesRefusal::DoubleTap);
        }
        if !GRANT_US.contains(&grant_us) {
            return Err(TimesRefusal::Grant);
        }
        if !(0..=AGAIN_AFTER_US_MAX).contains(&again_after_us) {
            return Err(TimesRefusal::AgainAfter);
        }
        Ok(Self { double_tap_us, grant_us, again_after_us })
    }

    /// Within which time two taps are one passage.
    pub const fn double_tap_us(&self) -> i64 {
        self.double_tap_us
    }

    /// How long a grant holds.
    pub const fn grant_us(&self) -> i64 {
        self.grant_us
    }

    /// How long after an entry the same member may enter again.
    pub const fn again_after_us(&self) -> i64 {
        self.again_after_us
    }
}

/// How one door decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRules {
    /// What must be shown together.
    pub demands: Demands,
    /// About coming in twice.
    pub anti_passback: AntiPassback,
    /// About a profile that is to be looked at.
    pub when_check_due: WhenCheckDue,
    /// How it knows of passages.
    pub passing: Passing,
    /// Its times.
    pub times: Times,
}

impl DoorRules {
    /// Of a door that nobody has set otherwise: it demands nothing more, marks, and reports passages.
    pub fn standard() -> Self {
        Self {
            demands: Demands::default(),
            anti_passback: AntiPassback::Soft,
            when_check_due: WhenCheckDue::Mark,
            passing: Passing::Reported,
            times: Times::STANDARD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_method::Place;
    use Method::{CardNumber, Face, Pin, Voice};

    #[test]
    fn b23_no_door_can_demand_biometrics_of_everybody() {
        let methods = AccessMethods::new(Place::MemberDoor, &[CardNumber, Face, Pin]).unwrap();
        let both = [vec![CardNumber, Face], vec![CardNumber, Pin]];
        assert_eq!(Demands::new(&methods, &both).unwrap().combinations(), both);
        assert_eq!(Demands::new(&methods, &[]), Ok(Demands::default()));
        for (combinations, refusal) in [
            (vec![vec![CardNumber, Face]], DemandsRefusal::BiometricsOnly),
            (vec![vec![CardNumber], vec![]], DemandsRefusal::Empty),
            (vec![vec![CardNumber], vec![Voice]], DemandsRefusal::NotTaken { method: Voice }),
            (vec![vec![CardNumber]; 17], DemandsRefusal::TooMany),
        ] {
            assert_eq!(Demands::new(&methods, &combinations), Err(refusal));
        }
    }

    #[test]
    fn times_have_limits() {
        assert_eq!(Times::new(3_000_000, 10_000_000, 0), Ok(Times::STANDARD));
        for (double_tap_us, grant_us, again_after_us, refusal) in [
            (-1, 10_000_000, 0, TimesRefusal::DoubleTap),
            (DOUBLE_TAP_US_MAX + 1, 10_000_000, 0, TimesRefusal::DoubleTap),
            (0, 999_999, 0, TimesRefusal::Grant),
            (0, 120_000_001, 0, TimesRefusal::Grant),
            (0, 1_000_000, -1, TimesRefusal::AgainAfter),
            (0, 1_000_000, AGAIN_AFTER_US_MAX + 1, TimesRefusal::AgainAfter),
        ] {
            assert_eq!(Times::new(double_tap_us, grant_us, again_after_us), Err(refusal));
        }
    }
}
