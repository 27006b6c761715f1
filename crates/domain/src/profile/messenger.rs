//! How a member is reached in a messenger.

use super::{Phone, PhoneRefusal};
use crate::hidden::hide_from_debug;

/// A messenger, by how it names people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessengerKind {
    /// By a name of its own.
    Telegram,
    /// By phone.
    WhatsApp,
    /// By phone.
    Viber,
    /// By phone.
    Max,
    /// By a name of its own.
    WeChat,
    /// By a name of its own.
    Vk,
}

/// A member's account in a messenger.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Messenger {
    kind: MessengerKind,
    handle: String,
}

hide_from_debug!(Messenger);

/// Why a handle is not one of that messenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessengerRefusal {
    /// This messenger knows people by phone, and this is none.
    Phone(PhoneRefusal),
    /// The name is too short or too long.
    Length,
    /// The name has a character that the messenger does not allow, or does not begin with a letter.
    Character,
}

impl Messenger {
    /// Checks a handle. An `@` before a name is dropped; capitals become small, since no messenger tells them apart.
    pub fn parse(kind: MessengerKind, text: &str) -> Result<Self, MessengerRefusal> {
        let (chars, marks) = match kind {
            MessengerKind::WhatsApp | MessengerKind::Viber | MessengerKind::Max => {
                let phone = Phone::parse(text).map_err(MessengerRefusal::Phone)?;
                return Ok(Self { kind, handle: phone.as_str().to_owned() });
            }
            MessengerKind::Telegram => (4..=32, "_"),
            MessengerKind::WeChat => (6..=20, "_-"),
            MessengerKind::Vk => (2..=32, "_."),
        };
        let handle = text.trim();
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        if !chars.contains(&handle.len()) {
            return Err(MessengerRefusal::Length);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
        if !handle.starts_with(|c: char| c.is_ascii_alphabetic()) || !handle.chars().all(allowed) {
            return Err(MessengerRefusal::Character);
        }
        Ok(Self { kind, handle: handle.to_ascii_lowercase() })
    }

    /// Which messenger.
    pub const fn kind(&self) -> MessengerKind {
        self.kind
    }

    /// The phone or the name, in the spelling that is looked up.
    pub fn handle(&self) -> &str {
        &self.handle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MessengerKind::*;
    use MessengerRefusal::*;

    #[test]
    fn each_messenger_has_its_own_handles() {
        let cases = [
            (Telegram, "@Anna_S", Ok("anna_s")),
            (Telegram, " anna ", Ok("anna")),
            (WeChat, "wxid-anna1", Ok("wxid-anna1")),
            (Vk, "id123.4", Ok("id123.4")),
            (WhatsApp, "+79161234567", Ok("+79161234567")),
            (Viber, "anna", Err(Phone(PhoneRefusal::NoPlus))),
            (Max, "+7", Err(Phone(PhoneRefusal::Length { digits: 1 }))),
            (Telegram, "@a", Err(Length)),
            (Telegram, "", Err(Length)),
            (WeChat, "abcdefghijklmnopqrstu", Err(Length)),
            (Telegram, "1anna", Err(Character)),
            (Telegram, "anna-s", Err(Character)),
            (Telegram, "an na", Err(Character)),
            (Telegram, "анна", Err(Character)),
            (Telegram, "@@anna", Err(Character)),
        ];
        for (kind, text, expected) in cases {
            let found = Messenger::parse(kind, text);
            assert_eq!(found.as_ref().map(Messenger::handle), expected.as_ref().copied(), "{text:?}");
            assert!(found.is_err() || found.is_ok_and(|messenger| messenger.kind() == kind));
        }
    }
}
