//! A request that is being answered: the wallet as it will be, and the transfers that make it so.

use std::cmp::Reverse;

use crate::calendar::UtcMicros;
use crate::id::{OperationId, PlaceId};

use super::Points;
use super::command::Request;
use super::transfer::{Account, Asked, Code, Expiry, Part, Phase, Transfer};
use super::wallet::{Hold, HoldState, Lot, Wallet, sum_of};

impl Request {
    /// Asked by nobody, to look what is due.
    pub(super) const fn of_nobody(at: UtcMicros) -> Request {
        Request { asked: Asked { operation: OperationId([0; 16]), step: 0 }, at, place: PlaceId([0; 16]) }
    }
}

/// A transfer without its place in the wallet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) code: Code,
    pub(super) debit: Account,
    pub(super) credit: Account,
    pub(super) points: Points,
    pub(super) phase: Phase,
    pub(super) about: Option<u32>,
    pub(super) opens: Option<Expiry>,
    pub(super) parts: Vec<Part>,
}

impl Draft {
    fn posted(code: Code, (debit, credit): (Account, Account), points: Points) -> Draft {
        let (phase, about, opens, parts) = (Phase::Posted, None, None, Vec::new());
        Draft { code, debit, credit, points, phase, about, opens, parts }
    }

    /// Points come in and make a lot.
    pub(super) fn lot(code: Code, from: Account, points: Points, expiry: Expiry) -> Draft {
        Draft { opens: Some(expiry), ..Draft::posted(code, (from, Account::Balance), points) }
    }

    /// Points leave these lots, of which there are some.
    pub(super) fn from_lots(code: Code, to: Account, parts: Vec<Part>) -> Draft {
        let points = sum_of(&parts).expect("there are parts");
        Draft { parts, ..Draft::posted(code, (Account::Balance, to), points) }
    }

    /// Points come back into these lots, of which there are some.
    pub(super) fn into_lots(code: Code, from: Account, parts: Vec<Part>) -> Draft {
        let points = sum_of(&parts).expect("there are parts");
        Draft { parts, ..Draft::posted(code, (from, Account::Balance), points) }
    }

    /// What an open hold reserves is free again.
    pub(super) fn freed(code: Code, hold: &Hold) -> Draft {
        let phase = Phase::Releases { pending: hold.sequence };
        Draft { phase, ..Draft::from_lots(code, Account::Redeemed, hold.parts.clone()) }
    }

    /// Announced points become nothing.
    pub(super) fn unearned(code: Code, points: Points, pending: u32) -> Draft {
        let sides = (Account::Issued, Account::Balance);
        Draft { phase: Phase::Releases { pending }, ..Draft::posted(code, sides, points) }
    }

    /// Points are taken back that are not there any more.
    pub(super) fn owed(points: Points, earning: u32) -> Draft {
        let sides = (Account::Debt, Account::Issued);
        Draft { about: Some(earning), ..Draft::posted(Code::Return, sides, points) }
    }
}

/// The answer so far.
pub(super) struct Posting {
    wallet: Wallet,
    transfers: Vec<Transfer>,
    asked: Asked,
    at: UtcMicros,
    place: PlaceId,
}

impl Posting {
    pub(super) fn begin(wallet: &Wallet, request: &Request) -> Posting {
        let at = wallet.last_at.map_or(request.at, |last_at| last_at.max(request.at));
        let (asked, place) = (request.asked, request.place);
        Posting { wallet: wallet.clone(), transfers: Vec::new(), asked, at, place }
    }

    pub(super) fn end(self) -> Vec<Transfer> {
        self.transfers
    }

    pub(super) const fn at(&self) -> UtcMicros {
        self.at
    }

    pub(super) const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Appends what the request asked for.
    pub(super) fn asked(&mut self, draft: Draft) {
        self.append(Some(self.asked), draft);
    }

    fn append(&mut self, asked: Option<Asked>, draft: Draft) {
        let Draft { code, debit, credit, points, phase, about, opens, parts } = draft;
        let (sequence, at, place) = (self.wallet.transfers, self.at, self.place);
        let transfer =
            Transfer { sequence, asked, at, place, code, debit, credit, points, phase, about, opens, parts };
        self.wallet.append(&transfer).expect("what was decided follows from what was there");
        self.transfers.push(transfer);
    }

