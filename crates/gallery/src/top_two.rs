//! The best and the second member seen so far.

/// A member with its largest key so far. A key is the dot product over the template's norm: it orders the templates as
/// the cosine does, because the norm of the query is the same for all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) key: f32,
    pub(crate) member: u32,
}

impl Candidate {
    /// The order of the answer: larger key first, equal keys by lower member number. It is total, so that the answer
    /// depends neither on the order of the templates nor on how they are shared among threads.
    fn before(self, other: Self) -> bool {
        self.key > other.key || (self.key >= other.key && self.member < other.member)
    }
}

/// The two best members; each member counts with its best template.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TopTwo {
    pub(crate) best: Option<Candidate>,
    pub(crate) second: Option<Candidate>,
}

impl TopTwo {
    /// Takes a template into account.
    pub(crate) fn offer(&mut self, new: Candidate) {
        let Some(best) = self.best else {
            self.best = Some(new);
            return;
        };
        if new.member == best.member {
            if new.key > best.key {
                self.best = Some(new);
            }
        } else if new.before(best) {
            // If `new` is the second member, the old best takes its place; the older, lower key is dropped.
            self.second = Some(best);
            self.best = Some(new);
        } else if self.second.is_none_or(|second| new.before(second)) {
            self.second = Some(new);
        }
    }

    /// Only keys at or above this can change anything.
    pub(crate) fn limit(&self) -> f32 {
        self.second.map_or(f32::NEG_INFINITY, |second| second.key)
    }

    /// Takes in what another thread found. Nothing is lost: a member that is among the two best of all is among the
    /// two best of the part where its best template lies.
    pub(crate) fn merge(&mut self, other: Self) {
        for candidate in [other.best, other.second].into_iter().flatten() {
            self.offer(candidate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offers `(key, member)` pairs and compares with the expected best and second member.
    fn check(offers: &[(f32, u32)], best: Option<u32>, second: Option<u32>) {
        let mut top = TopTwo::default();
        for &(key, member) in offers {
            top.offer(Candidate { key, member });
        }
        assert_eq!(top.best.map(|c| c.member), best, "{offers:?}");
        assert_eq!(top.second.map(|c| c.member), second, "{offers:?}");
    }

    #[test]
    fn two_members_are_kept() {
        check(&[], None, None);
        check(&[(0.5, 7)], Some(7), None);
        check(&[(0.5, 7), (0.6, 7)], Some(7), None);
        check(&[(0.5, 7), (0.6, 8), (0.7, 7)], Some(7), Some(8));
        check(&[(0.9, 1), (0.5, 2), (0.6, 2), (0.55, 3)], Some(1), Some(2));
        check(&[(0.9, 1), (0.8, 2), (0.95, 2), (0.85, 3)], Some(2), Some(1));
    }

    #[test]
    fn ties_go_to_the_lower_number() {
        check(&[(0.5, 9), (0.5, 3), (0.5, 5)], Some(3), Some(5));
        check(&[(0.5, 3), (0.5, 5), (0.5, 9)], Some(3), Some(5));
        check(&[(0.5, 5), (0.5, 9), (0.5, 3)], Some(3), Some(5));
    }
}
