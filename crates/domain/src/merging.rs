//! Merging two profiles of one person: nothing is lost, and for 30 days nothing is final.
//!
//! The absorbed profile is not copied into the kept one and thrown away. It stays whole and points to the kept one; what a
//! page shows of both is worked out by [`shown`] and [`all_shown`]. So undoing is taking the pointer away, and no value
//! can have been overwritten. What happens after the merging happens to the kept member and stays with him.
//!
//! Consents do not merge: each names the member who gave it, and a mistaken merging must not lend one person's face to
//! the consent of another. Until the kept member consents, only his own consents count.

use crate::id::MemberId;

/// How long a merging can be undone, in microseconds: 30 days of 24 hours.
pub const UNDO_US: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// That one profile was absorbed by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merging {
    /// The member who remains.
    pub kept: MemberId,
    /// The profile that now points to it.
    pub absorbed: MemberId,
    /// When.
    pub merged_at_us: i64,
}

/// Why two profiles cannot be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergingRefusal {
    /// Both are the same.
    SameMember,
    /// The one to absorb has been absorbed before.
    AlreadyAbsorbed {
        /// By this member.
        by: MemberId,
    },
    /// The one to keep has itself been absorbed: merge into that member.
    KeptIsAbsorbed {
        /// By this member.
        by: MemberId,
    },
}

/// Why a merging cannot be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoRefusal {
    /// No such merging is in force: it has been undone, or never was.
    NotMerged,
    /// The kept member has since been absorbed too: undo that first.
    MergedFurther {
        /// By this member.
        by: MemberId,
    },
    /// The 30 days are over.
    TooLate {
        /// The first moment at which it was too late.
        until_us: i64,
    },
}

/// Merges, given the mergings in force. The checks stand in the order of [`MergingRefusal`].
pub fn merge(
    kept: MemberId,
    absorbed: MemberId,
    in_force: &[Merging],
    now_us: i64,
) -> Result<Merging, MergingRefusal> {
    if kept == absorbed {
        return Err(MergingRefusal::SameMember);
    }
    if let Some(by) = absorbed_by(absorbed, in_force) {
        return Err(MergingRefusal::AlreadyAbsorbed { by });
    }
    if let Some(by) = absorbed_by(kept, in_force) {
        return Err(MergingRefusal::KeptIsAbsorbed { by });
    }
    Ok(Merging { kept, absorbed, merged_at_us: now_us })
}

/// Whether a merging can still be undone, given the mergings in force: in `[merged, merged + 30 days)`. The checks stand
/// in the order of [`UndoRefusal`].
pub fn may_undo(merging: &Merging, in_force: &[Merging], now_us: i64) -> Result<(), UndoRefusal> {
    if !in_force.contains(merging) {
        return Err(UndoRefusal::NotMerged);
    }
    if let Some(by) = absorbed_by(merging.kept, in_force) {
        return Err(UndoRefusal::MergedFurther { by });
    }
    let until_us = merging.merged_at_us.saturating_add(UNDO_US);
    if now_us >= until_us { Err(UndoRefusal::TooLate { until_us }) } else { Ok(()) }
}

/// Of a particular that a member has once (the name, the birth date): the kept one's, or else the absorbed one's.
pub fn shown<T>(kept: Option<T>, absorbed: Option<T>) -> Option<T> {
    kept.or(absorbed)
}

/// Of a particular that a member may have often (phones, tags): those of both, each once, the kept one's first.
pub fn all_shown<T: Clone + PartialEq>(kept: &[T], absorbed: &[T]) -> Vec<T> {
    let new = absorbed.iter().filter(|value| !kept.contains(value));
    kept.iter().chain(new).cloned().collect()
}

fn absorbed_by(member: MemberId, in_force: &[Merging]) -> Option<MemberId> {
    in_force.iter().find(|merging| merging.absorbed == member).map(|merging| merging.kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn member(n: u8) -> MemberId {
        MemberId([n; 16])
    }

    const fn merging(kept: u8, absorbed: u8) -> Merging {
        Merging { kept: member(kept), absorbed: member(absorbed), merged_at_us: 1000 }
    }

    #[test]
    fn a_profile_is_absorbed_once_and_by_a_living_one() {
        use MergingRefusal::*;
        let in_force = [merging(1, 2)];
        let cases = [
            (1, 3, Ok(merging(1, 3))),
            (3, 1, Ok(merging(3, 1))),
            (3, 3, Err(SameMember)),
            (3, 2, Err(AlreadyAbsorbed { by: member(1) })),
            (2, 3, Err(KeptIsAbsorbed { by: member(1) })),
            (2, 1, Err(KeptIsAbsorbed { by: member(1) })),
        ];
        for (kept, absorbed, expected) in cases {
            assert_eq!(merge(member(kept), member(absorbed), &in_force, 1000), expected);
        }
    }

    #[test]
    fn t23_a_merging_can_be_undone_for_thirty_days() {
        let until_us = 1000 + UNDO_US;
        let alone = [merging(1, 2)];
        let cases = [
            (&alone[..], 1000, Ok(())),
            (&alone, until_us - 1, Ok(())),
            (&alone, until_us, Err(UndoRefusal::TooLate { until_us })),
            (&[], 1000, Err(UndoRefusal::NotMerged)),
            (&[merging(1, 2), merging(3, 1)], 1000, Err(UndoRefusal::MergedFurther { by: member(3) })),
        ];
        for (in_force, now_us, expected) in cases {
            assert_eq!(may_undo(&merging(1, 2), in_force, now_us), expected);
        }
    }

    #[test]
    fn what_is_shown_loses_nothing() {
        assert_eq!(shown(Some("a"), Some("b")), Some("a"));
        assert_eq!(shown(None, Some("b")), Some("b"));
        assert_eq!(all_shown(&["a", "b"], &["b", "c"]), ["a", "b", "c"]);
    }
}
