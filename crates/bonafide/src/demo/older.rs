//! The older system of the clubs. It still opens their second turnstile, for the last days of the story and while the traffic plays, and
//! Bonafide decides in its shadow there: mostly the same.

use bonafide_store::audit::entry::Actor;
use bonafide_store::id::Id;
use bonafide_store::passages::door::Door;
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::store::Work;
use bonafide_store::trial::{Observed, Of, observe, set};

use super::chain::Branched;
use super::crowd::DAY_US;
use super::dice::Dice;
use super::sites::{House, Room};
use super::stop::{Allowed, Stop};
use super::story::{Going, World};

/// How long before the end of the story the trial begins.
pub(super) const TRIAL_US: i64 = 5 * DAY_US;

/// The door that is on trial in a house.
fn on_trial(house: &Branched) -> Option<&Door> {
    house.entrances(Room::Floor).nth(1)
}

/// Puts the doors on trial.
pub(super) fn begin(work: &mut Work<'_, '_>, world: &World, going: &mut Going) -> Result<(), Stop> {
    for house in [House::North, House::Harbour] {
        let Some(door) = on_trial(world.chain.house(house)) else { continue };
        set(work, &going.desk(), Of::AccessPoint(door.id), true).allowed("a trial")?;
    }
    Ok(())
}

/// What the older system says where we have said this: the same nine times of ten, now and then the opposite, or nothing.
pub(super) fn says(dice: &mut Dice, ours: &Answer) -> Option<bool> {
    let admitted = matches!(ours.outcome, Outcome::Admitted { .. } | Outcome::SamePassage { .. });
    match dice.below(100) {
        0..3 => None,
        3..10 => Some(!admitted),
        _ => Some(admitted),
    }
}

/// How it tells what it has done.
pub(super) fn told(dice: &mut Dice, (door, ours): (Id, &Answer), admitted: bool, at_us: i64) -> Observed {
    let passage = Some(ours.passage);
    Observed { operation: dice.id(), access_point: door, admitted, at_us, member: None, passage }
}

/// It decides about somebody whom we were asked about, and tells. Whether it lets him in.
pub(super) fn decides(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: Id,
    ours: &Answer,
) -> Result<bool, Stop> {
    let Some(admitted) = says(&mut going.dice, ours) else { return Ok(false) };
    let observed = told(&mut going.dice, (door, ours), admitted, going.clock_us);
    observe(work, &going.acting(Actor::Device(door)), &observed).allowed("what an older system tells")?;
    Ok(admitted)
}
