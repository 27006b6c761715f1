//! The club that comes: everybody has a card, and there is one door.

use std::sync::Arc;

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::Jurisdiction;
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::store::Store;
use zeroize::Zeroizing;

use crate::commands::bench_club::{acting, card, door, fill as fill_with, house, join, profile, title};
use crate::demo::stop::{Allowed, write};
use crate::failure::Failure;

/// What the client knows of the club.
pub(super) struct Club {
    /// The key of the door's adapter.
    pub(super) token: Zeroizing<String>,
    /// The cards of all members, in hexadecimal.
    pub(super) cards: Vec<String>,
}

/// Fills an empty book.
pub(super) fn fill(store: &Arc<Store>, count: u32) -> Result<Club, Failure> {
    let (house, token) = write(store, |work| {
        let house = house(work, "Bench", Jurisdiction::Other)?;
        let access_point = door(work, &house, &[Method::CardNumber, Method::DeviceKey])?;
        let new = NewDevice { name: title("Adapter")?, role: Role::DoorAdapter { access_point } };
        let registered = devices::register(work, &acting(), &new).allowed("a device")?;
        Ok((house, registered.token.expose()))
    })?;
    fill_with(store, count, move |work, number| join(work, &house, &profile(number)?, number).map(drop))?;
    Ok(Club { token, cards: (0..count).map(card).collect() })
}
