//! A person's points and how they came about, for the desk and for his own card.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::ledger::{Account, Code, Phase, Status, Transfer};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::ledger::gifts::{GivenFor, given_for};
use bonafide_store::ledger::statement::{self, Standing};
use bonafide_store::ledger::{self, programmes};
use bonafide_store::personal_offers::holding::{HeldOffer, Holder, held};
use bonafide_store::purchases;
use bonafide_store::rewards::taking;

use crate::pages::may_have;
use crate::server::page::Page;
use crate::texts::Values;

/// What a person has in one programme.
pub(super) struct PointsShown {
    pub(super) programme: Id,
    pub(super) wallet: Id,
    pub(super) name: String,
    /// In words: `270 points`.
    pub(super) spendable: String,
    /// What is told besides: what waits, what is owed, what is held, what ends and when.
    pub(super) besides: Vec<String>,
    /// The key of what he may not do.
    pub(super) status: Option<&'static str>,
    /// What was offered to him in person and holds now.
    pub(super) offers: Vec<String>,
    /// The newest first.
    pub(super) lines: Vec<PointsLine>,
    /// The place of the last line, when there are more.
    pub(super) more: Option<u32>,
}

/// One line of a statement.
pub(super) struct PointsLine {
    pub(super) when: String,
    pub(super) what: String,
    /// With its sign; in brackets where nothing is his or gone yet.
    pub(super) points: String,
}

/// Of when and for whom a statement is made.
pub(super) struct Reading<'a> {
    pub(super) page: &'a Page,
    pub(super) vault: &'a Vault,
    pub(super) calendar: Calendar,
    pub(super) now: UtcMicros,
}

/// An offer in a line: what it is called, through which date it holds, how often it still counts.
pub(super) fn offer_words(page: &Page, offer: &HeldOffer) -> String {
    let values = Values::of("name", offer.name.as_str()).and("date", page.date(offer.through));
    let words = page.say_with("offer-held", &values);
    match offer.uses_left {
        Some(left) => format!("{words} · {}", page.say_count("offer-uses-left", "count", left.into())),
        None => words,
    }
}

/// Ends that are told at most.
const ENDS_MAX: usize = 3;

