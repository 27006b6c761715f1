//! Looks whether the ledger is what its transfers make: each wallet's chain, sums, lots, holds and earnings, and the accounts of
//! the house (case T-26). It names the row.

use std::collections::BTreeMap;

use bonafide_domain::ledger::{Account, Contradiction, HoldState, Transfer, Wallet};

use crate::audit::merkle::Hash;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::Ring;
use crate::ledger::Opened;
use crate::ledger::record::{TRANSFER_COLUMNS, account_of_word, transfer};
use crate::ledger::write::HouseSums;
use crate::ledger::{account_word, chain};
use crate::store::Store;
use crate::values;
use crate::written::damaged;

/// Wallets whose ids are read at once.
const WALLETS_AT_ONCE: u32 = 500;

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// A transfer is not as it was written, or one before it is gone.
    Chain {
        /// Whose.
        wallet: Id,
        /// Which transfer.
        sequence: u32,
    },
    /// A transfer cannot follow from those before.
    Transfer {
        /// Whose.
        wallet: Id,
        /// Which transfer.
        sequence: u32,
        /// Why.
        why: Contradiction,
    },
    /// What stands beside the transfers is not what they make.
    Wallet {
        /// Which.
        wallet: Id,
        /// Which part.
        part: Part,
    },
    /// An account of the house is not the sum of the transfers.
    House {
        /// Of which programme.
        programme: Id,
        /// Of which place.
        place: Id,
        /// Which account.
        account: Account,
    },
}

/// A part of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its sums, how many transfers it has, or the last link.
    Sums,
    /// Its lots.
    Lots,
    /// Its open holds.
    Holds,
    /// What waits.
    Earnings,
}

type House = BTreeMap<(Id, Id, &'static str), HouseSums>;

/// How many transfers there are, of all programmes. They are counted one by one.
///
/// # Errors
/// When the book cannot be read.
pub fn count_transfers(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    Ok(tx.query_one("SELECT COUNT(*) FROM transfers", &[])?.integer(0)?.unsigned_abs())
}

/// Looks through all wallets at one moment, also while tills work, and tells how many there are and what does not fit.
///
/// # Errors
/// When the book cannot be read.
pub fn verify(store: &Store, mut each: impl FnMut(Mismatch)) -> Result<u64, Fault> {
    let ring = store.vault().ring();
    // One reading: the accounts of the house are compared with all transfers of the same moment.
    store.read(|tx| {
        let (mut house, mut wallets, mut last) = (House::new(), 0, None);
        loop {
            let ids = next(tx, last)?;
            for id in &ids {
                let mut found = Vec::new();
                wallet(tx, &ring, *id, &mut house, &mut found)?;
                found.into_iter().for_each(&mut each);
            }
            wallets += ids.len() as u64;
            last = ids.last().copied();
            if ids.len() < WALLETS_AT_ONCE as usize {
                break;
            }
        }
        compare_house(tx, &house)?.into_iter().for_each(&mut each);
        Ok(wallets)
    })
}

fn next(tx: &mut Tx<'_>, last: Option<Id>) -> Result<Vec<Id>, Fault> {
    let last = last.unwrap_or(Id::from_bytes([0; 16]));
    let sql = "SELECT id FROM wallets WHERE id > $1 ORDER BY id LIMIT $2";
    tx.query(sql, values![last, WALLETS_AT_ONCE])?.into_iter().map(|mut row| row.id(0)).collect()
}

/// Looks at one wallet.
fn wallet(
    tx: &mut Tx<'_>,
    ring: &Ring,
    id: Id,
    house: &mut House,
    found: &mut Vec<Mismatch>,
) -> Result<(), Fault> {
    let Some(opened) = Opened::open(tx, id, &[])? else { return Ok(()) };
    let sql =
        format!("SELECT {TRANSFER_COLUMNS}, chain FROM transfers WHERE wallet_id = $1 ORDER BY sequence");
    let (mut made, mut link) = (Wallet::default(), chain::BEGINNING);
    for mut row in tx.query(&sql, values![id])? {
        let kept: Hash = row.bytes(16)?;
        let transfer = transfer(&mut row)?;
        let place = made.house_place(&transfer);
        made = match made.with(&transfer) {
            Ok(made) => made,
            Err(why) => {
                found.push(Mismatch::Transfer { wallet: id, sequence: transfer.sequence, why });
                return Ok(());
            }
        };
        link = chain::link(ring, &link, id, &transfer, &made)?;
        if link != kept {
            found.push(Mismatch::Chain { wallet: id, sequence: transfer.sequence });
            return Ok(());
        }
        count(house, opened.programme(), place.into(), &transfer);
    }
    found.extend(differs(&opened, made, &link).map(|part| Mismatch::Wallet { wallet: id, part }));
    Ok(())
}

fn count(house: &mut House, programme: Id, place: Id, transfer: &Transfer) {
    for account in [transfer.debit, transfer.credit] {
        if !account.is_of_member() {
            house.entry((programme, place, account_word(account))).or_default().add(transfer);
        }
    }
}

/// The first part of a wallet that is not what the transfers make.
fn differs(opened: &Opened, mut made: Wallet, link: &Hash) -> Option<Part> {
    let kept = opened.wallet();
    made.lots.retain(|lot| lot.left > 0);
    made.holds.retain(|hold| hold.state == HoldState::Open);
    made.earnings.retain(|earning| earning.pending > 0);
    let sums = |wallet: &Wallet| (wallet.transfers, wallet.last_at, wallet.balance, wallet.debt);
    let parts = [
        (sums(kept) == sums(&made) && opened.chain() == link, Part::Sums),
        (kept.lots == made.lots, Part::Lots),
        (kept.holds == made.holds, Part::Holds),
        (kept.earnings == made.earnings, Part::Earnings),
    ];
    parts.into_iter().find(|(fits, _)| !fits).map(|(_, part)| part)
}

fn compare_house(tx: &mut Tx<'_>, made: &House) -> Result<Vec<Mismatch>, Fault> {
    let rows = tx.query(
        "SELECT programme_id, place_id, account, debits_pending, debits_posted, credits_pending, credits_posted
         FROM house_accounts ORDER BY programme_id, place_id, account",
        &[],
    )?;
    let mut kept = House::new();
    for mut row in rows {
        let account = account_of_word(&row.text(2)?).ok_or_else(|| damaged("an account of the house"))?;
        let sums = HouseSums {
            debits_pending: row.integer(3)?,
            debits_posted: row.integer(4)?,
            credits_pending: row.integer(5)?,
            credits_posted: row.integer(6)?,
        };
        kept.insert((row.id(0)?, row.id(1)?, account_word(account)), sums);
    }
    let all = kept.keys().chain(made.keys()).copied().collect::<std::collections::BTreeSet<_>>();
    let differ = all.into_iter().filter(|key| {
        let of = |house: &House| house.get(key).copied().unwrap_or(HouseSums::NONE);
        of(&kept) != of(made)
    });
    differ
        .map(|(programme, place, word)| {
            let account = account_of_word(word).ok_or_else(|| damaged("an account of the house"))?;
            Ok(Mismatch::House { programme, place, account })
        })
        .collect()
}
