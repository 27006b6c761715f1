//! An outside provider decides who it is: in some countries the only way for faces and voices.
//!
//! A question is about one person before one door: of a face with the picture of the kiosk, of a voice without one, because the
//! provider's own terminal listens. With a reference it asks whether it is that person, without one who it is. The answer is a
//! reference, a decision and the id of a transaction, and nothing else of it is kept; the picture passes through memory alone.
//!
//! Only the address of the settings is ever asked: no redirect is followed, no proxy of the environment used, and what a person
//! or a device sends is never part of the address.

pub mod settings;
pub mod simulator;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bonafide_domain::access_method::Assurance;
use bonafide_domain::consent::{ProviderDecision, ProviderResult};
use bonafide_domain::plain_text::Title;
use bonafide_store::credentials::content::{Trait, trait_word};
use bonafide_store::id::Id;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::faces_at_work::Attempts;
use crate::failure::Failure;
use crate::outgoing::{agent, is_safe};
use crate::providers::settings::{ProviderSettings, refused};

/// The least and the greatest time-out, in milliseconds: a door waits for it.
pub const TIME_OUT_MS: std::ops::RangeInclusive<u64> = 300..=2_000;

/// Questions at once: whoever waits for a slow provider must not hold up the rest of the house.
pub const AT_ONCE_MAX: usize = 8;

/// The largest picture that is sent, in bytes: a frame of a kiosk.
pub const PICTURE_BYTES_MAX: usize = 512 * 1024;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// The longest name of a terminal, in bytes.
const TERMINAL_BYTES_MAX: usize = 64;

/// The terminal of a question that only finds out whether the provider answers.
const CHECKING: &str = "check";

/// A provider that can be asked.
pub struct Provider {
    agent: ureq::Agent,
    url: String,
    host: String,
    token: Zeroizing<String>,
    name: Title,
    decides: Vec<Trait>,
    alone: bool,
    turns: Semaphore,
    /// Whom it did not find, by the door.
    pub searches: Attempts,
}

/// What is asked. No `Debug`: there may be a picture of a person.
#[derive(Clone)]
pub struct ProviderQuestion<'a> {
    /// The id of the request, which the caller keeps until there is an answer: the provider answers it once.
    pub operation: Id,
    /// The provider's name of the door before which the person stands: the id of the access point.
    pub terminal: String,
    /// What is to be recognised.
    pub of: Trait,
    /// Whether it is the person of this reference; nothing to ask who it is.
    pub reference: Option<String>,
    /// What the kiosk's camera sees, as it sent it.
    pub picture: Option<&'a [u8]>,
}

/// Why there is no decision. None of it opens a door; the person uses another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDecision {
    /// The terminal or the reference has another form than a name, or the picture is too large.
    BadQuestion,
    /// So many are being asked about that this one would wait too long.
    Busy,
    /// No answer in time.
    TimedOut,
    /// Nobody answers at the address.
    Unreachable,
    /// The provider refused to answer, with this status.
    Refused(u16),
    /// The answer has another form.
    BadAnswer,
    /// The answer is about somebody else than was asked.
    OtherReference,
}

#[derive(Serialize, Deserialize)]
struct Asked<'a> {
    request: &'a str,
    terminal: &'a str,
    of: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    /// In base 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
}

/// Fields that a provider adds are passed over: they are not ours to keep.
#[derive(Deserialize)]
struct Answered {
    request: String,
    reference: String,
    decision: DecisionWord,
    transaction_id: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DecisionWord {
    Confirmed,
    NotConfirmed,
    Undecided,
}

impl Provider {
    /// The provider of a data folder, if its settings name one.
    ///
    /// # Errors
    /// `bad_settings`, `bad_key_file` and `io`, with what is wrong.
    pub fn of_folder(folder: &Path) -> Result<Option<Provider>, Failure> {
        let Some(settings) = crate::settings::provider(folder)? else { return Ok(None) };
        Provider::new(&settings, settings.key(folder)?).map(Some)
    }

    /// A client for the address of the settings, known there by `token`.
    ///
    /// # Errors
    /// `bad_settings` when the address is not of https and not on this machine, or the rest is out of its range.
    pub fn new(settings: &ProviderSettings, token: Zeroizing<String>) -> Result<Provider, Failure> {
        let uri: Uri = settings.url.parse().map_err(|_| refused("the url is not one"))?;
        if !is_safe(&uri) {
            return Err(refused("the url must begin with https://, or http:// on this machine"));
        }
        let name = settings.checked()?;
        let agent = agent(settings.time_out_ms);
        Ok(Provider {
            agent,
            host: uri.host().unwrap_or_default().to_owned(),
            url: settings.url.clone(),
            token,
            name,
            decides: settings.decides.iter().map(|one| one.of()).collect(),
            alone: settings.alone,
            turns: Semaphore::new(AT_ONCE_MAX),
            searches: Attempts::of_searches(),
        })
    }

