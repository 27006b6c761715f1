//! The club that comes: everybody has a card, and there is one door.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bonafide_domain::access_method::Method;
use bonafide_domain::consent::Jurisdiction;
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::staff::{self, Employee, SignInName, session};
use bonafide_store::store::Store;
use zeroize::Zeroizing;

use crate::commands::bench_club::{acting, card, door, fill as fill_with, house, join, profile, title};
use crate::demo::stop::{Allowed, Known, write};
use crate::failure::Failure;
use crate::server::caller::SESSION_COOKIE;

/// What the client knows of the club.
pub(super) struct Club {
    /// The key of the door's adapter.
    pub(super) token: Zeroizing<String>,
    /// The cards of all members, in hexadecimal.
    pub(super) cards: Vec<String>,
    /// The moving part of the branch's desk.
    pub(super) desk: String,
    /// The cookie of somebody who sits there.
    pub(super) cookie: Zeroizing<String>,
}

/// Fills an empty book.
pub(super) fn fill(store: &Arc<Store>, count: u32) -> Result<Club, Failure> {
    let (house, token, session) = write(store, |work| {
        let house = house(work, "Bench", Jurisdiction::Other)?;
        let access_point = door(work, &house, &[Method::CardNumber, Method::DeviceKey])?;
        let new = NewDevice { name: title("Adapter")?, role: Role::DoorAdapter { access_point } };
        let registered = devices::register(work, &acting(), &new).allowed("a device")?;
        let somebody = Employee {
            sign_in: SignInName::parse("desk").known("a name to sign in by")?,
            name: title("Desk")?,
            role: staff::Role::Owner,
            branch: None,
            language: "en".to_owned(),
        };
        // Nobody signs in by it: the session is begun here.
        let employee = staff::add(work, &acting(), &somebody, "no password").allowed("an account")?;
        let session = session::begin(work, &acting(), employee)?;
        Ok((house, registered.token.expose(), session))
    })?;
    fill_with(store, count, move |work, number| join(work, &house, &profile(number)?, number).map(drop))?;
    let desk = format!("/desk/moving?branch={}", house.branch);
    let cookie = Zeroizing::new(format!("{SESSION_COOKIE}={}", BASE64.encode(session.expose())));
    Ok(Club { token, cards: (0..count).map(card).collect(), desk, cookie })
}
