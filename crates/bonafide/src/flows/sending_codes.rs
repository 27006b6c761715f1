//! A member asks that a one-time code be sent to him: to his phone by SMS, or to his e-mail address where there is no phone or no
//! gateway. The code is one of [`phone_codes`]: whoever types it is checked as if the desk had told it.
//!
//! [`ask`] counts, finds and makes the code, and answers at once; [`deliver`] hands the message over, outside of every transaction,
//! and writes down what became of it. Whoever has only typed a number hears the same and waits as long whether that is the number of a
//! member, of several or of nobody, and whatever becomes of the message (case W-05): so [`deliver`] is not waited for there.
//!
//! [`phone_codes`]: crate::flows::phone_codes

use bonafide_domain::credential::CredentialState;
use bonafide_domain::profile::{EmailAddress, Language, Phone};
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, NewCredential, find};
use bonafide_store::directory::Directory;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::merging::profiles_of_person;
use bonafide_store::members::{self, Member};
use bonafide_store::search::NumberEnd;
use bonafide_store::sends::{self, Became, Place, TooMany};
use bonafide_store::store::{Store, Work};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::flows::phone_codes::{CODE_US, CodeOf, For, PHONE_DIGITS_MIN, PhoneCodes, TooManyCodes, ends_of};
use crate::senders::{Address, Message, NotTaken, Senders};
use crate::texts::{Texts, Values};

/// The most digits of a number.
const PHONE_DIGITS_MAX: usize = 15;

/// The last digits of a typed number by which its askings are counted: with its country, without, or with a zero before it, it is the
/// same.
const COUNTED_DIGITS: usize = 9;

/// Members whose number ends so that are looked at: two are too many already.
const FOUND_MAX: usize = 8;

/// What sending works with.
pub struct Sending<'a> {
    /// The book.
    pub store: &'a Store,
    /// What sends.
    pub senders: &'a Senders,
    /// The codes that wait to be typed.
    pub codes: &'a PhoneCodes,
    /// Finds members by a number.
    pub directory: &'a Directory,
    /// The texts of messages.
    pub texts: &'a Texts,
    /// The kiosk or till as the one who acts, now.
    pub acting: Acting,
}

/// Where a code is asked for.
pub struct AskedAt {
    /// The kiosk's access point, or the till.
    pub place: Place,
    /// What the club calls itself there.
    pub club: String,
    /// What is spoken there, with a member of whom nothing else is known.
    pub language: Language,
}

/// Who asks.
#[derive(Clone, Copy)]
pub enum Asks<'a> {
    /// The member whom something else has named: a card, a code of his screen.
    Named(Id),
    /// Somebody who has typed this number.
    Phone(&'a str),
}

/// Why no code is sent, in the order in which it is looked at. Whoever has typed a number hears only of the first three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// Nothing is set that could send.
    NoSender,
    /// What was typed is no number.
    NoNumber,
    /// There were too many.
    TooMany(TooMany),
    /// The member has no phone and no e-mail address to which anything could be sent.
    NoAddress,
    /// The desk has stopped codes to this phone.
    Stopped,
    /// So many codes were made for this member today.
    TooManyCodes,
    /// It was not taken.
    NotTaken(NotTaken),
}

/// A message that is ready to go out.
pub struct Outgoing {
    row: Id,
    member: Option<Id>,
    message: Message,
}

/// Whom a code is for.
struct Known {
    member: Id,
    language: Option<Language>,
    phone: Option<Phone>,
    /// Where it goes; nothing when there is no such place.
    address: Option<Address>,
}

