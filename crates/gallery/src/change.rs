//! A checked change, ready to be applied.

use std::fmt;

use zeroize::Zeroizing;

use crate::groups::GroupId;
use crate::limits::{GROUPS_PER_MEMBER_MAX, MEMBERS_MAX, TEMPLATES_PER_MEMBER_MAX};
use crate::vector::{VectorError, padded, quantise_template};

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The member number is not below [`MEMBERS_MAX`].
    MemberOutOfRange(u32),
    /// A member without a template cannot be found; remove it instead.
    NoTemplates,
    /// More than [`TEMPLATES_PER_MEMBER_MAX`] templates.
    TooManyTemplates(usize),
    /// More than [`GROUPS_PER_MEMBER_MAX`] groups.
    TooManyGroups(usize),
    /// The template of this index is not usable, or not as long as the first.
    Template(usize, VectorError),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MemberOutOfRange(member) => write!(f, "member number {member} is not below {MEMBERS_MAX}"),
            Self::NoTemplates => f.write_str("a member needs at least one template"),
            Self::TooManyTemplates(n) => {
                write!(f, "{n} templates are more than {TEMPLATES_PER_MEMBER_MAX} for one member")
            }
            Self::TooManyGroups(n) => {
                write!(f, "{n} groups are more than {GROUPS_PER_MEMBER_MAX} for one member")
            }
            Self::Template(index, error) => write!(f, "template {index}: {error}"),
        }
    }
}

impl std::error::Error for ChangeError {}

/// A member added, replaced or removed. The quantised templates in it are wiped when it is dropped.
pub struct Change {
    pub(crate) member: u32,
    pub(crate) kind: ChangeKind,
}

pub(crate) enum ChangeKind {
    Upsert(Enrolment),
    Remove,
}

/// What the gallery stores of one member.
pub(crate) struct Enrolment {
    pub(crate) dim: usize,
    /// The biased bytes of all templates, one after the other, each padded to whole groups of four.
    codes: Zeroizing<Vec<u8>>,
    /// 1/‖code‖ of each template.
    inverse_norms: Vec<f32>,
    pub(crate) groups: Vec<GroupId>,
}

impl Enrolment {
    /// Each template: its bytes and the inverse of its norm.
    pub(crate) fn templates(&self) -> impl ExactSizeIterator<Item = (&[u8], f32)> {
        self.codes.chunks_exact(padded(self.dim)).zip(self.inverse_norms.iter().copied())
    }
}

impl Change {
    /// The member has from now on exactly these templates and belongs to exactly these groups, whatever was before.
    ///
    /// The vectors need not have length one. NaN, infinity, zero and unequal lengths are refused here; another length
    /// than the gallery's is refused when the change is applied.
    pub fn upsert(member: u32, templates: &[&[f32]], groups: &[GroupId]) -> Result<Self, ChangeError> {
        if member >= MEMBERS_MAX {
            return Err(ChangeError::MemberOutOfRange(member));
        }
        if templates.len() > TEMPLATES_PER_MEMBER_MAX {
            return Err(ChangeError::TooManyTemplates(templates.len()));
        }
        if groups.len() > GROUPS_PER_MEMBER_MAX {
            return Err(ChangeError::TooManyGroups(groups.len()));
        }
        let dim = templates.first().ok_or(ChangeError::NoTemplates)?.len();
        // The capacity is right from the start: a growing vector would leave unwiped copies behind.
        let mut codes = Zeroizing::new(Vec::with_capacity(padded(dim) * templates.len()));
        let mut inverse_norms = Vec::with_capacity(templates.len());
        for (index, template) in templates.iter().enumerate() {
            if template.len() != dim {
                let error = VectorError::WrongLength { expected: dim, actual: template.len() };
                return Err(ChangeError::Template(index, error));
            }
            let inverse_norm = quantise_template(template, &mut codes)
                .map_err(|error| ChangeError::Template(index, error))?;
            inverse_norms.push(inverse_norm);
        }
        let mut groups = groups.to_vec();
        groups.sort_unstable();
        groups.dedup();
        Ok(Self { member, kind: ChangeKind::Upsert(Enrolment { dim, codes, inverse_norms, groups }) })
    }

    /// The member is no longer in the gallery. Removing an absent member changes nothing.
    pub fn remove(member: u32) -> Self {
        Self { member, kind: ChangeKind::Remove }
    }

    /// The member that it is about.
    pub fn member(&self) -> u32 {
        self.member
    }
}

/// Shows no component: a template must not reach a log.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            ChangeKind::Upsert(_) => "Upsert",
            ChangeKind::Remove => "Remove",
        };
        f.debug_struct(name).field("member", &self.member).finish_non_exhaustive()
    }
}
