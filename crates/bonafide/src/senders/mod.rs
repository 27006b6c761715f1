//! What sends messages to members: an SMS gateway over HTTP, and a mail server over SMTP. Both are set in `bonafide.toml`.
//!
//! Only the addresses of the settings are ever asked: no redirect is followed and no proxy of the environment used. A message is handed
//! over once and never again by itself: a code that comes twice is a code too many. Neither a message, nor where it goes, nor the key
//! or the password stands in a log, in a failure or on a page.

pub mod email;
pub mod settings;
pub mod sms;

use std::path::Path;

use bonafide_domain::profile::{EmailAddress, Phone};
use bonafide_store::id::Id;
use bonafide_store::sends::Channel;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::senders::email::MailServer;
use crate::senders::settings::CodesSettings;
use crate::senders::sms::SmsGateway;

/// The least and the greatest time-out, in milliseconds: a person stands before the kiosk meanwhile.
pub const TIME_OUT_MS: std::ops::RangeInclusive<u64> = 300..=15_000;

/// Messages on their way at once, by each channel: whoever waits for a slow gateway must not hold up the rest of the house.
pub const AT_ONCE_MAX: usize = 8;

/// Where a message goes.
#[derive(Clone)]
pub enum Address {
    /// To a phone, by SMS.
    Phone(Phone),
    /// To an e-mail address.
    Email(EmailAddress),
}

impl Address {
    /// By what it goes.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Address::Phone(_) => Channel::Sms,
            Address::Email(_) => Channel::Email,
        }
    }

    /// What it is known by: the number, or the address in its canonical form.
    #[must_use]
    pub fn canonical(&self) -> &str {
        match self {
            Address::Phone(phone) => phone.as_str(),
            Address::Email(email) => email.canonical(),
        }
    }
}

/// A message. No `Debug`: there is a code in it.
pub struct Message {
    /// Its id, for gateways that take each once.
    pub operation: Id,
    /// Where it goes.
    pub to: Address,
    /// The line above a letter: it may be read on a locked screen, and so it has no code.
    pub subject: String,
    /// What it says.
    pub text: Zeroizing<String>,
}

/// Why a message is not sent. It may have gone out all the same where the answer is missing: the gateway alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// No gateway or mail server is set for it.
    NoSender,
    /// So many are on their way that this one would wait too long.
    Busy,
    /// No answer in time.
    TimedOut,
    /// Nobody answers at the address.
    Unreachable,
    /// There is no safe connection: the certificate is not the server's, or it offers no TLS.
    NotSafe,
    /// It does not know our key or password.
    BadKey,
    /// It refused, with this status of HTTP or SMTP.
    Refused(u16),
    /// It has answered, but not that it has taken the message.
    OtherAnswer,
    /// The address is none that a mail server takes.
    BadAddress,
}

impl NotTaken {
    /// Its word in the log.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            NotTaken::NoSender => "no_sender",
            NotTaken::Busy => "busy",
            NotTaken::TimedOut => "timed_out",
            NotTaken::Unreachable => "unreachable",
            NotTaken::NotSafe => "not_safe",
            NotTaken::BadKey => "bad_key",
            NotTaken::Refused(_) => "refused",
            NotTaken::OtherAnswer => "other_answer",
            NotTaken::BadAddress => "bad_address",
        }
    }
}

/// The senders of an installation.
pub struct Senders {
    /// The SMS gateway, where one is set.
    pub sms: Option<SmsGateway>,
    /// The mail server, where one is set.
    pub email: Option<MailServer>,
    /// Messages of the house within a day.
    pub sends_a_day_max: u32,
}

impl Default for Senders {
    fn default() -> Senders {
        Senders { sms: None, email: None, sends_a_day_max: CodesSettings::default().sends_a_day_max }
    }
}

impl Senders {
    /// The senders that the settings of a data folder name.
    ///
    /// # Errors
    /// `bad_settings`, `bad_key_file` and `io`, with what is wrong.
    pub fn of_folder(folder: &Path) -> Result<Senders, Failure> {
        let found = crate::settings::senders(folder)?;
        let codes = found.codes.unwrap_or_default().checked()?;
        Ok(Senders {
            sms: found.sms.map(|sms| SmsGateway::new(&sms, folder)).transpose()?,
            email: found.email.map(|email| MailServer::new(&email, folder)).transpose()?,
            sends_a_day_max: codes.sends_a_day_max,
        })
    }

    /// Whether nothing can be sent at all.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.sms.is_none() && self.email.is_none()
    }

    /// Where a member is sent something: to the first of these phones that the gateway may send to, else to the first e-mail address,
    /// where there is a mail server.
    #[must_use]
    pub fn address(&self, phones: &[Phone], emails: &[EmailAddress]) -> Option<Address> {
        let phone = phones.iter().find(|phone| self.sms.as_ref().is_some_and(|sms| sms.may_send_to(phone)));
        let email = || emails.first().filter(|_| self.email.is_some());
        phone.cloned().map(Address::Phone).or_else(|| email().cloned().map(Address::Email))
    }

    /// Hands a message over. This waits for the network: not within a transaction, and not on a thread that others wait for.
    ///
    /// # Errors
    /// [`NotTaken`] when nobody has taken it.
    pub fn send(&self, message: &Message) -> Result<(), NotTaken> {
        match &message.to {
            Address::Phone(phone) => {
                self.sms.as_ref().ok_or(NotTaken::NoSender)?.send(message.operation, phone, &message.text)
            }
            Address::Email(email) => self.email.as_ref().ok_or(NotTaken::NoSender)?.send(message, email),
        }
    }
}