    /// Who it is, in the words of the settings.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The host that is asked.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it decides by this.
    #[must_use]
    pub fn decides(&self, of: Trait) -> bool {
        self.decides.contains(&of)
    }

    /// Whether its word is enough alone, as the settings say that it vouches.
    #[must_use]
    pub const fn is_enough_alone(&self) -> bool {
        self.alone
    }

    /// What an answer of it vouches for.
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        Assurance { live: self.alone, bound_held: self.alone, never_alone: false }
    }

    /// Whether it answers at all, whatever it says. No person and no picture is in the question.
    ///
    /// # Errors
    /// As [`Provider::ask`].
    pub fn check(&self, operation: Id) -> Result<(), NoDecision> {
        let of = self.decides.first().copied().unwrap_or(Trait::Face);
        let terminal = CHECKING.to_owned();
        self.ask(&ProviderQuestion { operation, terminal, of, reference: None, picture: None }).map(drop)
    }

    /// Asks for a decision. This waits for the network: not for a thread that others wait for. Asked again with the same
    /// operation, the provider gives the same answer.
    ///
    /// # Errors
    /// [`NoDecision`] when there is none.
    pub fn ask(&self, question: &ProviderQuestion<'_>) -> Result<ProviderResult, NoDecision> {
        let reference = question.reference.as_deref();
        if !is_name(&question.terminal) || reference.is_some_and(|reference| !is_name(reference)) {
            return Err(NoDecision::BadQuestion);
        }
        if question.picture.is_some_and(|picture| picture.len() > PICTURE_BYTES_MAX) {
            return Err(NoDecision::BadQuestion);
        }
        let _turn = self.turns.try_acquire().map_err(|_| NoDecision::Busy)?;
        let request = question.operation.to_string();
        let picture = question.picture.map(|picture| Zeroizing::new(BASE64.encode(picture)));
        let asked = Asked {
            request: &request,
            terminal: &question.terminal,
            of: trait_word(question.of),
            reference,
            picture: picture.as_ref().map(|picture| picture.as_str()),
        };
        let body = Zeroizing::new(serde_json::to_vec(&asked).map_err(|_| NoDecision::BadQuestion)?);
        let token = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
        let mut response = self
            .agent
            .post(&self.url)
            .header("Authorization", token.as_str())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", &request)
            .send(body.as_slice())
            .map_err(|error| no_answer(&error))?;
        if response.status() != 200 {
            return Err(NoDecision::Refused(response.status().as_u16()));
        }
        let read = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let answered: Answered = match read {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| NoDecision::BadAnswer)?,
            Err(error) => return Err(no_answer(&error)),
        };
        if answered.request != request {
            return Err(NoDecision::BadAnswer);
        }
        if reference.is_some_and(|reference| reference != answered.reference) {
            return Err(NoDecision::OtherReference);
        }
        let decision = match answered.decision {
            DecisionWord::Confirmed => ProviderDecision::Confirmed,
            DecisionWord::NotConfirmed => ProviderDecision::NotConfirmed,
            DecisionWord::Undecided => ProviderDecision::Undecided,
        };
        ProviderResult::parse(&answered.reference, decision, &answered.transaction_id)
            .map_err(|_| NoDecision::BadAnswer)
    }
}