    /// Everything that is due: holds lapse, announced points arrive, lots come to nothing, and what is free then pays what is owed.
    pub(super) fn settle(&mut self) {
        let lapsed = |hold: &&Hold| hold.state == HoldState::Open && hold.until <= self.at;
        let lapsed: Vec<Hold> = self.wallet.holds.iter().filter(lapsed).cloned().collect();
        for hold in &lapsed {
            self.append(None, Draft::freed(Code::Spend, hold));
        }
        self.mature();
        self.expire(|posting, lot| posting.wallet.ends(lot.expiry).is_some_and(|ends| ends <= posting.at));
        self.repay();
    }

    fn mature(&mut self) {
        let arrives = |matures: Option<UtcMicros>| matures.is_some_and(|matures| matures <= self.at);
        let due =
            self.wallet.earnings.iter().filter(|earning| earning.pending > 0 && arrives(earning.matures));
        let due: Vec<_> = due.copied().collect();
        for earning in due {
            let points = Points::some(earning.pending).expect("only what waits was taken");
            let lot = Draft::lot(earning.code, Account::Issued, points, earning.expiry);
            self.append(None, Draft { phase: Phase::Posts { pending: earning.sequence }, ..lot });
        }
    }

    fn expire(&mut self, is_due: impl Fn(&Posting, &Lot) -> bool) {
        let due = self.wallet.lots.iter().filter(|lot| is_due(self, lot));
        let parts: Vec<Part> = due.filter_map(|lot| part(lot, lot.free())).collect();
        if !parts.is_empty() {
            self.append(None, Draft::from_lots(Code::Expire, Account::Expired, parts));
        }
    }

    /// What is free pays what is owed.
    fn repay(&mut self) {
        let points = self.wallet.owed().min(self.wallet.free());
        if points > 0 {
            let parts = self.first_to_go(points);
            self.append(None, Draft::from_lots(Code::Repay, Account::Debt, parts));
        }
    }

    /// The member leaves.
    pub(super) fn close(&mut self) {
        let open: Vec<Hold> =
            self.wallet.holds.iter().filter(|hold| hold.state == HoldState::Open).cloned().collect();
        for hold in &open {
            self.asked(Draft::freed(Code::Expire, hold));
        }
        let waiting: Vec<_> =
            self.wallet.earnings.iter().filter(|earning| earning.pending > 0).copied().collect();
        for earning in waiting {
            let points = Points::some(earning.pending).expect("only what waits was taken");
            self.asked(Draft::unearned(Code::Expire, points, earning.sequence));
        }
        self.expire(|_, _| true);
    }

    /// Whether a lot lasts beyond an instant; one without end does.
    pub(super) fn lasts(&self, lot: u32, beyond: Option<UtcMicros>) -> bool {
        let ends = self.wallet.lot(lot).and_then(|lot| self.wallet.ends(lot.expiry));
        ends.is_none_or(|ends| beyond.is_some_and(|beyond| ends >= beyond))
    }

    /// So many free points: of the lots that come to nothing first, and of those the oldest.
    pub(super) fn first_to_go(&self, points: u64) -> Vec<Part> {
        taken(self.in_order(), points)
    }

    /// The free points of a lot, or all.
    pub(super) fn leaving(&self, lot: Option<u32>) -> Vec<Part> {
        let mut lots = self.in_order();
        lots.retain(|kept| lot.is_none_or(|lot| kept.sequence == lot));
        taken(lots, self.wallet.free())
    }

    /// So many free points, or as many as there are, of this lot before all others.
    pub(super) fn back_from(&self, own: Option<u32>, points: u64) -> Vec<Part> {
        let mut lots = self.in_order();
        // The sort is stable: the others stay in their order.
        lots.sort_by_key(|lot| Reverse(Some(lot.sequence) == own));
        taken(lots, points)
    }

    fn in_order(&self) -> Vec<&Lot> {
        let mut lots: Vec<&Lot> = self.wallet.lots.iter().filter(|lot| lot.free() > 0).collect();
        lots.sort_by_key(|lot| (self.wallet.ends(lot.expiry).unwrap_or(UtcMicros::MAX), lot.sequence));
        lots
    }
}

fn taken(lots: Vec<&Lot>, mut points: u64) -> Vec<Part> {
    let mut parts = Vec::new();
    for lot in lots {
        let now = points.min(lot.free());
        parts.extend(part(lot, now));
        points -= now;
    }
    parts
}

fn part(lot: &Lot, points: u64) -> Option<Part> {
    Points::some(points).map(|points| Part { lot: lot.sequence, points })
}