/// Asks for a code. Nothing goes out before the row of it is durable.
///
/// # Errors
/// The keys of faults; the inner error when none is sent. `None` when nothing goes out and nobody is told so.
pub fn ask(
    sending: &Sending<'_>,
    at: &AskedAt,
    asks: Asks<'_>,
) -> Result<Result<Option<Outgoing>, NotSent>, Failure> {
    if sending.senders.are_none() {
        return Ok(Err(NotSent::NoSender));
    }
    let named = match asks {
        Asks::Named(member) => format!("member {member}"),
        Asks::Phone(typed) => match counted_as(typed) {
            Some(end) => format!("phone {end}"),
            None => return Ok(Err(NotSent::NoNumber)),
        },
    };
    let known = known(sending, asks)?;
    let is_named = matches!(asks, Asks::Named(_));
    let whom = known.as_ref().map(|known| (known.member, known.phone.clone(), known.address.clone()));
    let (acting, place, sends_a_day_max) =
        (sending.acting.clone(), at.place, sending.senders.sends_a_day_max);
    let counted = sending.store.write(move |work| {
        let asking = sends::Asking { place, named: &named, sends_a_day_max };
        let row = match sends::ask(work, &acting, &asking)? {
            Ok(row) => row,
            Err(why) => return Ok(Err(NotSent::TooMany(why))),
        };
        let begun = match &whom {
            Some((member, phone, address)) => {
                begin(work, &acting, row, (*member, phone.as_ref(), address.as_ref()))?
            }
            None => Err(NotSent::NoAddress),
        };
        Ok(match begun {
            Ok(of) => Ok(Some((row, of))),
            Err(why) if is_named => Err(why),
            // Counted, and told to nobody.
            Err(_) => Ok(None),
        })
    })?;
    let (row, of, known) = match (counted, known) {
        (Err(why), _) => {
            if matches!(why, NotSent::TooMany(TooMany::OfHouse | TooMany::NotUsed)) {
                tracing::warn!(?why, "the house sends no codes now");
            }
            return Ok(Err(why));
        }
        (Ok(Some((row, of))), Some(known)) => (row, of, known),
        (Ok(_), _) => return Ok(Ok(None)),
    };
    let Known { member, language, phone, address: Some(address) } = known else { return Ok(Ok(None)) };
    let whom = For { member, of, phone: phone.as_ref() };
    let code = match sending.codes.make(&whom, row, sending.acting.now_us)? {
        Ok(code) => code,
        Err(TooManyCodes) => {
            end(sending, row, Became::Failed)?;
            return Ok(if is_named { Err(NotSent::TooManyCodes) } else { Ok(None) });
        }
    };
    let words = sending.texts.of(language.unwrap_or(at.language));
    let minutes = CODE_US.unsigned_abs() / 60_000_000;
    let values = Values::of("club", &at.club).and("code", code.as_str()).number("minutes", minutes);
    let text = Zeroizing::new(words.say_with("code-text", &values));
    let subject = words.say_with("code-subject", &Values::of("club", &at.club));
    Ok(Ok(Some(Outgoing {
        row,
        member: Some(member),
        message: Message { operation: row, to: address, subject, text },
    })))
}

/// Hands a message over, and writes down what became of it. This waits for the network.
///
/// # Errors
/// The keys of faults; the inner error when it was not taken, or when the member is there no more.
pub fn deliver(sending: &Sending<'_>, outgoing: &Outgoing) -> Result<Result<(), NotSent>, Failure> {
    if let Some(member) = outgoing.member
        && sending.store.read(|tx| profiles_of_person(tx, member))?.is_empty()
    {
        // Erased meanwhile: nothing goes out to him any more.
        return Ok(Err(NotSent::NoAddress));
    }
    let sent = sending.senders.send(&outgoing.message);
    if let Err(why) = sent {
        let channel = outgoing.message.to.channel().word();
        tracing::warn!(channel, why = why.key(), status = ?status(why), "a message was not taken");
    }
    end(sending, outgoing.row, if sent.is_ok() { Became::Taken } else { Became::Failed })?;
    Ok(sent.map_err(NotSent::NotTaken))
}

/// Sends a text without a code, to find out whether the settings are right. It counts like every other message.
///
/// # Errors
/// As [`ask`] and [`deliver`].
pub fn test(sending: &Sending<'_>, at: &AskedAt, to: Address) -> Result<Result<(), NotSent>, Failure> {
    let senders = sending.senders;
    let is_set = match &to {
        Address::Phone(phone) => match &senders.sms {
            Some(sms) if !sms.may_send_to(phone) => return Ok(Err(NotSent::NoAddress)),
            sms => sms.is_some(),
        },
        Address::Email(_) => senders.email.is_some(),
    };
    if !is_set {
        return Ok(Err(NotSent::NoSender));
    }
    let (acting, place, sends_a_day_max) = (sending.acting.clone(), at.place, senders.sends_a_day_max);
    let (channel, address) = (to.channel(), to.canonical().to_owned());
    let counted = sending.store.write(move |work| {
        let asking = sends::Asking { place, named: &format!("test {address}"), sends_a_day_max };
        let row = match sends::ask(work, &acting, &asking)? {
            Ok(row) => row,
            Err(why) => return Ok(Err(NotSent::TooMany(why))),
        };
        let message = sends::Sending { member: None, channel, address: &address };
        Ok(sends::begin(work, &acting, row, &message)?.map(|()| row).map_err(NotSent::TooMany))
    })?;
    let row = match counted {
        Ok(row) => row,
        Err(why) => return Ok(Err(why)),
    };
    let words = sending.texts.of(at.language);
    let text = Zeroizing::new(words.say_with("code-test-text", &Values::of("club", &at.club)));
    let subject = words.say_with("code-subject", &Values::of("club", &at.club));
    let message = Message { operation: row, to, subject, text };
    deliver(sending, &Outgoing { row, member: None, message })
}

const fn status(why: NotTaken) -> Option<u16> {
    if let NotTaken::Refused(status) = why { Some(status) } else { None }
}

fn end(sending: &Sending<'_>, row: Id, became: Became) -> Result<(), Failure> {
    let acting = sending.acting.clone();
    let ended = sending.store.write(move |work| Ok(Ok::<(), ()>(sends::end(work, &acting, row, became)?)))?;
    ended.map_err(|()| Failure::new("panic", "a note was refused"))
}

