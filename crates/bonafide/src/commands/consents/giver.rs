//! Who gives or withdraws a consent: the member, or somebody who acts for the member.

use bonafide_domain::consent::{Evidence, Giver};
use bonafide_domain::id::StaffId;
use bonafide_domain::profile::GuardianKind;
use bonafide_store::id::Id;

use crate::commands::operation;
use crate::failure::Failure;

/// By which right somebody acts for the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RepresentativeArg {
    /// A parent, by birth or adoption.
    Parent,
    /// A guardian or custodian who was appointed.
    AppointedGuardian,
    /// An institution that has the child in its care.
    Institution,
}

/// Who gave it, and who took it.
#[derive(Debug, clap::Args)]
pub(crate) struct GiverArgs {
    /// Somebody acts for the member: by which right.
    #[arg(long, value_enum, value_name = "RIGHT")]
    representative: Option<RepresentativeArg>,
    /// The proof of that right, such as the number of a scanned birth certificate.
    #[arg(long)]
    proof: Option<String>,
    /// The employee who took it, by id.
    #[arg(long, value_name = "ID", value_parser = operation::id)]
    operator: Option<Id>,
}

impl GiverArgs {
    /// Who it is.
    ///
    /// # Errors
    /// `proof_missing` for a representative without proof, `bad_value` for a proof that is no line of text or belongs to
    /// nobody.
    pub(crate) fn giver(&self) -> Result<Giver, Failure> {
        let Some(representative) = self.representative else {
            return match self.proof {
                None => Ok(Giver::Subject),
                Some(_) => Err(Failure::new(
                    "bad_value",
                    "--proof is of a representative: name --representative too",
                )),
            };
        };
        let kind = match representative {
            RepresentativeArg::Parent => GuardianKind::Parent,
            RepresentativeArg::AppointedGuardian => GuardianKind::AppointedGuardian,
            RepresentativeArg::Institution => GuardianKind::Institution,
        };
        let words = "whoever acts for a member proves the right to: give --proof, such as the number of a certificate";
        let proof = self.proof.as_deref().ok_or_else(|| Failure::new("proof_missing", words))?;
        Ok(Giver::Representative { kind, proof: evidence("--proof", proof)? })
    }

    /// Who of the staff took it.
    pub(crate) fn operator(&self) -> Option<StaffId> {
        self.operator.map(StaffId::from)
    }
}

/// A line that says where to look.
///
/// # Errors
/// `bad_value` with the argument's name.
pub(crate) fn evidence(argument: &str, text: &str) -> Result<Evidence, Failure> {
    let words = || format!("{argument} is one line of at most 200 characters that says where the proof lies");
    Evidence::parse(text).map_err(|_| Failure::new("bad_value", words()))
}
