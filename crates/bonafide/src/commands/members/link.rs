//! `bonafide members link` and `unlink`: family ties.

use bonafide_domain::profile::FamilyTie;
use bonafide_store::members::family::{NotTied, TIES_MAX, tie, tie_word, untie};
use serde::Serialize;

use crate::book::Book;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Note what a member is to another: `link 17 18 --as parent` says that 17 is the parent of 18. Both pages show it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members link 17 18 --as parent --data club")]
pub(crate) struct LinkArgs {
    /// The member: number or id.
    member: String,
    /// The other one.
    relative: String,
    /// What the first is to the second.
    #[arg(long = "as", value_enum, value_name = "TIE")]
    tie: TieArg,
}

/// Take the family tie of two members away.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members unlink 17 18 --data club")]
pub(crate) struct UnlinkArgs {
    /// The member: number or id.
    member: String,
    /// The other one.
    relative: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum TieArg {
    Parent,
    Child,
    Partner,
    Sibling,
    Grandparent,
    Grandchild,
    Relative,
}

impl TieArg {
    const fn tie(self) -> FamilyTie {
        match self {
            TieArg::Parent => FamilyTie::ParentOf,
            TieArg::Child => FamilyTie::ChildOf,
            TieArg::Partner => FamilyTie::PartnerOf,
            TieArg::Sibling => FamilyTie::SiblingOf,
            TieArg::Grandparent => FamilyTie::GrandparentOf,
            TieArg::Grandchild => FamilyTie::GrandchildOf,
            TieArg::Relative => FamilyTie::RelativeOf,
        }
    }
}

#[derive(Serialize)]
struct LinkAnswer {
    member: u32,
    relative: u32,
    /// What the first is to the second; nothing when the tie was taken away.
    tie: Option<&'static str>,
}

impl Answer for LinkAnswer {
    fn text(&self) -> String {
        match self.tie {
            Some(tie) => format!("member {} is noted as {tie} of member {}", self.member, self.relative),
            None => format!("members {} and {} are not tied any more", self.member, self.relative),
        }
    }
}

/// Runs `link`.
///
/// # Errors
/// `not_linked` with the reason, `no_member`, and the keys of faults.
pub(super) fn run(args: &LinkArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (one, other) = (member(book, &args.member)?, member(book, &args.relative)?);
    let (acting, ids, wanted) = (book.acting(), (one.id, other.id), args.tie.tie());
    let words = match book.store.write(move |work| tie(work, &acting, ids.0, ids.1, wanted))? {
        Ok(()) => {
            let tie = Some(tie_word(wanted));
            return output::print(&LinkAnswer { member: one.number, relative: other.number, tie }, json);
        }
        Err(NotTied::NotFound(_)) => "one of them does not exist any more".to_owned(),
        Err(NotTied::SamePerson) => "both are the same person".to_owned(),
        Err(NotTied::TiedAlready { tie }) => format!(
            "member {} is noted as {} of member {}: take that away with `members unlink` first",
            one.number,
            tie_word(tie),
            other.number
        ),
        Err(NotTied::TooMany(id)) => {
            let number = if id == one.id { one.number } else { other.number };
            format!("member {number} has {TIES_MAX} family ties, and that is the most")
        }
    };
    Err(Failure::new("not_linked", words))
}

/// Runs `unlink`.
///
/// # Errors
/// `not_linked` when there is no tie, `no_member`, and the keys of faults.
pub(super) fn undo_run(args: &UnlinkArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (one, other) = (member(book, &args.member)?, member(book, &args.relative)?);
    let (acting, ids) = (book.acting(), (one.id, other.id));
    if book.write(move |work| untie(work, &acting, ids.0, ids.1))? {
        output::print(&LinkAnswer { member: one.number, relative: other.number, tie: None }, json)
    } else {
        let words = format!("members {} and {} are not tied", one.number, other.number);
        Err(Failure::new("not_linked", words))
    }
}
