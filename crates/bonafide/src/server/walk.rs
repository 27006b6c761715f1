//! A walk through all wallets, some in each round of the chores, in this process: begun anew after a start, for it does nothing twice.

use std::sync::{Mutex, PoisonError};

use bonafide_store::id::Id;

/// How long a walk rests, in microseconds: an hour, for a day begins at another one in each time zone.
const REST_US: i64 = 60 * 60 * 1_000_000;

/// How far it has come.
#[derive(Default)]
pub struct Walk {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    after: Option<Id>,
    /// Since when it rests, in microseconds since 1970.
    rests_since_us: Option<i64>,
}

impl Walk {
    /// After which wallet it goes on; nothing while it rests. A clock that was set back ends the rest.
    pub fn next(&self, now_us: i64) -> Option<Option<Id>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = state.rests_since_us.is_some_and(|at_us| (0..REST_US).contains(&(now_us - at_us)));
        (!rests).then_some(state.after)
    }

    /// It has come so far; nothing when it is through: then it rests.
    pub fn walked(&self, now_us: i64, after: Option<Id>) {
        self.keep(State { after, rests_since_us: after.is_none().then_some(now_us) });
    }

    /// It goes on there, and not at once.
    pub fn rests(&self, now_us: i64, after: Option<Id>) {
        self.keep(State { after, rests_since_us: Some(now_us) });
    }

    fn keep(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_rests_when_it_is_through_and_where_it_is_told_to() {
        let (walk, id) = (Walk::default(), Id::from_bytes([7; 16]));
        assert_eq!(walk.next(5), Some(None));
        walk.walked(5, Some(id));
        assert_eq!(walk.next(5), Some(Some(id)));
        walk.rests(6, Some(id));
        assert_eq!([walk.next(6), walk.next(5 + REST_US)], [None, None]);
        assert_eq!(walk.next(6 + REST_US), Some(Some(id)));
        walk.walked(7, None);
        assert_eq!(walk.next(7), None);
        assert_eq!(walk.next(6), Some(None), "the clock was set back");
    }
}