/// Lets the asking become a message: what the code will prove, or why none is sent.
fn begin(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: Id,
    (member, phone, address): (Id, Option<&Phone>, Option<&Address>),
) -> Result<Result<CodeOf, NotSent>, Fault> {
    let Some(address) = address else { return Ok(Err(NotSent::NoAddress)) };
    // He may have been erased since he was found.
    if profiles_of_person(work.tx, member)?.is_empty() {
        return Ok(Err(NotSent::NoAddress));
    }
    let of = match phone {
        Some(phone) => match credential_of(work, acting, member, phone)? {
            Ok(credential) => CodeOf::Phone(credential),
            Err(PhoneStopped) => return Ok(Err(NotSent::Stopped)),
        },
        None => CodeOf::Email(member),
    };
    let message =
        sends::Sending { member: Some(member), channel: address.channel(), address: address.canonical() };
    if let Err(why) = sends::begin(work, acting, row, &message)? {
        return Ok(Err(NotSent::TooMany(why)));
    }
    members::note_phone_code(work, acting, member)?;
    Ok(Ok(of))
}

/// The desk has stopped codes to this phone, or it cannot become a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneStopped;

/// The credential of a member's phone: the one that there is, or a new one.
///
/// # Errors
/// When it cannot be written; the inner error when codes to it are stopped.
pub fn credential_of(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    phone: &Phone,
) -> Result<Result<Id, PhoneStopped>, Fault> {
    let all = find::of_member(work.tx, work.vault, member, acting.now_us)?;
    let mut of_phone = all.iter().filter(|kept| {
        kept.replaced_by.is_none() && matches!(&kept.content, Some(Content::Phone(known)) if known == phone)
    });
    if let Some(known) = of_phone.next_back() {
        let stopped = matches!(known.state, CredentialState::Blocked(_) | CredentialState::Lost);
        return Ok(if stopped { Err(PhoneStopped) } else { Ok(known.id) });
    }
    let content = Content::Phone(phone.clone());
    let new = NewCredential { member, content, until_us: None, limited: None };
    let issued = credentials::issue(work, acting, Id::new(acting.now_us)?, &new, None)?;
    Ok(issued.map(|done| done.credential).map_err(|_| PhoneStopped))
}

fn digits_of(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_digit).collect()
}

/// By which digits the askings for a typed number are counted; `None` when it is no number.
fn counted_as(typed: &str) -> Option<String> {
    let digits = digits_of(typed);
    let is_number = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len());
    is_number.then(|| digits[digits.len().saturating_sub(COUNTED_DIGITS)..].to_owned())
}

/// Who asks, when it is one member.
fn known(sending: &Sending<'_>, asks: Asks<'_>) -> Result<Option<Known>, Failure> {
    let store = sending.store;
    let address = |phones: &[Phone], emails: &[EmailAddress]| sending.senders.address(phones, emails);
    match asks {
        Asks::Named(member) => {
            let member = store.read(|tx| members::get(tx, store.vault(), member))?;
            Ok(member.map(|member| {
                let profile = &member.profile;
                let address = address(&profile.phones, &profile.emails);
                let phone = match &address {
                    Some(Address::Phone(phone)) => Some(phone.clone()),
                    _ => profile.phones.first().cloned(),
                };
                Known { member: member.id, language: profile.language, phone, address }
            }))
        }
        Asks::Phone(typed) => {
            let Some((member, phone)) = of_number(sending, &digits_of(typed))? else { return Ok(None) };
            let (profile, phones) = (&member.profile, [phone]);
            let address = address(&phones, &profile.emails);
            let [phone] = phones;
            Ok(Some(Known { member: member.id, language: profile.language, phone: Some(phone), address }))
        }
    }
}

/// The one member with a number that ends so, and the number. Of several it is nobody: a family shares a phone, and whose code it would
/// be nobody could say.
fn of_number(sending: &Sending<'_>, digits: &str) -> Result<Option<(Member, Phone)>, Failure> {
    let store = sending.store;
    for end in ends_of(digits) {
        let Ok(sought) = NumberEnd::parse(end) else { continue };
        let numbers = sending.directory.by_number_end(&sought, FOUND_MAX);
        let found = store.read(|tx| {
            let mut found = Vec::new();
            for member in members::of_numbers(tx, store.vault(), &numbers)? {
                let Some(&person) = profiles_of_person(tx, member.id)?.first() else { continue };
                found.push((person, member));
            }
            Ok(found)
        })?;
        let Some(&(person, _)) = found.first() else { continue };
        if found.iter().any(|(other, _)| *other != person) {
            return Ok(None);
        }
        let has = |phone: &&Phone| phone.as_str().ends_with(end);
        let of_end = found.into_iter().find_map(|(_, member)| {
            let phone = member.profile.phones.iter().find(has).cloned()?;
            Some((member, phone))
        });
        return Ok(of_end);
    }
    Ok(None)
}
