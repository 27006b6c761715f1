//! The parts `[codes]`, `[sms]` and `[email]` of the settings: how many messages there may be, and who sends them.
//!
//! ```toml
//! [codes]
//! sends_a_day_max = 500
//!
//! [sms]
//! url = "https://sms.example/send"
//! format = "form"                      # or "json"
//! fields = { to = "{phone}", text = "{text}", from = "{sender}" }
//! sender = "Club"
//! key_file = "sms.key"
//! key_header = "Authorization"         # or key_field = "api_key"
//! key_prefix = "Bearer "
//! time_out_ms = 5000
//! taken_status = [200]
//! taken_words = '"status":"OK"'
//! prefixes = ["+7"]
//!
//! [email]
//! host = "mail.example"
//! port = 465
//! tls = "implicit"                     # or "starttls", or "none" on this machine
//! user = "codes@club.example"
//! password_file = "mail.password"
//! from = "Club <codes@club.example>"
//! time_out_ms = 5000
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;
use crate::senders::TIME_OUT_MS;

/// Messages of the house within a day that the settings may allow.
pub const SENDS_A_DAY: std::ops::RangeInclusive<u32> = 1..=100_000;

/// The three parts, each of which may be missing.
#[derive(Default)]
pub struct SendersSettings {
    /// How many.
    pub codes: Option<CodesSettings>,
    /// The gateway.
    pub sms: Option<SmsSettings>,
    /// The mail server.
    pub email: Option<EmailSettings>,
}

/// How many messages there may be.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodesSettings {
    /// Messages of the house within a day, by whatever channel, within [`SENDS_A_DAY`]: what a day of pumping costs at most.
    pub sends_a_day_max: u32,
}

impl Default for CodesSettings {
    fn default() -> CodesSettings {
        // A club of a thousand visits a day, half of which forget everything at once, is none.
        CodesSettings { sends_a_day_max: 500 }
    }
}

impl CodesSettings {
    pub(super) fn checked(self) -> Result<CodesSettings, Failure> {
        if SENDS_A_DAY.contains(&self.sends_a_day_max) {
            return Ok(self);
        }
        Err(refused("codes", "sends_a_day_max must be from 1 to 100000"))
    }
}

/// Where the gateway is, and how it is asked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// The address that is asked: https, or http on this machine.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub method: SmsMethod,
    /// Headers besides, as they are. Secrets stand in the key file.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How the fields are written.
    #[serde(default)]
    pub format: SmsFormat,
    /// What is sent: texts in which `{phone}` (with its plus), `{digits}` (without), `{text}`, `{sender}` and `{id}` are filled in.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// What stands for `{sender}`.
    #[serde(default)]
    pub sender: String,
    /// The file with what it knows us by; a relative path lies in the data folder.
    pub key_file: Option<PathBuf>,
    /// The header that the key comes in …
    pub key_header: Option<String>,
    /// … or the field.
    pub key_field: Option<String>,
    /// What stands before the key, such as `Bearer `.
    #[serde(default)]
    pub key_prefix: String,
    /// How long it may take, in milliseconds, within [`TIME_OUT_MS`].
    #[serde(default = "time_out_ms")]
    pub time_out_ms: u64,
    /// The statuses of which a message is taken; when none is given, all from 200 to 299.
    #[serde(default)]
    pub taken_status: Vec<u16>,
    /// What the answer must say as well; many gateways refuse with status 200.
    pub taken_words: Option<String>,
    /// How numbers begin that anything is sent to; when none is given, all are. Numbers of far countries are what is pumped.
    #[serde(default)]
    pub prefixes: Vec<String>,
}

/// How a gateway is asked. Never by an address that has the number in it: addresses are what logs keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum SmsMethod {
    /// POST.
    #[default]
    #[serde(rename = "POST")]
    Post,
    /// PUT.
    #[serde(rename = "PUT")]
    Put,
}

/// How the fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsFormat {
    /// As a form of a browser.
    #[default]
    Form,
    /// As JSON, with lists and tables within each other.
    Json,
}

/// Where the mail server is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// The host, which its certificate names.
    pub host: String,
    /// The port; when none is given, the usual one.
    pub port: Option<u16>,
    /// How the connection is made safe.
    pub tls: MailTls,
    /// A certificate of an authority of the house's own, as PEM, beside those that browsers trust.
    pub certificate_file: Option<PathBuf>,
    /// Who we are there; nothing where it asks nobody.
    pub user: Option<String>,
    /// The file with the password; a relative path lies in the data folder.
    pub password_file: Option<PathBuf>,
    /// Who the letters are from: an address, or a name with an address.
    pub from: String,
    /// How long a step may take, in milliseconds, within [`TIME_OUT_MS`].
    #[serde(default = "time_out_ms")]
    pub time_out_ms: u64,
}

/// How the connection to a mail server is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// TLS from the first byte on.
    Implicit,
    /// TLS after the server has offered it; a server that does not is sent nothing.
    Starttls,
    /// None: on this machine only.
    None,
}

const fn time_out_ms() -> u64 {
    5_000
}

pub(super) fn refused(part: &str, words: &str) -> Failure {
    Failure::new("bad_settings", format!("[{part}]: {words}"))
}

pub(super) fn within_time_out(part: &str, time_out_ms: u64) -> Result<(), Failure> {
    if TIME_OUT_MS.contains(&time_out_ms) {
        return Ok(());
    }
    Err(refused(part, "time_out_ms must be from 300 to 15000"))
}
