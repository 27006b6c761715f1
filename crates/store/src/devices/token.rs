//! The secret that a device shows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::keys::ring::{LOOKUP_BYTES, Lookup, Ring};
use crate::keys::seal::random;

/// Random bytes of a token.
pub const TOKEN_BYTES: usize = 32;

/// What every token begins with, so that one that was published by mistake is recognised by whoever searches for such things.
pub const TOKEN_PREFIX: &str = "bfd_";

/// The secret of a device: `bfd_` and 32 random bytes in base64url. No `Debug` and no `Serialize`; wiped on drop.
#[derive(PartialEq, Eq)]
pub struct DeviceToken(Zeroizing<[u8; TOKEN_BYTES]>);

impl DeviceToken {
    /// A new one, from the system's randomness.
    pub(crate) fn generate() -> Result<DeviceToken, Fault> {
        random().map(DeviceToken)
    }

    /// Reads a token, to the letter; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<DeviceToken> {
        let decoded = URL_SAFE_NO_PAD.decode(text.strip_prefix(TOKEN_PREFIX)?).ok()?;
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        let decoded = Zeroizing::new(decoded);
        if decoded.len() != TOKEN_BYTES {
            return None;
        }
        bytes.copy_from_slice(&decoded);
        Some(DeviceToken(bytes))
    }

    /// The token as the device needs it. It is shown once, and goes into no log.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(*self.0)))
    }

    /// What the book keeps.
    ///
    /// Nobody guesses 256 random bits, so that no slow hash is needed. It is keyed all the same: whoever may only write to the
    /// book could otherwise add a device whose token he has made himself.
    pub(crate) fn hash(&self, ring: &Ring) -> [u8; LOOKUP_BYTES] {
        ring.lookup(Lookup::DeviceToken, self.0.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let token = DeviceToken::generate().unwrap();
        let text = token.expose();
        assert_eq!((text.len(), &text[..4]), (47, "bfd_"));
        assert!(DeviceToken::parse(&text).unwrap() == token);
        assert!(DeviceToken::generate().unwrap() != token);
        let body = &text[4..];
        let others = [
            String::new(),
            body.to_owned(),
            "bfd_".to_owned(),
            format!("BFD_{body}"),
            format!("bfd_{body}="),
            format!(" bfd_{body}"),
            format!("bfd_{}", &body[1..]),
            format!("bfd_{body}A"),
            // The last letter holds four bits: another one of the same four is another spelling, and no token.
            format!("bfd_{}B", "A".repeat(42)),
            format!("bfd_{}+", &body[..42]),
        ];
        for other in others {
            assert!(DeviceToken::parse(&other).is_none(), "{other}");
        }
    }
}
