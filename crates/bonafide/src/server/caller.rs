//! Who asks: somebody who works here and is signed in, a device with its key, or nobody that is known.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use bonafide_domain::profile::Language;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::devices::{self, Device, DeviceToken};
use bonafide_store::id::Id;
use bonafide_store::staff::session::{self, TOKEN_BYTES, Token};
use bonafide_store::staff::{KeptEmployee, Role};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// The cookie of a session. The prefix binds it to this host and to TLS, where there is TLS.
pub const SESSION_COOKIE: &str = "bonafide_session";

/// The cookie with the key of a device that is a browser: a kiosk.
pub const DEVICE_COOKIE: &str = "bonafide_device";

/// The cookie of a language that somebody chose who is not signed in.
pub const LANGUAGE_COOKIE: &str = "bonafide_language";

/// Who asks, in which language, and from where.
#[derive(Clone)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// In which language he reads.
    pub language: Language,
    /// From where: an address.
    pub origin: String,
}

/// Who asks.
#[derive(Clone)]
pub enum Who {
    /// Nobody that is known.
    Nobody,
    /// An employee who is signed in.
    Employee(Box<Signed>),
    /// A device with its key.
    Device(Box<Device>),
}

/// An employee with his session.
#[derive(Clone)]
pub struct Signed {
    /// Who.
    pub employee: KeptEmployee,
    /// His session.
    pub token: Token,
}

impl Caller {
    /// Finds out who asks.
    ///
    /// # Errors
    /// A [`Trouble`] when the book cannot be read.
    pub async fn of(app: &Shared, headers: &HeaderMap, origin: String) -> Result<Caller, Trouble> {
        let own = || cookie(headers, DEVICE_COOKIE).and_then(DeviceToken::parse).map(ShownKey::Alone);
        let who = match (shown_key(headers), cookie(headers, SESSION_COOKIE).and_then(token)) {
            // A key that nobody has is nobody, whatever cookie comes with it.
            (Some(shown), _) => device(app, shown).await?,
            (None, Some(token)) => employee(app, token).await?,
            (None, None) => Who::Nobody,
        };
        // A session that is over does not stop a kiosk.
        let who = match (who, own()) {
            (Who::Nobody, Some(kiosk)) if shown_key(headers).is_none() => device(app, kiosk).await?,
            (who, _) => who,
        };
        let language = language(&who, headers);
        Ok(Caller { who, language, origin })
    }

    /// The employee, if it is one.
    #[must_use]
    pub fn signed(&self) -> Option<&Signed> {
        match &self.who {
            Who::Employee(signed) => Some(signed),
            Who::Nobody | Who::Device(_) => None,
        }
    }

    /// The device, if it is one.
    #[must_use]
    pub fn device(&self) -> Option<&Device> {
        match &self.who {
            Who::Device(device) => Some(device),
            Who::Nobody | Who::Employee(_) => None,
        }
    }

    /// The role of the employee, if it is one.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.signed().map(|signed| signed.employee.content.role)
    }

    /// Whether he may do things in a branch: he works there, or everywhere.
    #[must_use]
    pub fn works_in(&self, branch: Id) -> bool {
        self.signed().is_some_and(|signed| signed.employee.content.branch.is_none_or(|own| own == branch))
    }

    /// The caller as the one who acts, now.
    #[must_use]
    pub fn acting(&self) -> Acting {
        let actor = match &self.who {
            Who::Nobody => Actor::Program,
            Who::Employee(signed) => Actor::Staff(signed.employee.id),
            Who::Device(device) => Actor::Device(device.id),
        };
        Acting { actor, origin: self.origin.clone(), now_us: clock::now_us() }
    }

    /// What a form of his must bring along: only pages of this server, shown to him, know it.
    #[must_use]
    pub fn csrf(&self) -> String {
        match &self.who {
            Who::Nobody | Who::Device(_) => String::new(),
            Who::Employee(signed) => {
                let mut hash = Sha256::new_with_prefix(b"bonafide form token v1");
                hash.update(signed.token.expose());
                BASE64.encode(&hash.finalize()[..16])
            }
        }
    }
}

async fn employee(app: &Shared, token: Token) -> Result<Who, Trouble> {
    let shown = token.clone();
    let found = app.read(move |tx, _| session::holder(tx, &shown, clock::now_us())).await?;
    Ok(found.map_or(Who::Nobody, |employee| Who::Employee(Box::new(Signed { employee, token }))))
}

