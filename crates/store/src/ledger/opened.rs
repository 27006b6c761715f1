//! A wallet that is opened within a transaction: what is loaded of it, and what is asked of it.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::PlaceId;
use bonafide_domain::ledger::{
    Answer, Asked, Command, Contradiction, NotPosted, Request, Status, Sums, Transfer, Wallet,
};

use crate::audit::merkle::Hash;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::chain;
use crate::ledger::load::{asked_before, earnings, holds, lots};
use crate::ledger::record::{amount, instant_or_none, status_of_word};
use crate::store::Work;
use crate::values;
use crate::written::damaged;

/// A wallet within a transaction.
pub struct Opened {
    pub(super) id: Id,
    pub(super) programme: Id,
    pub(super) member: Option<Member>,
    /// The profile was merged into another one, so that nothing should stay here.
    is_absorbed: bool,
    status: Status,
    pub(super) before: Wallet,
    pub(super) wallet: Wallet,
    pub(super) chain: Hash,
    /// What is to be appended, each with its link of the chain and the place on the house's side.
    pub(super) new: Vec<(Transfer, Hash, PlaceId)>,
}

/// Whose it is, with the key of what is told about him.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) id: Id,
    pub(super) key: Id,
}

/// Why nothing was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such wallet.
    NoWallet,
    /// The member was erased: nothing more is posted for nobody.
    Nobody,
    /// The same request was made of this other wallet before.
    OtherWallet {
        /// Which one.
        wallet: Id,
    },
    /// The rules refuse it.
    Refused(NotPosted),
}

impl Opened {
    /// Opens a wallet with all that is open in it, and with the holds and earnings that are spoken of. Nothing when there is none.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn open(tx: &mut Tx<'_>, id: Id, about: &[Asked]) -> Result<Option<Opened>, Fault> {
        let row = tx.query_opt(
            "SELECT w.programme_id, w.member_id, m.key_id, w.status, w.transfers, w.last_at_us, w.idle_until_us,
                 w.debits_pending, w.debits_posted, w.credits_pending, w.credits_posted, w.debt_debits, w.debt_credits,
                 w.chain, m.merged_into
             FROM wallets w LEFT JOIN members m ON m.id = w.member_id WHERE w.id = $1",
            values![id],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        let member = match (row.id_or_null(1)?, row.id_or_null(2)?) {
            (Some(id), Some(key)) => Some(Member { id, key }),
            _ => None,
        };
        let status = status_of_word(&row.text(3)?).ok_or_else(|| damaged("the status of a wallet"))?;
        let holds = holds(tx, id, about)?;
        let earnings = earnings(tx, id, about)?;
        let lots = lots(tx, id, &holds)?;
        let wallet = Wallet {
            transfers: row.number(4)?,
            last_at: instant_or_none(&mut row, 5)?,
            idle_until: instant_or_none(&mut row, 6)?,
            balance: Sums {
                debits_pending: amount(&mut row, 7)?,
                debits_posted: amount(&mut row, 8)?,
                credits_pending: amount(&mut row, 9)?,
                credits_posted: amount(&mut row, 10)?,
            },
            debt: Sums {
                debits_posted: amount(&mut row, 11)?,
                credits_posted: amount(&mut row, 12)?,
                ..Sums::default()
            },
            lots,
            holds,
            earnings,
        };
        let (programme, chain, is_absorbed) = (row.id(0)?, row.bytes(13)?, !row.is_null(14));
        let before = wallet.clone();
        Ok(Some(Opened {
            id,
            programme,
            member,
            is_absorbed,
            status,
            before,
            wallet,
            chain,
            new: Vec::new(),
        }))
    }

    /// Which wallet it is.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    /// Of which programme.
    #[must_use]
    pub const fn programme(&self) -> Id {
        self.programme
    }

    /// Whose it is; nothing after an erasure.
    #[must_use]
    pub fn member(&self) -> Option<Id> {
        self.member.map(|member| member.id)
    }

    /// Whether its profile was merged into another one.
    #[must_use]
    pub const fn is_absorbed(&self) -> bool {
        self.is_absorbed
    }

    /// What its member may do.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The wallet with all that was asked so far. It has what is open and what was spoken of, and not its past.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// The last link of the chain.
    pub(super) const fn chain(&self) -> &Hash {
        &self.chain
    }

    /// Points that last as long as the member comes last until then.
    pub const fn comes(&mut self, idle_until: UtcMicros) {
        self.wallet.idle_until = Some(idle_until);
    }

    /// Asks the rules, and takes in what they answer. [`Opened::close`] writes it.
    ///
    /// # Errors
    /// When the book cannot be read; the inner error when nothing is posted.
    pub fn run(
        &mut self,
        work: &mut Work<'_, '_>,
        request: &Request,
        command: &Command,
    ) -> Result<Result<Answer, Refusal>, Fault> {
        if self.member.is_none() {
            return Ok(Err(Refusal::Nobody));
        }
        let before = match asked_before(work.tx, self.id, request.asked)? {
            Ok(before) => before,
            Err(wallet) => return Ok(Err(Refusal::OtherWallet { wallet })),
        };
        let answer = match self.wallet.run(self.status, &before, request, command) {
            Ok(answer) => answer,
            Err(refusal) => return Ok(Err(Refusal::Refused(refusal))),
        };
        if let Answer::New(transfers) = &answer {
            for transfer in transfers {
                let place = self.wallet.house_place(transfer);
                self.wallet = self.wallet.with(transfer).map_err(contradiction)?;
                self.chain = chain::link(&work.vault.ring(), &self.chain, self.id, transfer, &self.wallet)?;
                self.new.push((transfer.clone(), self.chain, place));
            }
        }
        Ok(Ok(answer))
    }
}

fn contradiction(why: Contradiction) -> Fault {
    Fault::broken(format!("a transfer that does not follow: {why:?}"))
}
