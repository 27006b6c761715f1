//! An SMS gateway, asked over HTTP as its settings say.

use std::path::Path;

use bonafide_domain::profile::Phone;
use bonafide_store::id::Id;
use serde_json::Value as Json;
use tokio::sync::Semaphore;
use ureq::http::{HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::outgoing::{agent, is_safe, secret};
use crate::senders::settings::{SmsFormat, SmsMethod, SmsSettings, refused as refused_in, within_time_out};
use crate::senders::{AT_ONCE_MAX, NotTaken};

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Fields within each other at most.
const DEPTH_MAX: usize = 8;

/// What may stand in a field and is filled in.
const BLANKS: [&str; 5] = ["{phone}", "{digits}", "{text}", "{sender}", "{id}"];

/// A gateway that can be asked.
pub struct SmsGateway {
    agent: ureq::Agent,
    settings: SmsSettings,
    host: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Where the key goes, and the key with what stands before it.
    key: Option<(KeyPlace, Zeroizing<String>)>,
    turns: Semaphore,
}

enum KeyPlace {
    Header(HeaderName),
    Field(String),
}

fn refused(words: &str) -> Failure {
    refused_in("sms", words)
}

impl SmsGateway {
    /// A client for the gateway of the settings. Its key is read from `folder`.
    ///
    /// # Errors
    /// `bad_settings` when the address is not of https and not on this machine, or the rest is not as it must be; `bad_key_file` and
    /// `io` about the key.
    pub fn new(settings: &SmsSettings, folder: &Path) -> Result<SmsGateway, Failure> {
        let uri: Uri = settings.url.parse().map_err(|_| refused("the url is not one"))?;
        let host = uri.host().unwrap_or_default().to_owned();
        if !is_safe(&uri) {
            return Err(refused("the url must begin with https://, or http:// on this machine"));
        }
        within_time_out("sms", settings.time_out_ms)?;
        let is_prefix = |text: &String| {
            text.strip_prefix('+').is_some_and(|digits| {
                !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        if !settings.prefixes.iter().all(is_prefix) {
            return Err(refused("prefixes are written as \"+7\""));
        }
        check_fields(settings)?;
        let header = |name: &str| name.parse().map_err(|_| refused("a header has no such name"));
        let mut headers = Vec::new();
        for (name, value) in &settings.headers {
            let value = value.parse().map_err(|_| refused("a header has no such value"))?;
            headers.push((header(name)?, value));
        }
        let place = match (&settings.key_header, &settings.key_field) {
            (None, None) => None,
            (Some(name), None) => Some(KeyPlace::Header(header(name)?)),
            (None, Some(field)) => Some(KeyPlace::Field(field.clone())),
            (Some(_), Some(_)) => {
                return Err(refused("the key comes in a header or in a field, not in both"));
            }
        };
        let key = match (&settings.key_file, place) {
            (None, None) => None,
            (Some(file), Some(place)) => {
                let key = secret(folder, file)?;
                Some((place, Zeroizing::new(format!("{}{}", settings.key_prefix, key.as_str()))))
            }
            _ => return Err(refused("key_file needs key_header or key_field, and the other way round")),
        };
        let agent = agent(settings.time_out_ms);
        let (settings, turns) = (settings.clone(), Semaphore::new(AT_ONCE_MAX));
        Ok(SmsGateway { agent, settings, host, headers, key, turns })
    }

    /// The host that is asked.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who the messages are from, in the words of the settings.
    #[must_use]
    pub fn sender(&self) -> &str {
        &self.settings.sender
    }

    /// How numbers begin that anything is sent to; all when there is none.
    #[must_use]
    pub fn prefixes(&self) -> &[String] {
        &self.settings.prefixes
    }

    /// Whether anything is sent to this number.
    #[must_use]
    pub fn may_send_to(&self, phone: &Phone) -> bool {
        let prefixes = &self.settings.prefixes;
        prefixes.is_empty() || prefixes.iter().any(|prefix| phone.as_str().starts_with(prefix.as_str()))
    }

    /// Hands a message over: once.
    ///
    /// # Errors
    /// [`NotTaken`] when the gateway has not said that it takes it.
    pub fn send(&self, operation: Id, phone: &Phone, text: &str) -> Result<(), NotTaken> {
        let _turn = self.turns.try_acquire().map_err(|_| NotTaken::Busy)?;
        let id = operation.to_string();
        let digits = phone.as_str().trim_start_matches('+');
        let values = [phone.as_str(), digits, text, &self.settings.sender, &id];
        let mut fields = filled_all(&self.settings.fields, &values);
        if let Some((KeyPlace::Field(name), key)) = &self.key {
            fields.insert(name.clone(), Json::String(key.as_str().to_owned()));
        }
        let mut request = match self.settings.method {
            SmsMethod::Post => self.agent.post(&self.settings.url),
            SmsMethod::Put => self.agent.put(&self.settings.url),
        };
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        if let Some((KeyPlace::Header(name), key)) = &self.key {
            request = request.header(name.clone(), key.as_str());
        }
        let sent = match self.settings.format {
            SmsFormat::Form => request.send_form(pairs(&fields)),
            SmsFormat::Json => {
                let body = Zeroizing::new(Json::Object(fields).to_string());
                request.header("Content-Type", "application/json").send(body.as_bytes())
            }
        };
        let mut response = sent.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        let is_taken = match self.settings.taken_status.as_slice() {
            [] => (200..300).contains(&status),
            listed => listed.contains(&status),
        };
        match (is_taken, status) {
            (true, _) => {}
            (false, 401 | 403) => return Err(NotTaken::BadKey),
            (false, status) => return Err(NotTaken::Refused(status)),
        }
        let Some(words) = &self.settings.taken_words else { return Ok(()) };
        let read = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let answer = read.map_err(|error| no_answer(&error))?;
        if String::from_utf8_lossy(&answer).contains(words.as_str()) {
            Ok(())
        } else {
            Err(NotTaken::OtherAnswer)
        }
    }
}

/// Whether the fields say where to and what, have no blank that nobody fills in, and can be written so.
fn check_fields(settings: &SmsSettings) -> Result<(), Failure> {
    let mut texts = Vec::new();
    let depth = settings.fields.values().map(|one| texts_of(one, &mut texts)).max().unwrap_or(0);
    if depth > DEPTH_MAX {
        return Err(refused("the fields lie too deep within each other"));
    }
    if settings.format == SmsFormat::Form && depth > 0 {
        return Err(refused("a form has no lists and no tables: set format = \"json\""));
    }
    let has = |blank: &str| texts.iter().any(|text| text.contains(blank));
    if !(has("{text}") && (has("{phone}") || has("{digits}"))) {
        return Err(refused("the fields need {text}, and {phone} or {digits}"));
    }
    let rest = texts
        .iter()
        .map(|text| BLANKS.iter().fold((*text).to_owned(), |rest, blank| rest.replace(blank, "")));
    for text in rest {
        if text.contains('{') || text.contains('}') {
            return Err(refused(
                "a field has { or }: only {phone}, {digits}, {text}, {sender} and {id} are filled in",
            ));
        }
    }
    Ok(())
}

/// All texts, and how many levels there are.
fn texts_of<'a>(fields: &'a Json, texts: &mut Vec<&'a str>) -> usize {
    match fields {
        Json::String(text) => {
            texts.push(text);
            0
        }
        Json::Array(all) => 1 + all.iter().map(|one| texts_of(one, texts)).max().unwrap_or(0),
        Json::Object(all) => 1 + all.values().map(|one| texts_of(one, texts)).max().unwrap_or(0),
        _ => 0,
    }
}

type Fields = serde_json::Map<String, Json>;

/// The fields of a form: texts alone, as the settings were checked.
fn pairs(fields: &Fields) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn filled_all(fields: &Fields, values: &[&str; 5]) -> Fields {
    fields.iter().map(|(name, one)| (name.clone(), filled(one, values))).collect()
}

/// A value with its blanks filled in. What is filled in is not looked through again: a text with `{phone}` in it stays as it is.
fn filled(fields: &Json, values: &[&str; 5]) -> Json {
    match fields {
        Json::String(text) => Json::String(fill(text, values)),
        Json::Array(all) => Json::Array(all.iter().map(|one| filled(one, values)).collect()),
        Json::Object(all) => Json::Object(filled_all(all, values)),
        other => other.clone(),
    }
}

fn fill(text: &str, values: &[&str; 5]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let blank = BLANKS.iter().zip(values).find(|(blank, _)| rest.starts_with(**blank));
        match blank {
            Some((blank, value)) => {
                filled.push_str(value);
                rest = &rest[blank.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

fn no_answer(error: &ureq::Error) -> NotTaken {
    match error {
        ureq::Error::Timeout(_) => NotTaken::TimedOut,
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => NotTaken::NotSafe,
        // What TLS finds wrong comes through the socket.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => NotTaken::NotSafe,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            NotTaken::OtherAnswer
        }
        _ => NotTaken::Unreachable,
    }
}