/// A device's key as it came: alone, or as the password of a SIGUR server.
enum ShownKey {
    Alone(DeviceToken),
    Of(String, String),
}

/// The key in an `Authorization`. Another user and password are none of ours: a proxy may have asked for them.
fn shown_key(headers: &HeaderMap) -> Option<ShownKey> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return DeviceToken::parse(rest.trim()).map(ShownKey::Alone);
    }
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest.trim()).ok())?;
    let text = String::from_utf8(decoded?).ok()?;
    let (login, password) = text.split_once(':')?;
    DeviceToken::parse(password).map(|_| ShownKey::Of(login.to_owned(), password.to_owned()))
}

/// The device of a key.
async fn device(app: &Shared, shown: ShownKey) -> Result<Who, Trouble> {
    if let ShownKey::Alone(token) = &shown
        && let Some(known) = app.store.known_device(token)
        && !known.is_to_be_noted(clock::now_us())
    {
        return Ok(Who::Device(Box::new(known)));
    }
    let found = app.aside(move |app| {
        let vault = app.store.vault();
        let found = match &shown {
            ShownKey::Alone(token) => app.store.device(token)?.ok(),
            ShownKey::Of(login, password) => {
                app.store.read_statement(|tx| devices::sigur::sign_in(tx, vault, login, password))?.ok()
            }
        };
        if let Some(seen) = found.as_ref().filter(|device| device.is_to_be_noted(clock::now_us())) {
            note_seen(app, seen.id);
        }
        Ok(found)
    });
    Ok(found.await?.map_or(Who::Nobody, |device| Who::Device(Box::new(device))))
}

/// That a device was seen is only told to the owner: a book that cannot be written now has said so elsewhere.
fn note_seen(app: &Shared, device: Id) {
    let now_us = clock::now_us();
    let noted = app.store.write(move |work| Ok(Ok::<_, ()>(devices::note_seen(work.tx, device, now_us)?)));
    if let Err(fault) = noted {
        tracing::warn!(%fault, "a device was not noted as seen");
    }
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn token(value: &str) -> Option<Token> {
    let bytes: [u8; TOKEN_BYTES] = BASE64.decode(value).ok()?.try_into().ok()?;
    Some(Token::of(bytes))
}

/// What the employee reads, what somebody chose, what the browser asks for, or English.
pub(super) fn language(who: &Who, headers: &HeaderMap) -> Language {
    let chosen = match who {
        Who::Employee(signed) => Language::of_code(&signed.employee.content.language),
        Who::Nobody | Who::Device(_) => cookie(headers, LANGUAGE_COOKIE).and_then(Language::of_code),
    };
    let asked = || {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // The order is that of preference in all browsers; the weights only repeat it.
        asked.split(',').find_map(|tag| Language::of_code(tag.trim().get(..2)?))
    };
    chosen.or_else(asked).unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_asked_for_is_no_key_of_a_device() {
        let token = format!("bfd_{}", BASE64.encode([7_u8; 32]));
        let sigur = format!("Basic {}", STANDARD.encode(format!("sigur:{token}")));
        for (shown, is_key) in [
            (format!("Bearer {token}"), true),
            (sigur, true),
            (format!("Basic {}", STANDARD.encode("proxy:secret")), false),
            ("Bearer x".to_owned(), false),
            ("Basic".to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, shown.parse().unwrap());
            assert_eq!(shown_key(&headers).is_some(), is_key, "{shown}");
        }
    }

    #[test]
    fn the_language_is_the_chosen_one_or_the_browsers() {
        for (accept, cookie, expected) in [
            ("", "", Language::English),
            ("ru-RU,ru;q=0.9,en;q=0.8", "", Language::Russian),
            ("fr, zh-CN;q=0.9", "", Language::Chinese),
            ("é", "", Language::English),
            ("ru", "a=b; bonafide_language=zh", Language::Chinese),
            ("ru", "bonafide_language=xx", Language::Russian),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
            headers.insert(COOKIE, cookie.parse().unwrap());
            assert_eq!(language(&Who::Nobody, &headers), expected, "{accept} {cookie}");
        }
    }
}
