//! An outside provider decides who it is: in some countries the only way for faces and voices.
//!
//! The provider's own terminal looks at the person; no picture passes here. We ask for the decision about one person, by the
//! provider's reference, and take back its decision and the id of its transaction, and nothing else.
//!
//! Only the address of the settings is ever asked: no redirect is followed, no proxy of the environment used, and what a person
//! or a device sends is never part of the address.

pub mod simulator;

use std::time::Duration;

use bonafide_domain::consent::{ProviderDecision, ProviderResult};
use bonafide_store::id::Id;
use serde::{Deserialize, Serialize};
use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The least and the greatest time-out, in milliseconds: a door waits for it.
pub const TIME_OUT_MS: std::ops::RangeInclusive<u64> = 300..=2_000;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// The longest name of a terminal, in bytes.
const TERMINAL_BYTES_MAX: usize = 64;

/// Where the provider is: the part `[provider]` of the settings.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// The address that is asked: https, or http on this machine.
    url: String,
    /// What it knows us by.
    #[serde(deserialize_with = "wiped")]
    token: Zeroizing<String>,
    /// How long a door waits, in milliseconds, within [`TIME_OUT_MS`].
    #[serde(default = "time_out_ms")]
    time_out_ms: u64,
}

fn wiped<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

const fn time_out_ms() -> u64 {
    1_500
}

/// A provider that can be asked.
pub struct Provider {
    agent: ureq::Agent,
    url: String,
    token: Zeroizing<String>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct ProviderQuestion {
    /// The id of the request, which the caller keeps until there is an answer: the provider answers it once.
    pub operation: Id,
    /// The provider's terminal before which the person stands.
    pub terminal: String,
    /// Whether it is the person of this reference; nothing to ask who it is.
    pub reference: Option<String>,
}

/// Why there is no decision. None of it opens a door; the person uses another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDecision {
    /// The terminal or the reference has another form than a name.
    BadQuestion,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
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
    /// A client for the address of the settings.
    ///
    /// # Errors
    /// `bad_settings` when the address is not of https and not on this machine, or the time-out out of its range.
    pub fn new(settings: &ProviderSettings) -> Result<Provider, Failure> {
        let refused = |words: &str| Failure::new("bad_settings", format!("[provider]: {words}"));
        let uri: Uri = settings.url.parse().map_err(|_| refused("the url is not one"))?;
        let here = matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if here => {}
            _ => return Err(refused("the url must begin with https://, or http:// on this machine")),
        }
        if !TIME_OUT_MS.contains(&settings.time_out_ms) {
            return Err(refused("time_out_ms must be from 300 to 2000"));
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_millis(settings.time_out_ms)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent("bonafide")
            .build()
            .into();
        Ok(Provider { agent, url: settings.url.clone(), token: settings.token.clone() })
    }

    /// Asks for a decision. This waits for the network: not for a thread that others wait for. Asked again with the same
    /// operation, the provider gives the same answer.
    ///
    /// # Errors
    /// [`NoDecision`] when there is none.
    pub fn ask(&self, question: &ProviderQuestion) -> Result<ProviderResult, NoDecision> {
        let reference = question.reference.as_deref();
        if !is_name(&question.terminal) || reference.is_some_and(|reference| !is_name(reference)) {
            return Err(NoDecision::BadQuestion);
        }
        let request = question.operation.to_string();
        let asked = Asked { request: &request, terminal: &question.terminal, reference };
        let body = serde_json::to_vec(&asked).map_err(|_| NoDecision::BadQuestion)?;
        let token = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
        let mut response = self
            .agent
            .post(&self.url)
            .header("Authorization", token.as_str())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", &request)
            .send(&body)
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
        let token = Zeroizing::new("secret".to_owned());
        Provider::new(&ProviderSettings { url: url.to_owned(), token, time_out_ms })
    }

    fn question(operation: u8, reference: Option<&str>) -> ProviderQuestion {
        ProviderQuestion {
            operation: Id::from_bytes([operation; 16]),
            terminal: "kiosk-1".to_owned(),
            reference: reference.map(str::to_owned),
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
        let bad = ProviderQuestion { terminal: "a/../b".to_owned(), ..question(10, None) };
        assert_eq!(provider(&url, 2_000).unwrap().ask(&bad), Err(NoDecision::BadQuestion));
    }
}
