//! Being inside: who is taken to be in a zone, and which passage is a visit.
//!
//! A member may be in several zones of a branch at once: in the club, and in its pool. Each has its own stay, which begins
//! when he passes its entrance and ends when he passes its exit.

use crate::calendar::UtcMicros;

/// How long somebody is taken to be inside: 18 hours. Whoever has been longer has left without being seen: through a door
/// that was held open, behind somebody else. Nobody is locked out for it the next morning.
pub const INSIDE_US_MAX: i64 = 18 * 3_600_000_000;

/// Whether a stay that began then is still taken to go on. One that begins in the future does: a clock that was set back ends
/// nothing.
pub fn goes_on(since: UtcMicros, at: UtcMicros) -> bool {
    at.get() - since.get() < INSIDE_US_MAX
}

/// Whether a passage inwards is a visit of the member, or only a further door of one: `in_branch_since` is the latest
/// beginning of his stays in the branch.
pub fn is_visit(in_branch_since: Option<UtcMicros>, at: UtcMicros) -> bool {
    in_branch_since.is_none_or(|since| !goes_on(since, at))
}

/// How long somebody was inside, in microseconds; nothing when his stay was over long before.
pub fn inside_us(since: UtcMicros, left_at: UtcMicros) -> Option<i64> {
    goes_on(since, left_at).then(|| (left_at.get() - since.get()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stay_goes_on_for_eighteen_hours() {
        let since = UtcMicros::parse(1_800_000_000_000_000).unwrap();
        for (later_us, inside) in
            [(0, Some(0)), (-5, Some(0)), (INSIDE_US_MAX - 1, Some(INSIDE_US_MAX - 1)), (INSIDE_US_MAX, None)]
        {
            let at = since.plus(later_us).unwrap();
            assert_eq!(inside_us(since, at), inside, "{later_us}");
            assert_eq!(is_visit(Some(since), at), inside.is_none(), "{later_us}");
        }
        assert!(is_visit(None, since));
    }
}
