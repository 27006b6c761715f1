//! Who belongs to whom: guardians of minors and family ties between members.

/// By which right somebody acts for a minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardianKind {
    /// A parent, by birth or adoption.
    Parent,
    /// A guardian or custodian who was appointed.
    AppointedGuardian,
    /// An institution that has the child in its care.
    Institution,
}

/// What one member is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyTie {
    /// Mother or father of the other.
    ParentOf,
    /// Daughter or son of the other.
    ChildOf,
    /// Wife, husband or partner.
    PartnerOf,
    /// Sister or brother.
    SiblingOf,
    /// Grandmother or grandfather of the other.
    GrandparentOf,
    /// Granddaughter or grandson of the other.
    GrandchildOf,
    /// Related in another way.
    RelativeOf,
}

impl FamilyTie {
    /// The same tie from the other's side; a link is stored once and read from both.
    pub const fn reversed(self) -> Self {
        match self {
            Self::ParentOf => Self::ChildOf,
            Self::ChildOf => Self::ParentOf,
            Self::GrandparentOf => Self::GrandchildOf,
            Self::GrandchildOf => Self::GrandparentOf,
            Self::PartnerOf | Self::SiblingOf | Self::RelativeOf => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FamilyTie::*;

    #[test]
    fn a_tie_seen_twice_from_the_other_side_is_the_same() {
        for tie in [ParentOf, ChildOf, PartnerOf, SiblingOf, GrandparentOf, GrandchildOf, RelativeOf] {
            assert_eq!(tie.reversed().reversed(), tie);
        }
        assert_eq!((ParentOf.reversed(), SiblingOf.reversed()), (ChildOf, SiblingOf));
    }
}
