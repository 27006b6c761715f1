//! What doors decided, who went through, and who is inside now.
//!
//! A request becomes a decision, written with all that it takes from a membership and with its audit entry, in one
//! transaction ([`decide`]). A grant is no passage: that somebody went through is a second event ([`passing`]), and only that
//! moves [`presence`] and counts a visit of the member. A grant that nobody uses lapses, and its visit is given back.
//!
//! **Asked twice, decided once.** The device brings the id of its request. The same id gets the same answer for ever; about
//! another door or another member it is refused, since the first answer may be a yes.
//!
//! **Leaving is never refused.** [`decide::leave`] has no refusal, whoever leaves and whatever the zone says (case D-19).
//!
//! **In plain words** stand ids, moments and reasons only, and nothing of them says who a member is.

pub mod attention;
pub mod by_hand;
pub mod changes;
pub mod decide;
pub mod door;
pub mod emergency;
pub(crate) mod facts;
pub mod feed;
pub mod flood;
mod note;
pub mod passing;
pub mod presence;
pub mod provided;
mod record;
pub mod suspension;
pub mod upkeep;

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::admission::facts::{StillOpens, Ticket};
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::consent::Keeping;
use bonafide_domain::credential::CredentialState;
use bonafide_domain::qr::{CodeId, CodeRefusal};

use crate::id::Id;
use crate::words::words;

pub use record::{code_word, exit_mark_word, mark_word, refusal_word, takes_word};

/// The table, as the audit names it.
pub const TABLE: &str = "passages";

/// What a door is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The id of the request, from the device.
    pub operation: Id,
    /// Where.
    pub access_point: Id,
    /// Who was recognised.
    pub who: Who,
    /// Whose guest he is; nothing when he comes in his own right.
    pub host: Option<Id>,
}

/// Who was recognised at a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Nobody.
    Nobody,
    /// Several members equally well.
    Several,
    /// One by one thing and another by another.
    Contradictory,
    /// Nobody, by a code that opens nothing and names nobody: forged, or of another house.
    BadCode(CodeRefusal),
    /// One member.
    Member(Recognised),
}

/// A member who was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The member; after a merging any of his profiles.
    pub member: Id,
    /// What he showed; at least one thing.
    pub shown: Vec<Shown>,
    /// A face was compared with his and did not fit.
    pub face_does_not_fit: bool,
    /// The codes that he showed on his device, signed by its key.
    pub codes: Vec<ShownCode>,
}

/// A code that the device of a member has signed. Whether it has opened before is asked when the door decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownCode {
    /// Which one.
    pub id: CodeId,
    /// Why it opens nothing all the same: too old or too early. It still names the member, so that a request that is repeated
    /// minutes later gets its first answer.
    pub refused: Option<CodeRefusal>,
}

/// One thing that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// How.
    pub method: Method,
    /// Which credential; nothing where none has a row, as for a code to the phone of the profile.
    pub credential: Option<Id>,
    /// What it allows now.
    pub state: CredentialState,
    /// What is known of a biometric answer.
    pub assurance: Assurance,
    /// Where the biometric part was compared, and the profile that gave the consent; nothing of what is not biometric.
    pub biometric: Option<(Id, Keeping)>,
}

/// The answer of an entrance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The row of the decision.
    pub passage: Id,
    /// The member, when one was recognised. Unless he is admitted, that is for the desk and not for the screen at the door: it may
    /// be somebody who resembles him.
    pub member: Option<Id>,
    /// Whether he may pass.
    pub outcome: Outcome,
    /// What somebody should look at.
    pub marks: Vec<Mark>,
    /// It was decided before, under the same id.
    pub repeated: bool,
    /// The door is on trial beside an older system: whatever the outcome, nothing is to open by it.
    pub shadow: bool,
}

/// Whether a member may pass inwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// He may, until the grant lapses. The grant has the id of the passage.
    Admitted {
        /// What it took.
        ticket: Ticket,
        /// From when on the door opens no more, in microseconds since 1970.
        lapses_us: i64,
    },
    /// Somebody of the staff lets him in: see [`by_hand`]. Nothing is taken.
    AdmittedByHand {
        /// From when on the door opens no more, in microseconds since 1970.
        lapses_us: i64,
    },
    /// It is the passage of a grant before.
    SamePassage {
        /// Which one.
        grant: Id,
        /// Whether the door is to open.
        opens: StillOpens,
    },
    /// He may not.
    Refused(Refusal),
    /// One of these besides would do.
    SecondFactor(Vec<Method>),
}

/// The answer to leaving. There is nothing in it that could keep somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The grant to be reported as passed; nothing at a door that nobody knows, and in a [`flood`] of unknown reads.
    pub grant: Option<Id>,
    /// What somebody should look at.
    pub marks: Vec<ExitMark>,
    /// It was decided before, under the same id.
    pub repeated: bool,
    /// The door is on trial beside an older system, which lets him out.
    pub shadow: bool,
}

/// Which way somebody wants to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Inwards.
    Entry,
    /// Outwards.
    Exit,
}

words! {
    /// The word that stands for a way.
    way_word, way_of_word: Way { Entry = "entry", Exit = "exit" }
}

/// In what a request differs from the one that had the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Another door.
    AccessPoint,
    /// The other way.
    Way,
    /// Another member.
    Member,
    /// Another thing was shown.
    Shown,
}

/// Why nothing was decided. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDecided {
    /// The id was used for something else.
    OtherOperation(Differing),
    /// There is no such door.
    NoAccessPoint,
}
