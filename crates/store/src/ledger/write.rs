//! Writing what was asked of a wallet: the transfers, what they make, the house's side, and the entry of the audit.

use std::collections::BTreeMap;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::PlaceId;
use bonafide_domain::ledger::{Account, Earning, Hold, Lot, Phase, Status, Transfer, Wallet};

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::audit::merkle::Hash;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::record::{
    account_word, code_word, expiry_columns, hold_word, number, parts_text, phase_columns, spent_text,
    status_word,
};
use crate::ledger::{Opened, TABLE};
use crate::store::Work;
use crate::values;
use crate::written::to_text;

impl Opened {
    /// Writes what was taken in, with one entry of the audit; nothing when there is nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(self, work: &mut Work<'_, '_>, acting: &Acting) -> Result<(), Fault> {
        if self.new.is_empty() && self.wallet.idle_until == self.before.idle_until {
            return Ok(());
        }
        let subject = Subject::row(TABLE, self.id);
        self.close_as(
            work,
            acting,
            Cause { action: "points_posted", subject, about: serde_json::Value::Null },
        )
    }

    /// The same as a part of something larger, whose entry of the audit it is: there is one in any case.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn close_as(
        self,
        work: &mut Work<'_, '_>,
        acting: &Acting,
        cause: Cause,
    ) -> Result<(), Fault> {
        if !self.new.is_empty() || self.wallet.idle_until != self.before.idle_until {
            self.write_sums(work.tx)?;
        }
        for (transfer, link, _) in &self.new {
            insert(work.tx, self.id, transfer, link)?;
        }
        self.write_lots(work.tx)?;
        self.write_holds(work.tx)?;
        self.write_earnings(work.tx)?;
        self.write_house(work.tx)?;
        self.note(work, acting, cause)
    }

    fn write_sums(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Wallet { transfers, last_at, idle_until, balance, debt, .. } = &self.wallet;
        let changed = tx.execute(
            "UPDATE wallets SET transfers = $1, last_at_us = $2, idle_until_us = $3, debits_pending = $4,
                 debits_posted = $5, credits_pending = $6, credits_posted = $7, debt_debits = $8, debt_credits = $9,
                 chain = $10, due_us = $11
             WHERE id = $12 AND transfers = $13",
            values![
                *transfers,
                last_at.map(UtcMicros::get),
                idle_until.map(UtcMicros::get),
                number(balance.debits_pending),
                number(balance.debits_posted),
                number(balance.credits_pending),
                number(balance.credits_posted),
                number(debt.debits_posted),
                number(debt.credits_posted),
                self.chain,
                self.wallet.next_due().map(UtcMicros::get),
                self.id,
                self.before.transfers
            ],
        )?;
        if changed == 1 {
            Ok(())
        } else {
            Err(Fault::broken(format!("the wallet {} changed meanwhile", self.id)))
        }
    }

    fn write_lots(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        for lot in self.wallet.lots.iter().filter(|lot| self.before.lot(lot.sequence) != Some(lot)) {
            let Lot { sequence, expiry, left, held } = *lot;
            if left == 0 {
                tx.execute(
                    "DELETE FROM lots WHERE wallet_id = $1 AND sequence = $2",
                    values![self.id, sequence],
                )?;
                continue;
            }
            let (expiry, expires_us) = expiry_columns(expiry);
            tx.execute(
                "INSERT INTO lots (wallet_id, sequence, expiry, expires_us, points_left, points_held)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (wallet_id, sequence) DO UPDATE
                     SET points_left = excluded.points_left, points_held = excluded.points_held",
                values![self.id, sequence, expiry, expires_us, number(left), number(held)],
            )?;
        }
        Ok(())
    }

    fn write_holds(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let known = |hold: &Hold| self.before.holds.iter().any(|known| known == hold);
        for hold in self.wallet.holds.iter().filter(|hold| !known(hold)) {
            tx.execute(
                "INSERT INTO holds (wallet_id, sequence, operation_id, step, place_id, until_us, state, parts, spent)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (wallet_id, sequence) DO UPDATE SET state = excluded.state, spent = excluded.spent",
                values![
                    self.id,
                    hold.sequence,
                    hold.asked.operation.0,
                    u32::from(hold.asked.step),
                    hold.place.0,
                    hold.until.get(),
                    hold_word(hold.state),
                    parts_text(&hold.parts)?,
                    spent_text(&hold.spent)?
                ],
            )?;
        }
        Ok(())
    }

    fn write_earnings(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let known = |earning: &Earning| self.before.earnings.iter().any(|known| known == earning);
        for earning in self.wallet.earnings.iter().filter(|earning| !known(earning)) {
            let (expiry, expires_us) = expiry_columns(earning.expiry);
            tx.execute(
                "INSERT INTO earnings (wallet_id, sequence, operation_id, step, place_id, code, points, pending, matures_us,
                     expiry, expires_us, lot, taken_back)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                 ON CONFLICT (wallet_id, sequence) DO UPDATE
                     SET pending = excluded.pending, lot = excluded.lot, taken_back = excluded.taken_back",
                values![
                    self.id,
                    earning.sequence,
                    earning.asked.operation.0,
                    u32::from(earning.asked.step),
                    earning.place.0,
                    code_word(earning.code),
                    number(earning.points),
                    number(earning.pending),
                    earning.matures.map(UtcMicros::get),
                    expiry,
                    expires_us,
                    earning.lot,
                    number(earning.taken_back)
                ],
            )?;
        }
        Ok(())
    }

    fn write_house(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let mut changes: BTreeMap<(PlaceId, Account), HouseSums> = BTreeMap::new();
        for (transfer, _, place) in &self.new {
            for account in [transfer.debit, transfer.credit] {
                if !account.is_of_member() {
                    changes.entry((*place, account)).or_default().add(transfer);
                }
            }
        }
        for ((place, account), sums) in changes {
            tx.execute(
                "INSERT INTO house_accounts (programme_id, place_id, account, debits_pending, debits_posted,
                     credits_pending, credits_posted)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (programme_id, place_id, account) DO UPDATE SET
                     debits_pending = house_accounts.debits_pending + excluded.debits_pending,
                     debits_posted = house_accounts.debits_posted + excluded.debits_posted,
                     credits_pending = house_accounts.credits_pending + excluded.credits_pending,
                     credits_posted = house_accounts.credits_posted + excluded.credits_posted",
                values![
                    self.programme,
                    place.0,
                    account_word(account),
                    sums.debits_pending,
                    sums.debits_posted,
                    sums.credits_pending,
                    sums.credits_posted
                ],
            )?;
        }
        Ok(())
    }

    fn note(&self, work: &mut Work<'_, '_>, acting: &Acting, cause: Cause) -> Result<(), Fault> {
        let Cause { action, subject, about } = cause;
        let Some(member) = self.member else { return Ok(()) };
        let key = work.vault.key_of_member(member.key)?;
        let told: Vec<_> = self.new.iter().map(|(transfer, ..)| told(transfer)).collect();
        let json = serde_json::json!({
            "programme": self.programme, "wallet": self.id, "transfers": told, "about": about,
        });
        let json = to_text(&json)?;
        let detail = Detail { member: member.id, key: &key, json: &json };
        record(work.tx, acting, action, subject, Some(detail)).map(drop)
    }
}

