//! Purchases: what was bought, what it earned, what points paid, and what came back.
//!
//! A till names a purchase by an id of its own, and asks as often as it likes: the same again is answered as before (cases T-01, T-04),
//! other contents are refused and the field is named. Spending is [`begin`], which holds the points and pins the version of the rules
//! (case T-21), and then [`complete`] or [`give_up`]; a purchase that only earns is completed at once. Goods come back by
//! [`bring_back`], a purchase of nobody finds its member by [`claim`].
//!
//! What lay in the basket is sealed under the member's key, or the installation's as long as nobody is known, and goes with him.

mod back;
mod beginning;
mod bought;
mod claiming;
mod completing;
mod facts;
mod guarding;
mod kept;
mod offering;
mod offline;
mod own;
mod past;
mod recognition;

use bonafide_domain::ledger::{Asked, NotPosted};
use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_domain::programme::{Basket, QuoteRefusal};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{self, Refusal};
use crate::words::words;

pub use back::{Back, BackLine, NotBack, bring_back, left};
pub use beginning::{begin, give_up};
pub(crate) use bought::bought_since;
pub use claiming::{CLAIM_US_MAX, NotClaimed, claim};
pub use completing::complete;
pub use facts::tier;
pub use kept::{KeptLine, Purchase, of_receipt, of_wallet, read};
pub use offering::{NoOffer, Offered, offer};
pub use offline::{NotTakenIn, complete_offline};
pub(crate) use own::is_own;
pub use own::{own_member, set_own_member};
pub use past::{LeftOut, Past, count_past, replay_past};
pub use recognition::{
    CANDIDATE_US_MAX, NotRecognised, RECOGNITION_US_MAX, Recognition, open_candidate, open_recognition,
    seal_candidate, seal_recognition,
};

const TABLE: &str = "purchases";

/// How long a till may hold points, in microseconds, unless it says otherwise: a quarter of an hour.
pub const HOLD_US: i64 = 15 * 60 * 1_000_000;

/// By what a member was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecognisedBy {
    /// A card or bracelet.
    Card,
    /// The code on the phone's screen.
    Code,
    /// The number of the phone.
    Phone,
    /// The face.
    Face,
    /// Somebody looked him up.
    Name,
}

words! {
    /// The word that stands for by what a member was recognised.
    way_word, way_of_word: RecognisedBy {
        Card = "card", Code = "code", Phone = "phone", Face = "face", Name = "name",
    }
}

/// What became of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its points are held.
    Begun,
    /// It was paid.
    Done,
    /// It was given up.
    GivenUp,
}

words! {
    /// The word that stands for what became of a purchase.
    state_word, state_of_word: State { Begun = "begun", Done = "done", GivenUp = "given_up" }
}

/// Who buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// The member.
    pub member: Id,
    /// By what he was recognised.
    pub way: RecognisedBy,
}

/// What is bought, where and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buying {
    /// The till.
    pub till: Id,
    /// Who buys; nothing when nobody was recognised.
    pub buyer: Option<Buyer>,
    /// What.
    pub basket: Basket,
    /// Points that are to pay.
    pub points: u64,
}

/// A purchase that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// What and by whom.
    pub buying: Buying,
    /// The number of its receipt.
    pub receipt: Option<ReceiptNumber>,
    /// What the till's clock said, in microseconds since 1970: a remark (case T-20).
    pub till_at_us: Option<i64>,
}

/// In what a repeated request differs from the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Another till.
    Till,
    /// Somebody else buys.
    Buyer,
    /// Other points are to pay.
    Points,
    /// Something else lies in the basket.
    Basket,
    /// Another number of the receipt.
    Receipt,
}

/// Why a purchase is not begun or not completed. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBought {
    /// The id was used for something else before (case T-02).
    OtherContents(Field),
    /// It was completed.
    Done,
    /// It was given up.
    GivenUp,
    /// There is no offer.
    NoOffer(NoOffer),
    /// Points are to pay, and nobody was recognised.
    NobodySpends,
    /// Points are to pay that were not held before.
    NotHeld,
    /// More points are to pay than were held.
    MoreThanHeld {
        /// How many were.
        held: u64,
    },
    /// The receipt belongs to this other purchase.
    ReceiptTaken {
        /// Which.
        purchase: Id,
    },
    /// The points do not stand so.
    Points(NotPosted),
}

impl From<NoOffer> for NotBought {
    fn from(refusal: NoOffer) -> Self {
        NotBought::NoOffer(refusal)
    }
}

impl From<QuoteRefusal> for NoOffer {
    fn from(refusal: QuoteRefusal) -> Self {
        NoOffer::Quote(refusal)
    }
}

/// The steps of a purchase in the ledger.
#[derive(Debug, Clone, Copy)]
enum Step {
    Hold,
    Pay,
    Earn,
    /// The house gives what was short of a purchase without a network.
    Cover,
}

/// Who asks the ledger for a step of a purchase or of a return.
fn step(operation: Id, step: Step) -> Asked {
    Asked { operation: operation.into(), step: step as u8 }
}

/// Whether somebody else buys than the one whose purchase it is, or he was recognised by something else.
fn is_other_buyer(tx: &mut Tx<'_>, before: &Purchase, buyer: Option<Buyer>) -> Result<bool, Fault> {
    Ok(match (before.wallet, buyer) {
        (None, None) => false,
        (Some(wallet), Some(buyer)) => {
            before.way != Some(buyer.way) || !ledger::is_of(tx, wallet, buyer.member)?
        }
        _ => true,
    })
}

/// A refusal of the ledger as one of a purchase. What cannot be within one transaction is a fault.
fn of_ledger(refusal: Refusal) -> Result<NotPosted, Fault> {
    match refusal {
        Refusal::Refused(refusal) => Ok(refusal),
        other => Err(Fault::broken(format!("a purchase's wallet is gone: {other:?}"))),
    }
}