fn no_answer(error: &ureq::Error) -> NoDecision {
    match error {
        ureq::Error::Timeout(_) => NoDecision::TimedOut,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            NoDecision::BadAnswer
        }
        _ => NoDecision::Unreachable,
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=TERMINAL_BYTES_MAX.max(bonafide_domain::consent::PROVIDER_TEXT_BYTES_MAX)).contains(&text.len())
        && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::simulator::{Behaviour, Simulator};
    use super::*;

    const ANNA: &str = "urn:person:7";

    fn provider(url: &str, time_out_ms: u64) -> Result<Provider, Failure> {
        let settings = ProviderSettings {
            name: "Bio".to_owned(),
            url: url.to_owned(),
            key_file: "unused".into(),
            time_out_ms,
            decides: vec![settings::Decides::Face],
            alone: false,
        };
        Provider::new(&settings, Zeroizing::new("secret".to_owned()))
    }

    fn question(operation: u8, reference: Option<&str>) -> ProviderQuestion<'static> {
        ProviderQuestion {
            operation: Id::from_bytes([operation; 16]),
            terminal: "kiosk-1".to_owned(),
            of: Trait::Face,
            reference: reference.map(str::to_owned),
            picture: Some(b"a picture"),
        }
    }

    #[test]
    fn only_an_address_of_https_or_of_this_machine_is_asked() {
        for (url, time_out_ms, good) in [
            ("https://bio.example/decide", 300, true),
            ("http://127.0.0.1:8000/decide", 2_000, true),
            ("http://bio.example/decide", 1_000, false),
            ("http://169.254.169.254/", 1_000, false),
            ("file:///etc/passwd", 1_000, false),
            ("", 1_000, false),
            ("https://bio.example/decide", 299, false),
            ("https://bio.example/decide", 2_001, false),
        ] {
            assert_eq!(provider(url, time_out_ms).is_ok(), good, "{url} {time_out_ms}");
        }
    }

    #[test]
    fn a_decision_is_given_once_for_each_request() {
        let simulator = Simulator::start("secret").unwrap();
        let provider = provider(simulator.url(), 2_000).unwrap();
        simulator.stands_at("kiosk-1", Some(ANNA));
        let first = provider.ask(&question(1, Some(ANNA))).unwrap();
        assert_eq!((first.reference(), first.decision()), (ANNA, ProviderDecision::Confirmed));
        let other = provider.ask(&question(2, Some("urn:person:8"))).unwrap();
        assert_eq!(other.decision(), ProviderDecision::NotConfirmed);
        let who = provider.ask(&question(3, None)).unwrap();
        assert_eq!((who.reference(), who.decision()), (ANNA, ProviderDecision::Confirmed));
        simulator.stands_at("kiosk-1", None);
        assert_eq!(provider.ask(&question(1, Some(ANNA))), Ok(first), "asked twice, decided once");
        let nobody = provider.ask(&question(4, Some(ANNA))).unwrap();
        assert_eq!(nobody.decision(), ProviderDecision::Undecided);
        assert_eq!(simulator.decided(), 4);
        assert_eq!(simulator.seen_bytes(), Some(9), "the picture comes as the kiosk sent it");
        provider.check(Id::from_bytes([5; 16])).unwrap();
    }

    #[test]
    fn d13_without_an_answer_there_is_no_decision_and_no_hang() {
        let simulator = Simulator::start("secret").unwrap();
        simulator.stands_at("kiosk-1", Some(ANNA));
        for (number, behaviour, expected) in [
            (1, Behaviour::Silent, NoDecision::TimedOut),
            (2, Behaviour::Status(503), NoDecision::Refused(503)),
            (3, Behaviour::Redirect, NoDecision::Refused(307)),
            (4, Behaviour::Nonsense, NoDecision::BadAnswer),
            (5, Behaviour::Endless, NoDecision::BadAnswer),
            (6, Behaviour::OtherPerson, NoDecision::OtherReference),
            (7, Behaviour::Picture, NoDecision::BadAnswer),
        ] {
            simulator.behave(behaviour);
            let provider = provider(simulator.url(), 300).unwrap();
            assert_eq!(provider.ask(&question(number, Some(ANNA))), Err(expected), "{behaviour:?}");
        }
        simulator.behave(Behaviour::Proper);
        let url = simulator.url().to_owned();
        let stranger =
            Provider { token: Zeroizing::new("other".to_owned()), ..provider(&url, 2_000).unwrap() };
        assert_eq!(stranger.ask(&question(8, Some(ANNA))), Err(NoDecision::Refused(401)));
        drop(simulator);
        assert_eq!(
            provider(&url, 2_000).unwrap().ask(&question(9, Some(ANNA))),
            Err(NoDecision::Unreachable)
        );
        let huge = vec![0; PICTURE_BYTES_MAX + 1];
        let huge = ProviderQuestion { picture: Some(&huge), ..question(10, None) };
        assert_eq!(provider(&url, 2_000).unwrap().ask(&huge), Err(NoDecision::BadQuestion));
        let busy = provider(&url, 2_000).unwrap();
        let turns = busy.turns.try_acquire_many(u32::try_from(AT_ONCE_MAX).unwrap()).unwrap();
        assert_eq!(busy.ask(&question(10, None)), Err(NoDecision::Busy));
        drop(turns);
        let bad = ProviderQuestion { terminal: "a/../b".to_owned(), ..question(10, None) };
        assert_eq!(provider(&url, 2_000).unwrap().ask(&bad), Err(NoDecision::BadQuestion));
    }
}