/// Why a wallet changes, for the audit.
pub(crate) struct Cause {
    pub(crate) action: &'static str,
    pub(crate) subject: Subject,
    pub(crate) about: serde_json::Value,
}

/// What the audit tells of a transfer.
fn told(transfer: &Transfer) -> serde_json::Value {
    let (phase, ..) = phase_columns(transfer.phase);
    serde_json::json!({
        "sequence": transfer.sequence, "code": code_word(transfer.code), "points": transfer.points.get(),
        "debit": account_word(transfer.debit), "credit": account_word(transfer.credit), "phase": phase,
    })
}

/// The sums of an account of the house, or what is to be added to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct HouseSums {
    pub(super) debits_pending: i64,
    pub(super) debits_posted: i64,
    pub(super) credits_pending: i64,
    pub(super) credits_posted: i64,
}

impl HouseSums {
    /// Of an account that nothing has touched.
    pub(super) const NONE: HouseSums =
        HouseSums { debits_pending: 0, debits_posted: 0, credits_pending: 0, credits_posted: 0 };

    /// Adds what a transfer does on the house's side.
    pub(super) fn add(&mut self, transfer: &Transfer) {
        let points = number(transfer.points.get());
        let (pending, posted) = if transfer.debit.is_of_member() {
            (&mut self.credits_pending, &mut self.credits_posted)
        } else {
            (&mut self.debits_pending, &mut self.debits_posted)
        };
        match transfer.phase {
            Phase::Posted => *posted += points,
            Phase::Pending { .. } => *pending += points,
            Phase::Posts { .. } => (*pending, *posted) = (*pending - points, *posted + points),
            Phase::Releases { .. } => *pending -= points,
        }
    }
}

fn insert(tx: &mut Tx<'_>, wallet: Id, transfer: &Transfer, link: &Hash) -> Result<(), Fault> {
    let (phase, until_us, pending) = phase_columns(transfer.phase);
    let expiry = transfer.opens.map(expiry_columns);
    tx.execute(
        "INSERT INTO transfers (wallet_id, sequence, operation_id, step, at_us, place_id, code, debit, credit, points, phase,
             until_us, pending, about, expiry, expires_us, parts, chain)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values![
            wallet,
            transfer.sequence,
            transfer.asked.map(|asked| Id::from(asked.operation)),
            transfer.asked.map(|asked| u32::from(asked.step)),
            transfer.at.get(),
            transfer.place.0,
            code_word(transfer.code),
            account_word(transfer.debit),
            account_word(transfer.credit),
            number(transfer.points.get()),
            phase,
            until_us,
            pending,
            transfer.about,
            expiry.map(|(word, _)| word),
            expiry.and_then(|(_, us)| us),
            parts_text(&transfer.parts)?,
            *link
        ],
    )
    .map(drop)
}

/// Writes what a member may do.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_status(tx: &mut Tx<'_>, wallet: Id, status: Status) -> Result<(), Fault> {
    tx.execute("UPDATE wallets SET status = $1 WHERE id = $2", values![status_word(status), wallet]).map(drop)
}
