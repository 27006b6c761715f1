//! Two branches with a kiosk each: one with all the faces, where a card names the member, and one with so few members that a face may
//! be searched among them.

use std::sync::Arc;

use bonafide_domain::access_method::Method;
use bonafide_domain::admission::rules::{AntiPassback, Passing, Times, WhenCheckDue};
use bonafide_domain::consent::Purpose;
use bonafide_faces::template::Template;
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::organisation::access_point;
use bonafide_store::passages::door::{Setting, set_rules};
use bonafide_store::store::{Store, Work};
use zeroize::Zeroizing;

use crate::commands::bench_club::{House, acting, card, door, fill as fill_with, house, join, title};
use crate::commands::bench_enrolled::{Law, adult};
use crate::demo::stop::{Allowed, Stop, write};
use crate::failure::Failure;

/// A kiosk, with the key by which it asks.
pub(super) struct KioskKey(pub(super) Zeroizing<String>);

/// What the client knows of the club.
pub(super) struct Club {
    /// Where a card and the face are demanded together.
    pub(super) claiming: KioskKey,
    /// Where the face alone is looked for.
    pub(super) searching: KioskKey,
    /// The card of the member whose face is on the photo, in hexadecimal.
    pub(super) card: String,
}

/// Fills an empty book with `count` members of whom `group` belong to the small branch, and the one on the photo to both.
pub(super) fn fill(store: &Arc<Store>, (count, group): (u32, u32), own: &Template) -> Result<Club, Failure> {
    let dim = own.expose().len();
    let (houses, law, keys) = write(store, move |work| build(work, dim))?;
    let [large, small] = houses;
    let own = own.clone();
    fill_with(store, count, move |work, number| {
        // The last one is the member on the photo.
        let (house, home) = match number {
            last if last + 1 == count => (large, None),
            few if few < group => (small, Some(small.branch)),
            _ => (large, Some(large.branch)),
        };
        let face = if home.is_none() { own.clone() } else { law.random(number)? };
        let member = join(work, &house, &adult(number, home, house.today)?, number)?;
        law.be_known(work, house.today, member, &face)
    })?;
    let [claiming, searching] = keys;
    Ok(Club { claiming, searching, card: card(count - 1) })
}

type Built = ([House; 2], Law, [KioskKey; 2]);

fn build(work: &mut Work<'_, '_>, dim: usize) -> Result<Built, Stop> {
    let law = Law::european(work, Purpose::Entry, dim)?;
    let (large, small) = (house(work, "Large", law.jurisdiction)?, house(work, "Small", law.jurisdiction)?);
    let demanded = [vec![Method::CardNumber, Method::Face], vec![Method::DeviceKey]];
    let claiming = kiosk(work, &large, &demanded)?;
    let searching = kiosk(work, &small, &[])?;
    Ok(([large, small], law, [claiming, searching]))
}

fn kiosk(work: &mut Work<'_, '_>, house: &House, demanded: &[Vec<Method>]) -> Result<KioskKey, Stop> {
    let access_point = door(work, house, &[Method::CardNumber, Method::DeviceKey, Method::Face])?;
    // What is measured is one picture and its answer. The pictures of a turning head come before that one.
    access_point::set_liveness(work, &acting(), access_point, false).allowed("a door without liveness")?;
    let setting = Setting {
        combinations: demanded.to_vec(),
        anti_passback: AntiPassback::Off,
        when_check_due: WhenCheckDue::Mark,
        passing: Passing::Reported,
        times: Times::STANDARD,
    };
    set_rules(work, &acting(), access_point, &setting).allowed("the rules of a door")?;
    let new = NewDevice { name: title("Kiosk")?, role: Role::Kiosk { access_point } };
    let registered = devices::register(work, &acting(), &new).allowed("a device")?;
    Ok(KioskKey(registered.token.expose()))
}
