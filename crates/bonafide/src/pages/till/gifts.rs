//! The gifts that a customer may have at this till: shown beside his points, taken and taken back by one press each.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Points;
use bonafide_domain::programme::RuleId;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::purchases::Recognition;
use bonafide_store::rewards::offered::MayHave;
use bonafide_store::rewards::taking::{self, NotBroughtBack, NotTaken, Taken, Taking};

use crate::flows::till_rewards::{may_come_back, may_have_at};
use crate::pages::new_operation;
use crate::pages::till::Here;
use crate::pages::till::counter::Counter;
use crate::server::app::App;
use crate::server::trouble::Trouble;

/// What was read of a customer's gifts.
#[derive(Default)]
pub(super) struct Gifts {
    may_have: MayHave,
    taken: Vec<(Taken, String)>,
}

/// What is shown of them.
#[derive(Default)]
pub(super) struct GiftsShown {
    /// He may buy before others.
    pub(super) early_access: bool,
    pub(super) gifts: Vec<GiftLine>,
    /// What he took, and may bring back.
    pub(super) taken: Vec<GiftLine>,
    /// Something costs points, and he has not shown enough to spend.
    pub(super) must_prove: bool,
    /// His PIN would be enough.
    pub(super) pin_spends: bool,
}

/// A gift with its button.
pub(super) struct GiftLine {
    pub(super) name: String,
    pub(super) cost: Option<String>,
    /// What the button does; nothing while he has not shown enough to spend.
    pub(super) press: Option<String>,
}

/// Reads what whoever is known may have.
pub(super) fn read(
    tx: &mut Tx<'_>,
    here: &Here,
    known: Option<&Recognition>,
    now: UtcMicros,
) -> Result<Gifts, Fault> {
    let Some(who) = known else { return Ok(Gifts::default()) };
    let at = (here.till.id, who.member);
    Ok(Gifts { may_have: may_have_at(tx, at, now)?, taken: may_come_back(tx, at, now)? })
}

/// What is shown of it. Each button has an id of its own, so that a second press of it does nothing more.
pub(super) fn shown(here: &Here, known: Option<&Recognition>, gifts: &Gifts) -> GiftsShown {
    let Some(who) = known else { return GiftsShown::default() };
    let cost = |points: u64| (points > 0).then(|| here.page.say_count("points-count", "count", points));
    let gift = |gift: &bonafide_store::rewards::offered::OnOffer| GiftLine {
        name: gift.name.clone(),
        cost: cost(gift.cost.map_or(0, Points::get)),
        press: (gift.cost.is_none() || who.may_spend)
            .then(|| format!("take {} {}", gift.rule.0, new_operation())),
    };
    let back = |(taken, name): &(Taken, String)| GiftLine {
        name: name.clone(),
        cost: cost(taken.points),
        press: Some(format!("untake {}", taken.id)),
    };
    let lines: Vec<GiftLine> = gifts.may_have.gifts.iter().map(gift).collect();
    GiftsShown {
        early_access: gifts.may_have.early_access,
        must_prove: lines.iter().any(|line| line.press.is_none()),
        gifts: lines,
        taken: gifts.taken.iter().map(back).collect(),
        pin_spends: who.pin_spends,
    }
}

/// Takes the gift that a button names; the key of what was done, or of what is wrong.
pub(super) fn take(
    app: &App,
    here: &Here,
    counter: &Counter,
    about: &str,
) -> Result<Result<&'static str, &'static str>, Trouble> {
    let named = about.split_once(' ').and_then(|(rule, id)| Some((rule.parse().ok()?, Id::parse(id)?)));
    let (rule, id) = named.ok_or_else(|| Trouble::bad_request("no such gift"))?;
    let Some(who) = counter.customer else { return Ok(Err("till-recognise-again")) };
    let (till, acting) = (here.till.id, here.caller.acting());
    let taking = Taking { till, member: who.member, rule: RuleId(rule), may_spend: who.may_spend };
    let taken = app.store.write(move |work| taking::take(work, &acting, id, &taking))?;
    Ok(taken.map(|_| "till-gift-taken").map_err(not_taken))
}

/// Takes a gift back.
pub(super) fn bring_back(
    app: &App,
    here: &Here,
    about: &str,
) -> Result<Result<&'static str, &'static str>, Trouble> {
    let id = Id::parse(about).ok_or_else(|| Trouble::bad_request("no such gift"))?;
    let (till, acting) = (here.till.id, here.caller.acting());
    let back = app.store.write(move |work| taking::bring_back(work, &acting, id, till))?;
    Ok(back.map(|_| "till-gift-back").map_err(|why| match why {
        NotBroughtBack::NotTaken => "till-gift-none",
        NotBroughtBack::TooLate => "till-gift-too-late",
        NotBroughtBack::Points(_) => "till-gift-points",
    }))
}

const fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::OtherContents => "till-begin-anew",
        NotTaken::NoTill => "till-closed",
        NotTaken::NoProgramme => "till-no-programme",
        NotTaken::NotInProgramme => "till-not-in-programme",
        NotTaken::OwnTill => "till-own-purchase",
        NotTaken::NoReward => "till-gift-none",
        NotTaken::TierTooLow => "till-gift-tier",
        NotTaken::TakenBefore => "till-gift-before",
        NotTaken::ProveFirst => "till-prove-first",
        NotTaken::OutOfStock => "till-gift-out",
        NotTaken::Points(_) => "till-gift-points",
    }
}
