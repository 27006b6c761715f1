//! What the demo's programme gives besides points for purchases, from the last day on: points for coming and for bringing somebody, a gift
//! that lies at both counters, and early access. It is a second version of the rules, so that nobody gets points for the months before.

use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{GiftId, GiftRule, Occasion, Reward, RewardKind, RuleId, Tier};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, RulesDraft};
use bonafide_store::rewards::kinds;
use bonafide_store::rewards::stock::{Cause, move_by_hand};
use bonafide_store::store::{Store, Work};

use super::shopping::{HOUSES, Shopping, points};
use super::stop::{self, Allowed, Known, Stop};
use super::story::World;
use crate::failure::Failure;

/// Pieces of the gift at each counter.
const PIECES: i64 = 40;

/// Puts the second version of the rules in force, and the gifts onto the counters.
pub(super) fn open(store: &Store, world: &World) -> Result<(), Failure> {
    let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us: world.now_us };
    let programme = store.read(Shopping::of)?.map(|shopping| shopping.programme);
    let programme = programme.ok_or_else(|| Failure::new("demo_refused", "the demo has no programme"))?;
    let branches = HOUSES.map(|house| world.chain.house(house).branch);
    stop::write(store, move |work| put(work, &acting, programme, branches))
}

fn put(work: &mut Work<'_, '_>, acting: &Acting, programme: Id, branches: [Id; 2]) -> Result<(), Stop> {
    let before = programmes::rules_in_force(work.tx, programme)?.known("the rules of the demo")?;
    let (mut rules, mut rule_names) = (before.rules.spec().clone(), before.rule_names.clone());
    let gift = |id, occasion, given| -> Result<GiftRule, Stop> {
        Ok(GiftRule { id: RuleId(id), occasion, points: points(given)?, lasts_days: None })
    };
    rules.gifts.push(gift(10, Occasion::Visit, 5)?);
    rules.gifts.push(gift(6, Occasion::BroughtSomebody, 300)?);
    rules.gifts.push(gift(7, Occasion::WasBrought, 150)?);
    let espresso = Id::new(acting.now_us)?;
    let kind = RewardKind::Gift { gift: GiftId(*espresso.bytes()), cost: Some(points(150)?) };
    rules.rewards.push(Reward { id: RuleId(8), from_tier: Tier(0), kind });
    rules.rewards.push(Reward { id: RuleId(9), from_tier: Tier(1), kind: RewardKind::EarlyAccess });
    rule_names.insert(RuleId(8), Title::parse("Espresso in a cup to keep").known("a name")?);
    let draft = RulesDraft { rules, tier_names: before.tier_names.clone(), rule_names };
    programmes::put_rules(work, acting, programme, before.version, &draft).allowed("the rules with gifts")?;
    kinds::add_those_of(work, acting, programme, &draft).allowed("the gifts of the rules")?;
    for branch in branches {
        move_by_hand(work, acting, (espresso, branch), PIECES, Cause::Delivered)
            .allowed("the stock of a gift")?;
    }
    Ok(())
}