impl Reading<'_> {
    /// All programmes that a person is in, each with so many of its newest lines.
    pub(super) fn of_person(
        &self,
        tx: &mut Tx<'_>,
        member: Id,
        lines_max: usize,
    ) -> Result<Vec<PointsShown>, Fault> {
        let mut shown = Vec::new();
        for (programme, content) in programmes::list(tx)? {
            let Some(wallet) = ledger::of_member(tx, member, programme)? else { continue };
            let name = content.name.as_str().to_owned();
            let mut one = self.of_wallet(tx, (programme, name, wallet), None, lines_max)?;
            if let Some(one) = &mut one {
                one.besides.extend(may_have::lines(self, tx, (member, programme))?);
            }
            shown.extend(one);
        }
        Ok(shown)
    }

    /// One programme, with its lines before a place.
    pub(super) fn of_wallet(
        &self,
        tx: &mut Tx<'_>,
        (programme, name, wallet): (Id, String, Id),
        before: Option<u32>,
        lines_max: usize,
    ) -> Result<Option<PointsShown>, Fault> {
        let Some(standing) = statement::standing(tx, wallet, self.now)? else { return Ok(None) };
        let offers = self.offers(tx, (programme, wallet), standing.status)?;
        let mut transfers = statement::transfers(tx, wallet, before)?;
        transfers.truncate(lines_max);
        let more = transfers.last().map(|last| last.sequence).filter(|&last| last > 0);
        let lines = transfers.iter().map(|transfer| self.line(tx, transfer)).collect::<Result<_, Fault>>()?;
        Ok(Some(PointsShown {
            programme,
            wallet,
            name,
            spendable: self.points(standing.spendable),
            besides: self.besides(&standing),
            status: match standing.status {
                Status::Active => None,
                Status::Limited => Some("till-earns-only"),
                Status::Blocked => Some("till-blocked"),
            },
            offers,
            lines,
            more,
        }))
    }

    /// The offers of a wallet that is somebody's, each in a line.
    fn offers(
        &self,
        tx: &mut Tx<'_>,
        (programme, wallet): (Id, Id),
        status: Status,
    ) -> Result<Vec<String>, Fault> {
        let Some(version) = programmes::rules_in_force(tx, programme)? else { return Ok(Vec::new()) };
        let Some(member) = ledger::holder(tx, wallet)? else { return Ok(Vec::new()) };
        let held = held(tx, &version.rules, &Holder { wallet, member, status }, (self.now, &self.calendar))?;
        Ok(held.iter().map(|offer| offer_words(self.page, offer)).collect())
    }

    fn points(&self, points: u64) -> String {
        self.page.say_count("points-count", "count", points)
    }

    fn besides(&self, standing: &Standing) -> Vec<String> {
        let told = |number: u64, key: &str| {
            (number > 0).then(|| self.page.say_of(key, "points", &self.points(number)))
        };
        let sums = [
            told(standing.waiting, "till-waiting"),
            told(standing.held, "points-held"),
            told(standing.owed, "till-owed"),
        ];
        let end = |(at, number): &(UtcMicros, u64)| {
            let (number, date) = (self.points(*number), self.page.date(self.calendar.date_of(*at)));
            self.page.say_with("till-ends", &Values::of("points", &number).and("date", &date))
        };
        sums.into_iter().flatten().chain(standing.ends.iter().take(ENDS_MAX).map(end)).collect()
    }

    fn line(&self, tx: &mut Tx<'_>, transfer: &Transfer) -> Result<PointsLine, Fault> {
        let number = self.page.whole(transfer.points.get().cast_signed());
        let signed = match (transfer.debit, transfer.credit) {
            (_, Account::Balance) => format!("+{number}"),
            (Account::Balance, _) => format!("−{number}"),
            // What he owes is no point of his.
            _ => number,
        };
        let is_settled = matches!(transfer.phase, Phase::Posted | Phase::Posts { .. });
        Ok(PointsLine {
            when: self.page.moment(transfer.at.get(), &self.calendar),
            what: self.what(tx, transfer)?,
            points: if is_settled { signed } else { format!("({signed})") },
        })
    }

    fn what(&self, tx: &mut Tx<'_>, transfer: &Transfer) -> Result<String, Fault> {
        let given_for = given_for(tx, transfer)?;
        let code = self.page.say(given_for.map_or_else(|| code_key(transfer), gift_key));
        let receipt = match transfer.asked {
            Some(asked) if matches!(transfer.code, Code::Earn | Code::Spend) => {
                purchases::read(tx, self.vault, Id::from_bytes(asked.operation.0))?
                    .and_then(|bought| bought.receipt)
            }
            _ => None,
        };
        let gift = match transfer.asked {
            Some(asked) if matches!(transfer.code, Code::Spend | Code::Return) => {
                taking::name(tx, Id::from_bytes(asked.operation.0))?
            }
            _ => None,
        };
        let receipt = receipt.map(|number| self.page.say_of("till-receipt-of", "number", &number));
        let phase = match transfer.phase {
            Phase::Posted => None,
            Phase::Pending { until } if transfer.code == Code::Spend => {
                Some(self.page.say_of("points-until", "time", &self.page.moment(until.get(), &self.calendar)))
            }
            Phase::Pending { until } => {
                Some(self.page.say_of("points-from", "date", &self.page.date(self.calendar.date_of(until))))
            }
            Phase::Posts { .. } if transfer.code == Code::Spend => Some(self.page.say("points-paid")),
            Phase::Posts { .. } => Some(self.page.say("points-arrived")),
            Phase::Releases { .. } => Some(self.page.say("points-released")),
        };
        let parts: Vec<String> = [Some(code), receipt, gift, phase].into_iter().flatten().collect();
        Ok(parts.join(" · "))
    }
}

const fn gift_key(given_for: GivenFor) -> &'static str {
    match given_for {
        GivenFor::Welcome => "points-gift-welcome",
        GivenFor::Birthday => "points-gift-birthday",
        GivenFor::BroughtSomebody => "points-gift-brought",
        GivenFor::WasBrought => "points-gift-was-brought",
        GivenFor::Visit => "points-gift-visit",
        GivenFor::Class => "points-gift-class",
    }
}

const fn code_key(transfer: &Transfer) -> &'static str {
    match transfer.code {
        Code::Earn => "points-earn",
        Code::Spend => "points-spend",
        Code::Expire => "points-expire",
        Code::Return if matches!(transfer.debit, Account::Debt) => "points-return-owed",
        Code::Return if matches!(transfer.credit, Account::Balance) => "points-return-given",
        Code::Return => "points-return-taken",
        Code::Correct => "points-correct",
        Code::Gift => "points-gift",
        Code::Opening => "points-opening",
        Code::Repay => "points-repay",
        Code::Move => "points-move",
    }
}
