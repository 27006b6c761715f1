//! What a person is asked to do, and in which order.

/// Challenges of one session at most: more are a nuisance.
pub const CHALLENGES_MAX: usize = 4;

/// One thing that a person is asked to do. Left and right are the person's own, the picture is not mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// Turn the head to the left and back.
    TurnLeft,
    /// Turn the head to the right and back.
    TurnRight,
    /// Come closer. It proves nothing alone, for a picture can be brought closer too; it makes a prepared film less likely
    /// to fit.
    ComeCloser,
}

impl Challenge {
    /// Stable key for programs and translations.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Challenge::TurnLeft => "turn_left",
            Challenge::TurnRight => "turn_right",
            Challenge::ComeCloser => "come_closer",
        }
    }

    fn is_turn(self) -> bool {
        self != Challenge::ComeCloser
    }
}

/// Challenges in their order, at least one of them a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenges(Vec<Challenge>);

/// Why challenges are refused. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengesRefusal {
    /// More than [`CHALLENGES_MAX`].
    TooMany,
    /// None of them is a turn, so nothing would be proven.
    NoTurn,
}

impl Challenges {
    /// Checks an order.
    ///
    /// # Errors
    /// As [`ChallengesRefusal`] says.
    pub fn new(order: &[Challenge]) -> Result<Challenges, ChallengesRefusal> {
        if order.len() > CHALLENGES_MAX {
            return Err(ChallengesRefusal::TooMany);
        }
        if !order.iter().any(|challenge| challenge.is_turn()) {
            return Err(ChallengesRefusal::NoTurn);
        }
        Ok(Challenges(order.to_vec()))
    }

    /// Two turns, and in half of the cases a step closer before, between or after them. `dice` is any number; all sixteen
    /// orders that there are come up, and about equally often those with a step and those without.
    #[must_use]
    pub fn drawn(dice: u64) -> Challenges {
        let turn = |bit: u32| if dice >> bit & 1 == 0 { Challenge::TurnLeft } else { Challenge::TurnRight };
        let mut order = vec![turn(0), turn(1)];
        if dice >> 2 & 1 == 1 {
            // Below three, so it fits any usize.
            order.insert((dice / 8 % 3) as usize, Challenge::ComeCloser);
        }
        Challenges(order)
    }

    /// The challenges.
    #[must_use]
    pub fn order(&self) -> &[Challenge] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Challenge::{ComeCloser, TurnLeft, TurnRight};

    #[test]
    fn an_order_without_a_turn_is_refused() {
        let cases: [(&[Challenge], Option<ChallengesRefusal>); 5] = [
            (&[TurnLeft], None),
            (&[ComeCloser, TurnRight], None),
            (&[], Some(ChallengesRefusal::NoTurn)),
            (&[ComeCloser, ComeCloser], Some(ChallengesRefusal::NoTurn)),
            (&[TurnLeft; 5], Some(ChallengesRefusal::TooMany)),
        ];
        for (order, refusal) in cases {
            assert_eq!(Challenges::new(order).err(), refusal, "{order:?}");
        }
    }

    #[test]
    fn the_dice_reach_every_order_and_each_is_good() {
        let mut orders: Vec<Vec<Challenge>> = Vec::new();
        for dice in 0..64 {
            let drawn = Challenges::drawn(dice);
            assert_eq!(Challenges::new(drawn.order()), Ok(drawn.clone()));
            if !orders.contains(&drawn.0) {
                orders.push(drawn.0);
            }
        }
        assert_eq!(orders.len(), 4 + 12);
        assert_eq!(Challenges::drawn(u64::MAX).order().len(), 3);
    }
}
