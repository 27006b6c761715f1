//! A mail server, spoken to by SMTP: one connection for each letter, for a code is sent now and then.

use std::path::Path;
use std::time::Duration;

use bonafide_domain::profile::EmailAddress;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Letter};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, SmtpTransport};
use lettre::{Address as MailAddress, Transport};
use tokio::sync::Semaphore;

use crate::failure::Failure;
use crate::outgoing::{is_here, secret};
use crate::senders::settings::{EmailSettings, MailTls, refused as refused_in, within_time_out};
use crate::senders::{AT_ONCE_MAX, Message, NotTaken};

/// The largest file with a certificate, in bytes.
const CERTIFICATE_BYTES_MAX: u64 = 64 * 1024;

/// The status with which a server says that it does not know us.
const BAD_CREDENTIALS: u16 = 535;

/// A mail server that can be spoken to.
pub struct MailServer {
    transport: SmtpTransport,
    from: Mailbox,
    host: String,
    tls: MailTls,
    turns: Semaphore,
}

fn refused(words: &str) -> Failure {
    refused_in("email", words)
}

impl MailServer {
    /// A client for the mail server of the settings. Its password is read from `folder`.
    ///
    /// # Errors
    /// `bad_settings` when it is not on this machine and without TLS, or the rest is not as it must be; `bad_key_file` and `io` about
    /// the password and the certificate.
    pub fn new(settings: &EmailSettings, folder: &Path) -> Result<MailServer, Failure> {
        within_time_out("email", settings.time_out_ms)?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        if settings.host.is_empty() || !settings.host.bytes().all(is_name) {
            return Err(refused("the host is no name and no address"));
        }
        let (tls, usual_port) = match settings.tls {
            MailTls::Implicit => (Tls::Wrapper(parameters(settings, folder)?), 465),
            MailTls::Starttls => (Tls::Required(parameters(settings, folder)?), 587),
            MailTls::None if is_here(&settings.host) => (Tls::None, 25),
            MailTls::None => return Err(refused("tls = \"none\" is for a mail server on this machine")),
        };
        let from = settings.from.parse().map_err(|_| refused("from is no address"))?;
        let mut builder = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(usual_port))
            .tls(tls)
            // What this machine is called is nobody's business.
            .hello_name(ClientId::Domain("bonafide.invalid".to_owned()))
            .timeout(Some(Duration::from_millis(settings.time_out_ms)));
        builder = match (&settings.user, &settings.password_file) {
            (None, None) => builder,
            (Some(user), Some(file)) => {
                let password = secret(folder, file)?;
                let known = Credentials::new(user.clone(), password.as_str().to_owned());
                builder.credentials(known).authentication(vec![Mechanism::Plain, Mechanism::Login])
            }
            _ => return Err(refused("user needs password_file, and the other way round")),
        };
        let (host, turns) = (settings.host.clone(), Semaphore::new(AT_ONCE_MAX));
        Ok(MailServer { transport: builder.build(), from, host, tls: settings.tls, turns })
    }

    /// The host that is spoken to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who the letters are from.
    #[must_use]
    pub fn from(&self) -> String {
        self.from.to_string()
    }

    /// How the connection is made safe.
    #[must_use]
    pub const fn tls(&self) -> MailTls {
        self.tls
    }

    /// Hands a letter over: once. Each step may take the time-out of the settings.
    ///
    /// # Errors
    /// [`NotTaken`] when the server has not said that it takes it.
    pub fn send(&self, message: &Message, to: &EmailAddress) -> Result<(), NotTaken> {
        let _turn = self.turns.try_acquire().map_err(|_| NotTaken::Busy)?;
        let to: MailAddress = to.as_written().parse().map_err(|_| NotTaken::BadAddress)?;
        let id = format!("<{}@{}>", message.operation, self.from.email.domain());
        let letter = Letter::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(id))
            .subject(message.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.as_str().to_owned())
            .map_err(|_| NotTaken::BadAddress)?;
        self.transport.send(&letter).map(drop).map_err(|error| not_taken(&error))
    }
}

/// With TLS 1.2 or later, and the server's name in its certificate.
fn parameters(settings: &EmailSettings, folder: &Path) -> Result<TlsParameters, Failure> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.certificate_file {
        let path = folder.join(file);
        let failed = |error: std::io::Error| Failure::io("read", &path, &error);
        if std::fs::metadata(&path).map_err(failed)?.len() > CERTIFICATE_BYTES_MAX {
            return Err(refused("certificate_file is too large"));
        }
        let pem = std::fs::read(&path).map_err(failed)?;
        // Of a file without one, nothing would be trusted besides, and nobody told so.
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(refused("certificate_file has no certificate as PEM"));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|_| refused("certificate_file is no PEM"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|_| refused("the host is no name for TLS, or the certificate is none"))
}

fn not_taken(error: &SmtpError) -> NotTaken {
    if let Some(status) = error.status() {
        let status = status.to_string().parse().unwrap_or(0);
        return if status == BAD_CREDENTIALS { NotTaken::BadKey } else { NotTaken::Refused(status) };
    }
    if error.is_tls() {
        return NotTaken::NotSafe;
    }
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        if let Some(io) = found.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                // A socket says one or the other, by the system.
                std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => NotTaken::TimedOut,
                // What TLS finds wrong comes through the socket.
                std::io::ErrorKind::InvalidData => NotTaken::NotSafe,
                _ => NotTaken::Unreachable,
            };
        }
        cause = found.source();
    }
    // It offers no TLS, no way to say who we are, or says what is no SMTP.
    if error.is_client() {
        NotTaken::NotSafe
    } else if error.is_response() {
        NotTaken::OtherAnswer
    } else {
        NotTaken::Unreachable
    }
}
