//! Who asks: somebody who works here and is signed in, or nobody that is known.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bonafide_domain::profile::Language;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::id::Id;
use bonafide_store::staff::session::{self, TOKEN_BYTES, Token};
use bonafide_store::staff::{KeptEmployee, Role};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// The cookie of a session. The prefix binds it to this host and to TLS, where there is TLS.
pub const SESSION_COOKIE: &str = "bonafide_session";

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
        let who = match cookie(headers, SESSION_COOKIE).and_then(token) {
            Some(token) => employee(app, token).await?,
            None => Who::Nobody,
        };
        let language = language(&who, headers);
        Ok(Caller { who, language, origin })
    }

    /// The employee, if it is one.
    #[must_use]
    pub fn signed(&self) -> Option<&Signed> {
        match &self.who {
            Who::Employee(signed) => Some(signed),
            Who::Nobody => None,
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
        };
        Acting { actor, origin: self.origin.clone(), now_us: clock::now_us() }
    }

    /// What a form of his must bring along: only pages of this server, shown to him, know it.
    #[must_use]
    pub fn csrf(&self) -> String {
        match &self.who {
            Who::Nobody => String::new(),
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
        Who::Nobody => cookie(headers, LANGUAGE_COOKIE).and_then(Language::of_code),
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
