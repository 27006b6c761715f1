//! What a member may have besides points, and the code by which he brings somebody, in words: for his phone and for the desk.

use bonafide_domain::programme::{Occasion, Rules};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes;
use bonafide_store::referrals::{self, State};
use bonafide_store::rewards::offered::{OnOffer, may_have};

use crate::pages::points::Reading;
use crate::texts::Values;

/// The lines of one programme.
pub(super) fn lines(
    reading: &Reading<'_>,
    tx: &mut Tx<'_>,
    (member, programme): (Id, Id),
) -> Result<Vec<String>, Fault> {
    let page = reading.page;
    let found = may_have(tx, member, (programme, None), (reading.now, &reading.calendar))?;
    let gift = |gift: &OnOffer| match gift.cost {
        None => page.say_of("may-have-free", "name", &gift.name),
        Some(cost) => {
            let points = page.say_count("points-count", "count", cost.get());
            page.say_with("may-have-for", &Values::of("name", &gift.name).and("points", &points))
        }
    };
    let mut lines: Vec<String> = found.gifts.iter().map(gift).collect();
    lines.extend(found.early_access.then(|| page.say("may-have-early-access")));
    let rules = programmes::rules_in_force(tx, programme)?;
    if rules.is_some_and(|version| gives_for_bringing(&version.rules))
        && let Some(number) = bonafide_store::members::number(tx, member)?
    {
        lines.push(page.say_of("may-bring", "code", &referrals::code(reading.vault, number)));
        let brought = referrals::by_member(tx, member)?;
        let paid = brought.iter().filter(|one| one.state == State::Paid && one.why.is_none()).count();
        if !brought.is_empty() {
            let [all, paid] =
                [brought.len(), paid].map(|count| page.whole(i64::try_from(count).unwrap_or(i64::MAX)));
            lines.push(page.say_with("may-brought", &Values::of("count", &all).and("paid", &paid)));
        }
    }
    Ok(lines)
}

/// Whether anybody gets anything when a member brings somebody.
fn gives_for_bringing(rules: &Rules) -> bool {
    let is_it = |occasion| matches!(occasion, Occasion::BroughtSomebody | Occasion::WasBrought);
    rules.spec().gifts.iter().any(|gift| is_it(gift.occasion))
}
